"""
Workers: two against one, with 1,000 clients, in bursts at a steady pace and flat out. On a machine
of two cores Kafka and the load program want theirs, too: events/s can hardly double there, and what
two workers cost is seen in the CPU per event.
"""

from .bench import Skip
from .bursts import BURST, BURST_RATE, FLAT_OUT_RECORDS, run_ours

NAMES = ("two workers", "one worker")


def measure(bench, report):
    if not bench.knows_setting("workers"):
        raise Skip("this program does not know --workers")
    seconds = bench.scale.pick(6, 3)
    records = bench.scale.pick(FLAT_OUT_RECORDS, FLAT_OUT_RECORDS // 3)
    pace = ("-r", BURST_RATE, "-k", BURST)
    compare(bench, report, "burst", f"bursts of {BURST}", BURST_RATE * seconds, pace)
    compare(bench, report, "flat", "flat out", records, ())


def compare(bench, report, name, what, records, pace):
    results = report.pairs(
        bench.scale.pairs,
        lambda: run_ours(bench, 2, records, pace), lambda: run_ours(bench, 1, records, pace),
        f"workers, {what}",
    )  # fmt: skip
    key = f"workers.{name}"
    report.add(f"{key}.rate", what, NAMES, results, "events_per_s", "events/s")
    report.add(f"{key}.cpu", f"{what}: CPU/event", NAMES, results, "cpu_us", "us")
    report.add(f"{key}.complete", f"{what}: arrived", NAMES, results, "complete", "of 1", "1.00")
