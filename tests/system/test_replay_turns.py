"""Whose turn it is with the readers of old records, and how little one visit costs Kafka."""

import json
import random
import time

import pytest
from confluent_kafka import Producer
from harness.broker import Broker
from harness.http import Exchange
from harness.proxy import CountingProxy
from harness.slow import SlowClients
from harness.topics import Topics
from harness.wait import Deadline, wait_for

RECORDS = 60_000
BYTES = 1000
BATCH_BYTES = 16_384  # Java's default
RATE = 90_000
VISITS = 60
VISIT_BYTES = 256 * 1024


def fill(topics, topic):
    """RECORDS records in batches that are as small as most producers' are."""
    settings = {"batch.size": BATCH_BYTES, "linger.ms": 5, "queue.buffering.max.messages": RECORDS}
    producer = Producer({**topics.settings, **settings})
    for n in range(RECORDS):
        producer.produce(topic, json.dumps({"n": n, "text": "x" * (BYTES - 30)}))
    assert producer.flush(60) == 0
    return topic


@pytest.fixture(scope="module")
def long_topic(topics):
    return fill(topics, topics.create())


def at(topic, offset):
    return [{"topic": topic, "partition": 0, "offset": offset}]


def visit(server, topic, offset, timeout):
    """How many seconds the first old record takes; then the client is gone."""
    begun = time.monotonic()
    deadline = Deadline(timeout, "the first old record")
    with Exchange(server.port) as exchange:
        exchange.request(f"/{topic}", {"Last-Event-ID": json.dumps(at(topic, offset))}).read_head()
        while b"event: message" not in exchange.body:
            assert exchange.read_some(deadline)
    return time.monotonic() - begun


def anywhere(rng):
    return rng.randrange(RECORDS - 5000)


def slow_clients(server, topic, count, rate):
    rng = random.Random(count)
    requests = [(f"/{topic}", at(topic, anywhere(rng))) for _ in range(count)]
    return SlowClients(server.port, requests, rate)


def test_the_first_old_record_beside_slow_clients(start, long_topic):
    """Clients that read little hold no reader: 40 of them once kept others waiting for minutes."""
    server = start()
    rng = random.Random(1)
    with slow_clients(server, long_topic, 40, RATE) as slow:
        wait_for(lambda: min(slow.taken) > RATE, what="all have begun")
        taken = sum(slow.taken)
        times = [visit(server, long_topic, anywhere(rng), 20) for _ in range(10)]
        wait_for(lambda: sum(slow.taken) > taken + 40 * RATE, what="the slow ones go on")
    assert sorted(times)[len(times) // 2] < 1, times
    assert max(times) < 5, times


def test_the_first_old_record_beside_a_thousand(start, long_topic):
    """... also while most of these have not had their first one yet."""
    server = start()
    rng = random.Random(2)
    with slow_clients(server, long_topic, 1000, RATE):
        times = [visit(server, long_topic, anywhere(rng), 30) for _ in range(10)]
    assert sorted(times)[len(times) // 2] < 3, times


def test_those_that_never_read_hold_up_nobody(start, long_topic):
    server = start()
    rng = random.Random(3)
    with slow_clients(server, long_topic, 3000, None):
        times = [visit(server, long_topic, anywhere(rng), 30) for _ in range(10)]
    assert max(times) < 5, times


@pytest.fixture
def counted():
    """A broker of its own behind a proxy that counts its bytes."""
    broker = Broker()
    proxy = CountingProxy(broker.port)
    broker.advertise(proxy.port)
    try:
        broker.start()
        yield broker, proxy
    finally:
        proxy.close()
        broker.discard()


def test_a_visit_costs_kafka_little(start, counted):
    """Who takes one old event and goes has not had megabytes fetched for it."""
    broker, proxy = counted
    topic = fill(topics := Topics(broker.bootstrap), topics.create())
    server = start(bootstrap=f"127.0.0.1:{proxy.port}")
    rng = random.Random(4)
    visit(server, topic, 0, 20)  # makes the first handle
    before = proxy.sent
    for _ in range(VISITS):
        visit(server, topic, anywhere(rng), 20)
    each = (proxy.sent - before) / VISITS
    assert each < VISIT_BYTES, f"{each:.0f} bytes from Kafka for each visit"
    print(f"{each:.0f} bytes from Kafka for each visit")
