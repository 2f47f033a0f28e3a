#!/usr/bin/env python3
"""Measures kafkasse beside what it is to be compared with, on a real Kafka of its own.

The sides of a comparison run in turn, pair by pair, and what counts is the ratio within a pair:
machines differ, and so do minutes. Everything is on loopback and has a deadline.
"""

import argparse
import contextlib
import json
import os
import pathlib
import select
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent
sys.path.insert(0, str(REPOSITORY / "tests" / "system"))

from harness.broker import Broker  # noqa: E402
from harness.process import spawn  # noqa: E402
from harness.server import Kafkasse, binary  # noqa: E402
from harness.topics import Topics  # noqa: E402
from harness.wait import free_port  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
LIVE_BYTES = 300
REPLAY_BYTES = 400
REPLAY_PARTITIONS = 3
SETTLE_S = 1.5  # from the last response head until all partitions are being read
PEER_SETTLE_S = 5.0
PEER_CLIENTS = 100


class Scale:
    """How much is measured: all, or little (`--quick`)."""

    def __init__(self, quick, pairs):
        self.pairs = pairs or (2 if quick else 5)
        self.clients = 1000
        self.rate = 100
        self.live_s = 3 if quick else 8
        self.latency_records = 300 if quick else 1000
        self.replay_records = 300_000 if quick else 1_000_000
        self.peer_replay_records = 20_000 if quick else 50_000


