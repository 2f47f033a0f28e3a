"""
A limit for each test instead of one for all. A test that hangs is named, broken off, and shown with
where each of its threads stands; the others run. If it cannot be broken off (code in C that never
returns), the whole run ends. This is a plug-in of pytest: `limit` in pytest.ini, in seconds, holds for
a test's set-up, call and tear-down each; @pytest.mark.limit(seconds) is for one that needs more.
"""

import faulthandler
import os
import signal
import sys
import threading

import pytest

from .wait import TooLate

GRACE_S = 60  # from breaking off to the end of the run

# Standard error as it is before pytest captures it.
_stderr = os.dup(sys.__stderr__.fileno())


class Limit:
    """`with Limit(seconds, name):` on the main thread; raises TooLate there."""

    current = None

    def __init__(self, seconds, name, grace=GRACE_S):
        self.seconds, self.name, self.grace = seconds, name, grace
        self.has_expired = False

    def __enter__(self):
        Limit.current = self
        faulthandler.dump_traceback_later(self.seconds + self.grace, exit=True, file=_stderr)
        self.timer = threading.Timer(self.seconds, self._expire, (threading.get_ident(),))
        self.timer.daemon = True
        self.timer.start()

    def __exit__(self, *_):
        Limit.current = None  # a signal that comes now is too late to matter
        self.timer.cancel()
        faulthandler.cancel_dump_traceback_later()

    def _expire(self, main_thread):
        os.write(_stderr, f"\n{self.name} was not done after {self.seconds:g} s:\n".encode())
        faulthandler.dump_traceback(_stderr)
        self.has_expired = True
        signal.pthread_kill(main_thread, signal.SIGALRM)

    @staticmethod
    def on_signal(*_):
        limit = Limit.current
        if limit is not None and limit.has_expired:
            limit.has_expired = False  # once: what cleans up is not broken off, too
            raise TooLate(f"{limit.name} was not done after {limit.seconds:g} s")


def limit_of(item, phase):
    marker = item.get_closest_marker("limit")
    seconds = marker.args[0] if marker else float(item.config.getini("limit"))
    return Limit(seconds, f"{item.nodeid} ({phase})", float(item.config.getini("limit_grace")))


def pytest_addoption(parser):
    parser.addini("limit", "seconds for each phase of a test", default="300")
    parser.addini("limit_grace", "seconds more, then the whole run ends", default=str(GRACE_S))


def pytest_configure(config):
    config.addinivalue_line("markers", "limit(seconds): the test may take that long")
    signal.signal(signal.SIGALRM, Limit.on_signal)


def pytest_sessionfinish(session):
    """What comes behind the last test must end as well."""
    limit = float(session.config.getini("limit"))
    faulthandler.dump_traceback_later(limit, exit=True, file=_stderr)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    with limit_of(item, "set-up"):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    with limit_of(item, "call"):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item):
    with limit_of(item, "tear-down"):
        return (yield)
