"""
What strangers can do to others: while they attack, how long anybody else waits for an answer under
/-/, for a live record, and for the first old one. Then how soon all is well after a flood of
look-ups, and how many bytes a visit of one event takes from the broker. Each attack has a server of
its own with default settings. The broker and the attackers share the machine with it.
"""

import pathlib
import sys
import time

from harness.flood import Flood
from harness.http import Stream

from .child import Child
from .process import broker_bytes

HERE = pathlib.Path(__file__).resolve().parents[1] / "hostile"
OLD_RECORDS = 300_000
OLD_BYTES = 1000
BATCH_BYTES = 16 * 1024  # as Java's producers have it; Kafka gives whole batches
CALM_MS = 1000  # a `since` that is answered within this time: the flood is over
LONGEST_S = 120

# Attack: how many connections, how many of them with --quick, and the goal for the first old
# record in ms. The goals for /-/healthy and for live records are the same always.
ATTACKS = {
    "nobody": (0, 0, 1000),
    "lookups": (2, 2, 1000),
    "slow": (40, 40, 1000),
    "mute": (1000, 300, 3000),
    "visits": (20, 20, 1000),
    "idle": (700, 700, 1000),
    "filters": (200, 200, 1000),
    "fields": (50, 50, 1000),
    "subsets": (2000, 1000, 1000),
}
PARTITIONS = {"filters": 1, "fields": 1, "subsets": 12}  # of a topic that gets a burst
SETTINGS = {"idle": ("--max-clients", 100)}  # 612 connections in all


def measure(bench, report):
    old = bench.topics.create()
    bench.produce(old, OLD_RECORDS, None, OLD_BYTES, "-z", BATCH_BYTES)
    for name, (count, quick_count, old_goal_ms) in ATTACKS.items():
        report.say(f"hostile: {name}")
        turns = [
            run(bench, name, bench.scale.pick(count, quick_count), old)
            for _ in range(bench.scale.pick(3, 1))
        ]
        add_waits(report, name, turns, old_goal_ms)
        for extra, (what, unit, goal) in EXTRAS.items():
            values = [turn[extra] for turn in turns if extra in turn]
            if values:
                report.add_single(
                    f"hostile.{name}.{extra}", f"{name}: {what}", "kafkasse", values, unit, goal,
                    max(values),
                )  # fmt: skip


EXTRAS = {
    "recovery": ("after it, until a `since` is answered at once", "ms", "<= 1000"),
    "visit": ("bytes from the broker per visit", "KiB", "<= 256"),
}
WAITS = {
    "healthy": ("longest answer of /-/healthy", 100),
    "live": ("longest wait for a live record", 100),
    "old": ("longest wait for a first old record", None),
}


def add_waits(report, name, turns, old_goal_ms):
    """The longest of all turns is judged: one stranger with luck is enough."""
    for wait, (what, goal_ms) in WAITS.items():
        values = [turn[wait]["max_ms"] for turn in turns]
        report.add_single(
            f"hostile.{name}.{wait}", f"{name}: {what}", "kafkasse", values, "ms",
            f"<= {goal_ms or old_goal_ms}", max(values),
        )  # fmt: skip


def run(bench, name, count, old):
    live = bench.topics.create()
    attacked = bench.topics.create(partitions=PARTITIONS[name]) if name in PARTITIONS else old
    seconds = bench.scale.pick(10, 4)
    with bench.kafkasse(f"{live},{old},{attacked}", *SETTINGS.get(name, ())) as server:
        watch = [sys.executable, HERE / "watch.py", server.port, bench.brokers, live, old, OLD_RECORDS]
        with Child(*watch, ready="ready") as watching:
            time.sleep(0.5)  # what is done once is not the attack's
            watching.go()
            found = attack(bench, server, name, attacked, count, seconds)
            watching.go()
            return {**watching.result(LONGEST_S), **found}


def attack(bench, server, name, topic, count, seconds):
    if count == 0:
        time.sleep(seconds)
        return {}
    if name == "lookups":
        with Flood(server.kafkasse, topic, int(time.time() * 1000) - 86_400_000, count):
            time.sleep(seconds)
        return {"recovery": recovery_ms(server.port, topic)}
    before = broker_bytes(server.pid, bench.brokers)
    plan = [sys.executable, HERE / "attack.py", name, server.port, topic, OLD_RECORDS, count, seconds]
    with Child(*plan, ready="ready") as attacking:
        if name in PARTITIONS:
            burst(bench, topic, 1000 if name == "subsets" else 200)
        result = attacking.result(LONGEST_S)
    assert result["done"] > 0 and result["failed"] <= count / 2, result
    if name == "visits" and before is not None:
        taken = broker_bytes(server.pid, bench.brokers) - before
        return {"visit": taken / 1024 / result["done"]}
    return {}


def burst(bench, topic, count):
    """Records of 1 KB at once, then one large one; all texts are written with escapes."""
    for n in range(count):
        bench.topics.send(topic, record(n, 10, 120))
    bench.topics.flush()
    bench.topics.send(topic, record(count, 30_000, 50_000))
    bench.topics.flush()


def record(n, members, letters):
    inner = ",".join(f'"\\u006d{i}":"\\u0076"' for i in range(members))
    text = "\\u0061" * letters
    return f'{{"n":{n},"inner":{{{inner}}},"text":"{text}"}}'


def recovery_ms(port, topic):
    """From the end of the flood until a newcomer's `since` is answered within CALM_MS."""
    began = time.monotonic()
    while time.monotonic() < began + LONGEST_S:
        asked = time.monotonic()
        since = int(time.time() * 1000) - 86_400_000
        with Stream(port, f"/{topic}?since={since}", timeout=LONGEST_S) as stream:
            stream.open().next(types=("message",))
        if (time.monotonic() - asked) * 1000 < CALM_MS:
            break
    return (time.monotonic() - began) * 1000
