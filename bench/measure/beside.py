"""
A replay beside live clients: 1,000 of these at 100 records/s, alone, and while another client reads
a long topic from its start, again and again. What counts is how much later the live ones get their
events. The load program of the replay has the lowest priority, so that it takes no core from the
others; Kafka and the server's own work for the replay do share the two cores with everything.
"""

import contextlib
import threading
import time

from .bench import REPLAY_PARTITIONS, SETTLE_S, event_id, judged
from .child import Child

CLIENTS, RATE = 1000, 100
REPLAY_RECORDS = 500_000
NAMES = ("with a replay", "without")


def measure(bench, report):
    old = bench.replay_topic(REPLAY_RECORDS)
    results = report.pairs(
        bench.scale.pairs,
        lambda: run(bench, old, True), lambda: run(bench, old, False), "beside live",
    )  # fmt: skip
    what = "live beside a replay"
    report.add("beside.p99", f"{what}: latency, p99", NAMES, results, "p99_us", "us", "<= 1.20")
    report.add("beside.p50", f"{what}: latency, p50", NAMES, results, "p50_us", "us")
    report.add("beside.spread", f"{what}: spread, p99", NAMES, results, "fan_p99_us", "us")
    rates = [one["replayed_per_s"] for one in results[0]]
    report.add_single("beside.replay", f"{what}: the replay", "kafkasse", rates, "records/s")


def run(bench, old, is_beside):
    topic = bench.topics.create()
    events = RATE * bench.scale.pick(6, 3)
    with bench.kafkasse(f"{topic},{old}") as server:
        with bench.clients(server.port, topic, CLIENTS, events, wait_s=90) as load:
            load.expect("ready")
            time.sleep(SETTLE_S)
            before, began = server.cpu(), time.monotonic()

            def produce():
                with Replays(bench, server.port, old) if is_beside else contextlib.nullcontext():
                    bench.produce(topic, events, RATE)
                    return load.result(120)

            result, counted = bench.metrics_of(server, produce)
            seconds = time.monotonic() - began
            result = judged(result, server.cpu() - before)
    result["replayed_per_s"] = counted["kafkasse_frames_replayed_total"] / seconds
    assert not is_beside or result["replayed_per_s"] > 0, "nothing was replayed"
    return result


class Replays:
    """While it is entered, one client after the other reads the whole topic."""

    def __init__(self, bench, port, topic):
        start = event_id(topic, [0] * REPLAY_PARTITIONS)
        self.command = [
            "nice", "-n", "19", bench.programs / "bench-clients", "-l", port, "-u", f"/{topic}",
            "-n", 1, "-c", REPLAY_RECORDS, "-i", start, "-q", "-w", 60,
        ]  # fmt: skip
        self.is_over = threading.Event()
        self.child = None
        self.thread = threading.Thread(target=self.go_on)

    def go_on(self):
        while not self.is_over.is_set():
            with Child(*self.command, ready="ready") as self.child:
                with contextlib.suppress(EOFError):  # ended from outside
                    self.child.result(90)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        child = self.child
        if child and child.process.poll() is None:
            child.process.terminate()
        self.thread.join(30)
