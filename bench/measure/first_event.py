"""
First event: how long it takes from connecting to the first whole event. On a hot topic with an id a
little behind its end; from an id older than the logs hold; from a time; from the start of a topic
that nobody watched yet. The worst of each includes what is done once, as connecting to Kafka.
"""

import contextlib
import json
import statistics
import time

from .bench import SETTLE_S, event_id

TRIES = 20
OLD_RECORDS = 20_000
HOT_RATE = 100
BEHIND = 3  # records


def measure(bench, report):
    hot(bench, report)
    old(bench, report)
    new(bench, report)


def row(report, name, what, values, goal_ms):
    text = f"{what} (worst {max(values):.2f})"
    report.add_single(f"first.{name}", text, "kafkasse", values, "ms", f"<= {goal_ms}")
    report.keep(f"first.{name}", {"median_ms": statistics.median(values), "worst_ms": max(values)})


@contextlib.contextmanager
def asking(bench, server):
    """A function that makes one request and says how many ms its first event took."""
    with bench.program("first_event", "-l", server.port) as child:

        def ask(path, last_id=""):
            child.process.stdin.write(f"{path} {last_id}".strip().encode() + b"\n")
            return json.loads(child.line(30))["first_ms"]

        yield ask


def hot(bench, report):
    """Somebody watches, records flow, and each client has missed the last few."""
    report.say("first event, hot topic")
    topic = bench.topics.create()
    with (
        bench.kafkasse(topic) as server,
        bench.clients(server.port, topic, 1, 1_000_000, "-q") as watcher,
        asking(bench, server) as ask,
        bench.producer(topic, HOT_RATE * 60, HOT_RATE),
    ):
        watcher.expect("ready")
        time.sleep(SETTLE_S)
        end, at = bench.topics.offsets(topic)[1], time.monotonic()
        values = []
        for _ in range(TRIES):
            time.sleep(0.05)
            next_offset = end + int((time.monotonic() - at) * HOT_RATE) - BEHIND
            values.append(ask(f"/{topic}", event_id(topic, [next_offset])))
    row(report, "hot", "hot topic", values, 0.5)


def old(bench, report):
    """
    A topic whose log begins at its end: what was before is in Kafka only. Each try asks for
    something older than the one before, as what a replay has just read may still be in memory.
    """
    report.say("first event, from Kafka")
    topic = bench.topics.create()
    began_ms = int(time.time() * 1000) - OLD_RECORDS
    for n in range(OLD_RECORDS):  # record n was made at the n-th millisecond
        value = {"t": 1, "n": n, "text": "x" * 250}
        bench.topics.send(topic, value, timestamp=began_ms + n)
    bench.topics.flush()
    step = OLD_RECORDS // (2 * TRIES)
    starts = range(OLD_RECORDS - step, step, -step)
    with (
        bench.kafkasse(topic) as server,
        bench.clients(server.port, topic, 1, 1_000_000, "-q") as watcher,
        asking(bench, server) as ask,
    ):
        watcher.expect("ready")
        by_id = [ask(f"/{topic}", event_id(topic, [n])) for n in starts[:TRIES]]
        by_time = [ask(f"/{topic}?since={began_ms + n}") for n in starts[TRIES : 2 * TRIES]]
    row(report, "id", "from an id, in Kafka", by_id, 25)
    row(report, "time", "from a time, in Kafka", by_time, 25)


def new(bench, report):
    """Each try is the first request for its topic."""
    report.say("first event, new topics")
    names = [bench.topics.create() for _ in range(TRIES)]
    for name in names:
        bench.topics.produce(name, *({"t": 1, "n": n} for n in range(10)))
    with bench.kafkasse(None, "--default-start", "earliest") as server:
        with asking(bench, server) as ask:
            values = [ask(f"/{name}") for name in names]
    row(report, "new", "on a new topic", values, 25)
