"""
Memory: what an idle client costs, and what clients that stop reading make the process hold. Peaks
of resident memory stand against the sum of the memory settings plus a constant: what the process
had before the clients came, 4 KiB per client, and what librdkafka may have fetched and not handed
over, which is, for each of five handles (four long replay readers, one tail), 16 MiB queued and a batch
on its way, and for each of four short readers a batch.

The stalled ones read again in the end, and every frame that they get is checked: each client must
have every record once and in order.
"""

import dataclasses
import time

from harness.gauges import Peaks, gauges
from harness.load import record
from harness.wait import wait_for

from .process import MIB, memory_bytes

IDLE_FEW, IDLE_MANY = 2000, 18_000  # a process may have 20,000 descriptors
LOG, CHANNEL, CHANNELS, REPLAY = 8 * MIB, 4 * MIB, 16 * MIB, 16 * MIB
BUDGETS = (
    "--log-memory", LOG, "--channel-memory", CHANNEL,
    "--channels-memory", CHANNELS, "--replay-memory", REPLAY,
)  # fmt: skip
LONG, SHORT, QUEUED = 5, 4, 16 * MIB  # handles, and what each of the long ones may queue
PER_CLIENT = 4096
SMALL_BUFFER = 4096
STILL_S, MOVING_S = 2, 60
GAUGES = ("log_bytes", "channel_bytes", "replay_bytes")
WRONG = ("refused", "closed", "cut", "missing", "twice", "gaps", "malformed")


@dataclasses.dataclass
class Stall:
    """Clients that stop reading a topic of `records` records of `size` bytes."""

    key: str
    what: str
    clients: int
    records: int
    size: int
    step: int | None = None  # client i begins at record i * step; None: at latest

    def fetched(self):
        """What librdkafka may hold. Kafka gives whole batches, which the producer makes 1 MB large."""
        batch = max(MIB, self.size)
        return LONG * (QUEUED + batch) + SHORT * batch

    def due(self):
        return sum(self.records - i * (self.step or 0) for i in range(self.clients))


def stalls(scale):
    pick = scale.pick
    many = pick(10_000, 2000)
    return (
        Stall("busy", "live clients stop reading", pick(1000, 300), pick(20_000, 10_000), 1000),
        Stall("starts", "as many start points", many, many + 100, 300, step=1),
        Stall("large", "live ones, records of 5 MB", pick(100, 40), 10, 5_000_000),
        Stall("large_replays", "replays, records of 5 MB", pick(100, 40), 10, 5_000_000, step=0),
    )


def measure(bench, report):
    idle(bench, report)
    kept = {}
    for stall in stalls(bench.scale):
        report.say(f"memory: {stall.clients:,} clients: {stall.what}")
        kept[stall.key] = run = stalled(bench, stall)
        rows(report, stall, run)
    report.keep("memory", kept)


# ---- idle clients ----


def idle(bench, report):
    runs = []
    for number in range(bench.scale.pick(3, 1)):
        report.say(f"memory, idle clients: {number + 1}")
        runs.append(idle_run(bench))
    what = f"an idle client ({IDLE_FEW:,} to {IDLE_MANY:,})"
    for name, goal in (("VmRSS", "<= 0.80"), ("VmData", None)):
        slopes = [run[name] / 1024 for run in runs]
        key = "memory.idle." + name.lower()
        report.add_single(key, f"{what}: {name}", "kafkasse", slopes, "KiB", goal)


def idle_run(bench):
    """Bytes per client, by the slope between few and many."""
    topic = bench.topics.create()
    with bench.kafkasse(topic, "--max-clients", 19_000) as server:
        with idle_clients(bench, server, topic, IDLE_FEW, IDLE_FEW):
            few = held(server)
            with idle_clients(bench, server, topic, IDLE_MANY - IDLE_FEW, IDLE_MANY):
                many = held(server)
    return {name: (many[name] - few[name]) / (IDLE_MANY - IDLE_FEW) for name in few}


def held(server):
    return {name: memory_bytes(server.pid, name) for name in ("VmRSS", "VmData")}


