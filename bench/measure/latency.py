"""
Latency of one client: what kafkasse adds to a bare librdkafka reader. Both read the same topic at
the same time, and the difference is taken record by record: it is free of what Kafka and the
producer do, which changes from minute to minute. They do disturb each other: two readers, a broker
and a client on two cores; whoever is woken second waits for the first. So the two sides are also
measured in turn, each alone; there it is Kafka's moods that disturb.
"""

import array
import statistics
import tempfile
import time

from .bench import SETTLE_S

RATES = (200, 1000)
NAMES = ("kafkasse", "bare reader")


def measure(bench, report):
    for rate in bench.scale.pick(RATES, RATES[:1]):
        by_record(bench, report, rate)
    if not bench.scale.is_quick:
        for rate in RATES:
            in_turn(bench, report, rate)


def by_record(bench, report, rate):
    seconds = bench.scale.pick(6, 4)
    runs = []
    for turn in range(bench.scale.pairs):
        report.say(f"latency by record, {rate}/s: {turn + 1}")
        runs.append(run_both(bench, rate, rate * seconds))
    for share, goal in ((50, "<= 100"), (99, "<= 1000")):
        key, what = f"latency.{rate}.p{share}", f"one client, {rate}/s, added: p{share}"
        values = [percentile(run["added"], share) for run in runs]
        report.add_single(key, what, "kafkasse", values, "us", goal)
        sides = [[{"us": percentile(run[side], share)} for run in runs] for side in NAMES]
        what = f"one client, {rate}/s, both at once: p{share}"
        report.add(f"{key}.both", what, NAMES, sides, "us", "us")


def run_both(bench, rate, count):
    """Ages in us of the same records in both, and the differences."""
    topic = bench.topics.create()
    with tempfile.NamedTemporaryFile() as ours, tempfile.NamedTemporaryFile() as theirs:
        bare = ["-b", bench.brokers, "-t", topic, "-c", count, "-o", theirs.name]
        with (
            bench.kafkasse(topic) as server,
            bench.clients(server.port, topic, 1, count, "-o", ours.name) as load,
            bench.program("bare_reader", *bare, ready="ready") as reader,
        ):
            load.expect("ready")
            time.sleep(SETTLE_S)
            bench.produce(topic, count, rate)
            reader.result()
            result = load.result()
        assert result["delivered"] == count, result
        mine, other = ages(ours.name), ages(theirs.name)
    assert mine.keys() == other.keys(), "the two have not seen the same records"
    both = [(mine[stamp], other[stamp]) for stamp in mine]
    return {
        NAMES[0]: [a for a, _ in both],
        NAMES[1]: [b for _, b in both],
        "added": [a - b for a, b in both],
    }


def ages(name):
    """{stamp: age in us} of a file that a program wrote with -o."""
    numbers = array.array("q")
    with open(name, "rb") as file:
        numbers.frombytes(file.read())
    return {stamp: age / 1000 for stamp, age in zip(numbers[::2], numbers[1::2], strict=True)}


def percentile(values, share):
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


def in_turn(bench, report, rate):
    seconds = bench.scale.pick(6, 3)
    results = report.pairs(
        bench.scale.pairs,
        lambda: bench.live(bench.kafkasse, clients=1, rate=rate, seconds=seconds),
        lambda: bare(bench, rate, seconds), f"latency in turn, {rate}/s",
    )  # fmt: skip
    key, what = f"latency.{rate}.turn", f"one client, {rate}/s, in turn"
    report.add(f"{key}.p50", f"{what}: p50", NAMES, results, "p50_us", "us", "+ <= 100")
    report.add(f"{key}.p99", f"{what}: p99", NAMES, results, "p99_us", "us", "+ <= 1000")


def bare(bench, rate, seconds):
    topic = bench.topics.create()
    plan = ["-b", bench.brokers, "-t", topic, "-c", rate * seconds]
    with bench.program("bare_reader", *plan, ready="ready") as reader:
        time.sleep(SETTLE_S)
        bench.produce(topic, rate * seconds, rate)
        return reader.result()
