"""Several requests on one HTTP/1.1 connection: what keeps it, what ends it, and what is bounded."""

import http.client
import json
import re
import socket
import subprocess
import time

import pytest
import requests
from harness.http import Ended, Exchange, Stream
from harness.wait import wait_for

HOST = b"Host: x\r\n"
HEALTHY = b"GET /-/healthy HTTP/1.1\r\n" + HOST + b"\r\n"


@pytest.fixture(scope="module")
def topic(topics):
    topic = topics.create()
    topics.produce(topic, {"n": 1})
    return topic


def answers(server, data, count):
    """The answers to what is sent as one packet, and the connection, which is open."""
    exchange = Exchange(server.port)
    exchange.is_pipelined = True
    exchange.send(data)
    found = []
    for _ in range(count):
        exchange.read_head().read_body()
        found.append((exchange.status, exchange.body))
    return found, exchange


def read_answer(exchange, method="GET"):
    exchange.read_head()
    if method != "HEAD":
        exchange.read_body()
    return exchange


KEEPING = [
    ("GET", "/-/healthy", 200),
    ("GET", "/-/ready", 200),
    ("GET", "/-/topics", 200),
    ("GET", "/-/metrics", 200),
    ("GET", "/", 200),
    ("GET", "/v2/ui", 302),
    ("HEAD", "/-/metrics", 200),
    ("HEAD", "/TOPIC", 200),
    ("HEAD", "/no-such-topic", 404),
    ("GET", "/no-such-topic", 404),
    ("GET", "/a/b/c", 404),
    ("GET", "/TOPIC?since=x", 400),
    ("OPTIONS", "/TOPIC", 204),
]


def test_answers_with_a_length_keep_the_connection(server, topic):
    with Exchange(server.port) as exchange:
        for method, path, status in KEEPING * 2:
            exchange.request(path.replace("TOPIC", topic), method=method)
            exchange.read_head()
            if method == "GET":
                exchange.read_body()
            assert (path, exchange.status) == (path, status)
            assert "connection" not in exchange.fields


def test_the_stream_that_follows_is_a_whole_one(server, topics, topic):
    with Stream(server.port, "/-/healthy") as stream:
        read_answer(stream)
        stream.request(f"/{topic}?since=0")
        stream.open()
        assert stream.record().json["n"] == 1
        topics.produce(topic, {"n": 2})
        assert stream.record().json["n"] == 2


def test_each_request_counts(server):
    def count(name):
        return int(server.metrics()[f"kafkasse_{name}_total"])

    requests_before, connections_before = count("requests"), count("connections")
    with Exchange(server.port) as exchange:
        for _ in range(10):
            exchange.request("/-/healthy")
            read_answer(exchange)
    assert count("requests") >= requests_before + 11
    assert count("connections") <= connections_before + 5


# ---- requests that come together ----


def test_requests_in_one_packet_are_answered_in_order(server):
    paths = [b"/-/healthy", b"/nothing-1", b"/-/ready", b"/nothing-2", b"/v2/ui"]
    data = b"".join(b"GET %s HTTP/1.1\r\n%s\r\n" % (path, HOST) for path in paths)
    found, exchange = answers(server, data, len(paths))
    assert [status for status, _ in found] == [200, 404, 200, 404, 302]
    assert b"nothing-1" in found[1][1] and b"nothing-2" in found[3][1]
    exchange.close()


def test_thousands_in_one_go(server):
    """More than a packet; they are read as they are answered."""
    count = 3000
    found, exchange = answers(server, HEALTHY * count, count)
    assert set(found) == {(200, b'{"healthy":true}\n')}
    exchange.close()


def test_a_request_in_pieces_behind_another(server):
    with Exchange(server.port) as exchange:
        exchange.is_pipelined = True
        exchange.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = HEALTHY * 3
        for at in range(0, len(data), 7):
            exchange.send(data[at : at + 7])
        for _ in range(3):
            assert read_answer(exchange).status == 200