class Child:
    """A program of the bench: started, its lines read with a deadline, ended by its pid."""

    def __init__(self, *command, ready=None, timeout=60):
        self.process = spawn(
            [str(part) for part in command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
        )  # fmt: skip
        self.pid = self.process.pid
        self.pending = b""
        if ready:
            self.expect(ready, timeout)

    def expect(self, word, timeout=60):
        line = self.line(timeout)
        assert line == word, f"{self.process.args[0]}: {line!r} instead of {word!r}"

    def line(self, timeout=120):
        deadline = time.monotonic() + timeout
        while b"\n" not in self.pending:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise TimeoutError(f"{self.process.args[0]}: no line within {timeout} s")
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                raise EOFError(f"{self.process.args[0]} ended with status {self.process.wait(5)}")
            self.pending += data
        line, _, self.pending = self.pending.partition(b"\n")
        return line.decode()

    def result(self, timeout=120):
        line = self.line(timeout)
        assert line.startswith("{"), f"{self.process.args[0]}: {line!r}"
        self.process.wait(10)
        return json.loads(line)

    def go(self):
        self.process.stdin.write(b"go\n")

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        self.process.stdin.close()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Bench:
    def __init__(self, programs, brokers, scale, peer):
        self.programs = programs
        self.brokers = brokers
        self.scale = scale
        self.topics = Topics(brokers)
        self.peer = peer
        self.replay_topics = {}

    def program(self, name, *arguments, **options):
        return Child(self.programs / f"bench-{name}", *arguments, **options)

    # ---- servers: context managers with .pid, .port and .path(topic) ----

    @contextlib.contextmanager
    def kafkasse(self, topic):
        server = Kafkasse(self.brokers, "-t", topic, heartbeat=None)
        try:
            yield server.process.pid, server.port
        finally:
            server.stop()

    @contextlib.contextmanager
    def least(self, topic):
        port = free_port()
        plan = ["-b", self.brokers, "-t", topic, "-l", port]
        with self.program("least", *plan, ready="ready") as child:
            yield child.pid, port

    @contextlib.contextmanager
    def kafka_sse(self, topic):
        port = free_port()
        with Child("node", self.peer / "server.js", self.brokers, port, ready="ready") as child:
            yield child.pid, port

    # ---- one run of one side ----

    def produce(self, topic, count, rate=None, size=LIVE_BYTES):
        pace = ["-r", rate] if rate else []
        plan = ["-t", topic, "-c", count, "-s", size, *pace]
        with self.program("produce", "-b", self.brokers, *plan) as child:
            return child.result(600)

    def clients(self, port, topic, count, events, last_id=None, wait_s=60):
        start = ["-i", last_id] if last_id else []
        return self.program(
            "clients", "-l", port, "-u", f"/{topic}", "-n", count, "-c", events, "-w", wait_s, *start
        )

    def live(self, side, clients=None, events=None, settle_s=SETTLE_S):
        """All clients at the end of a topic, records at a steady rate."""
        clients = clients or self.scale.clients
        events = events or self.scale.rate * self.scale.live_s
        topic = self.topics.create()
        wait_s = 40 + 2 * events // self.scale.rate
        with side(topic) as (pid, port):
            with self.clients(port, topic, clients, events, wait_s=wait_s) as load:
                load.expect("ready", 60)
                time.sleep(settle_s)
                before = cpu_seconds(pid)
                self.produce(topic, events, self.scale.rate)
                result = load.result(wait_s + 30)
                used = cpu_seconds(pid) - before
        return self.judged(result, used)

    @staticmethod
    def judged(result, used):
        assert result["refused"] == 0, result
        result["complete"] = result["delivered"] / result["expected"]
        result["cpu_us"] = used * 1e6 / max(result["delivered"], 1)
        return result

    def raw(self, frame_bytes):
        """The same clients and the same pace, and bytes from nowhere."""
        events = self.scale.rate * self.scale.live_s
        port = free_port()
        plan = ["-n", self.scale.clients, "-c", events, "-r", self.scale.rate, "-s", frame_bytes]
        with self.program("raw_send", "-l", port, *plan, ready="listening") as sender:
            with self.clients(port, "raw", self.scale.clients, events, wait_s=60) as load:
                load.expect("ready")
                sender.expect("ready")
                time.sleep(0.2)
                sender.go()
                sent = sender.result()
                result = load.result()
        result["complete"] = result["delivered"] / result["expected"]
        result["cpu_us"] = sent["cpu_us_per_send"]
        return result

    def replay_topic(self, records):
        """A topic with that many records, and the event id of its beginning."""
        if records not in self.replay_topics:
            topic = self.topics.create(partitions=REPLAY_PARTITIONS)
            self.produce(topic, records, size=REPLAY_BYTES)
            start = [{"topic": topic, "partition": p, "offset": 0} for p in range(REPLAY_PARTITIONS)]
            self.replay_topics[records] = topic, json.dumps(start, separators=(",", ":"))
        return self.replay_topics[records]

    def replay(self, side, records):
        topic, start = self.replay_topic(records)
        with side(topic) as (pid, port):
            before = cpu_seconds(pid)
            with self.clients(port, topic, 1, records, last_id=start, wait_s=120) as load:
                load.expect("ready")
                result = load.result(150)
            used = cpu_seconds(pid) - before
        return self.judged(result, used)

    def bare_replay(self, records):
        topic, _ = self.replay_topic(records)
        with self.program("bare_reader", "-b", self.brokers, "-t", topic) as reader:
            result = reader.result()
        result["events_per_s"] = result["records_per_s"]
        return result

    def bare_latency(self):
        topic = self.topics.create()
        count = self.scale.latency_records
        plan = ["-b", self.brokers, "-t", topic, "-c", count]
        with self.program("bare_reader", *plan, ready="ready") as reader:
            time.sleep(0.5)
            self.produce(topic, count, self.scale.rate)
            return reader.result()


class Report:
    """Ratios of pairs, as a table and as JSON."""

    def __init__(self):
        self.rows = []

    def pairs(self, count, ours, theirs, what):
        """Runs both in turn, the first one alternating, and returns the results of each."""
        results = [], []
        for pair in range(count):
            print(f"  {what}: pair {pair + 1} of {count}", file=sys.stderr, flush=True)
            for side in (0, 1) if pair % 2 == 0 else (1, 0):
                results[side].append((ours, theirs)[side]())
        return results

    def add(self, what, names, results, key, unit, goal=None):
        """A goal that begins with `+` is for what ours adds, any other for the ratio."""
        mine, other = ([run[key] for run in side] for side in results)
        pairs = list(zip(mine, other, strict=True))
        row = {"what": what, "ours": names[0], "theirs": names[1], "unit": unit, "goal": goal}
        row.update(our_values=mine, their_values=other)
        row["ratios"] = [a / b for a, b in pairs if b > 0]
        row["added"] = [a - b for a, b in pairs]
        self.rows.append(row)

    @staticmethod
    def spread(values, digits=2):
        if not values:
            return "-"

        def text(value):
            return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.{digits}f}"

        return f"{text(statistics.median(values))} ({text(min(values))}..{text(max(values))})"

    def compared(self, row):
        if (row["goal"] or "").startswith("+"):
            return "+ " + self.spread(row["added"], 0)
        return self.spread(row["ratios"])

    def print(self):
        head = ("what", "ours", "the other", "ratio or + difference", "goal")
        lines = [head]
        for row in self.rows:
            lines.append((
                f"{row['what']} [{row['unit']}]",
                f"{row['ours']} {self.spread(row['our_values'])}",
                f"{row['theirs']} {self.spread(row['their_values'])}",
                self.compared(row),
                row["goal"] or "",
            ))  # fmt: skip
        widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
        for line in lines:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            print("  ".join(cells).rstrip())


