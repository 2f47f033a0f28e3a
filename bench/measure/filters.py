"""
Filters in a running server: 1,000 clients of one topic, each with a filter of its own of four
predicates, so that each record is looked at through 1,000 channels and shown by one of them. Beside
it the same clients and the same records without filters, and one client with one filter: what all
the others add is compared with what filter_speed says that their filters cost.
"""

import tempfile
import time
from urllib.parse import quote

from .bench import SETTLE_S, judged
from .process import memory_bytes
from .records import FILTERS, further
from .records import run as run_speed

CLIENTS = FILTERS
RATE, BUSY_RATE = 100, 2000  # records/s
NAMES = ("filters", "no filters")


def measure(bench, report):
    seconds = bench.scale.pick(6, 2)
    all_runs, plain_runs = report.pairs(
        bench.scale.pairs,
        lambda: run(bench, CLIENTS, RATE, seconds),
        lambda: run(bench, CLIENTS, RATE, seconds, has_filters=False), "filters beside none",
    )  # fmt: skip
    results = (all_runs, plain_runs)
    what = f"{CLIENTS:,} clients, {RATE}/s"
    report.add("filters.cpu", f"{what}: CPU/record", NAMES, results, "cpu_us", "us")
    channel = [one["cpu_us"] * 1000 / CLIENTS for one in all_runs]
    report.add_single(
        "filters.channel", f"{what}: CPU/record and channel", NAMES[0], channel, "ns"
    )
    complete = [min(one["complete"] for one in both) for both in zip(*results, strict=True)]
    report.add_single("filters.complete", f"{what}: arrived", "both", complete, "of 1", "1.00")
    measure_added(bench, report, seconds)


def measure_added(bench, report, seconds):
    """A busier topic: what the server does all the time is a smaller part there."""
    program = bench.programs / "bench-filter_speed"
    if not program.exists():
        report.skip("filters.added", "built without jansson")
        return

    def ours():
        many = run(bench, CLIENTS, BUSY_RATE, seconds)
        one = run(bench, 1, BUSY_RATE, seconds)
        added = {name: (many[name] - one[name]) / (CLIENTS - 1) for name in ("cpu_us", "rss_kb")}
        return {"ns": added["cpu_us"] * 1000, "rss_kb": added["rss_kb"]}

    def raw():
        return {"ns": further(run_speed(program, bench.scale.pick(0.3, 0.05)), "short", "kafkasse")}

    results = report.pairs(bench.scale.pairs, ours, raw, f"filters, {BUSY_RATE}/s")
    what = f"each further filter, {BUSY_RATE:,}/s: CPU/record"
    report.add("filters.added", what, ("kafkasse", "the filter alone"), results, "ns", "ns")
    memory, what = [one["rss_kb"] for one in results[0]], "each further client and filter: VmRSS"
    report.add_single("filters.memory", what, "kafkasse", memory, "KiB")


def run(bench, clients, rate, seconds, has_filters=True):
    """`cpu_us` is for each record here."""
    topic = bench.topics.create()
    records = rate * seconds
    events = min(records, clients) if has_filters else records * clients
    with tempfile.NamedTemporaryFile("w", suffix=".paths") as file:
        for number in range(clients):
            query = "?filter=" + quote(filter_of(records, clients, number)) if has_filters else ""
            file.write(f"/{topic}{query}\n")
        file.flush()
        plan = ["-n", clients, "-p", file.name, "-c", events, "-q", "-t", "-w", 60]
        with bench.kafkasse(topic) as server:
            with bench.program("clients", "-l", server.port, *plan) as load:
                load.expect("ready", 60)
                time.sleep(SETTLE_S)
                before = server.cpu()
                bench.produce(topic, records, rate, None, "-e")
                result = judged(load.result(90), 0)
                result["cpu_us"] = (server.cpu() - before) * 1e6 / records
                result["rss_kb"] = memory_bytes(server.pid) / 1024
    return result


def filter_of(records, clients, number):
    """All look at four members; that of the client `number` keeps one of the last records."""
    revision = 1_250_000_001 + records - clients + number
    return (
        f'wiki == "enwiki" && type in ["new", "edit"] && namespace != {100 + number} && '
        f"revision.new == {revision}"
    )
