"""nginx and HAProxy in front, configured as docs/proxies.md says, or by people who have not read it."""

import re
import time

import pytest
from harness.broker import REPOSITORY
from harness.http import Stream
from harness.live import go_live
from harness.process import spawn
from harness.wait import PATIENCE_S, free_port, wait_for

NGINX = """\
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass http://127.0.0.1:{upstream}; {extra} }}
    }}
}}
"""
DEFAULT_SERVER = re.compile(r" {4}server \{\{.*\n {4}\}\}\n", re.DOTALL)

HAPROXY = """\
defaults
    mode http
    timeout connect 5s
    timeout client 50s
    timeout server 50s
frontend front
    bind 127.0.0.1:{port}
    default_backend back
backend back
    server kafkasse 127.0.0.1:{upstream}
"""

def replaced(pattern, replacement, text):
    text, count = re.subn(pattern, replacement, text)
    assert count == 1, pattern
    return text


def documented(language, port, upstream):
    """A configuration as docs/proxies.md has it, the first in this language, at other addresses."""
    page = (REPOSITORY / "docs/proxies.md").read_text()
    block = re.search(rf"```{language}\n(.*?)```", page, re.DOTALL)[1]
    text = replaced(r"127\.0\.0\.1:6917", f"127.0.0.1:{upstream}", block)
    return replaced(r"(bind |listen )[\d:]+", rf"\g<1>127.0.0.1:{port}", text)


class Proxy:
    def __init__(self, command, port, log):
        self.port = port
        self.log = open(log, "wb")
        self.process = spawn(command, stdout=self.log, stderr=self.log)
        wait_for(self.is_up, what=f"{command[0]} listens (see {log})")

    def is_up(self):
        assert self.process.poll() is None, "the proxy ended"
        try:
            Stream(self.port, "/-/healthy").close()
            return True
        except ConnectionError:
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.log.close()


@pytest.fixture
def proxy(need, tmp_path):
    """`proxy(kind, server)`: a proxy of that kind in front of the server."""
    running = []

    def make(kind, server):
        port = free_port()
        values = {"directory": tmp_path, "port": port, "upstream": server.port, "extra": ""}
        path = tmp_path / "proxy.conf"
        if kind.startswith("nginx"):
            if kind == "nginx with HTTP/1.1":
                values["extra"] = 'proxy_http_version 1.1; proxy_set_header Connection "";'
            text = NGINX
            if kind == "nginx as documented":
                block = documented("nginx", port, server.port).replace("{", "{{").replace("}", "}}")
                text = DEFAULT_SERVER.sub(lambda _: block, NGINX)
            path.write_text(text.format(**values))
            log = tmp_path / "error.log"
            command = [need("nginx"), "-p", str(tmp_path), "-c", str(path), "-e", str(log)]
        else:
            is_documented = kind == "haproxy as documented"
            path.write_text(
                documented("haproxy", port, server.port)
                if is_documented
                else HAPROXY.format(**values)
            )
            command = [need("haproxy"), "-db", "-f", str(path)]
        running.append(Proxy(command, port, tmp_path / "proxy.log"))
        return running[-1]

    yield make
    for one in running:
        one.stop()


DOCUMENTED = ["nginx as documented", "haproxy as documented"]
KINDS = ["nginx", "nginx with HTTP/1.1", "haproxy", *DOCUMENTED]


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
