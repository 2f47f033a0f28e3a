"""A real Apache Kafka broker: one KRaft node on random ports, with a data directory of its own."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import uuid

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from .process import spawn
from .wait import PATIENCE_S, free_port, wait_for

HERE = pathlib.Path(__file__).resolve()
REPOSITORY = HERE.parents[3]
JARS = pathlib.Path(os.environ.get("KAFKA_JARS", REPOSITORY / ".cache" / "kafka"))

PROPERTIES = """\
process.roles={roles}
node.id={node}
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners={listeners}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={data}
num.partitions=1
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
broker.session.timeout.ms={session_ms}
broker.heartbeat.interval.ms=200
group.initial.rebalance.delay.ms=0
message.max.bytes=16777216
replica.fetch.max.bytes=16777216
log.retention.ms=-1
log.cleaner.backoff.ms=200
log.initial.task.delay.ms=100
log.retention.check.interval.ms=1000
log.segment.delete.delay.ms=100
"""


class Broker:
    """start() and stop(); kill() is a kill -9. After either, start() goes on with the same data."""

    def __init__(self, session_ms=9000, joins=None):
        """
        A killed broker is taken back by its controller after `session_ms`, not before. With
        `joins` it is broker 2 of that one's cluster, which must be started first.
        """
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="kafkasse-broker-"))
        self.port = free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.process = None
        self.log = self.directory / "broker.log"
        self.config = self.directory / "server.properties"
        self.cluster = joins.cluster if joins else uuid.uuid4().hex[:22]
        self.controller_port = joins.controller_port if joins else free_port()
        self._session_ms = session_ms
        self._joins = joins is not None
        self.advertise(self.port)
        self._is_formatted = False

    def advertise(self, port):
        """Clients are to come through that port, of a proxy. Before the start."""
        listeners = f"PLAINTEXT://127.0.0.1:{self.port}"
        if not self._joins:
            listeners += f",CONTROLLER://127.0.0.1:{self.controller_port}"
        self.config.write_text(
            PROPERTIES.format(
                roles="broker" if self._joins else "broker,controller",
                node=2 if self._joins else 1,
                listeners=listeners,
                port=port,
                controller_port=self.controller_port,
                data=self.directory / "data",
                session_ms=self._session_ms,
            )
        )

    def _java(self, main, *arguments, heap="256m"):
        return [
            "java", f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp", f"{JARS}/*", main, *map(str, arguments),
        ]  # fmt: skip

    def _format(self):
        subprocess.run(
            self._java("kafka.tools.StorageTool", "format", "-t", self.cluster, "-c", self.config),
            check=True, capture_output=True, timeout=180,
        )  # fmt: skip
        self._is_formatted = True

    def launch(self):
        """Starts the process without waiting for it to answer."""
        assert self.process is None
        if not self._is_formatted:
            self._format()
        with open(self.log, "ab") as log:
            self.process = spawn(
                self._java("kafka.Kafka", self.config, heap="768m"), stdout=log, stderr=log
            )

    def start(self):
        self.launch()
        wait_for(self.answers, timeout=180, what=f"Kafka answers (see {self.log})", every=0.1)

    def answers(self):
        assert self.process.poll() is None, f"Kafka ended: {self.log.read_text()[-2000:]}"
        admin = AdminClient(
            {"bootstrap.servers": self.bootstrap, "log_level": 0, "reconnect.backoff.max.ms": 200}
        )
        try:
            return bool(admin.list_topics(timeout=2).brokers)
        except KafkaException:
            return False

    def set_quota(self, client, bytes_per_second):
        """How much the broker gives to consumers with this client.id a second."""
        subprocess.run(
            self._java(
                "kafka.admin.ConfigCommand", "--bootstrap-server", self.bootstrap, "--alter",
                "--add-config", f"consumer_byte_rate={bytes_per_second}",
                "--entity-type", "clients", "--entity-name", client,
            ),
            check=True, capture_output=True, timeout=180,
        )  # fmt: skip

    def _end(self, sig, timeout):
        if self.process is None:
            return
        self.process.send_signal(sig)
        self.process.wait(timeout)
        self.process = None

    def stop(self):
        self._end(signal.SIGTERM, 180)

    def kill(self):
        self._end(signal.SIGKILL, PATIENCE_S)

    def freeze(self):
        """The broker holds still, its sockets stay open: what a hung machine looks like."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def discard(self):
        """Ends the broker for good and removes its data."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)
