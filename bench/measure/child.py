"""The programs of the bench as child processes, and what any process has used."""

import json
import os
import select
import subprocess
import time

from harness.process import spawn


class Child:
    """A program of the bench: started, its lines read with a deadline, ended by its pid."""

    def __init__(self, *command, ready=None, timeout=60):
        self.process = spawn(
            [str(part) for part in command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
        )  # fmt: skip
        self.pid = self.process.pid
        self.pending = b""
        if ready:
            self.expect(ready, timeout)

    def expect(self, word, timeout=60):
        line = self.line(timeout)
        assert line == word, f"{self.process.args[0]}: {line!r} instead of {word!r}"

    def line(self, timeout=120):
        deadline = time.monotonic() + timeout
        while b"\n" not in self.pending:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise TimeoutError(f"{self.process.args[0]}: no line within {timeout} s")
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                raise EOFError(f"{self.process.args[0]} ended with status {self.process.wait(5)}")
            self.pending += data
        line, _, self.pending = self.pending.partition(b"\n")
        return line.decode()

    def result(self, timeout=120):
        """The object that the program prints last."""
        line = self.line(timeout)
        assert line.startswith("{"), f"{self.process.args[0]}: {line!r}"
        self.process.wait(10)
        return json.loads(line)

    def go(self):
        self.process.stdin.write(b"go\n")

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        self.process.stdin.close()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def cpu_seconds(pid):
    """User and system time of the process so far, in the kernel's own resolution."""
    per_process_scheduler_clock = 2
    return time.clock_gettime((~pid << 3) | per_process_scheduler_clock)
