"""
Fan-out: all clients at the end of one topic, one event a flush, at a pace that all sides keep up
with on two cores. Beside it the same bytes at the same pace from a loop of send(), while Kafka is
kept as busy, and the least program that does the whole job. At such a pace events/s only shows that
nothing is late or lost; how many there could be, CPU per delivery tells.

With one client the loop of send() is no fair limit, as it reads no Kafka: there, look at the least
program. The load program runs on the same cores; what it costs is the same for all sides.

`spread` is the time from the first client that has an event to the 99th of 100, and of that the
99th percentile over all events: a server that sends to one client late shows there.
"""

from .bench import open_files_are_enough

LADDER = ((1, 200), (100, 200), (1000, 100), (10_000, 10))  # clients, records/s


def measure(bench, report):
    ladder = bench.scale.pick(LADDER, [step for step in LADDER if step[0] == 1000])
    for clients, rate in ladder:
        if open_files_are_enough(clients):
            measure_step(bench, report, clients, rate)
        else:
            report.skip(f"fanout.{clients}", "the limit of open files is too low")


def clients_of(count):
    return "1 client" if count == 1 else f"{count:,} clients"


def measure_step(bench, report, clients, rate):
    run = {"clients": clients, "rate": rate, "seconds": bench.scale.pick(6, 3)}
    frame_bytes = []

    def ours():
        result = bench.live(bench.kafkasse, **run)
        frame_bytes.append(round(result["bytes_per_event"]))
        return result

    ours_runs, raw_runs, least_runs = report.turns(
        bench.scale.pairs,
        (ours, lambda: bench.raw(frame_bytes[0], **run), lambda: bench.live(bench.least, **run)),
        f"fanout, {clients} clients",
    )  # fmt: skip
    rows_against_raw(report, clients, (ours_runs, raw_runs))
    rows_against_least(report, clients, (ours_runs, least_runs))


def rows_against_raw(report, clients, results):
    names, key, what = ("kafkasse", "send()"), f"fanout.{clients}.raw", clients_of(clients)
    report.add(f"{key}.rate", what, names, results, "events_per_s", "events/s", ">= 0.90")
    report.add(f"{key}.cpu", f"{what}: CPU/delivery", names, results, "cpu_us", "us", "<= 1.10")
    if clients > 1:
        spread = f"{what}: spread, p99"
        report.add(f"{key}.spread", spread, names, results, "fan_p99_us", "us", "<= 1.15")


def rows_against_least(report, clients, results):
    names, key, what = ("kafkasse", "least"), f"fanout.{clients}.least", clients_of(clients)
    report.add(f"{key}.cpu", f"{what}: CPU/delivery", names, results, "cpu_us", "us", "<= 1.10")
    report.add(f"{key}.p50", f"{what}: latency, p50", names, results, "p50_us", "us")
    report.add(f"{key}.p99", f"{what}: latency, p99", names, results, "p99_us", "us", "<= 1.15")
    if clients > 1:
        spread = f"{what}: spread, p99"
        report.add(f"{key}.spread", spread, names, results, "fan_p99_us", "us", "<= 1.15")
    report.add(f"{key}.complete", f"{what}: arrived", names, results, "complete", "of 1", "1.00")
