"""
Fan-out: everybody at the end of one topic, one event a flush, at a pace that all sides keep up
with. Against the same bytes at the same pace from a loop of send(), and against the least program
that does the whole job.
"""

LADDER = ((1000, 100),)  # clients, records/s


def measure(bench, report):
    for clients, rate in LADDER:
        frame_bytes = against_least(bench, report, clients, rate)
        against_raw(bench, report, clients, rate, frame_bytes)


def against_least(bench, report, clients, rate):
    run = {"clients": clients, "rate": rate, "seconds": bench.scale.pick(8, 3)}
    results = report.pairs(
        bench.scale.pairs,
        lambda: bench.live(bench.kafkasse, **run), lambda: bench.live(bench.least, **run),
        f"fanout, {clients} clients, least program",
    )  # fmt: skip
    names, key, what = ("kafkasse", "least"), f"fanout.{clients}.least", f"{clients:,} clients"
    report.add(f"{key}.p99", f"{what}: p99", names, results, "p99_us", "us", "<= 1.15")
    report.add(f"{key}.cpu", f"{what}: CPU/delivery", names, results, "cpu_us", "us", "<= 1.10")
    report.add(f"{key}.delivered", f"{what}: delivered", names, results, "complete", "of 1", "1.00")
    return round(results[0][0]["bytes_per_event"])


def against_raw(bench, report, clients, rate, frame_bytes):
    run = {"clients": clients, "rate": rate, "seconds": bench.scale.pick(8, 3)}
    results = report.pairs(
        bench.scale.pairs,
        lambda: bench.live(bench.kafkasse, **run), lambda: bench.raw(frame_bytes, **run),
        f"fanout, {clients} clients, raw send()",
    )  # fmt: skip
    names, key, what = ("kafkasse", "raw send()"), f"fanout.{clients}.raw", f"{clients:,} clients"
    report.add(f"{key}.rate", what, names, results, "events_per_s", "events/s", ">= 0.90")
    report.add(f"{key}.cpu", f"{what}: CPU/delivery", names, results, "cpu_us", "us", "<= 1.10")
    report.add(f"{key}.p99", f"{what}: p99", names, results, "p99_us", "us")
