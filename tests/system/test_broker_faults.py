"""Kafka away, killed, frozen: streams stay open, and nothing is lost or doubled."""

import contextlib
import time

import pytest
from harness.broker import Broker
from harness.http import Exchange, Stream
from harness.ledger import Writer, from_the_start
from harness.live import go_live
from harness.server import Kafkasse
from harness.topics import Topics
from harness.wait import free_port, wait_for

FAST = ["--metadata-refresh", "1s", "-X", "reconnect.backoff.max.ms=500"]


@pytest.fixture(scope="module")
def frail_broker():
    """A broker for this file's tests, which kill it and bring it back."""
    broker = Broker(session_ms=1500)
    try:
        broker.start()
        yield broker
    finally:
        broker.discard()


def status(server, topic):
    with Stream(server.port, f"/{topic}") as stream:
        return stream.read_head().status


@pytest.fixture
def frail_topics(frail_broker):
    return Topics(frail_broker.bootstrap)


def test_no_kafka_at_all():
    with Kafkasse(f"127.0.0.1:{free_port()}", *FAST, ready=False) as server:
        assert server.get("/-/healthy").status == 200
        ready = server.get("/-/ready")
        assert ready.status == 503
        assert b"afka" in ready.body
        with server.stream("/some-topic") as stream:
            stream.wait_comment(3)
            server.terminate()
            assert stream.rest() == []
            assert stream.parser.retry is not None


def test_a_bad_request_is_told_without_kafka():
    with Kafkasse(f"127.0.0.1:{free_port()}", *FAST, ready=False) as server:
        assert server.get("/x", {"Last-Event-ID": "{}"}).status == 400
        assert server.get("/x?since=nonsense").status == 400


def test_kafka_comes_later(frail_broker, frail_topics):
    topic = frail_topics.create(partitions=2)
    writer = Writer(frail_topics, [topic], 2).write_many(100)
    last_id, ledger = from_the_start([topic], 2)
    frail_broker.kill()
    with Kafkasse(frail_broker.bootstrap, *FAST, ready=False) as server:
        with contextlib.ExitStack() as stack:
            stream = stack.enter_context(server.stream(f"/{topic}", last_id, timeout=180))
            unknown = stack.enter_context(server.stream("/no-such-topic", timeout=180))
            latest = stack.enter_context(server.stream(f"/{topic}", timeout=180))
            stream.wait_comment(2)
            assert not server.is_ready()
            frail_broker.start()
            while not ledger.has_reached(writer.ends):
                ledger.take(stream.record())
            server.wait_ready()
            assert [event.type for event in unknown.rest()] == ["error"]
            go_live(latest, frail_topics, topic)


def test_killed_in_mid_stream(frail_broker, frail_topics):
    topic = frail_topics.create(partitions=3)
    last_id, ledger = from_the_start([topic], 3)
    writer = Writer(frail_topics, [topic], 3, pad=500)
    with Kafkasse(frail_broker.bootstrap, *FAST) as server:
        with server.stream(f"/{topic}", last_id, timeout=180) as stream:
            writer.write_many(3000)
            for _ in range(1500):
                ledger.take(stream.record())
            frail_broker.kill()
            stream.wait_comment(len(stream.parser.comments) + 2)
            frail_broker.start()
            writer.write_many(500)
            while not ledger.has_reached(writer.ends):
                ledger.take(stream.record())
            frail_topics.produce(topic, {"last": 1})
            assert stream.record().json["last"] == 1


def test_killed_under_several_kinds_of_stream(frail_broker, frail_topics):
    """A live one, a replay that its client holds back, and a quiet one."""
    busy, quiet = frail_topics.create(partitions=2), frail_topics.create()
    last_id, held = from_the_start([busy], 2)
    writer = Writer(frail_topics, [busy], 2, pad=3000).write_many(3000)
    with Kafkasse(frail_broker.bootstrap, *FAST) as server, contextlib.ExitStack() as stack:
        live = stack.enter_context(server.stream(f"/{busy}", timeout=180))
        go_live(live, frail_topics, busy)
        late = stack.enter_context(
            server.stream(f"/{busy}", last_id, timeout=180, receive_buffer=4096)
        )
        calm = stack.enter_context(server.stream(f"/{quiet}", timeout=180))
        go_live(calm, frail_topics, quiet)
        held.take(late.record(), check_id=False)
        frail_broker.kill()
        live.wait_comment(len(live.parser.comments) + 1)
        frail_broker.start()
        ends = {(busy, p): frail_topics.offsets(busy, p)[1] for p in (0, 1)}
        while not held.has_reached(ends):
            held.take(late.record(), check_id=False)
        for topic, streams in ((quiet, [calm]), (busy, [live, late])):
            frail_topics.produce(topic, {"last": 1})
            for stream in streams:
                while "last" not in stream.record().json:
                    pass
        assert writer.ends[busy, 0] <= ends[busy, 0]


