"""Thousands of questions for offsets: nobody else waits."""

import contextlib
import time

import pytest
from harness.flood import Flood
from harness.http import Stream
from harness.live import go_live

ASKED = 30_000
PROMPT_S = 5  # a twentieth of a second is usual; before, it was a minute
DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def begin_ms():
    return int(time.time() * 1000) - DAY_MS


@pytest.fixture(scope="module")
def topic(topics, begin_ms):
    """5,000 records, one each 50 ms."""
    topic = topics.create()
    for i in range(5000):
        topics.send(topic, {"i": i}, timestamp=begin_ms + 50 * i)
    topics.flush()
    return topic


@contextlib.contextmanager
def prompt(what):
    begin = time.monotonic()
    yield
    assert time.monotonic() - begin < PROMPT_S, what


def check_others(server, topics, topic, begin_ms):
    """What others want: an old record, the newest ones of a topic nobody reads, a new topic."""
    with prompt("an old record"):
        with server.stream(f"/{topic}?since={begin_ms + 100_000}", timeout=PROMPT_S) as stream:
            assert stream.record().json["i"] == 2000
    new = topics.create()
    with prompt("a new topic goes live"):
        with server.stream(f"/{new}") as stream:
            go_live(stream, topics, new)


def test_nobody_waits_for_a_flood_of_questions(start, topics, topic, begin_ms):
    server = start("--metadata-refresh", "1h")
    other = topics.create()
    topics.produce(other, {"i": "other"}, timestamp=begin_ms)
    with Flood(server, topic, begin_ms) as flood:
        check_others(server, topics, topic, begin_ms)
        with prompt("an old record of another topic"):
            with server.stream(f"/{other}?since={begin_ms - 5}", timeout=PROMPT_S) as stream:
                assert stream.record().json["i"] == "other"
        flood.wait_asked(ASKED)
        check_others(server, topics, topic, begin_ms)
    check_others(server, topics, topic, begin_ms)


def end_with_two_signals(server):
    server.terminate_twice()
    with prompt("the server ends"):
        server.stop()


def test_a_flood_is_no_reason_to_stay(start, topic, begin_ms):
    server = start()
    with Flood(server, topic, begin_ms) as flood:
        flood.wait_asked(2 * ASKED)
        end_with_two_signals(server)


def test_streams_that_wait_get_what_they_asked_for(start, topic, begin_ms):
    """Hundreds at a time, each with a time of its own: exactly from there on."""
    server = start()
    with contextlib.ExitStack() as stack:
        streams = []
        for i in range(300):
            stream = Stream(server.port, f"/{topic}?since={begin_ms + 777 * i}", timeout=60)
            streams.append((i, stack.enter_context(stream)))
        for i, stream in streams:
            assert stream.open().record().json["i"] == -(-777 * i // 50)
