"""
Connections that each ask `?since=` with a time that nobody has asked for, again and again. As
programs of their own, so that the tests' interpreter does not slow them down.
"""

import contextlib
import pathlib
import socket
import subprocess
import sys

from .process import spawn
from .wait import wait_for

FOLDER = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = "from harness.flood import ask; ask(*map(eval, __import__('sys').argv[1:]))"


def ask(port, topic, at_ms, step):
    while True:
        with contextlib.suppress(OSError):
            with socket.create_connection(("127.0.0.1", port), 10) as sock:
                request = f"GET /{topic}?since={at_ms} HTTP/1.1\r\nHost: a\r\n\r\n"
                sock.sendall(request.encode())
                sock.recv(1)
        at_ms += step


class Flood:
    """A context: within it, they ask."""

    def __init__(self, server, topic, begin_ms, connections=2):
        self.server = server
        self.arguments = [
            [repr(a) for a in (server.port, topic, begin_ms + number, connections)]
            for number in range(connections)
        ]
        self.processes = []

    def __enter__(self):
        for arguments in self.arguments:
            command = [sys.executable, "-c", PROGRAM, *arguments]
            self.processes.append(spawn(command, cwd=FOLDER, stderr=subprocess.DEVNULL))
        self.wait_asked(1000)
        return self

    def wait_asked(self, count):
        """Until so many more were asked."""
        begin = self._asked()
        wait_for(lambda: self._asked() > begin + count, timeout=120, what="the flood runs")

    def _asked(self):
        return self.server.metrics()["kafkasse_requests_total"]

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait(20)
