"""
Latency of one client: what kafkasse adds to a bare librdkafka reader of the same kind of records.
"""

import time

RATES = (100,)
NAMES = ("kafkasse", "bare reader")


def measure(bench, report):
    for rate in RATES:
        in_turn(bench, report, rate)


def in_turn(bench, report, rate):
    seconds = bench.scale.pick(10, 3)
    results = report.pairs(
        bench.scale.pairs,
        lambda: bench.live(bench.kafkasse, clients=1, rate=rate, seconds=seconds),
        lambda: bare(bench, rate, seconds), f"latency, {rate}/s",
    )  # fmt: skip
    key, what = f"latency.{rate}", f"one client, {rate}/s"
    report.add(f"{key}.p50", f"{what}: p50", NAMES, results, "p50_us", "us", "+ <= 100")
    report.add(f"{key}.p99", f"{what}: p99", NAMES, results, "p99_us", "us", "+ <= 1000")


def bare(bench, rate, seconds):
    topic = bench.topics.create()
    plan = ["-b", bench.brokers, "-t", topic, "-c", rate * seconds]
    with bench.program("bare_reader", *plan, ready="ready") as reader:
        time.sleep(0.5)
        bench.produce(topic, rate * seconds, rate)
        return reader.result()
