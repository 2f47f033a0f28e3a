"""
Growth: CPU per delivered event and resident memory as clients, topics, partitions and distinct
subscriptions grow; and what Kafka sees of 1,000 clients against one. Records come at a steady, modest
pace; what the server does all the time, such as fetching, is part of the CPU per event.

clients: of one topic with one partition. topics: 1,000 clients, each of one of the topics, so that
deliveries stay the same. partitions: 100 clients of one topic; an id tells all partitions, so that
events grow. subscriptions: 5,000 clients of one topic with 20 partitions; the distinct ones are
different sets of five partitions.
"""

import contextlib
import itertools
import json
import tempfile
import threading
import time
import uuid

from confluent_kafka.admin import NewTopic
from harness.gauges import gauges
from harness.load import record
from harness.wait import wait_for

from .bench import LIVE_BYTES
from .process import broker_sockets, memory_bytes, threads

SETTLE_S = 1.0
DELIVERIES = 30_000  # a second, at most, on the curve of clients
TOPIC_CLIENTS, TOPIC_RATE = 1000, 4  # records/s of each topic
PARTITION_CLIENTS, PARTITION_RATE = 100, 50
SUBSCRIBERS, SUBSCRIBED_RATE = 5000, 20
SUBSCRIBED_PARTITIONS, SUBSET = 20, 5
KAFKA_CLIENTS, KAFKA_RATE = 1000, 20


def measure(bench, report):
    pick = bench.scale.pick
    curves = (
        ("clients", clients_point, pick((100, 300, 1000, 3000, 10_000, 16_000), (100, 1000))),
        ("topics", topics_point, pick((1, 10, 100, 1000), (1, 10))),
        ("partitions", partitions_point, pick((1, 10, 100, 1000), (1, 10))),
        ("subscriptions", subscriptions_point, pick((1, 10, 100, 1000, 5000), (1, 100))),
    )
    kept = {}
    for name, point, steps in curves:
        kept[name] = []
        for step in steps:
            report.say(f"growth, {name}: {step:,}")
            kept[name].append({"n": step, **point(bench, step)})
        rows(report, name, kept[name])
    report.keep("growth", kept)
    kafka_side(bench, report)


def rows(report, name, points):
    for field, unit in (("cpu_us", "us"), ("rss_mb", "MiB")):
        ends = f"{name}: {points[-1]['n']:,} against {points[0]['n']:,}"
        what = "CPU/event" if field == "cpu_us" else "VmRSS"
        report.add(
            f"growth.{name}.{field}", f"{ends}: {what}",
            (f"{points[-1]['n']:,}", f"{points[0]['n']:,}"), ([points[-1]], [points[0]]), field, unit,
        )  # fmt: skip
    complete = min(point["complete"] for point in points)
    what = f"{name}: arrived, at the worst point"
    report.add_single(f"growth.{name}.complete", what, "kafkasse", [complete], "of 1", "1.00")


# ---- one point of a curve ----


