"""The program under test as a process: started, watched, ended, and its last words judged."""

import collections
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import threading

from .broker import REPOSITORY
from .http import Ended, Stream, fetch
from .process import spawn
from .wait import PATIENCE_S, wait_for

SANITIZER = re.compile(r"Sanitizer|runtime error:")
METRIC = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^}]*\})? (\S+)\Z")


def binary():
    return pathlib.Path(os.environ.get("KAFKASSE_BIN", REPOSITORY / "build" / "kafkasse")).resolve()


def environment(more=None):
    """What the program gets: it takes every KAFKASSE_ variable for a setting, KAFKASSE_BIN too."""
    return {**{k: v for k, v in os.environ.items() if k != "KAFKASSE_BIN"}, **(more or {})}


def run(*arguments, timeout=PATIENCE_S, env=None):
    """Runs the program to its end; returns the finished process with its output as text."""
    return subprocess.run(
        [str(binary()), *arguments], capture_output=True, text=True, timeout=timeout,
        env=environment(env), check=False,
    )  # fmt: skip


class Kafkasse:
    """
    `Kafkasse(bootstrap, "--gap", "error")` is a running server on a port of its own. As a context
    manager it ends with stop(), which checks how the process went.
    """

    def __init__(self, bootstrap=None, *arguments, ready=True, heartbeat="1s", config=None, env=None):
        command = [str(binary()), "-l", "127.0.0.1:0", "--log-format", "json"]
        command += ["-b", bootstrap] if bootstrap else []
        command += ["--heartbeat", heartbeat] if heartbeat else []
        command += ["-c", str(config)] if config else []
        self.lines = []
        self.process = spawn(
            [*command, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            errors="backslashreplace", env=environment(env),
        )  # fmt: skip
        self._reader = threading.Thread(target=self._collect, daemon=True)
        self._reader.start()
        try:
            self.port = wait_for(self._find_port, what="the server listens")
            if ready:
                self.wait_ready()
        except BaseException:
            self.process.kill()
            raise

    def _collect(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    def _find_port(self):
        for line in list(self.lines):
            if "listening" in line:
                match = re.search(r'"port":\s*"?(\d+)', line) or re.search(r"port=(\d+)", line)
                if match:
                    return int(match[1])
        assert self.process.poll() is None, "the server ended:\n" + "\n".join(self.lines)
        return None

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            print("server log:", *self.lines[-40:], sep="\n  ")
        self.stop()

    @property
    def log(self):
        """The log so far, an object a line."""
        return [json.loads(line) for line in list(self.lines) if line.startswith("{")]

    def logged(self, word):
        return [line for line in list(self.lines) if word in line]

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path, fields=(), method="GET"):
        return fetch(self.port, path, fields, method)

    def stream(self, path, last_id=None, **options):
        """A stream whose head and preamble have come."""
        return Stream(self.port, path, last_id, **options).open()

    def is_ready(self):
        return self.get("/-/ready").status == 200

    def wait_ready(self, timeout=PATIENCE_S):
        wait_for(self.is_ready, timeout, what="the server is ready")

    def is_healthy(self):
        try:
            return self.process.poll() is None and self.get("/-/healthy").status == 200
        except (ConnectionError, Ended):
            return False

    def metrics(self):
        """{name: sum over all label sets} of /-/metrics."""
        sums = collections.Counter()
        for line in self.get("/-/metrics").body.decode().splitlines():
            if line and not line.startswith("#"):
                match = METRIC.match(line)
                assert match, line
                sums[match[1]] += float(match[3])
        return sums

    def client_sockets(self):
        """
        How many descriptors the server holds towards clients. Its other ones are not counted: the
        handles of Kafka's replay readers stay warm for a while.
        """
        port, listens = f":{self.port:04X}", "0A"
        inodes = set()
        for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(port) and fields[3] != listens:
                inodes.add(f"socket:[{fields[9]}]")
        folder, held = f"/proc/{self.process.pid}/fd", 0
        for fd in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                held += os.readlink(f"{folder}/{fd}") in inodes
        return held

    def thread_count(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def terminate_twice(self):
        """The second signal is another one: a SIGTERM that is still pending would swallow it."""
        self.terminate()
        self.process.send_signal(signal.SIGINT)

    def stop(self, timeout=PATIENCE_S):
        """SIGTERM; the process must end by itself with status 0 and without a sanitizer's report."""
        if self.process.poll() is None:
            self.terminate()
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self._reader.join(5)
        self.check_output()
        assert code == 0, f"exit status {code}:\n" + "\n".join(self.lines[-40:])

    def check_output(self):
        for number, line in enumerate(self.lines):
            if SANITIZER.search(line):
                raise AssertionError("\n".join(self.lines[number : number + 60]))
