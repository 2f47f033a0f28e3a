"""
Clients that people use. Some of them read a body in pieces of a fixed size, and show nothing of one
that is ended by closing before a piece is full.
"""

import json
import subprocess

import pytest
from harness.clients import (
    Client,
    Curl,
    NpmEventSource,
    PerlHttpTiny,
    PythonRequestsLines,
    PythonRequestsSse,
    PythonSseclient,
    PythonSseclientPy,
    PythonUrllib3Pieces,
    python_command,
)
from harness.server import Kafkasse
from harness.wait import PATIENCE_S

CLIENTS = [
    NpmEventSource,
    PythonSseclient,
    PythonSseclientPy,
    PythonRequestsSse,
    PythonRequestsLines,
    PythonUrllib3Pieces,
    PerlHttpTiny,
    Curl,
]


def at(topic, offset):
    return json.dumps([{"topic": topic, "partition": 0, "offset": offset}])


@pytest.fixture
def topic(topics):
    topic = topics.create()
    topics.produce(topic, *({"n": n} for n in range(10)))
    return topic


@pytest.mark.parametrize("client", CLIENTS)
def test_replay_and_live(server, topics, topic, client):
    with client(server.url(f"/{topic}"), at(topic, 4)) as reader:
        assert [event.json["n"] for event in reader.messages(6)] == [4, 5, 6, 7, 8, 9]
        topics.produce(topic, {"n": "live"})
        event = reader.message()
        assert event.json["n"] == "live"
        assert event.position == {(topic, 0): 11}


@pytest.mark.parametrize("client", CLIENTS)
def test_text_that_is_hard_on_clients(server, topics, client):
    topic = topics.create()
    text = "\u2028\u2029\u0085\u000b\u000c\u001c\u001e\r\n\\\"é😀 data: x\n\nid: 5"
    topics.produce(topic, {"text": text})
    with client(server.url(f"/{topic}"), at(topic, 0)) as reader:
        assert reader.message().json["text"] == text


@pytest.mark.parametrize("client", CLIENTS)
def test_a_large_record(server, topics, client):
    topic = topics.create(max_message_bytes=8 << 20)
    topics.produce(topic, {"text": "y" * (1 << 20)})
    with client(server.url(f"/{topic}"), at(topic, 0)) as reader:
        assert reader.message().json["text"] == "y" * (1 << 20)


def test_coming_back_after_a_restart(start, topics, topic):
    """The client reconnects by itself, with the last id, and misses nothing."""
    server = start("--retry-min", "200ms", "--retry-max", "300ms")
    port = server.port
    with NpmEventSource(server.url(f"/{topic}"), at(topic, 0)) as reader:
        reader.messages(10)
        server.stop()
        topics.produce(topic, {"n": "while away"})
        start("-l", f"127.0.0.1:{port}")
        assert reader.message(30).json["n"] == "while away"
        topics.produce(topic, {"n": "again"})
        assert reader.message().json["n"] == "again"


@pytest.mark.parametrize("client", CLIENTS)
def test_a_single_small_record(server, topics, client):
    """Nothing comes behind it that could fill a piece within the time, but for heartbeats."""
    topic = topics.create()
    topics.produce(topic, {"n": 1})
    with client(server.url(f"/{topic}"), at(topic, 0)) as reader:
        assert reader.message(20).json["n"] == 1


@pytest.mark.parametrize("kind", ["requests_lines", "urllib3_pieces"])
def test_a_single_line_of_ndjson(server, topics, kind):
    topic = topics.create()
    topics.produce(topic, {"n": 1})
    command = python_command(kind, server.url(f"/{topic}"), at(topic, 0), "application/x-ndjson")
    with Client(command) as reader:
        assert reader.next(20)["n"] == 1


def test_npm_eventsource_moves_on_with_positions(server, topics):
    topic = topics.create()
    topics.produce(topic, {"n": 0}, "no json")
    with NpmEventSource(server.url(f"/{topic}"), at(topic, 0)) as reader:
        reader.message()
        position = reader.wait(lambda thing: thing["type"] == "position")
        assert json.loads(position["id"])[0]["offset"] == 2


def test_npm_eventsource_sees_tombstones_and_gaps(server, topics):
    topic = topics.create()
    topics.produce(topic, {"n": 0}, {"n": 1}, None)
    topics.delete_records(topic, {0: 1})
    with NpmEventSource(server.url(f"/{topic}"), at(topic, 0)) as reader:
        kinds = [reader.wait(lambda thing: thing["type"] != "open")["type"] for _ in range(3)]
        assert kinds == ["gap", "message", "tombstone"]


def test_npm_eventsource_gives_up_on_a_404(server):
    with NpmEventSource(server.url("/no-such-topic")) as reader:
        trouble = reader.wait(lambda thing: thing["type"] == "trouble")
        assert trouble["closed"] and trouble["code"] == 404


def curl(*arguments):
    done = subprocess.run(
        ["curl", "-sSN", *arguments], capture_output=True, timeout=PATIENCE_S, check=False
    )
    return done.returncode, done.stdout


def test_curl_gets_ndjson(server, topic):
    url = server.url(f"/{topic}?since=0")
    status, output = curl("-m", "2", "-H", "Accept: application/json", url)
    assert status == 28, "a stream has no end"
    lines = [json.loads(line) for line in output.splitlines() if line]
    assert [line["n"] for line in lines] == list(range(10))


def test_curl_shows_an_error(server):
    status, output = curl("-w", "\n%{http_code}", server.url("/no-such-topic"))
    body, _, code = output.rpartition(b"\n")
    assert (status, code) == (0, b"404")
    assert json.loads(body)["name"] == "TopicNotAvailableError"


def test_curl_asks_for_the_head_of_a_stream(server, topic):
    """Which says that it is chunked, and has no chunk."""
    status, output = curl("-I", server.url(f"/{topic}"))
    assert status == 0
    assert b"Transfer-Encoding: chunked\r\n" in output and output.endswith(b"\r\n\r\n")


def test_curl_with_http_1_0(server, topic):
    with Curl(server.url(f"/{topic}"), at(topic, 0), "--http1.0") as reader:
        reader.messages(10)


def test_curl_tells_the_end_from_a_crash(start, topics):
    """A body that is ended by closing looks whole, however it was cut."""
    topic = topics.create()
    topics.produce(topic, {"n": 1})
    server = Kafkasse(topics.bootstrap)
    try:
        with Curl(server.url(f"/{topic}"), at(topic, 0)) as reader:
            reader.message()
            server.process.kill()
            assert reader.process.wait(PATIENCE_S) == 18  # CURLE_PARTIAL_FILE
    finally:
        server.process.kill()
        server.process.wait(PATIENCE_S)


def test_curl_follows_the_end_of_a_stream(start, topic):
    server = start()
    with Curl(server.url(f"/{topic}"), at(topic, 0)) as reader:
        reader.messages(10)
        server.stop()
        assert reader.process.wait(PATIENCE_S) == 0
