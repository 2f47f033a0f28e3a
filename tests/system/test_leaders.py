"""Brokers that nobody can reach: told, counted, and seen by /-/ready, while others go on."""

import json
import re

import pytest
from confluent_kafka.admin import NewTopic
from harness.broker import Broker
from harness.live import go_live
from harness.relay import Relay
from harness.server import Kafkasse
from harness.topics import Topics
from harness.wait import wait_for

PATIENCE = 90  # rounds are 5 s apart, and it takes two
FAST = ["--metadata-refresh", "1s"]


@pytest.fixture(scope="module")
def far():
    """A cluster of two: (broker 1, broker 2, the relay that broker 2 is reached by)."""
    near = Broker(session_ms=3000)
    other = Broker(session_ms=3000, joins=near)
    relay = Relay(other.port)
    other.advertise(relay.port)
    try:
        near.start()
        other.start()
        yield near, other, relay
    finally:
        other.discard()
        near.discard()
        relay.close()


@pytest.fixture
def cluster(far):
    """The same, with everything well again."""
    near, other, relay = far
    relay.set("open")
    return near, other, relay, Topics(near.bootstrap)


def create(topics, *leaders):
    """A topic whose partitions are led by these brokers, one each."""
    name = f"led-{topics.create()}"
    assignment = [[leader] for leader in leaders]
    new = NewTopic(name, len(leaders), replica_assignment=assignment)
    topics.admin.create_topics([new])[name].result(30)
    topics.wait_partitions(name, len(leaders))
    return name


def ready(server):
    answer = server.get("/-/ready")
    return answer.status, json.loads(answer.body)


def brokers_up(server):
    lines = server.get("/-/metrics").body.decode()
    found = re.findall(r'^kafkasse_broker_up\{broker="(-?\d+)"\} ([01])$', lines, re.M)
    return {int(broker): int(value) for broker, value in found}


def wait_up(server, expected):
    wait_for(lambda: brokers_up(server) == expected, PATIENCE, f"brokers are {expected}", 0.2)


@pytest.mark.parametrize("mode", ["shut", "mute"])
def test_an_address_that_nobody_reaches(cluster, mode):
    """Metadata comes from broker 1 all the time, and names broker 2's address."""
    near, _, relay, topics = cluster
    topic, other = create(topics, 2), create(topics, 1)
    topics.produce(topic, {"n": 0})
    with Kafkasse(near.bootstrap, *FAST) as server:
        wait_up(server, {1: 1, 2: 1})
        with server.stream(f"/{topic}", timeout=PATIENCE) as stream:
            go_live(stream, topics, topic)
            with server.stream(f"/{other}") as unhurt:
                go_live(unhurt, topics, other)
                relay.set(mode)
                wait_up(server, {1: 1, 2: 0})
                (line,) = wait_for(lambda: server.logged("broker-down"), what="it is told")
                assert f"Broker 2 (127.0.0.1:{relay.port})" in line
                assert f"partitions that are read and wait for it: 1 ({topic}/0)" in line
                if mode == "shut":
                    assert "Connection refused" in line
                assert server.metrics()["kafkasse_partitions_waiting"] == 1
                assert server.metrics()["kafkasse_up"] == 1
                status, body = ready(server)
                assert (status, body["ready"], body["degraded"]) == (200, True, True)
                assert f"Broker 2 (127.0.0.1:{relay.port})" in body["reason"]
                topics.produce(other, {"n": 1})
                assert unhurt.record().json["n"] == 1
            relay.set("open")
            wait_up(server, {1: 1, 2: 1})
            wait_for(lambda: server.logged("broker-up"), what="it is told")
            assert ready(server) == (200, {"ready": True})
            topics.produce(topic, {"n": 2})
            assert stream.record().json["n"] == 2


def test_nothing_that_is_read_can_be_reached(cluster):
    near, _, relay, topics = cluster
    topic = create(topics, 2)
    relay.set("shut")
    with Kafkasse(near.bootstrap, *FAST) as server:
        assert ready(server)[0] == 200
        with server.stream(f"/{topic}", timeout=PATIENCE) as stream:
            wait_for(lambda: ready(server)[0] == 503, PATIENCE, "it is not ready", 0.2)
            assert ready(server)[1]["ready"] is False
            assert f"{topic}/0" in ready(server)[1]["reason"]
            wait_for(lambda: server.logged("lookup-failed"), PATIENCE, "the look-up is told")
            assert f"topic {topic}, partition 0" in server.logged("lookup-failed")[0]
            assert server.metrics()["kafkasse_lookups_failed_total"] > 0
            relay.set("open")
            wait_for(lambda: ready(server) == (200, {"ready": True}), PATIENCE, "it is ready", 0.2)
            go_live(stream, topics, topic)


def test_a_broker_is_killed(cluster):
    """The cluster notices, and says that its partitions have no leader."""
    near, other, _, topics = cluster
    topic = create(topics, 2, 1)
    with Kafkasse(near.bootstrap, *FAST, "--workers", "2") as server:
        with server.stream(f"/{topic}", timeout=PATIENCE) as stream:
            go_live(stream, topics, topic, 2)
            other.kill()
            try:
                wait_up(server, {1: 1, 2: 0})
                wait_for(lambda: server.logged("no-leader"), PATIENCE, "it is told")
                assert f"{topic}/0" in server.logged("no-leader")[0]
                assert len(wait_for(lambda: server.logged("broker-down"), what="it is told")) == 1
                assert ready(server)[1]["degraded"] is True
                topics.send(topic, {"n": 1}, partition=1)
                topics.flush()
                assert stream.record().json["n"] == 1
            finally:
                other.start()
            wait_up(server, {1: 1, 2: 1})
            wait_for(lambda: server.logged("leader-back"), PATIENCE, "all have leaders")
            wait_for(lambda: ready(server) == (200, {"ready": True}), PATIENCE, "all is well", 0.2)
            topics.wait_partitions(topic, 2)
            topics.produce(topic, {"n": 2})
            assert stream.record().json["n"] == 2
