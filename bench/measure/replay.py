"""Replay: one client that reads a whole topic, against the bare reader of the same topic."""

from .bench import REPLAY_PARTITIONS, event_id

NAMES = ("kafkasse", "bare reader")


def measure(bench, report):
    records = bench.scale.pick(1_000_000, 300_000)
    topic = bench.replay_topic(records)
    start = event_id(topic, [0] * REPLAY_PARTITIONS)
    results = report.pairs(
        bench.scale.pairs,
        lambda: bench.replay(bench.kafkasse, topic, records, start),
        lambda: bench.bare_replay(topic), "replay, one client",
    )  # fmt: skip
    report.add("replay.one", "one client", NAMES, results, "events_per_s", "records/s", ">= 0.50")
    report.add("replay.one.first", "first record", NAMES, results, "first_ms", "ms")
