"""
Replay: clients that read old records, against the bare reader of the same topic. One client from
the start; eight at eight offsets; a hundred together from the same offset, which must not read
Kafka a hundred times. The load program only counts, to leave the cores to the server.
"""

from .bench import REPLAY_PARTITIONS, event_id

NAMES = ("kafkasse", "bare reader")
EIGHT = 8
HUNDRED = 100
FETCHED = "kafkasse_records_fetched_for_replays_total"
READERS = "kafkasse_replays_from_kafka_total"


def measure(bench, report):
    one(bench, report)
    if not bench.scale.is_quick:
        eight(bench, report)
    hundred(bench, report)


def one(bench, report):
    records = bench.scale.pick(1_000_000, 500_000)
    topic = bench.replay_topic(records)
    start = event_id(topic, [0] * REPLAY_PARTITIONS)
    results = report.pairs(
        bench.scale.pairs,
        lambda: bench.replay(bench.kafkasse, topic, records, [start]),
        lambda: bench.bare_replay(topic), "replay, one client",
    )  # fmt: skip
    report.add("replay.one", "one client", NAMES, results, "events_per_s", "records/s", ">= 0.50")
    report.add("replay.one.first", "one client: first record", NAMES, results, "first_ms", "ms")
    cpu = [run["cpu_us"] for run in results[0]]
    report.add_single("replay.one.cpu", "one client: CPU/record", NAMES[0], cpu, "us")


def eight(bench, report):
    """They begin at sixteenths of the topic, and each reads the half of it that follows."""
    records = 1_000_000
    topic = bench.replay_topic(records)
    step = records // REPLAY_PARTITIONS // (2 * EIGHT)
    ids = [event_id(topic, [i * step] * REPLAY_PARTITIONS) for i in range(EIGHT)]
    results = report.pairs(
        bench.scale.pairs,
        lambda: bench.replay(bench.kafkasse, topic, records // 2, ids, clients=EIGHT),
        lambda: bench.bare_replay(topic), "replay, eight clients",
    )  # fmt: skip
    what = "eight clients, all together"
    report.add("replay.eight", what, NAMES, results, "events_per_s", "records/s")


def hundred(bench, report):
    records = bench.scale.pick(100_000, 30_000)
    topic = bench.replay_topic(records)
    start = event_id(topic, [0] * REPLAY_PARTITIONS)

    def ours():
        with bench.kafkasse(topic) as server:
            result, counted = bench.metrics_of(
                server, lambda: bench.replay_of(server, topic, records, [start], HUNDRED)
            )
        result["readers"] = counted[READERS]
        result["reads"] = counted[FETCHED] / records
        return result

    results = report.pairs(
        bench.scale.pairs, ours, lambda: bench.bare_replay(topic), "replay, a hundred clients"
    )
    what = "a hundred at one offset"
    report.add("replay.hundred", what, NAMES, results, "events_per_s", "records/s")
    readers = [run["readers"] for run in results[0]]
    report.add_single("replay.hundred.readers", f"{what}: readers", NAMES[0], readers, "")
    reads = [run["reads"] for run in results[0]]
    text = f"{what}: a record was fetched"
    report.add_single("replay.hundred.reads", text, NAMES[0], reads, "times", "<= 10")