def idle_clients(bench, server, topic, count, together):
    load = bench.clients(server.port, topic, count, 1, wait_s=300)
    load.expect("ready", 120)
    wait_live(server, together)
    return load


def wait_live(server, clients):
    def are_live():
        now = gauges(server.kafkasse, ("clients", "replays", "partitions_followed"))
        return now == {"clients": clients, "replays": 0, "partitions_followed": 1}

    wait_for(are_live, 60, what=f"{clients} clients are live")


# ---- clients that stop reading ----


def stalled(bench, stall):
    topic = bench.topics.create()
    if stall.step is not None:
        fill(bench, topic, stall)
    more = ("--max-clients", 11_000)
    with bench.kafkasse(topic, *BUDGETS, *more) as server:
        before = memory_bytes(server.pid)
        with Peaks(server.kafkasse, *GAUGES) as peaks, load_of(bench, server, topic, stall) as load:
            load.expect("ready", 120)
            if stall.step is None:
                wait_live(server, stall.clients)
                fill(bench, topic, stall)
            still_s = seconds_until_still(server)
            load.go()
            found = load.result(600)
        peak = memory_bytes(server.pid, "VmHWM")
    bound = before + LOG + CHANNELS + REPLAY + stall.fetched() + stall.clients * PER_CLIENT
    sizes = {"peak_mb": peak / MIB, "bound_mb": bound / MIB, "gauges": peaks.highest}
    return {**sizes, "still_s": still_s, **found}


def load_of(bench, server, topic, stall):
    plan = ["-l", server.port, "-u", f"/{topic}", "-n", stall.clients, "-c", stall.records]
    start = [] if stall.step is None else ["-k", stall.step]
    return bench.program("stalled", *plan, *start, "-b", SMALL_BUFFER, "-w", 500)


def fill(bench, topic, stall):
    if stall.size < MIB:
        bench.produce(topic, stall.records, size=stall.size)
        return
    for n in range(stall.records):
        bench.topics.send(topic, record(n, stall.size))
    bench.topics.flush()


def seconds_until_still(server):
    """
    Until every socket is full, and for two seconds more, in which stalled replays give back what
    they give back after a second. Gives up after a minute, which is a finding, too.
    """
    began = since = time.monotonic()
    last = None
    while time.monotonic() < since + STILL_S and time.monotonic() < began + MOVING_S:
        now = server.kafkasse.metrics()["kafkasse_bytes_sent_total"]
        if now != last:
            last, since = now, time.monotonic()
        time.sleep(0.1)
    return since - began


def rows(report, stall, run):
    what, key = f"{stall.clients:,} {stall.what}", f"memory.{stall.key}"
    what = what.replace("as many", "clients, as many").replace("live ones", "live clients")
    names = ("peak", "settings + constant")
    report.add(
        f"{key}.peak", f"{what}: VmHWM", names,
        ([{"mb": run["peak_mb"]}], [{"mb": run["bound_mb"]}]), "mb", "MiB", "<= 1.00",
    )  # fmt: skip
    for name, bound in zip(GAUGES, (LOG, CHANNELS, REPLAY), strict=True):
        gauge = [{"mb": run["gauges"][name] / MIB}], [{"mb": bound / MIB}]
        report.add(f"{key}.{name}", f"{what}: {name}", ("peak", "setting"), gauge, "mb", "MiB")
    whole = run["complete"] / run["clients"] if run["records"] == stall.due() else 0
    wrong = sum(run[name] for name in WRONG)
    report.add_single(
        f"{key}.complete", f"{what}: have every record", "kafkasse", [whole], "of 1", "1.00"
    )
    report.add_single(
        f"{key}.wrong", f"{what}: missing, twice, broken", "kafkasse", [wrong], "", "<= 0"
    )
    report.add_single(
        f"{key}.still", f"{what}: until all are full", "kafkasse", [run["still_s"]], "s"
    )
    report.add_single(f"{key}.seconds", f"{what}: caught up", "kafkasse", [run["seconds"]], "s")