def measure_live(bench, report):
    names = ("kafkasse", "least")
    results = report.pairs(
        bench.scale.pairs,
        lambda: bench.live(bench.kafkasse), lambda: bench.live(bench.least), "live, least program",
    )  # fmt: skip
    report.add("live: delivered", names, results, "events_per_s", "events/s", ">= 0.90")
    report.add("live: server CPU per delivery", names, results, "cpu_us", "us")
    report.add("live: p50", names, results, "p50_us", "us")
    report.add("live: p99", names, results, "p99_us", "us", "<= 1.50")
    report.add("live: share delivered", names, results, "complete", "of 1", "1.00")
    return round(statistics.median(run["bytes_per_event"] for run in results[0]))


def measure_raw(bench, report, frame_bytes):
    results = report.pairs(
        bench.scale.pairs,
        lambda: bench.live(bench.kafkasse), lambda: bench.raw(frame_bytes), "live, raw send()",
    )  # fmt: skip
    names = ("kafkasse", "raw send()")
    report.add("live: delivered", names, results, "events_per_s", "events/s", ">= 0.90")
    report.add("live: server CPU per delivery", names, results, "cpu_us", "us", "<= 1.10")
    report.add("live: p99", names, results, "p99_us", "us")


def measure_replay(bench, report):
    records = bench.scale.replay_records
    results = report.pairs(
        bench.scale.pairs,
        lambda: bench.replay(bench.kafkasse, records), lambda: bench.bare_replay(records), "replay",
    )  # fmt: skip
    names = ("kafkasse", "bare reader")
    report.add("replay: one client", names, results, "events_per_s", "records/s", ">= 0.50")
    report.add("replay: first record", names, results, "first_ms", "ms")


def measure_latency(bench, report):
    count = bench.scale.latency_records
    results = report.pairs(
        bench.scale.pairs,
        lambda: bench.live(bench.kafkasse, 1, count), bench.bare_latency, "latency",
    )  # fmt: skip
    names = ("kafkasse", "bare reader")
    report.add("latency, one client: p50", names, results, "p50_us", "us", "+ <= 100")
    report.add("latency, one client: p99", names, results, "p99_us", "us", "+ <= 1000")


def measure_peer(bench, report):
    names = ("kafkasse", "KafkaSSE")
    results = report.pairs(
        bench.scale.pairs,
        lambda: bench.replay(bench.kafkasse, bench.scale.replay_records),
        lambda: bench.replay(bench.kafka_sse, bench.scale.peer_replay_records), "replay, KafkaSSE",
    )  # fmt: skip
    report.add("replay: one client", names, results, "events_per_s", "events/s", ">= 30")
    report.add("replay: server CPU per event", names, results, "cpu_us", "us")
    report.add("replay: first event", names, results, "first_ms", "ms")
    results = report.pairs(
        bench.scale.pairs,
        lambda: bench.live(bench.kafkasse, PEER_CLIENTS),
        lambda: bench.live(bench.kafka_sse, PEER_CLIENTS, settle_s=PEER_SETTLE_S), "live, KafkaSSE",
    )  # fmt: skip
    live = f"live, {PEER_CLIENTS} clients"
    report.add(f"{live}: CPU per delivery", names, results, "cpu_us", "us", "< 0.10")
    report.add(f"{live}: p99", names, results, "p99_us", "us")
    report.add(f"{live}: share delivered", names, results, "complete", "of 1", "1.00")


