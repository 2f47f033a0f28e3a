"""nginx and HAProxy in front, configured as docs/proxies.md says, or by people who have not read it."""

import time

import pytest
from harness.documents import blocks
from harness.http import Stream
from harness.live import go_live

UPSTREAM = "127.0.0.1:6917"  # as the documents write it
NGINX = f"server {{ listen 8080; location / {{ proxy_pass http://{UPSTREAM}; @ }} }}\n"
HAPROXY = f"""\
defaults
    mode http
    timeout connect 5s
    timeout client 50s
    timeout server 50s
frontend front
    bind :8080
    default_backend back
backend back
    server kafkasse {UPSTREAM}
"""
CONFIGURATIONS = {
    "nginx": NGINX.replace("@", ""),
    "nginx with HTTP/1.1": NGINX.replace(
        "@", 'proxy_http_version 1.1; proxy_set_header Connection "";'
    ),
    "nginx as documented": blocks("docs/proxies.md", "nginx")[0],
    "haproxy": HAPROXY,
    "haproxy as documented": blocks("docs/proxies.md", "haproxy")[0],
}
DOCUMENTED = ["nginx as documented", "haproxy as documented"]
KINDS = list(CONFIGURATIONS)


@pytest.fixture
def proxy(start_proxy):
    """`proxy(kind, server)`: a proxy of that kind in front of the server."""

    def make(kind, server):
        configuration = CONFIGURATIONS[kind]
        assert configuration.count(UPSTREAM) == 1
        upstream = f"127.0.0.1:{server.port}"
        return start_proxy(kind.split()[0], configuration.replace(UPSTREAM, upstream))

    return make


@pytest.mark.parametrize("kind", KINDS)
def test_events_pass_at_once(server, topics, proxy, kind):
    topic = topics.create()
    front = proxy(kind, server)
    with Stream(front.port, f"/{topic}").open() as stream:
        go_live(stream, topics, topic)
        for number in range(10):
            begin = time.monotonic()
            topics.produce(topic, {"n": number})
            assert stream.record().json["n"] == number
            assert time.monotonic() - begin < 5
        stream.wait_comment(len(stream.parser.comments) + 2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_replay_passes_whole(server, topics, proxy, kind):
    topic = topics.create()
    for number in range(5000):
        topics.send(topic, {"n": number, "pad": "x" * 300})
    topics.flush()
    front = proxy(kind, server)
    last_id = [{"topic": topic, "partition": 0, "offset": 0}]
    with Stream(front.port, f"/{topic}", last_id).open() as stream:
        assert [event.json["n"] for event in stream.messages(5000)] == list(range(5000))


@pytest.mark.parametrize("kind", KINDS)
def test_refusals_pass(server, proxy, kind):
    front = proxy(kind, server)
    with Stream(front.port, "/no-such-topic") as stream:
        stream.read_head().read_body()
        assert stream.status == 404
        assert b"TopicNotAvailableError" in stream.body


@pytest.mark.parametrize("kind", ["nginx with HTTP/1.1", *DOCUMENTED])
def test_proxies_hold_no_chunk_back(server, topics, proxy, kind):
    """HAProxy would, each for 200 ms; the quickest of several tells whether it is the proxy."""
    topic = topics.create()
    front = proxy(kind, server)
    waits = []
    with Stream(front.port, f"/{topic}").open() as stream:
        assert stream.fields["transfer-encoding"] == "chunked"
        go_live(stream, topics, topic)
        for number in range(10):
            topics.produce(topic, {"n": number})
            begin = time.monotonic()
            assert stream.record().json["n"] == number
            waits.append(time.monotonic() - begin)
    assert min(waits) < 0.1, waits


def test_haproxy_passes_a_close_delimited_body_at_once(start, topics, proxy):
    topic = topics.create()
    front = proxy("haproxy", start("--http1-framing", "close"))
    with Stream(front.port, f"/{topic}").open() as stream:
        go_live(stream, topics, topic)
        topics.produce(topic, {"n": 1})
        assert stream.record().json["n"] == 1


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_what_is_for_operators_does_not_pass(server, proxy, kind):
    front = proxy(kind, server)
    for path in ("/-/topics", "/-/metrics", "/%2d/topics", "/./-/topics", "//-/topics"):
        with Stream(front.port, path) as stream:
            stream.read_head().read_body()
            assert stream.status in (400, 403, 404), path