def clients_point(bench, count):
    rate = max(2, min(100, DELIVERIES // count))
    names = make_topics(bench, 1)
    return point(bench, names, 1, count, rate=rate, share=1)


def topics_point(bench, count):
    names = make_topics(bench, count)
    ids = [json.dumps([name]) for name in names]
    return point(
        bench, names, count, TOPIC_CLIENTS, ids, rate=TOPIC_RATE * count, share=1 / count
    )


def partitions_point(bench, count):
    names = make_topics(bench, 1, count)
    return point(bench, names, count, PARTITION_CLIENTS, rate=PARTITION_RATE, share=1)


def subscriptions_point(bench, count):
    (name,) = make_topics(bench, 1, SUBSCRIBED_PARTITIONS)
    subsets = itertools.combinations(range(SUBSCRIBED_PARTITIONS), SUBSET)
    step = 15_504 // count  # of all such sets: taken evenly, so that all partitions have readers
    ids = [subset_id(name, subset) for subset in itertools.islice(subsets, 0, step * count, step)]
    share = SUBSET / SUBSCRIBED_PARTITIONS
    return point(bench, [name], None, SUBSCRIBERS, ids, rate=SUBSCRIBED_RATE, share=share)


def subset_id(topic, subset):
    """At latest (-1) in each of these partitions."""
    return json.dumps([{"topic": topic, "partition": p, "offset": -1} for p in subset])


def point(bench, names, followed, clients, ids=(), *, rate, share):
    """
    All clients at the end; `rate` records/s, all topics and partitions in turn. `share` is the part
    of all records that each client gets, `followed` how many partitions are read.
    """
    places = [(n, p) for p in range(bench.topics.partitions(names[0])) for n in names]
    seconds = bench.scale.pick(6, 3)
    records = -(-rate * seconds // len(places)) * len(places)  # the same number in each
    with bench.kafkasse("^" + names[0].partition("-")[0], "--max-clients", 17_000) as server:
        with subscribers(bench, server, names[0], clients, round(records * clients * share), ids) as load:
            load.expect("ready", 120)
            wait_live(server, clients, followed)
            time.sleep(SETTLE_S)
            before = server.cpu()
            produce(bench.topics, places, records, rate)
            result = load.result(120)
            used = server.cpu() - before
            rss = memory_bytes(server.pid)
    assert result["refused"] == 0, result
    return {
        "cpu_us": used * 1e6 / max(result["delivered"], 1),
        "rss_mb": rss / (1 << 20),
        "delivered_per_s": result["delivered"] / (records / rate),
        "bytes_per_event": result["bytes"] / max(result["delivered"], 1),
        "complete": result["delivered"] / result["expected"],
    }


@contextlib.contextmanager
def subscribers(bench, server, topic, clients, events, ids):
    with tempfile.NamedTemporaryFile("w", suffix=".ids") as file:
        file.writelines(line + "\n" for line in ids)
        file.flush()
        from_file = ["-f", file.name] if ids else []
        plan = ["-l", server.port, "-u", f"/{topic}", "-n", clients, "-c", events, "-w", 100]
        with bench.program("clients", "-q", "-t", *plan, *from_file) as load:
            yield load


def wait_live(server, clients, followed):
    def are_live():
        now = gauges(server.kafkasse, ("clients", "replays", "partitions_followed"))
        are_followed = followed is None or now["partitions_followed"] == followed
        return now["clients"] == clients and now["replays"] == 0 and are_followed

    wait_for(are_live, 60, what=f"{clients} clients are live")


def make_topics(bench, count, partitions=1):
    """Their names begin with the same word, which no other topic begins with."""
    word = f"g{uuid.uuid4().hex[:8]}"
    names = [f"{word}-{number}" for number in range(count)]
    made = bench.topics.admin.create_topics([NewTopic(name, partitions, 1) for name in names])
    for future in made.values():
        future.result(timeout=120)
    for name in (names[0], names[-1]):
        bench.topics.wait_partitions(name, partitions)
    return names


def produce(topics, places, records, rate):
    """At a steady pace, all places in turn; returns when Kafka has them."""
    began, pause = time.monotonic(), threading.Event()
    for n in range(records):
        late = time.monotonic() - (began + n / rate)
        if late < 0:
            pause.wait(-late)
        name, partition = places[n % len(places)]
        topics.send(name, record(n, LIVE_BYTES), partition)
    topics.flush()


# ---- what Kafka sees ----


def kafka_side(bench, report):
    """Threads, connections to the broker and requests with one client and with many."""
    if broker_sockets(0, bench.brokers) is None:
        report.skip("growth.kafka", "there is no `ss` to ask")
        return
    results = report.pairs(
        bench.scale.pick(3, 1),
        lambda: kafka_run(bench, KAFKA_CLIENTS), lambda: kafka_run(bench, 1), "growth, Kafka's side",
    )  # fmt: skip
    names = (f"{KAFKA_CLIENTS:,} clients", "1 client")
    for field, what, unit, goal in (
        ("threads", "threads", "", "1.00"),
        ("sockets", "connections to the broker", "", "1.00"),
        ("requests", "requests to the broker", "a second", "<= 1.05"),
    ):
        report.add(f"growth.kafka.{field}", what, names, results, field, unit, goal)


def kafka_run(bench, clients):
    names, seconds = make_topics(bench, 1), bench.scale.pick(10, 3)
    records = KAFKA_RATE * seconds
    with bench.kafkasse(names[0]) as server:
        with subscribers(bench, server, names[0], clients, records * clients, ()) as load:
            load.expect("ready", 60)
            wait_live(server, clients, 1)
            time.sleep(SETTLE_S)
            before, began = broker_sockets(server.pid, bench.brokers)[1], time.monotonic()
            produce(bench.topics, [(names[0], 0)], records, KAFKA_RATE)
            load.result(60)
            sockets, requests = broker_sockets(server.pid, bench.brokers)
            seconds = time.monotonic() - began
            return {
                "threads": threads(server.pid),
                "sockets": sockets,
                "requests": (requests - before) / seconds,
            }