def test_frozen(frail_broker, frail_topics):
    topic = frail_topics.create()
    with Kafkasse(frail_broker.bootstrap, *FAST) as server:
        with server.stream(f"/{topic}", timeout=180) as stream:
            go_live(stream, frail_topics, topic)
            frail_broker.freeze()
            try:
                stream.wait_comment(len(stream.parser.comments) + 3)
                assert server.is_healthy()
            finally:
                frail_broker.thaw()
            wait_for(frail_broker.answers, what="Kafka answers again")
            frail_topics.produce(topic, {"n": "after"})
            assert stream.record(30).json["n"] == "after"


def test_frozen_is_no_reason_to_stay(frail_broker, frail_topics):
    names = [frail_topics.create() for _ in range(4)]
    for name in names:
        frail_topics.produce(name, *({"i": i} for i in range(100)))
    with Kafkasse(frail_broker.bootstrap, *FAST) as server, contextlib.ExitStack() as stack:
        for name in names:
            stream = stack.enter_context(server.stream(f"/{name}?since=0"))
            assert stream.record().json["i"] == 0
        frail_broker.freeze()
        try:
            for number in range(200):
                path = f"/{names[number % 4]}?since={number}"
                stack.enter_context(server.stream(path))
            server.terminate_twice()
            assert server.process.wait(10) == 0
        finally:
            frail_broker.thaw()
    wait_for(frail_broker.answers, timeout=30, what="Kafka answers again")


def test_who_waits_for_topics_makes_room(frail_broker):
    """Requests for unknown topics wait for Kafka's word, but keep nobody else out."""
    with Kafkasse(frail_broker.bootstrap, *FAST, "--max-clients", "50") as server:
        with contextlib.ExitStack() as stack:
            frail_broker.freeze()
            stack.callback(frail_broker.thaw)
            for number in range(700):  # there is room for 50 + 512
                stack.enter_context(Exchange(server.port)).request(f"/unknown-{number}")
            begin = time.monotonic()
            with Exchange(server.port, source="127.0.0.2") as late:
                late.request("/-/healthy").read_head().read_body()
            assert time.monotonic() - begin < 2  # they wait 4 s
            assert server.metrics()["kafkasse_connections_evicted_total"] >= 700 - 562
    wait_for(frail_broker.answers, timeout=30, what="Kafka answers again")


def test_a_topic_is_deleted_under_a_stream(frail_broker, frail_topics):
    """Others go on; this one may end or stay quiet, but not spin or crash."""
    topic, other = frail_topics.create(), frail_topics.create()
    with Kafkasse(frail_broker.bootstrap, *FAST) as server:
        with server.stream(f"/{topic}") as doomed, server.stream(f"/{other}") as stream:
            go_live(doomed, frail_topics, topic)
            go_live(stream, frail_topics, other)
            frail_topics.delete(topic)
            wait_for(lambda: status(server, topic) == 404, what="the topic is gone")
            frail_topics.produce(other, {"n": 1})
            assert stream.record().json["n"] == 1
            stream.wait_comment(len(stream.parser.comments) + 2)
            assert server.is_healthy()


def test_what_an_operator_must_mend_is_logged_once(broker):
    """TLS towards a listener that has none: librdkafka tries on for ever, and says why each time."""
    arguments = ["-X", "security.protocol=SSL"]
    with Kafkasse(broker.bootstrap, *arguments, ready=False, heartbeat=None) as server:
        wait_for(lambda: server.logged("kafka-trouble"), what="the trouble is told")
        assert "SSL" in server.logged("kafka-trouble")[0]
        assert server.get("/-/ready").status == 503
        wait_for(lambda: server.logged("kafka-down"), what="Kafka is away")
        assert len(server.logged("kafka-trouble")) == 1
