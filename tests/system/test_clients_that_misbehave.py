"""Clients that vanish, half-close, reset, never read or say nothing: nobody else notices."""

import contextlib
import socket

import pytest
from harness.http import Ended, Exchange, Stream
from harness.ledger import Writer, from_the_start
from harness.live import go_live
from harness.server import Kafkasse
from harness.wait import free_port, wait_for

MIB = 1 << 20


@pytest.fixture
def witness(server, topics):
    """A well-behaved client and its topic: at the end it must have seen everything."""
    topic = topics.create()
    with server.stream(f"/{topic}") as stream:
        go_live(stream, topics, topic)
        yield topic, stream
        topics.produce(topic, {"witness": 1})
        while "witness" not in stream.record().json:
            pass


@pytest.fixture
def same_fds(server, witness):
    """The server must get back to the descriptors it had."""
    before = server.client_sockets()
    yield
    wait_for(lambda: server.client_sockets() <= before, what="descriptors are closed again")


def test_vanishing_at_once(server, witness, same_fds):
    for _ in range(100):
        Exchange(server.port).close()


def test_vanishing_in_the_request(server, witness, same_fds):
    for _ in range(100):
        with Exchange(server.port) as exchange:
            exchange.send(b"GET /x HTTP/1.1\r\nHost")


def test_vanishing_before_the_answer(server, witness, same_fds):
    for _ in range(100):
        with Exchange(server.port) as exchange:
            exchange.request(f"/{witness[0]}")


def test_vanishing_in_the_stream(server, topics, witness, same_fds):
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(server.stream(f"/{witness[0]}"))
    topics.produce(witness[0], {"n": 1})


def test_vanishing_in_a_replay(server, topics, witness, same_fds):
    topic = topics.create(partitions=2)
    Writer(topics, [topic], 2, pad=1000).write_many(5000)
    last_id, _ = from_the_start([topic], 2)
    for count in (0, 1, 10, 500):
        with server.stream(f"/{topic}", last_id) as stream:
            stream.messages(count)


@pytest.mark.parametrize("when", ["connected", "asked", "streaming"])
def test_resetting(server, topics, witness, same_fds, when):
    for _ in range(30):
        exchange = Exchange(server.port)
        if when != "connected":
            exchange.request(f"/{witness[0]}")
        if when == "streaming":
            exchange.read_head()
        exchange.reset()
    topics.produce(witness[0], {"n": 1})


@pytest.mark.parametrize("ndjson", [False, True])
def test_half_closing(start, topics, ndjson):
    """As `nc -N` does: it has said all, and reads on."""
    topic = topics.create()
    server = start("--heartbeat", "1m")
    with server.stream(f"/{topic}", ndjson=ndjson) as stream:
        go_live(stream, topics, topic)
        stream.socket.shutdown(socket.SHUT_WR)
        # It may have left: so it is sent something at once.
        if ndjson:
            before = stream.parser.empty_lines
            while stream.parser.empty_lines == before:
                stream.poll(0.1)
        else:
            stream.wait_comment(len(stream.parser.comments) + 1)
        for number in range(3):
            topics.produce(topic, {"n": number})
            record = stream.record()
            assert (record if ndjson else record.json)["n"] == number
        server.terminate()
        stream.rest()
        assert ndjson or stream.parser.retry is not None


def test_half_closing_in_a_replay(server, topics, witness, same_fds):
    topic = topics.create(partitions=2)
    last_id, ledger = from_the_start([topic], 2)
    writer = Writer(topics, [topic], 2, pad=1000).write_many(5000)
    with Stream(server.port, f"/{topic}", last_id) as stream:
        stream.socket.shutdown(socket.SHUT_WR)
        stream.open()
        while not ledger.has_reached(writer.ends):
            ledger.take(stream.record(), check_id=False)
        topics.produce(topic, {"n": 1})
        assert stream.record().json["n"] == 1


@pytest.mark.parametrize(
    "path, status",
    [("/-/healthy", 200), ("/", 200), ("/%zz", 400), ("/no-such-topic", 404), ("/-/metrics", 200)],
)
def test_half_closing_gets_the_whole_answer(server, witness, same_fds, path, status):
    """An unknown topic is looked up first, which takes a while."""
    with Exchange(server.port) as exchange:
        exchange.request(path)
        exchange.socket.shutdown(socket.SHUT_WR)
        body = exchange.read_head().read_body()
        assert exchange.status == status
        assert len(body) == int(exchange.fields["content-length"])


