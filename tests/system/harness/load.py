"""The load programs of bench/, which the test build makes, too: many clients, checked in C."""

import json
import select
import subprocess
import time

from .process import spawn
from .server import binary
from .wait import PATIENCE_S, Deadline, TooLate


def record(n, size):
    """What bench-produce writes: the record at offset n, exactly `size` bytes long."""
    head = f'{{"t":{time.monotonic_ns()},"n":{n},"text":"'
    return head + "x" * (size - len(head) - 2) + '"}'


class Load:
    """`Load("stalled", "-l", port, ...)`: a program of bench/ while it runs."""

    def __init__(self, name, *arguments):
        program = binary().parent / "bench" / f"bench-{name}"
        self.process = spawn(
            [str(program), *map(str, arguments)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
        )  # fmt: skip
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE_S)
        self.process.stdin.close()
        self.process.stdout.close()

    def line(self, timeout):
        deadline = Deadline(timeout, f"a line of {self.process.args[0]}")
        while b"\n" not in self.pending:
            if not select.select([self.process.stdout], [], [], deadline.left())[0]:
                raise TooLate(deadline.what)
            data = self.process.stdout.read(65536)
            assert data, f"{self.process.args[0]} ended with status {self.process.wait(PATIENCE_S)}"
            self.pending += data
        line, _, self.pending = self.pending.partition(b"\n")
        return line.decode()

    def wait_ready(self, timeout=PATIENCE_S):
        assert self.line(timeout) == "ready"
        return self

    def go(self):
        self.process.stdin.write(b"go\n")
        return self

    def result(self, timeout=180):
        found = json.loads(self.line(timeout))
        assert self.process.wait(PATIENCE_S) == 0
        return found


def produce(bootstrap, topic, count, size):
    """Records 0 to count - 1 of such a topic, fast; sizes up to 1 MB."""
    with Load("produce", "-b", bootstrap, "-t", topic, "-c", count, "-s", size) as producer:
        producer.result()


def check_complete(found, records):
    """Every client of bench-stalled got every record once, in order, in whole frames."""
    wrong = ("refused", "closed", "cut", "missing", "twice", "gaps", "malformed")
    assert {name: found[name] for name in wrong} == dict.fromkeys(wrong, 0), found
    assert (found["complete"], found["records"]) == (found["clients"], records), found
