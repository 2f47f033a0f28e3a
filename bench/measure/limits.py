"""The least program beside raw send(), without kafkasse: to know the machine. Only by name."""

from .bench import LIVE_BYTES

FRAMING_BYTES = len("data: \n\n")


def measure(bench, report):
    run = {"seconds": bench.scale.pick(8, 3)}
    results = report.pairs(
        bench.scale.pairs, lambda: bench.live(bench.least, **run),
        lambda: bench.raw(LIVE_BYTES + FRAMING_BYTES, **run), "limits",
    )  # fmt: skip
    names = ("least", "raw send()")
    report.add("limits.cpu", "live: CPU/delivery", names, results, "cpu_us", "us")
    report.add("limits.p99", "live: p99", names, results, "p99_us", "us")
    report.add("limits.spread", "live: spread, p99", names, results, "fan_p99_us", "us")
    report.add("limits.delivered", "live: delivered", names, results, "complete", "of 1")
