"""Waiting without sleeping blindly: a condition and a deadline."""

import socket
import threading
import time


# How long what must come is waited for: many times what an idle machine needs, since a deadline
# that is near the usual time fails on a busy one. Short times are for what must not come.
PATIENCE_S = 60.0


class TooLate(AssertionError):
    """A deadline has passed."""


def wait_for(condition, timeout=PATIENCE_S, what="condition", every=0.02):
    """Calls `condition` until it returns something true and returns that; fails at the deadline."""
    deadline = time.monotonic() + timeout
    pause = threading.Event()
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= deadline:
            raise TooLate(f"not within {timeout} s: {what}")
        pause.wait(every)


def free_port():
    """A port that nothing listens on now; below the ephemeral range's busiest part by chance only."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Deadline:
    """Counts down; `left()` fails once the time is over."""

    def __init__(self, timeout, what):
        self.until = time.monotonic() + timeout
        self.timeout = timeout
        self.what = what

    def left(self):
        left = self.until - time.monotonic()
        if left <= 0:
            raise TooLate(f"not within {self.timeout} s: {self.what}")
        return left