def test_many_that_flood_delay_no_other(server):
    """Connections that send without end get a request a turn each."""
    with_flood = [Exchange(server.port) for _ in range(20)]
    for exchange in with_flood:
        exchange.socket.setblocking(False)
    deadline = time.monotonic() + 2
    longest = 0
    while time.monotonic() < deadline:
        for exchange in with_flood:
            try:
                exchange.socket.send(HEALTHY * 200)
                while exchange.socket.recv(1 << 20):
                    pass
            except BlockingIOError:
                pass
        begin = time.monotonic()
        with Exchange(server.port) as other:
            other.request("/-/healthy")
            read_answer(other)
        longest = max(longest, time.monotonic() - begin)
    for exchange in with_flood:
        exchange.close()
    assert longest < 5


def test_who_takes_no_answers_is_not_read_on(server):
    """Requests wait in the kernel while their answers do: nothing grows here."""
    with Exchange(server.port, receive_buffer=4096) as exchange:
        exchange.socket.setblocking(False)
        sent = 0
        last_ms = time.monotonic()
        request = b"GET /-/metrics HTTP/1.1\r\n" + HOST + b"\r\n"
        while time.monotonic() - last_ms < 1:
            try:
                sent += exchange.socket.send(request * 100)
                last_ms = time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)
        assert sent < 64 << 20
        wait_for(server.is_healthy)


# ---- what ends it ----


def closes(server, data, version="1.1"):
    """Whether the answer says that it closes, and does."""
    with Exchange(server.port) as exchange:
        exchange.send(data)
        read_answer(exchange)
        says = exchange.fields.get("connection") == "close"
        return says and exchange.socket.recv(1) == b""


CLOSING = {
    "close": b"GET /-/healthy HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
    "close, in capitals": b"GET /-/healthy HTTP/1.1\r\n" + HOST + b"connection: CLOSE\r\n\r\n",
    "close in a list": b"GET /-/healthy HTTP/1.1\r\n" + HOST + b"Connection: te , close\r\n\r\n",
    "close in a second field": b"GET /-/healthy HTTP/1.1\r\n"
    + HOST
    + b"Connection: te\r\nConnection: close\r\n\r\n",
    "HTTP/1.0": b"GET /-/healthy HTTP/1.0\r\n\r\n",
    "HTTP/1.0 that would stay": b"GET /-/healthy HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "line ends without CR": b"GET /-/healthy HTTP/1.1\nHost: x\n\n",
    "a field that ends without CR": b"GET /-/healthy HTTP/1.1\r\n" + HOST + b"A: b\n\r\n",
    "malformed": b"GET /-/healthy HTTP/1.1\r\n\r\n",
    "a body": b"GET /-/healthy HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nabc",
    "a method that is not allowed": b"POST /-/healthy HTTP/1.1\r\n" + HOST + b"\r\n",
}


@pytest.mark.parametrize("name", CLOSING)
def test_what_closes(server, name):
    assert closes(server, CLOSING[name])


def test_nothing_follows_what_closes(server):
    for first in CLOSING.values():
        with Exchange(server.port) as exchange:
            exchange.is_pipelined = True
            exchange.send(first + HEALTHY)
            read_answer(exchange)
            with pytest.raises((Ended, ConnectionError)):
                exchange.read_head()


