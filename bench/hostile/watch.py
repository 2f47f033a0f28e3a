"""
What everybody else sees while somebody attacks: how long answers under /-/ take, how long live
records are on their way, and how long the first old record of a newcomer takes. A process of its
own, so that neither the attack nor the measurement beside it keeps it waiting.

    watch.py PORT BROKERS LIVE_TOPIC OLD_TOPIC OLD_RECORDS

Prints "ready" when the live stream has its first record. From the line "go" on stdin on it takes
note, until stdin ends; then it prints what it has seen as JSON.
"""

import itertools
import json
import pathlib
import random
import socket
import sys
import threading
import time

from confluent_kafka import Producer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "system"))

from harness.http import Ended, Stream, fetch  # noqa: E402
from harness.wait import TooLate  # noqa: E402

EVERY_S = 0.02
OLD_EVERY_S = 0.1
LONGEST_S = 60.0  # nobody waits longer for anything here


class Waits:
    """How long each of some things took; what is still under way counts, too."""

    def __init__(self):
        self.lock = threading.Lock()
        self.begun = {}
        self.ended = set()
        self.done = []
        self.is_noted = False

    def begin(self, key):
        with self.lock:
            if key not in self.ended:
                self.begun[key] = time.monotonic()

    def end(self, key):
        """It may end before its beginning is known."""
        with self.lock:
            now = time.monotonic()
            self.ended.add(key)
            began = self.begun.pop(key, now)
            if self.is_noted:
                self.done.append(now - began)

    def go(self):
        with self.lock:
            self.is_noted = True
            self.done.clear()

    def found(self):
        """Milliseconds: the longest, the median, and how many there were."""
        with self.lock:
            now = time.monotonic()
            waits = sorted(self.done + [now - began for began in self.begun.values()])
        assert waits, "nothing was watched"
        return {
            "max_ms": waits[-1] * 1000,
            "p50_ms": waits[len(waits) // 2] * 1000,
            "count": len(waits),
        }


class Watch:
    def __init__(self, port, brokers, live_topic, old_topic, old_records):
        self.port, self.brokers = port, brokers
        self.live_topic, self.old_topic, self.old_records = live_topic, old_topic, old_records
        self.is_over = threading.Event()
        self.is_live = threading.Event()
        self.waits = {"healthy": Waits(), "live": Waits(), "old": Waits()}
        self.threads = [
            threading.Thread(target=loop, daemon=True)
            for loop in (self.ask_health, self.produce, self.read_live, self.ask_old)
        ]

    def ask_health(self):
        waits = self.waits["healthy"]
        for n in itertools.count():
            waits.begin(n)
            try:
                fetch(self.port, "/-/healthy", timeout=LONGEST_S)
            except (OSError, Ended, TooLate):
                continue  # it counts as under way
            waits.end(n)
            if self.is_over.wait(EVERY_S):
                return

    def produce(self):
        """A record is on its way from the moment when Kafka has acknowledged it."""
        producer = Producer(
            {"bootstrap.servers": self.brokers, "linger.ms": 0, "socket.nagle.disable": True}
        )

        def acknowledged(error, message):
            if error is None:
                self.waits["live"].begin(json.loads(message.value())["n"])

        for n in itertools.count():
            value = json.dumps({"n": n, "text": "x" * 250}).encode()
            producer.produce(self.live_topic, value, on_delivery=acknowledged)
            producer.poll(EVERY_S)
            if self.is_over.wait(EVERY_S):
                break
        producer.flush(5)

    def read_live(self):
        with Stream(self.port, f"/{self.live_topic}", timeout=LONGEST_S) as stream:
            stream.open()
            while not self.is_over.is_set():
                self.waits["live"].end(stream.next(types=("message",)).json["n"])
                self.is_live.set()

    def ask_old(self):
        """Each time from another place, as what was just read is remembered for a while."""
        for n in itertools.count():
            offset = random.randrange(self.old_records - 1)
            last_id = [{"topic": self.old_topic, "partition": 0, "offset": offset}]
            self.waits["old"].begin(n)
            try:
                with Stream(self.port, f"/{self.old_topic}", last_id, timeout=LONGEST_S) as stream:
                    stream.open().next(types=("message",))
            except (OSError, Ended, TooLate):
                continue
            self.waits["old"].end(n)
            if self.is_over.wait(OLD_EVERY_S):
                return

    def run(self):
        for thread in self.threads:
            thread.start()
        assert self.is_live.wait(30), "no live record"
        print("ready", flush=True)
        sys.stdin.readline()
        for waits in self.waits.values():
            waits.go()
        sys.stdin.readline()
        print(json.dumps({name: waits.found() for name, waits in self.waits.items()}), flush=True)
        self.is_over.set()


def main():
    port, brokers, live_topic, old_topic, old_records = sys.argv[1:]
    socket.setdefaulttimeout(LONGEST_S)
    Watch(int(port), brokers, live_topic, old_topic, int(old_records)).run()


if __name__ == "__main__":
    main()
