"""
KafkaSSE itself, on node, with its pinned dependencies (bench/peer). Only by name: it is built from
source, which takes minutes.
"""

import contextlib
import pathlib
import shutil
import subprocess

from harness.broker import REPOSITORY
from harness.wait import free_port

from .bench import REPLAY_PARTITIONS, Server, event_id
from .child import Child

SOURCE = pathlib.Path(__file__).resolve().parents[1] / "peer"
SETTLE_S = 5.0
CLIENTS = 100
NAMES = ("kafkasse", "KafkaSSE")


def install():
    """Builds it once, outside of the tree's sources; returns the folder."""
    folder = REPOSITORY / ".cache" / "bench-peer"
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / "node_modules" / "node-rdkafka" / "build" / "Release" / "node-librdkafka.node"
    for name in ("package.json", "package-lock.json", ".npmrc", "server.js"):
        shutil.copy(SOURCE / name, folder / name)
    if not mark.exists():
        print("installing KafkaSSE (builds a native module, some minutes)", flush=True)
        subprocess.run(["npm", "ci"], cwd=folder, check=True, timeout=1800)
    assert mark.exists(), "node-rdkafka was not built: does npm run its install script?"
    return folder


def measure(bench, report):
    folder = bench.peer_folder or install()

    @contextlib.contextmanager
    def kafka_sse(_topic):
        port = free_port()
        with Child("node", folder / "server.js", bench.brokers, port, ready="ready") as child:
            yield Server(child.pid, port)

    measure_replay(bench, report, kafka_sse)
    measure_live(bench, report, kafka_sse)


def measure_replay(bench, report, kafka_sse):
    """KafkaSSE gets a shorter topic: it would take minutes for ours."""
    ours, theirs = bench.scale.pick(1_000_000, 300_000), bench.scale.pick(50_000, 20_000)

    def run(side, records):
        topic = bench.replay_topic(records)
        return bench.replay(side, topic, records, [event_id(topic, [0] * REPLAY_PARTITIONS)])

    results = report.pairs(
        bench.scale.pairs, lambda: run(bench.kafkasse, ours), lambda: run(kafka_sse, theirs),
        "replay, KafkaSSE",
    )  # fmt: skip
    report.add("peer.replay", "replay", NAMES, results, "events_per_s", "events/s", ">= 30")
    report.add("peer.replay.cpu", "replay: CPU per event", NAMES, results, "cpu_us", "us")
    report.add("peer.replay.first", "replay: first event", NAMES, results, "first_ms", "ms")


def measure_live(bench, report, kafka_sse):
    run = {"clients": CLIENTS, "seconds": bench.scale.pick(8, 3)}
    results = report.pairs(
        bench.scale.pairs, lambda: bench.live(bench.kafkasse, **run),
        lambda: bench.live(kafka_sse, settle_s=SETTLE_S, **run), "live, KafkaSSE",
    )  # fmt: skip
    what = f"live, {CLIENTS} clients"
    report.add("peer.live.cpu", f"{what}: CPU/delivery", NAMES, results, "cpu_us", "us", "< 0.10")
    report.add("peer.live.p99", f"{what}: p99", NAMES, results, "p99_us", "us")
    report.add("peer.live.delivered", f"{what}: delivered", NAMES, results, "complete", "of 1")