def test_half_closing_while_kafka_is_away(topics):
    """The stream is held until Kafka is there."""
    with Kafkasse(f"127.0.0.1:{free_port()}", heartbeat="1m", ready=False) as server:
        with Stream(server.port, "/topic") as stream:
            stream.socket.shutdown(socket.SHUT_WR)
            stream.open()
            stream.wait_comment(len([":ok", ":heartbeat"]))


@pytest.mark.parametrize("state", ["live", "pending"])
def test_who_has_left_is_found_out_soon(start, topics, state):
    """Long before the next heartbeat, though a closed socket looks like one that only reads."""
    topic = topics.create()
    server = start("--heartbeat", "10m", "--metadata-refresh", "1h")
    for _ in range(20):
        with Stream(server.port, f"/{topic}" if state == "live" else "/no-such-topic") as stream:
            if state == "live":
                stream.open()
    wait_for(lambda: server.client_sockets() == 0, what="descriptors are closed")
    assert server.metrics()["kafkasse_clients"] == 0


def test_half_closing_in_the_request(server, witness, same_fds):
    with Exchange(server.port) as exchange:
        exchange.send(b"GET / HTTP/1.1\r\n")
        exchange.socket.shutdown(socket.SHUT_WR)
        assert exchange.is_closed_within()


def test_talking_on(server, witness, same_fds):
    """Bytes behind the request must neither stop the stream nor pile up."""
    with server.stream(f"/{witness[0]}") as stream:
        stream.socket.settimeout(0.2)
        with contextlib.suppress(OSError):
            for _ in range(200):
                stream.socket.send(b"x" * 65536)


def test_never_reading(server, topics, witness, same_fds):
    """40 MB pass by twenty clients that do not read; another one gets all of it meanwhile."""
    topic = topics.create(partitions=2)
    with contextlib.ExitStack() as stack:
        reader = stack.enter_context(server.stream(f"/{topic}", timeout=180))
        go_live(reader, topics, topic, 2)
        stalled = [
            stack.enter_context(Stream(server.port, f"/{topic}", receive_buffer=4096))
            for _ in range(20)
        ]
        for stream in stalled:
            stream.read_head()
        before = server.resident_bytes()
        writer = Writer(topics, [topic], 2, pad=2000)
        for _ in range(10):
            writer.write_many(2000)
            reader.messages(2000)
        assert server.resident_bytes() - before < 300 * MIB


def test_reading_again_after_a_long_pause(server, topics, witness, same_fds):
    """Who falls far behind goes on from Kafka: late, but whole."""
    topic = topics.create(partitions=2)
    last_id, ledger = from_the_start([topic], 2)
    with server.stream(f"/{topic}", last_id, receive_buffer=4096, timeout=180) as late:
        with server.stream(f"/{topic}", last_id, timeout=180) as reader:
            writer = Writer(topics, [topic], 2, pad=4000).write_many(8000)
            for _ in range(8000):
                reader.record()
        while not ledger.has_reached(writer.ends):
            ledger.take(late.record(), check_id=False)
        topics.produce(topic, {"live": 1})
        assert late.record().json["live"] == 1


def test_saying_nothing(start, topics):
    server = start("--head-timeout", "1s")
    topic = topics.create()
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(Exchange(server.port)) for _ in range(50)]
        stream = stack.enter_context(server.stream(f"/{topic}"))
        go_live(stream, topics, topic)
        for exchange in silent:
            assert exchange.is_closed_within()
    wait_for(lambda: server.client_sockets() == 0, what="descriptors are closed again")


def test_a_full_server_says_come_back(start, topics):
    topic = topics.create()
    server = start("--max-clients", "3")
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            go_live(stack.enter_context(server.stream(f"/{topic}")), topics, topic)
        with Stream(server.port, f"/{topic}") as refused:
            refused.read_head()
            assert refused.status == 200
            assert refused.rest() == []
            assert 1000 <= refused.parser.retry <= 5000
    wait_for(lambda: server.is_healthy(), what="there is room again")


def test_a_limit_per_address(start, topics):
    topic = topics.create()
    server = start("--max-clients-per-address", "2")
    with server.stream(f"/{topic}") as first, server.stream(f"/{topic}") as second:
        go_live(first, topics, topic)
        go_live(second, topics, topic)
        with Stream(server.port, f"/{topic}") as third:
            third.read_head()
            assert third.status == 200
            assert third.rest() == []
            assert third.parser.retry is not None