def measure_limits(bench, report):
    """Without kafkasse: the others beside each other, to know the machine."""
    results = report.pairs(
        bench.scale.pairs, lambda: bench.live(bench.least), lambda: bench.raw(LIVE_BYTES + 8), "limits"
    )
    names = ("least", "raw send()")
    report.add("live: server CPU per delivery", names, results, "cpu_us", "us")
    report.add("live: p99", names, results, "p99_us", "us")
    report.add("live: share delivered", names, results, "complete", "of 1")
    if bench.peer:
        measure_peer_limits(bench, report)


def measure_peer_limits(bench, report):
    records = bench.scale.peer_replay_records
    results = report.pairs(
        bench.scale.pairs,
        lambda: bench.bare_replay(bench.scale.replay_records),
        lambda: bench.replay(bench.kafka_sse, records), "limits, replay",
    )  # fmt: skip
    names = ("bare reader", "KafkaSSE")
    report.add("replay: one client", names, results, "events_per_s", "events/s")
    report.add("replay: first event", names, results, "first_ms", "ms")
    results = report.pairs(
        bench.scale.pairs,
        lambda: bench.live(bench.least, PEER_CLIENTS),
        lambda: bench.live(bench.kafka_sse, PEER_CLIENTS, settle_s=PEER_SETTLE_S), "limits, KafkaSSE",
    )  # fmt: skip
    names = ("least", "KafkaSSE")
    live = f"live, {PEER_CLIENTS} clients"
    report.add(f"{live}: CPU per delivery", names, results, "cpu_us", "us")
    report.add(f"{live}: p99", names, results, "p99_us", "us")


def install_peer():
    """KafkaSSE with its pinned dependencies, built once, outside of the tree's sources."""
    folder = REPOSITORY / ".cache" / "bench-peer"
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / "node_modules" / "node-rdkafka" / "build" / "Release" / "node-librdkafka.node"
    for name in ("package.json", "package-lock.json", ".npmrc", "server.js"):
        shutil.copy(HERE / "peer" / name, folder / name)
    if not mark.exists():
        print("installing KafkaSSE (builds a native module, some minutes)", file=sys.stderr)
        subprocess.run(["npm", "ci"], cwd=folder, check=True, timeout=1800)
    assert mark.exists(), "node-rdkafka was not built: does npm run its install script?"
    return folder


def read_options():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    parser.add_argument("--pairs", type=int, help="runs of each side (5; 2 with --quick)")
    parser.add_argument("--peer", action="store_true", help="KafkaSSE on node, too")
    parser.add_argument("--peer-folder", type=pathlib.Path, help="an installed bench/peer")
    parser.add_argument("--limits", action="store_true", help="only what kafkasse is compared with")
    parser.add_argument("--programs", type=pathlib.Path, default=binary().parent / "bench")
    parser.add_argument("--out", type=pathlib.Path, default=REPOSITORY / "build" / "bench.json")
    return parser.parse_args()


def measure_all(bench, report):
    frame_bytes = measure_live(bench, report)
    measure_raw(bench, report, frame_bytes)
    measure_latency(bench, report)
    measure_replay(bench, report)
    if bench.peer:
        measure_peer(bench, report)


def machine():
    """What the figures were taken on; says so when others keep it busy, too."""
    found = {"cores": os.cpu_count(), "load": os.getloadavg()[0], "kernel": os.uname().release}
    if found["load"] > found["cores"] / 2:
        print(f"the machine is busy (load {found['load']:.1f}): figures will wander", file=sys.stderr)
    return found


def main():
    options = read_options()
    if not options.limits and not binary().exists():
        sys.exit(f"{binary()} is not built")
    peer = (options.peer_folder or install_peer()) if options.peer else None
    report = Report()
    found = machine()
    broker = Broker()
    try:
        broker.start()
        bench = Bench(options.programs, broker.bootstrap, Scale(options.quick, options.pairs), peer)
        (measure_limits if options.limits else measure_all)(bench, report)
    finally:
        broker.discard()
        report.print()  # also what was measured before something went wrong
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({"machine": found, "rows": report.rows}, indent=1) + "\n")
    print(f"written to {options.out}")


if __name__ == "__main__":
    main()
