"""What Kafka says reaches a program that embeds the server: statistics, throttling, errors."""

import json
import subprocess
import threading

import pytest
from harness.broker import Broker
from harness.http import Stream
from harness.process import spawn
from harness.server import SANITIZER, binary
from harness.wait import PATIENCE_S, wait_for


class KafkaEvents:
    """A running kafka-events: the port of its server, and the lines that it has shown."""

    def __init__(self, bootstrap):
        program = binary().parent / "tests" / "kafka-events"
        if not program.exists():
            pytest.skip(f"{program} is not built")
        self.process = spawn(
            [program, bootstrap], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.lines = []
        self._reader = threading.Thread(target=self._collect, daemon=True)
        self._reader.start()
        self.port = int(wait_for(lambda: self.lines, what="the server listens")[0].split()[1])

    def _collect(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def told(self, kind):
        """What was told of that kind: (handle, number, text) each."""
        rows = [line.split(" ", 3) for line in list(self.lines)[1:]]
        return [(row[0], int(row[2]), row[3]) for row in rows if row[1] == kind]

    def handles(self, kind):
        return {handle for handle, _, _ in self.told(kind)}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        code = self.process.wait(PATIENCE_S)
        words = self.process.stderr.read()
        assert code == 0 and not SANITIZER.search(words), words


def test_statistics_of_all_handles(broker, topics):
    topic = topics.create()
    topics.produce(topic, {"n": 1})
    with KafkaEvents(broker.bootstrap) as events:
        with Stream(events.port, f"/{topic}?since=0").open() as stream:
            assert stream.record().json["n"] == 1
            everybody = {"tail", "replay", "lookup"}
            wait_for(lambda: events.handles("statistics") == everybody, what="all have told")
            before = len(events.told("statistics"))
            wait_for(lambda: len(events.told("statistics")) > before + 6, what="they go on")
        for _, number, text in events.told("statistics"):
            assert number == 0
            assert json.loads(text)["client_id"] == "throttled"
    assert events.told("error") == []


def test_throttling(broker, topics):
    """Only what comes later is more than the quota: a broker that is asked for more than is left of
    it may hold back all."""
    broker.set_quota("throttled", 20_000)
    topic = topics.create()
    topics.produce(topic, {"n": 0})
    with KafkaEvents(broker.bootstrap) as events:
        with Stream(events.port, f"/{topic}?since=0").open() as stream:
            stream.record()
            topics.produce(topic, *({"n": n, "text": "x" * 10_000} for n in range(1, 51)))
            wait_for(lambda: events.told("throttle"), what="it is throttled")
    for handle, throttle_ms, name in events.told("throttle"):
        assert handle in ("tail", "replay")
        assert throttle_ms >= 0
        assert name
    assert max(ms for _, ms, _ in events.told("throttle")) > 0


def test_errors_of_all_handles():
    broker = Broker()
    try:
        broker.start()
        with KafkaEvents(broker.bootstrap) as events:
            wait_for(lambda: events.handles("statistics"), what="it is up")
            broker.kill()
            wait_for(lambda: "lookup" in events.handles("error"), what="the loss is told")
        assert all(number != 0 and text for _, number, text in events.told("error"))
    finally:
        broker.discard()
