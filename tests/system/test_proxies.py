"""nginx and HAProxy in front, configured as docs/proxies.md says, or by people who have not read it."""

import http.client
import threading
import time

import pytest
from harness.documents import blocks
from harness.http import Stream
from harness.live import go_live
from harness.wait import PATIENCE_S

UPSTREAM = "127.0.0.1:6917"  # as the documents write it
NGINX = f"server {{ listen 8080; location / {{ proxy_pass http://{UPSTREAM}; @ }} }}\n"
NGINX_KEEPING = f"""\
upstream kafkasse {{ server {UPSTREAM}; keepalive 8; }}
server {{
    listen 8080;
    location / {{
        proxy_pass http://kafkasse;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    }}
}}
"""
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
    "nginx that keeps connections": NGINX_KEEPING,
    "haproxy": HAPROXY,
    "haproxy that keeps connections": HAPROXY + "    http-reuse always\n",
    "haproxy as documented": blocks("docs/proxies.md", "haproxy")[0],
}
DOCUMENTED = ["nginx as documented", "haproxy as documented"]
KEEPING = ["nginx that keeps connections", "haproxy that keeps connections"]
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


# ---- proxies that keep connections to the server ----


def fetch(connection, path):
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read()


@pytest.mark.parametrize("kind", KEEPING)
def test_short_answers_share_connections(start, topics, proxy, kind):
    """Those of many clients; refusals and what is under /-/ alike."""
    topics.create()  # without any topic, no refusal would be a 404
    server = start()
    front = proxy(kind, server)
    before = server.metrics()
    for number in range(40):
        client = http.client.HTTPConnection("127.0.0.1", front.port, timeout=PATIENCE_S)
        assert fetch(client, "/-/healthy")[0] == 200
        assert fetch(client, f"/nothing-{number}")[0] == 404
        assert fetch(client, "/-/topics")[0] == 200
        client.close()
    after = server.metrics()
    assert after["kafkasse_requests_total"] - before["kafkasse_requests_total"] >= 120
    assert after["kafkasse_connections_total"] - before["kafkasse_connections_total"] <= 10


class Visitor(threading.Thread):
    """Asks for what nobody else asks for, and checks that just that comes back."""

    def __init__(self, port, number, topic):
        super().__init__(daemon=True)
        self.port, self.number, self.topic = port, number, topic
        self.rounds = 0
        self.error = None

    def run(self):
        try:
            client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
            for self.rounds in range(1, 21):
                self.refused(client)
                self.left()
                self.ended()
            client.close()
        except BaseException as error:  # the test's thread fails with it
            self.error = error

    def refused(self, client):
        path = f"/nothing-{self.number}-{self.rounds}-"
        status, body = fetch(client, path)
        assert (status, path[1:].encode() in body) == (404, True), (status, body)
        assert fetch(client, "/-/healthy") == (200, b'{"healthy":true}\n')

    def left(self):
        """A stream whose client leaves in the middle."""
        with Stream(self.port, f"/{self.topic}?since=0").open() as stream:
            for _ in range(self.rounds % 4):
                assert stream.record().json["of"] == self.topic

    def ended(self):
        """A stream that the server ends: its connection is used again."""
        last_id = [{"topic": self.topic, "partition": 0, "offset": 999}]
        with Stream(self.port, f"/{self.topic}", last_id).open() as stream:
            assert [event.type for event in stream.rest()] == ["error"]


@pytest.mark.parametrize("kind", KEEPING)
def test_no_answer_goes_to_another_request(start, topics, proxy, kind):
    names = [topics.create() for _ in range(6)]
    for name in names:
        for number in range(50):
            topics.send(name, {"of": name, "n": number})
    topics.flush()
    front = proxy(kind, start("--gap", "error"))
    visitors = [Visitor(front.port, number, name) for number, name in enumerate(names)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join(PATIENCE_S)
    assert [(visitor.rounds, visitor.error) for visitor in visitors] == [(20, None)] * len(names)


@pytest.mark.parametrize("kind", KEEPING)
def test_a_kept_connection_that_was_closed_is_replaced(start, proxy, kind):
    """The server closes those that are idle; the proxy's next request opens another."""
    front = proxy(kind, start("--head-timeout", "300ms"))
    for pause in (0.1, 0.29, 0.3, 0.31, 0.5) * 4:
        client = http.client.HTTPConnection("127.0.0.1", front.port, timeout=PATIENCE_S)
        assert fetch(client, "/-/healthy")[0] == 200
        client.close()
        time.sleep(pause)
