"""
What io_uring would save: the same bytes to the same clients at the same pace, in batches through a
ring and by a loop of send(). Neither side does anything else; a server does, and would save a
smaller part of its CPU. The goal is what would make a second way of sending worth having.
"""

from harness.wait import free_port

from .bench import LIVE_BYTES, Skip, open_files_are_enough
from .limits import FRAMING_BYTES

LADDER = ((1000, 100), (10_000, 10))  # clients, frames/s
MIN_PAIRS = 5  # what is compared is a few per cent
NAMES = ("io_uring", "send()")


def measure(bench, report):
    why = why_not(bench)
    if why:
        raise Skip(why)
    for clients, rate in LADDER:
        if open_files_are_enough(clients):
            measure_step(bench, report, clients, rate)
        else:
            report.skip(f"uring.{clients}", "the limit of open files is too low")


def why_not(bench):
    """Why there can be no ring here, or None: old and guarded kernels have no io_uring."""
    with bench.program("raw_send", "-u", "-l", free_port(), "-n", 1, "-c", 1) as sender:
        line = sender.line(30)
    return None if line == "listening" else line


def measure_step(bench, report, clients, rate):
    frames = rate * bench.scale.pick(6, 3)
    plan = (LIVE_BYTES + FRAMING_BYTES, clients, frames, "-r", rate)
    results = report.pairs(
        max(bench.scale.pairs, MIN_PAIRS),
        lambda: bench.raw_run(*plan, "-u"), lambda: bench.raw_run(*plan),
        f"uring, {clients} clients",
    )  # fmt: skip
    key, what = f"uring.{clients}", f"{clients:,} clients"
    report.add(f"{key}.cpu", f"{what}: CPU/send", NAMES, results, "cpu_us", "us", "<= 0.90")
    report.add(f"{key}.complete", f"{what}: arrived", NAMES, results, "complete", "of 1", "1.00")
