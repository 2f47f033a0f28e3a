"""
Churn: clients that come and go. Connections that end at seven kinds of moments, in order or with a
reset (churn.c), and what the process holds afterwards against before. Of memory that is what is in
use, and what is resident once the allocator has given back what is free: what it keeps says how much
was needed at some time, not what is left of clients. Then a storm: all clients come back at once,
each with an id a little behind the end, and must be served from the partition logs, not from Kafka.
"""

import contextlib

from harness.gauges import gauges, wait_calm
from harness.wait import wait_for

from .bench import Skip, event_id
from .heap import heap
from .process import MIB, descriptors, threads

NAMES = ("after", "before")
CONCURRENT = 500
OLD_RECORDS = 5000
RATE = 200
STORM_BEHIND = 500  # the ids of the storm are up to that many records old
HELD = (
    ("descriptors", "descriptors", "", "<= 1.00"),
    ("threads", "threads", "", "<= 1.00"),
    ("in_use", "heap in use", "MiB", "+ <= 0.25"),
    ("trimmed", "VmRSS, trimmed", "MiB", "+ <= 1"),
    ("rss", "VmRSS", "MiB", None),
)
FROM_KAFKA = "kafkasse_replays_from_kafka_total"


def measure(bench, report):
    try:
        cut_off(bench, report)
    except Skip as reason:
        report.skip("churn.connections", reason)
    storms(bench, report)


# ---- connections that end at any moment ----


def cut_off(bench, report):
    total = bench.scale.pick(200_000, 10_000)
    report.say(f"churn: {total:,} connections")
    topic = bench.topics.create()
    bench.produce(topic, OLD_RECORDS)
    settings = ["--linger", "1s", "--replay-readers", 2]
    with heap(bench) as memory, bench.kafkasse(topic, *settings, env=memory.env) as server:
        calm = gauges(server.kafkasse), threads(server.pid)
        with records_all_the_time(bench, topic):
            # The first fifth gives every table and the allocator's caches the size that they will have.
            churn(bench, server, topic, total // 5, seed=1)
        before = held(server, memory, *calm)
        with records_all_the_time(bench, topic):
            found = churn(bench, server, topic, total - total // 5, seed=2)
        after = held(server, memory, *calm)
    report.keep("churn", {"before": before, "after": after, **found})
    tell(report, f"{total:,} connections", before, after, found)


def tell(report, what, before, after, found):
    for field, name, unit, goal in HELD:
        sides = [after], [before]
        report.add(f"churn.{field}", f"{what}: {name}", NAMES, sides, field, unit, goal)
    each = (after["in_use"] - before["in_use"]) * MIB / found["made"]
    report.add_single("churn.each", f"{what}: in use for each", "kafkasse", [each], "bytes")
    odd = found["refused"] + found["closed"] + found["late"]
    report.add_single("churn.odd", f"{what}: not as planned", "kafkasse", [odd], "", "<= 0")
    rate = found["made"] / found["seconds"]
    report.add_single("churn.rate", f"{what}: rate", "kafkasse", [rate], "connects/s")


@contextlib.contextmanager
def records_all_the_time(bench, topic):
    with bench.producer(topic, 10_000_000, RATE):
        yield


def churn(bench, server, topic, total, seed):
    where = ["-l", server.port, "-u", f"/{topic}", "-i", event_id(topic, [0])]
    plan = ["-n", total, "-c", CONCURRENT, "-s", seed]
    with bench.program("churn", *where, *plan) as load:
        return load.result(900)


def held(server, memory, calm, at_first):
    """
    What the process holds when nothing of the clients is left: no replay reader either, whose
    handles and threads go when nobody has used them for a minute.
    """
    wait_calm(server.kafkasse, {**calm, "partitions_followed": 0}, timeout=60)
    wait_for(lambda: server.kafkasse.client_sockets() == 0, 60, what="no client's descriptor")
    wait_for(lambda: threads(server.pid) <= at_first, 120, what=f"{at_first} threads", every=0.5)
    return {
        "descriptors": descriptors(server.pid),
        "threads": threads(server.pid),
        **memory.read(server.pid),
    }


# ---- everybody comes back ----


def storms(bench, report):
    clients, records = bench.scale.pick(10_000, 2000), 20_000
    runs = []
    topic = bench.topics.create()
    with bench.kafkasse(topic, "--max-clients", clients + 100) as server:
        with bench.clients(server.port, topic, 1, records + 1, wait_s=900) as witness:
            witness.expect("ready")
            wait_for(lambda: gauges(server.kafkasse)["replays"] == 0, what="a live client")
            bench.produce(topic, records)
            for number in range(bench.scale.pairs):
                report.say(f"churn, storm: {number + 1} of {bench.scale.pairs}")
                runs.append(storm(bench, server, topic, clients, records))
    what = f"{clients:,} come back"
    seconds = [run["seconds"] for run in runs]
    report.add_single("churn.storm.seconds", f"{what}: all caught up", "kafkasse", seconds, "s")
    rate = [clients / run["seconds"] for run in runs]
    report.add_single("churn.storm.rate", f"{what}: rate", "kafkasse", rate, "clients/s")
    complete = [run["complete"] / clients for run in runs]
    report.add_single(
        "churn.storm.complete", f"{what}: have every record", "kafkasse", complete, "of 1", "1.00"
    )
    from_kafka = [run["from_kafka"] for run in runs]
    report.add_single(
        "churn.storm.kafka", f"{what}: served from Kafka", "kafkasse", from_kafka, "", "<= 0",
        value=max(from_kafka),
    )  # fmt: skip


def storm(bench, server, topic, clients, records):
    place = ["-f", records - STORM_BEHIND, "-k", 1, "-m", STORM_BEHIND]
    plan = ["-l", server.port, "-u", f"/{topic}", "-n", clients, "-c", records, *place, "-g"]

    def run():
        with bench.program("stalled", *plan) as load:
            load.expect("ready", 120)
            return load.result(120)

    result, counted = bench.metrics_of(server, run)
    wait_for(lambda: server.kafkasse.client_sockets() <= 1, 60, what="all have gone again")
    return {**result, "from_kafka": counted[FROM_KAFKA]}
