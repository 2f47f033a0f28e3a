"""
What measurements are made of: servers to measure, the programs of bench/, and single runs of one
side. Which runs are compared, and what is said about them, is the measurements' own business.
"""

import contextlib
import dataclasses
import json
import resource
import time

from harness.server import Kafkasse, run
from harness.topics import Topics
from harness.wait import free_port

from .child import Child, cpu_seconds

LIVE_BYTES = 300
LIVE_CLIENTS = 1000
LIVE_RATE = 100
REPLAY_BYTES = 400
REPLAY_PARTITIONS = 3
OTHER_FILES = 256  # of a server, besides its clients
SETTLE_S = 0.5  # from the last response head until all partitions are being read


def open_files_are_enough(clients):
    """Whether a server, and a load program, may have that many connections."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return hard == resource.RLIM_INFINITY or hard >= clients + OTHER_FILES


class Skip(Exception):
    """Raised by a measurement that cannot be made with this program or on this machine."""


@dataclasses.dataclass
class Scale:
    """How much is measured: all, or little (`--quick`)."""

    is_quick: bool = False
    pairs: int = 5  # of runs of the two sides; 3 when quick

    def pick(self, full, quick):
        return quick if self.is_quick else full


@dataclasses.dataclass
class Server:
    """A running server of some kind; `kafkasse` is the harness's handle if it is ours."""

    pid: int
    port: int
    kafkasse: Kafkasse | None = None

    def cpu(self):
        return cpu_seconds(self.pid)


class Bench:
    def __init__(self, programs, brokers, scale, peer_folder=None):
        self.programs = programs
        self.brokers = brokers
        self.scale = scale
        self.topics = Topics(brokers)
        self.peer_folder = peer_folder
        self._replay_topics = {}

    def program(self, name, *arguments, **options):
        return Child(self.programs / f"bench-{name}", *arguments, **options)

    # Servers are context managers that yield a Server.

    @contextlib.contextmanager
    def kafkasse(self, topic, *arguments, env=None):
        """
        Ours with its defaults, these arguments and variables, ready. `topic` may be a comma list.
        """
        topics = ["-t", topic] if topic else []
        server = Kafkasse(self.brokers, *topics, *map(str, arguments), heartbeat=None, env=env)
        try:
            yield Server(server.process.pid, server.port, server)
        finally:
            server.stop()

    @contextlib.contextmanager
    def least(self, topic):
        port = free_port()
        plan = ["-b", self.brokers, "-t", topic, "-l", port]
        with self.program("least", *plan, ready="ready") as child:
            yield Server(child.pid, port)

    # Programs and single runs.

    def knows_setting(self, name):
        """Whether our program has that setting: older ones are measured, too."""
        return f"--{name}" in run("-h").stdout

    def produce(self, topic, count, rate=None, size=LIVE_BYTES, *arguments):
        """Returns when Kafka has acknowledged all of them."""
        with self.producer(topic, count, rate, size, *arguments) as child:
            return child.result(600)

    def producer(self, topic, count, rate=None, size=LIVE_BYTES, *arguments):
        pace = ["-r", rate] if rate else []
        plan = ["-t", topic, "-c", count, *(["-s", size] if size else []), *pace, *arguments]
        return self.program("produce", "-b", self.brokers, *plan)

    def clients(self, port, topic, count, events, *arguments, last_id=None, wait_s=60):
        start = ["-i", last_id] if last_id else []
        plan = ["-l", port, "-u", f"/{topic}", "-n", count, "-c", events, "-w", wait_s]
        return self.program("clients", *plan, *start, *arguments)

    def live(self, side, clients=LIVE_CLIENTS, rate=LIVE_RATE, seconds=8, settle_s=SETTLE_S):
        """All clients at the end of a topic, records at a steady rate."""
        topic = self.topics.create()
        events = max(1, int(rate * seconds))
        wait_s = 60 + 2 * seconds
        with side(topic) as server:
            with self.clients(server.port, topic, clients, events, wait_s=wait_s) as load:
                load.expect("ready", 60)
                time.sleep(settle_s)
                before = server.cpu()
                self.produce(topic, events, rate)
                result = load.result(wait_s + 30)
                return judged(result, server.cpu() - before)

    def metrics_of(self, server, run):
        """What `run()` returns, and what it added to each of our server's counters."""
        before = server.kafkasse.metrics()
        result = run()
        after = server.kafkasse.metrics()
        return result, {name: after[name] - before[name] for name in after}

    def raw(self, frame_bytes, clients=LIVE_CLIENTS, rate=LIVE_RATE, seconds=8):
        """
        The same clients and the same pace, and bytes from nowhere. Records are produced all the
        same, which nobody reads: else the machine would be less busy than with the other sides.
        """
        events = max(1, int(rate * seconds))
        with self.producer(self.topics.create(), events, rate) as producer:
            result = self.raw_run(frame_bytes, clients, events, "-r", rate)
            producer.result(60)
            return result

    def raw_run(self, frame_bytes, clients, events, *arguments):
        port = free_port()
        plan = ["-n", clients, "-c", events, "-s", frame_bytes, *arguments]
        with self.program("raw_send", "-l", port, *plan, ready="listening") as sender:
            with self.clients(port, "raw", clients, events, wait_s=120) as load:
                load.expect("ready")
                sender.expect("ready")
                time.sleep(0.2)
                sender.go()
                sent = sender.result()
                result = load.result()
        result = judged(result, 0)
        result["cpu_us"] = sent["cpu_us_per_event"]
        return result

    def replay_topic(self, records, size=REPLAY_BYTES, partitions=REPLAY_PARTITIONS):
        """A topic with that many records; made once."""
        key = records, size, partitions
        if key not in self._replay_topics:
            topic = self.topics.create(partitions=partitions)
            self.produce(topic, records, size=size)
            self._replay_topics[key] = topic
        return self._replay_topics[key]

    def replay(self, side, topic, records, last_ids, clients=1):
        """Clients that take the ids in turn, each of which reads that many records."""
        with side(topic) as server:
            return self.replay_of(server, topic, records, last_ids, clients)

    def replay_of(self, server, topic, records, last_ids, clients=1):
        before = server.cpu()
        ids = [word for last_id in last_ids for word in ("-i", last_id)]
        plan = [server.port, topic, clients, records, "-q", *ids]
        with self.clients(*plan, wait_s=120) as load:
            load.expect("ready")
            result = load.result(150)
            return judged(result, server.cpu() - before)

    def bare_replay(self, topic):
        with self.program("bare_reader", "-b", self.brokers, "-t", topic) as reader:
            result = reader.result()
        result["events_per_s"] = result["records_per_s"]
        return result


def event_id(topic, offsets):
    """The id of a stream whose next record of partition p is offsets[p]."""
    start = [{"topic": topic, "partition": p, "offset": o} for p, o in enumerate(offsets)]
    return json.dumps(start, separators=(",", ":"))


def judged(result, used):
    """A load program's result with the server's CPU time, checked for what makes it worthless."""
    assert result["refused"] == 0, result
    result["complete"] = result["delivered"] / result["expected"]
    result["cpu_us"] = used * 1e6 / max(result["delivered"], 1)
    return result
