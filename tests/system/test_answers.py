"""Answers under /-/ that nobody reads: rendered once for all, and within a budget."""

import contextlib
import json

import pytest
from harness.broker import Broker
from harness.http import Exchange
from harness.server import Kafkasse
from harness.topics import Topics
from harness.wait import wait_for

READERS = 500
TOPICS = 600


@pytest.fixture(scope="module")
def long_list():
    """A cluster whose list of topics is long: its names are as long as Kafka allows."""
    broker = Broker()
    try:
        broker.start()
        topics = Topics(broker.bootstrap)
        topics.create_many([f"{number:03}-" + "x" * 240 for number in range(TOPICS)])
        yield broker
    finally:
        broker.discard()


def test_readers_that_do_not_read_share_the_list_of_topics(long_list):
    with Kafkasse(long_list.bootstrap, "--metadata-refresh", "1s") as server:
        wait_for(
            lambda: len(json.loads(server.get("/-/topics").body)["topics"]) == TOPICS,
            what="all topics are listed",
        )
        one = len(server.get("/-/topics").body)
        assert one > 300_000
        asked = server.metrics()["kafkasse_requests_total"]
        with contextlib.ExitStack() as stack:
            stalled = [
                stack.enter_context(Exchange(server.port, receive_buffer=4096)).request("/-/topics")
                for _ in range(READERS)
            ]
            wait_for(
                lambda: server.metrics()["kafkasse_requests_total"] > asked + READERS,
                what="all are answered",
            )
            assert server.metrics()["kafkasse_answer_bytes"] < 3 * one
            for exchange in stalled[:3]:  # all of it comes, once they do read
                body = exchange.read_head().read_body()
                assert len(json.loads(body)["topics"]) == TOPICS
