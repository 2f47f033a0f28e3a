"""The demo: a mock cluster inside the process, without Kafka."""

import json

import pytest

from harness.server import Kafkasse


@pytest.fixture(scope="module")
def demo():
    with Kafkasse(None, "--demo") as server:
        yield server


def test_the_topics(demo):
    topics = json.loads(demo.get("/-/topics").body)["topics"]
    assert len(topics) == 3
    assert all(topic["partitions"] > 1 for topic in topics)


def test_live_events_come_by_themselves(demo):
    with demo.stream("/demo.recentchange") as stream:
        assert stream.messages(2)[0].json["wiki"]


def test_a_past_time_is_the_beginning(demo):
    """The mock cluster knows no times."""
    with demo.stream("/demo.recentchange?since=0") as stream:
        assert stream.messages(50)[0].place[2] == 0


def test_records_that_do_not_parse_are_counted(demo):
    with demo.stream("/demo.recentchange,demo.revision-score?since=0") as stream:
        stream.messages(100)
        assert demo.metrics()["kafkasse_records_undecodable_total"] > 0


def test_its_log_is_quiet():
    with Kafkasse(None, "--demo") as server:
        server.get("/-/topics")
    events = [json.loads(line)["event"] for line in server.lines]
    assert set(events) <= {"listening", "kafka-up", "undecodable", "draining", "stopped"}
