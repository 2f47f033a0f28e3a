"""How bodies are delimited: in chunks, or on request by the end of the connection."""

import pytest
from harness.http import Exchange, Stream
from harness.live import go_live


@pytest.fixture(scope="module")
def topic(topics):
    topic = topics.create(max_message_bytes=8 << 20)
    topics.produce(topic, {"n": 0}, {"n": 1}, {"n": 2})
    return topic


def at(topic, offset):
    return [{"topic": topic, "partition": 0, "offset": offset}]


@pytest.mark.parametrize("ndjson", [False, True])
def test_chunked_by_default(server, topics, ndjson):
    topic = topics.create(max_message_bytes=8 << 20)
    topics.produce(topic, {"n": 0}, {"n": 1}, {"n": 2})
    with server.stream(f"/{topic}", at(topic, 0), ndjson=ndjson) as stream:
        assert stream.fields["transfer-encoding"] == "chunked"
        assert "connection" not in stream.fields
        assert stream.fields["x-accel-buffering"] == "no"
        assert stream.fields["incremental"] == "?1"
        stream.records(3)
        go_live(stream, topics, topic)
        topics.produce(topic, {"big": "x" * (3 << 20)})
        big = stream.record()
        assert len((big if ndjson else big.json)["big"]) == 3 << 20


@pytest.mark.parametrize("ndjson", [False, True])
def test_close_delimited_on_request(start, topic, ndjson):
    server = start("--http1-framing", "close")
    with server.stream(f"/{topic}", at(topic, 0), ndjson=ndjson) as stream:
        assert "transfer-encoding" not in stream.fields
        assert "content-length" not in stream.fields
        assert stream.fields["connection"] == "close"
        assert stream.fields["incremental"] == "?1"
        stream.records(3)


def test_heartbeats_in_chunks(server, topic):
    with server.stream(f"/{topic}") as stream:
        stream.wait_comment(3)
        assert stream.chunks.heads >= 3


def test_http_1_0_is_never_chunked(server, topic):
    with server.stream(f"/{topic}", at(topic, 0), version="1.0") as stream:
        assert "transfer-encoding" not in stream.fields
        stream.messages(3)


def test_http_1_0_needs_no_host(server, topic):
    with Exchange(server.port) as exchange:
        exchange.send(f"GET /{topic} HTTP/1.0\r\n\r\n".encode())
        exchange.read_head()
        assert exchange.status == 200
        assert exchange.fields["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_head_of_a_stream(server, topic, version):
    with Exchange(server.port) as exchange:
        exchange.request(f"/{topic}", method="HEAD", version=version).read_head()
        assert exchange.status == 200
        assert exchange.fields["content-type"] == "text/event-stream; charset=utf-8"
        exchange.length_left = exchange.chunks = None  # whatever it says, there is no body
        assert exchange.read_body() == b""


def test_a_second_request_behind_a_stream_is_not_answered(server, topics):
    """Nobody may take its answer for a chunk, or a chunk for its answer."""
    topic = topics.create()
    with server.stream(f"/{topic}") as stream:
        stream.request("/-/healthy")
        go_live(stream, topics, topic)
        topics.produce(topic, {"n": 1})
        assert stream.record().json["n"] == 1
        assert b"healthy" not in stream.body


def test_who_expects_to_be_asked_for_a_body_gets_the_stream(server, topic):
    """It has none: the final answer is the first one (RFC 9110, 10.1.1)."""
    with server.stream(f"/{topic}", at(topic, 0), fields={"Expect": "100-continue"}) as stream:
        stream.messages(3)


@pytest.mark.parametrize("ndjson", [False, True])
def test_an_error_is_followed_by_the_last_chunk(start, topics, ndjson):
    topic = topics.create()
    topics.produce(topic, {"n": 0}, {"n": 1})
    topics.delete_records(topic, {0: 1})
    server = start("--gap", "error")
    with server.stream(f"/{topic}", at(topic, 0), ndjson=ndjson) as stream:
        stream.rest()
        assert b"GapError" in stream.body
        assert stream.chunks.is_done


def test_whoever_is_turned_away_gets_the_last_chunk(start, topic):
    server = start("--max-clients", "1")
    with server.stream(f"/{topic}"), server.stream(f"/{topic}") as second:
        second.rest()
        assert second.parser.retry is not None
        assert second.chunks.is_done


def test_options_of_a_stream(server, topic):
    answer = server.get(f"/{topic}", method="OPTIONS")
    assert answer.status == 204
    assert answer.body == b""


def test_options_of_everything(server):
    with Exchange(server.port) as exchange:
        exchange.request("*", method="OPTIONS").read_head().read_body()
        assert exchange.status == 204


def test_finite_answers_have_a_length(server):
    for path in ("/", "/-/topics", "/no-such-topic"):
        answer = server.get(path)
        assert int(answer.fields["content-length"]) == len(answer.body) > 0


def test_heartbeats_are_comments(server, topic):
    with server.stream(f"/{topic}") as stream:
        stream.next(types=["position"])  # the first one tells the id
        stream.wait_comment(3)
        assert [event.type for event in stream.parser.events] == ["position"]
        assert stream.parser.is_between_frames


def test_heartbeats_of_ndjson_are_empty_lines(server, topic):
    with server.stream(f"/{topic}", ndjson=True) as stream:
        while stream.parser.empty_lines < 3:
            stream.poll(0.2)
        assert stream.parser.is_between_frames


def test_a_busy_stream_has_no_heartbeats(server, topics):
    topic = topics.create()
    topics.produce(topic, *({"n": n} for n in range(2000)))
    with server.stream(f"/{topic}", at(topic, 0)) as stream:
        stream.messages(2000)
        assert len(stream.parser.comments) <= 2


def test_the_query_does_not_change_the_kind(server, topic):
    with Stream(server.port, f"/{topic}?unknown=1&x", at(topic, 0)) as stream:
        stream.open()
        stream.messages(3)
