"""The server's gauges while something happens: their peaks, and their return to where they were."""

import threading

from .wait import PATIENCE_S, wait_for

EVERY_S = 0.05
PRESENCE = ("clients", "replays", "channels", "connections_open", "head_bytes", "replay_bytes")


def gauges(server, names=PRESENCE):
    """What there is because of clients."""
    metrics = server.metrics()
    return {name: metrics[f"kafkasse_{name}"] for name in names}


def wait_calm(server, before, timeout=PATIENCE_S):
    """Waits until no gauge is above what it was before."""

    def is_calm():
        now = gauges(server, before)
        return all(now[name] <= before[name] for name in before)

    wait_for(is_calm, timeout, what=f"back at {before}")


class Peaks:
    """`with Peaks(server, "log_bytes") as peaks:` watches; `peaks.highest` is {name: bytes}."""

    def __init__(self, server, *names):
        self.server = server
        self.highest = dict.fromkeys(names, 0)
        self.samples = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self):
        while not self._stop.wait(EVERY_S):
            now = gauges(self.server, self.highest)
            for name, value in now.items():
                self.highest[name] = max(self.highest[name], value)
            self.samples += 1

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def check(self, **bounds):
        assert self.samples >= 3, "not watched"
        above = {name: (self.highest[name], most) for name, most in bounds.items()
                 if self.highest[name] > most}  # fmt: skip
        assert not above, f"peak above its bound: {above}"
