"""
Bursts: more records than can be sent one by one, so that several events leave in one send(). In
bursts at a steady pace, and flat out: as fast as Kafka takes them, some seconds' worth. With one
worker and with two.

The other side is a loop of send() of the same bytes, flat out, with as many frames in each send()
as the server had on average. The load program and Kafka share the cores with the server, and with
two workers all three want more than there is: events/s is then what this machine gives, and CPU per
event is what counts.
"""

import time

from .bench import SETTLE_S, judged

CLIENTS = 1000
BURST = 8
BURST_RATE = 640  # records/s, all in bursts
FLAT_OUT_RECORDS = 9000
RAW_EVENTS = 2000
RAW_FRAMES_MAX = 256  # about what a socket takes at once


def measure(bench, report):
    for workers in (1, 2):
        if workers > 1 and not bench.knows_setting("workers"):
            report.skip(f"bursts.{workers}", "this program does not know --workers")
            continue
        measure_workers(bench, report, workers)


def measure_workers(bench, report, workers):
    seconds = bench.scale.pick(6, 2)
    pace = ("-r", BURST_RATE, "-k", BURST)
    compare(bench, report, workers, "burst", f"bursts of {BURST}", BURST_RATE * seconds, pace)
    if not bench.scale.is_quick:
        compare(bench, report, workers, "flat", "flat out", FLAT_OUT_RECORDS, ())


def compare(bench, report, workers, name, what, records, pace):
    last = {}

    def ours():
        last.update(run_ours(bench, workers, records, pace))
        return dict(last)

    def raw():
        frames = min(RAW_FRAMES_MAX, max(1, round(last["events_per_send"])))
        size = round(last["bytes_per_event"])
        return bench.raw_run(size, CLIENTS, RAW_EVENTS, "-k", frames)

    text = f"{what}, {workers} worker{'s' if workers > 1 else ''}"
    results = report.pairs_ours_first(bench.scale.pairs, ours, raw, text)
    names, key = ("kafkasse", "send()"), f"bursts.{workers}.{name}"
    per_send = [run["events_per_send"] for run in results[0]]
    rates = [run["events_per_s"] for run in results[0]]
    report.add(f"{key}.cpu", f"{text}: CPU/event", names, results, "cpu_us", "us")
    report.add_single(f"{key}.rate", text, names[0], rates, "events/s", rate_goal(workers, name))
    report.add_single(f"{key}.per_send", f"{text}: events a send()", names[0], per_send, "")


def rate_goal(workers, name):
    return ">= 500,000" if workers == 2 or name == "burst" else None


def run_ours(bench, workers, records, pace):
    topic = bench.topics.create()
    more = ["--workers", workers] if workers > 1 else []
    with bench.kafkasse(topic, *more) as server:
        with bench.clients(server.port, topic, CLIENTS, records, wait_s=120) as load:
            load.expect("ready")
            time.sleep(SETTLE_S)
            before = server.cpu()

            def run():
                with bench.program("produce", "-b", bench.brokers, "-t", topic, "-c", records,
                                   "-s", 300, *pace) as producer:  # fmt: skip
                    producer.result(120)
                return load.result(150)

            result, counted = bench.metrics_of(server, run)
            result = judged(result, server.cpu() - before)
    result["events_per_send"] = result["delivered"] / counted["kafkasse_sends_total"]
    result["demotions"] = counted["kafkasse_demotions_total"]
    return result
