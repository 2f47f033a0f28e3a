"""Requests that are malformed, too large, too slow or absurd: a clear answer, and no harm done."""

import json

import pytest
from harness.http import Ended, Exchange, error_of
from harness.wait import wait_for


@pytest.fixture(scope="module")
def topic(topics):
    topic = topics.create()
    topics.produce(topic, {"n": 1})
    return topic


def answer_to(server, data):
    with Exchange(server.port) as exchange:
        try:
            exchange.send(data)
        except ConnectionError:
            pass
        exchange.read_head().read_body()
        return exchange


HOST = b"Host: x\r\n"
CHUNKED = b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
MALFORMED = {
    "bare CR in a value": (b"GET / HTTP/1.1\r\n" + HOST + b"A: b\rc\r\n\r\n", 400),
    "bare CR as a line end": (b"GET / HTTP/1.1\rHost: x\r\r", 400),
    "bare CR before the LF": (b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\r\n\r\n", 400),
    "obs-fold": (b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n c\r\n\r\n", 400),
    "obs-fold first": (b"GET / HTTP/1.1\r\n " + HOST + b"\r\n", 400),
    "two Hosts": (b"GET / HTTP/1.1\r\n" + HOST + b"Host: y\r\n\r\n", 400),
    "no Host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "space before the colon": (b"GET / HTTP/1.1\r\n" + HOST + b"A : b\r\n\r\n", 400),
    "no colon": (b"GET / HTTP/1.1\r\n" + HOST + b"abc\r\n\r\n", 400),
    "empty name": (b"GET / HTTP/1.1\r\n" + HOST + b": b\r\n\r\n", 400),
    "NUL in a value": (b"GET / HTTP/1.1\r\n" + HOST + b"A: \0\r\n\r\n", 400),
    "NUL in the target": (b"GET /\0 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "control in the target": (b"GET /\x01 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "two spaces": (b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "no target": (b"GET HTTP/1.1\r\n" + HOST + b"\r\n", 505),
    "relative target": (b"GET topic HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a bad escape": (b"GET /%zz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "an escaped NUL": (b"GET /%00 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a body": (b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello", 413),
    "a chunked body": (CHUNKED + b"1\r\nx\r\n0\r\n\r\n", 413),
    "the head of a chunk with bytes": (CHUNKED + b"05", 413),
    "two codings": (b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 413),
    "a coding and a length": (
        b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\n", 413),
    "a body to be asked for": (CHUNKED[:-2] + b"Expect: 100-continue\r\n\r\n", 413),
    "a chunk extension": (CHUNKED + b"0;a=b\r\n\r\n", 400),
    "a trailer": (CHUNKED + b"0\r\nA: b\r\n\r\n", 400),
    "a request in place of a chunk": (CHUNKED + b"GET / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a bare LF in a chunk": (CHUNKED + b"0\n\n", 400),
    "chunks in HTTP/1.0": (CHUNKED.replace(b"/1.1", b"/1.0") + b"0\r\n\r\n", 400),
    "POST": (b"POST / HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "DELETE": (b"DELETE /t HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "unknown method": (b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n", 501),
    "HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "HTTP/3": (b"GET / HTTP/3.0\r\n" + HOST + b"\r\n", 505),
    "many fields": (b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 500 + b"\r\n", 431),
    "long field": (b"GET / HTTP/1.1\r\n" + HOST + b"A: " + b"x" * 70_000 + b"\r\n\r\n", 431),
    "long target": (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "endless line": (b"GET /" + b"x" * 300_000, 414),
    "endless head": (b"GET / HTTP/1.1\r\n" + b"A: bcdefgh\r\n" * 30_000, 431),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(server, name):
    data, status = MALFORMED[name]
    answer = answer_to(server, data)
    assert answer.status == status, answer.body
    assert error_of(answer)["message"]
    is_routed = "escape" in name  # such a head is well-formed, and leaves no doubt where it ends
    assert answer.fields.get("connection") == (None if is_routed else "close")


@pytest.mark.parametrize(
    "data", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(80), b"\xff" * 100, b"\0" * 50]
)
def test_noise(server, data):
    with Exchange(server.port) as exchange:
        exchange.send(data + b"\r\n\r\n")
        try:
            assert exchange.read_head().status == 400
        except Ended:
            pass


def test_a_slow_head_is_cut_off(start):
    server = start("--head-timeout", "500ms")
    with Exchange(server.port) as slow, Exchange(server.port) as silent:
        slow.send(b"GET / HTTP/1.1\r\nHost:")
        assert silent.is_closed_within()
        try:
            assert slow.read_head().status == 408
        except Ended:
            pass
    wait_for(server.is_healthy)


def test_a_head_in_small_pieces_is_fine(server, topic):
    last_id = json.dumps([{"topic": topic, "partition": 0, "offset": 0}])
    head = f"GET /{topic} HTTP/1.1\r\nHost: x\r\nLast-Event-ID: {last_id}\r\n\r\n".encode()
    with Exchange(server.port) as exchange:
        exchange.socket.setsockopt(6, 1, 1)  # TCP_NODELAY
        for at in range(0, len(head), 3):
            exchange.send(head[at : at + 3])
        assert exchange.read_head().status == 200


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_leniency_of_the_standard(server, line_end):
    head = line_end.join([b"", b"GET /-/healthy HTTP/1.1", b"host:x", b"", b""])
    assert answer_to(server, head).status == 200


def test_an_absolute_target(server):
    head = b"GET http://elsewhere.example/-/healthy HTTP/1.1\r\n" + HOST + b"\r\n"
    assert answer_to(server, head).status == 200


CHUNKED_HEALTHY = CHUNKED.replace(b"GET /", b"GET /-/healthy")


def test_an_empty_chunked_body_is_taken(server):
    """Proxies send it with every GET. What comes behind is another request."""
    with Exchange(server.port) as exchange:
        exchange.is_pipelined = True
        exchange.send((CHUNKED_HEALTHY + b"0\r\n\r\n") * 2)
        for _ in range(2):
            exchange.read_head().read_body()
            assert exchange.status == 200
            assert exchange.body == b'{"healthy":true}\n'


def test_an_empty_chunked_body_in_packets_of_its_own(server, topic):
    with Exchange(server.port) as exchange:
        exchange.socket.setsockopt(6, 1, 1)  # TCP_NODELAY
        exchange.send(CHUNKED.replace(b"GET /", f"GET /{topic}".encode()))
        assert not exchange.has_bytes_within(0.3)
        for byte in b"0\r\n\r\n":
            exchange.send(bytes([byte]))
        assert exchange.read_head().status == 200
        assert exchange.fields["content-type"].startswith("text/event-stream")


def test_a_chunked_body_that_never_comes(start):
    server = start("--head-timeout", "500ms")
    for sent in (CHUNKED, CHUNKED + b"0\r\n"):
        assert answer_to(server, sent).status == 408


def status_with_id(server, topic, last_id):
    """The status, and for a stream nothing more: it is left at once."""
    if isinstance(last_id, str):
        last_id = last_id.encode()
    with Exchange(server.port) as exchange:
        exchange.send(b"GET /%s HTTP/1.1\r\nHost: x\r\nLast-Event-ID: " % topic.encode())
        exchange.send(last_id + b"\r\n\r\n")
        exchange.read_head()
        if exchange.status != 200:
            exchange.read_body()
            error_of(exchange)
        return exchange.status


IDS = {
    "deep arrays": ("[" * 30_000 + "]" * 30_000, 400),
    "deep arrays, open": ("[" * 60_000, 400),
    "deep in an object": ('[{"topic":"T","partition":0,"offset":0,"x":' + "[" * 5000, 400),
    "not UTF-8": (b'["\xff\xfe"]', 400),
    "half a character": (b'[{"topic":"T","partition":0,"offset":0,"x":"\xc3"}]', 400),
    "unknown topics": (json.dumps([f"no-such-{n}" for n in range(90)]), 404),
    "too many topics": (json.dumps([f"n{n}" for n in range(6000)]), 400),
    "offset 2^63": ('[{"topic":"T","partition":0,"offset":9223372036854775808}]', 400),
    "offset 1e400": ('[{"topic":"T","partition":0,"offset":1e400}]', 400),
    "offset NaN": ('[{"topic":"T","partition":0,"offset":NaN}]', 400),
    "offset 2^63-1": ('[{"topic":"T","partition":0,"offset":9223372036854775807}]', 200),
    "offset 0.0": ('[{"topic":"T","partition":0,"offset":0.0}]', 200),
    "far timestamp": ('[{"topic":"T","partition":0,"timestamp":9223372036854775807}]', 200),
    "extra members": ('[{"topic":"T","partition":0,"offset":0,"error":0,"x":[{}]}]', 200),
    "one place many times": ("[" + ",".join(['{"topic":"T","partition":0,"offset":0}'] * 900) + "]",
                             200),
}  # fmt: skip


@pytest.mark.parametrize("name", IDS)
def test_ids(server, topic, name):
    last_id, status = IDS[name]
    if isinstance(last_id, bytes):
        last_id = last_id.replace(b'"T"', json.dumps(topic).encode())
    else:
        last_id = last_id.replace('"T"', json.dumps(topic))
    assert status_with_id(server, topic, last_id) == status


ABSURD = [
    '{"topic":"T","partition":-1,"offset":0}',
    '{"topic":"T","partition":1,"offset":0}',
    '{"topic":"T","partition":2147483647,"offset":0}',
    '{"topic":"T","partition":4294967296,"offset":0}',
    '{"topic":"T","partition":9223372036854775807,"offset":0}',
    '{"topic":"","partition":0,"offset":0}',
    '{"topic":"../T","partition":0,"offset":0}',
    '{"topic":"T\\u0000","partition":0,"offset":0}',
    '{"topic":"T\\n","partition":0,"offset":0}',
]


@pytest.mark.parametrize("entry", ABSURD)
def test_places_that_are_not_there(server, topic, entry):
    assert status_with_id(server, topic, f"[{entry.replace('T', topic)}]") in (400, 404)


@pytest.mark.parametrize("offset", [-3, -1000, -2001, -(2**62)])
def test_negative_offsets(server, topic, offset):
    last_id = json.dumps([{"topic": topic, "partition": 0, "offset": offset}])
    assert status_with_id(server, topic, last_id) == 400


@pytest.mark.parametrize("count, status", [(50, 404), (5000, 400)])
def test_thousands_of_topics(server, count, status):
    path = "/" + ",".join(f"no-such-{n}" for n in range(count))
    answer = server.get(path)
    assert answer.status == status
    assert len(answer.body) < 10_000


@pytest.mark.parametrize("path", ["/,", "/a,", "/,,,", "/%20", "/a%2Fb", "/..", "/a/b/c", "//"])
def test_odd_paths(server, path):
    answer = server.get(path)
    assert answer.status in (400, 404)
    error_of(answer)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"}\r\nX: y', "\u2028\0é"])
def test_errors_quote_safely(server, text):
    encoded = "".join(f"%{byte:02X}" for byte in text.encode())
    answer = server.get(f"/{encoded}")
    assert answer.status in (400, 404)
    assert answer.fields["content-type"].startswith("application/json")
    assert answer.fields["x-content-type-options"] == "nosniff"
    error_of(answer)
