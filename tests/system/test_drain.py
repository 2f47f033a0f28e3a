"""SIGTERM: every stream ends on a whole frame with a `retry:`, and the server exits with 0."""

import contextlib
import time

import pytest
from harness.http import Stream
from harness.ledger import Writer, from_the_start
from harness.live import go_live
from harness.wait import wait_for


@pytest.fixture(scope="module")
def topic(topics):
    return topics.create(partitions=2)


def test_streams_end_with_a_retry(start, topics, topic):
    server = start("--retry-min", "2s", "--retry-max", "9s")
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(server.stream(f"/{topic}")) for _ in range(20)]
        for stream in streams[:2]:
            go_live(stream, topics, topic)
        server.terminate()
        retries = set()
        for stream in streams:
            events = stream.rest()
            assert all(event.type in ("message", "position") for event in events)
            assert 2000 <= stream.parser.retry <= 9000
            retries.add(stream.parser.retry)
    assert len(retries) > 5, "the delays are not spread"
    server.stop()


def test_nothing_is_lost_between_two_servers(start, topics):
    topic = topics.create(partitions=2)
    last_id, ledger = from_the_start([topic], 2)
    with Writer(topics, [topic], 2) as writer:
        for _ in range(3):
            server = start()
            with server.stream(f"/{topic}", last_id) as stream:
                for _ in range(200):
                    ledger.take(stream.record(), check_id=False)
                server.terminate()
                for event in stream.rest():
                    if event.type == "message":
                        ledger.take(event, check_id=False)
                last_id = stream.parser.last_id
            server.stop()
        writer.stop()
        with start().stream(f"/{topic}", last_id) as stream:
            while not ledger.has_reached(writer.ends):
                ledger.take(stream.record())


@pytest.mark.parametrize("ndjson", [False, True])
def test_in_the_middle_of_a_replay(start, topics, ndjson):
    topic = topics.create(partitions=2)
    Writer(topics, [topic], 2, pad=2000).write_many(10_000)
    last_id, _ = from_the_start([topic], 2)
    server = start()
    with server.stream(f"/{topic}", last_id, ndjson=ndjson) as stream:
        stream.records(50)
        server.terminate()
        stream.rest()


def test_chunked_streams_have_a_last_chunk(start, topics, topic):
    server = start()
    with server.stream(f"/{topic}") as stream:
        go_live(stream, topics, topic)
        server.terminate()
        stream.rest()
        assert stream.chunks.is_done
        assert stream.parser.retry is not None


def test_a_client_that_does_not_read_cannot_hold_it(start, topics):
    topic = topics.create(partitions=2)
    Writer(topics, [topic], 2, pad=4000).write_many(5000)
    last_id, _ = from_the_start([topic], 2)
    server = start("--drain-timeout", "1s")
    with Stream(server.port, f"/{topic}", last_id, receive_buffer=4096) as stalled:
        stalled.read_head()
        begin = time.monotonic()
        server.stop()
        assert time.monotonic() - begin < 20


def test_new_clients_are_refused_or_told_to_come_back(start, topic):
    server = start()
    with server.stream(f"/{topic}"):
        server.terminate()
        wait_for(lambda: server.process.poll() is not None, what="the server ends")
    with pytest.raises(ConnectionError):
        Stream(server.port, f"/{topic}")


def test_an_idle_server_stops_at_once(start):
    server = start("--drain-timeout", "1m")
    begin = time.monotonic()
    server.stop()
    assert time.monotonic() - begin < 20


def test_twice_is_at_once(start, topics):
    topic = topics.create(partitions=2)
    Writer(topics, [topic], 2, pad=4000).write_many(3000)
    last_id, _ = from_the_start([topic], 2)
    server = start("--drain-timeout", "5m")
    with Stream(server.port, f"/{topic}", last_id, receive_buffer=4096) as stalled:
        stalled.read_head()
        server.terminate()
        wait_for(lambda: server.logged("drain") or server.process.poll() is not None)
        if server.process.poll() is None:
            server.terminate()
        server.stop()