def test_a_second_request_that_is_malformed(server):
    found, exchange = answers(server, HEALTHY + b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n", 2)
    assert [status for status, _ in found] == [200, 501]
    assert exchange.fields["connection"] == "close"
    assert exchange.is_closed_within()
    exchange.close()


def test_an_idle_connection_is_closed(start):
    server = start("--head-timeout", "500ms")
    with Exchange(server.port) as exchange:
        for _ in range(3):
            exchange.request("/-/healthy")
            read_answer(exchange)
            time.sleep(0.1)
        begin = time.monotonic()
        assert exchange.socket.recv(1) == b""
        assert time.monotonic() - begin > 0.2
    assert server.metrics()["kafkasse_bad_requests_total"] == 0


def test_limits_of_heads_hold_for_each_request(start):
    server = start("--head-timeout", "500ms", "--max-head", "4KiB")
    for bad, status in (
        (b"GET / HTTP/1.1\r\n" + HOST + b"A: " + b"x" * 5000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + HOST, 408),
    ):
        with Exchange(server.port) as exchange:
            exchange.request("/-/healthy")
            read_answer(exchange)
            exchange.send(b"GET /-/healthy HTTP/1.1\r\n" + HOST + b"A: " + b"x" * 3000 + b"\r\n\r\n")
            assert read_answer(exchange).status == 200
            exchange.send(bad)
            assert read_answer(exchange).status == status
            assert exchange.is_closed_within()


def test_a_client_that_only_reads_gets_all_answers(server):
    with Exchange(server.port) as exchange:
        exchange.is_pipelined = True
        exchange.send(HEALTHY * 5)
        exchange.socket.shutdown(socket.SHUT_WR)
        for _ in range(5):
            assert read_answer(exchange).status == 200
        assert exchange.socket.recv(1) == b""


def test_a_drain_closes_idle_connections(start):
    server = start()
    with Exchange(server.port) as exchange:
        exchange.request("/-/healthy")
        read_answer(exchange)
        server.terminate()
        assert exchange.is_closed_within()


# ---- streams ----


def test_a_stream_that_ends_keeps_the_connection(start, topics):
    """Here by an error event, which is the end of it."""
    topic = topics.create()
    topics.produce(topic, {"n": 1})
    server = start("--gap", "error")
    with Stream(server.port, f"/{topic}", last_id=[{"topic": topic, "partition": 0, "offset": 99}]) as s:
        s.open()
        assert [event.type for event in s.rest()] == ["error"]
        s.request("/-/healthy")
        assert read_answer(s).status == 200


def test_a_stream_whose_client_talks_ends_the_connection(start, topics):
    topic = topics.create()
    topics.produce(topic, {"n": 1})
    server = start("--gap", "error")
    with Exchange(server.port) as exchange:
        last_id = json.dumps([{"topic": topic, "partition": 0, "offset": 99}])
        head = f"GET /{topic} HTTP/1.1\r\nHost: x\r\nLast-Event-ID: {last_id}\r\n\r\n"
        exchange.send(head.encode() + HEALTHY)
        assert b"event: error" in exchange.read_head().read_body()
        assert exchange.socket.recv(1) == b""


def test_a_stream_without_chunks_closes(start, topic):
    server = start("--http1-framing", "close")
    with Stream(server.port, f"/{topic}") as stream:
        stream.open()
        assert stream.fields["connection"] == "close"


# ---- clients ----


def test_curl_uses_one_connection_for_two_urls(server):
    url = f"http://127.0.0.1:{server.port}"
    found = subprocess.run(
        ["curl", "-sv", f"{url}/-/healthy", f"{url}/-/ready", f"{url}/nothing"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert len(re.findall(r"Re-using existing", found.stderr)) == 2
    assert found.stderr.count("Connected to") == 1


def test_python_s_clients_use_one_connection(server):
    before = server.metrics()["kafkasse_connections_total"]
    with requests.Session() as session:
        for path in ("/-/healthy", "/-/metrics", "/nothing", "/-/ready"):
            session.get(f"http://127.0.0.1:{server.port}{path}", timeout=30)
        session.options(f"http://127.0.0.1:{server.port}/x", timeout=30)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for method in ("GET", "HEAD", "GET"):
        connection.request(method, "/-/healthy")
        answer = connection.getresponse()
        assert answer.status == 200 and not answer.will_close
        answer.read()
    connection.close()
    assert server.metrics()["kafkasse_connections_total"] <= before + 4
