#!/usr/bin/env python3
"""Measures kafkasse beside what it is to be compared with, on a real Kafka of its own.

The sides of a comparison run in turn, pair by pair, and what counts is the ratio within a pair:
machines differ, and so do minutes. Everything is on loopback and has a deadline.
"""

import argparse
import contextlib
import importlib
import json
import os
import pathlib
import signal
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent
sys.path[:0] = [str(HERE), str(REPOSITORY / "tests" / "system")]

from harness.broker import Broker  # noqa: E402
from harness.server import binary  # noqa: E402
from measure.bench import Bench, Scale, Skip  # noqa: E402
from measure.floors import judge, read  # noqa: E402
from measure.report import Report  # noqa: E402

# A module of measure/, when it is chosen without being named, and after how many seconds it is
# given up in any case.
MEASUREMENTS = {
    "records": ("quick", 600),
    "fanout": ("quick", 1800),
    "bursts": ("quick", 1200),
    "latency": ("quick", 900),
    "replay": ("quick", 900),
    "beside": ("quick", 900),
    "first_event": ("quick", 300),
    "filters": ("quick", 900),
    "hostile": ("quick", 1200),
    "memory": ("full", 1800),
    "churn": ("full", 900),
    "workers": ("full", 900),
    "growth": ("full", 1800),
    "uring": ("full", 900),
    "peer": ("named", 1800),
    "limits": ("named", 900),
}


def module(name):
    return importlib.import_module(f"measure.{name}")


def chosen(options):
    """The measurements that are named, or those that make up the run."""
    when = ("quick",) if options.quick else ("quick", "full")
    names = options.measurements or [n for n, (w, _) in MEASUREMENTS.items() if w in when]
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        sys.exit(f"no such measurement: {', '.join(unknown)} (see --list)")
    return names


def list_measurements():
    notes = {"quick": "also with --quick", "full": "not with --quick", "named": "only by name"}
    for name, (when, _) in MEASUREMENTS.items():
        first = " ".join(module(name).__doc__.split()).partition(". ")[0].rstrip(".")
        print(f"{name:12} {first} ({notes[when]})")


def read_options():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("measurements", nargs="*", metavar="NAME", help="measurements; none: all")
    parser.add_argument("--list", action="store_true", help="which measurements there are")
    parser.add_argument("--quick", action="store_true", help="about three minutes")
    parser.add_argument("--pairs", type=int, help="runs of each side (5; 3 with --quick)")
    parser.add_argument("--peer-folder", type=pathlib.Path, help="an installed bench/peer")
    parser.add_argument("--programs", type=pathlib.Path, default=binary().parent / "bench")
    parser.add_argument("--out", type=pathlib.Path, default=REPOSITORY / "build" / "bench.json")
    return parser.parse_args()


def machine():
    """What the figures were taken on; says so when others keep it busy, too."""
    found = {"cores": os.cpu_count(), "load": os.getloadavg()[0], "kernel": os.uname().release}
    if is_busy(found):
        print(f"the machine is busy (load {found['load']:.1f}): figures will wander", file=sys.stderr)
    return found


def is_busy(found):
    return found["load"] > found["cores"] / 2


@contextlib.contextmanager
def deadline(seconds):
    def too_late(*_):
        raise TimeoutError(f"not done within {seconds} s")

    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def warm_up(bench):
    """A broker that has just begun is slow: its code is not compiled yet."""
    topic = bench.topics.create()
    bench.produce(topic, 100_000)
    bench.bare_replay(topic)
    bench.produce(topic, 500, 500)


def take(name, bench, report):
    """One measurement; what goes wrong there does not stop the others. Returns whether it went."""
    began = time.monotonic()
    try:
        with deadline(MEASUREMENTS[name][1]):
            module(name).measure(bench, report)
    except Skip as reason:
        report.skip(name, reason)
    except Exception:  # told, counted, and on with the next one
        print(f"{name} failed:", file=sys.stderr)
        traceback.print_exc()
        return False
    report.say(f"{name} took {time.monotonic() - began:.0f} s")
    return True


def tell(failed, complaints, found):
    for name in failed:
        print(f"FAILED  {name}: see above")
    for complaint in complaints:
        print(f"WORSE   {complaint} (bench/floors.json)")
    if complaints and is_busy(found):
        print("The machine was busy when this began: try again when it is not.")
    return 1 if failed or complaints else 0


def main():
    options = read_options()
    if options.list:
        list_measurements()
        return 0
    names, began = chosen(options), time.monotonic()
    if not binary().exists():
        sys.exit(f"{binary()} is not built")
    floors = read(HERE / "floors.json")
    report, found, broker, failed = Report(), machine(), Broker(), []
    try:
        broker.start()
        scale = Scale(options.quick, options.pairs or (3 if options.quick else 5))
        bench = Bench(options.programs, broker.bootstrap, scale, options.peer_folder)
        warm_up(bench)
        failed = [name for name in names if not take(name, bench, report)]
    finally:
        broker.discard()
        report.print()  # also what was measured before something went wrong
    options.out.parent.mkdir(parents=True, exist_ok=True)
    is_complete = options.quick and not options.measurements
    left_out = {name: "not chosen" for name in MEASUREMENTS if name not in names}
    complaints = judge(report.rows, {**left_out, **report.skipped}, floors, is_complete)
    result = {"machine": found, **report.json(), "failed": failed, "worse": complaints}
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    print(f"written to {options.out}")
    report.say(f"all of it took {time.monotonic() - began:.0f} s")
    return tell(failed, complaints, found)


if __name__ == "__main__":
    sys.exit(main())
