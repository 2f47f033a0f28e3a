"""The endpoints under /-/, the page, the log, and the command line."""

import json
import re

import pytest
from harness.live import go_live
from harness.server import run
from harness.wait import free_port, wait_for


@pytest.mark.parametrize("path", ["/-/healthy", "/-/ready"])
def test_healthy_and_ready(server, path):
    answer = server.get(path)
    assert answer.status == 200
    assert answer.fields["cache-control"].startswith("no-")


def test_topics(server, topics):
    name = topics.create(partitions=3)

    def find():
        listed = json.loads(server.get("/-/topics").body)
        entries = listed["topics"] if isinstance(listed, dict) else listed
        return next((entry for entry in entries if entry["name"] == name), None)

    entry = wait_for(find, what="the new topic is listed")
    assert entry["partitions"] == 3


def test_topics_are_those_that_are_allowed(start, topics):
    allowed, other = topics.create(), topics.create()
    server = start("-t", f"{allowed},^none-")
    body = server.get("/-/topics").body.decode()
    assert allowed in body and other not in body
    assert server.get(f"/{other}").status == 404
    with server.stream(f"/{allowed}") as stream:
        go_live(stream, topics, allowed)


def test_topics_by_regular_expression(start, topics):
    topic = topics.create("regex-a1")
    other = topics.create("a-regex-a1")
    server = start("-t", "^regex-[a-z]", "-t", "something-else")
    assert server.get(f"/{other}").status == 404
    with server.stream(f"/{topic}") as stream:
        go_live(stream, topics, topic)


def test_metrics_are_prometheus_text(server):
    answer = server.get("/-/metrics")
    assert answer.fields["content-type"].startswith("text/plain")
    lines = answer.body.decode().splitlines()
    sample = re.compile(r'kafkasse_[a-z0-9_]+(\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\})? [0-9.e+-]+\Z')
    described = set()
    for line in lines:
        if line.startswith("# TYPE"):
            described.add(line.split()[2])
        elif not line.startswith("#"):
            assert sample.match(line), line
            assert re.match(r"[a-z0-9_]+", line)[0] in described, line
    assert len(described) > 5


def test_metrics_count_clients(server, topics):
    topic = topics.create()
    name = next(n for n in server.metrics() if n.endswith("clients"))
    before = server.metrics()[name]
    with server.stream(f"/{topic}") as stream:
        go_live(stream, topics, topic)
        assert server.metrics()[name] >= before + 1
    wait_for(lambda: server.metrics()[name] <= before, what="the client is no longer counted")


def test_the_page(server):
    answer = server.get("/")
    assert answer.status == 200
    assert answer.fields["content-type"] == "text/html; charset=utf-8"
    page = answer.body.decode()
    assert page.lower().startswith("<!doctype html>")
    for link in re.findall(r'(?:src|href)="([^"#]+)"', page):
        if not link.startswith(("http:", "https:", "data:")):
            assert server.get("/" + link.lstrip("./")).status == 200, link


def test_nothing_else_is_there(server):
    for path in ("/-/", "/-/nothing", "/-", "/favicon.ico/x"):
        assert server.get(path).status == 404, path


@pytest.mark.parametrize("path", ["/", "/-/healthy", "/-/topics", "/-/metrics", "/no-such-topic"])
def test_head_is_get_without_the_body(server, path):
    get, head = server.get(path), server.get(path, method="HEAD")
    assert head.status == get.status
    assert head.fields.keys() == get.fields.keys()
    assert head.fields["content-type"] == get.fields["content-type"]


def test_the_log_is_json(server):
    assert len(server.log) == len([line for line in server.lines if line])
    assert len(server.log) > 0


def test_text_log(start):
    server = start("--log-format", "text")
    assert any("listening" in line and not line.startswith("{") for line in server.lines)


def test_the_environment_sets_the_same(start, monkeypatch, topics):
    monkeypatch.setenv("KAFKASSE_MAX_CLIENTS_PER_ADDRESS", "0")
    monkeypatch.setenv("KAFKASSE_DEFAULT_START", "earliest")
    topic = topics.create()
    topics.produce(topic, {"n": 1})
    with start().stream(f"/{topic}") as stream:
        assert stream.record().json["n"] == 1


def test_help():
    page = run("-h")
    assert page.returncode == 0
    for word in ("--brokers", "--listen", "--heartbeat", "--demo", "-T", "-X"):
        assert word in page.stdout, word


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--no-such-setting", "1"], ["no-such-setting"]),
        (["-b", "x:1", "--heartbeat", "soon"], ["heartbeat", "soon"]),
        (["-b", "x:1", "--heartbeat", "1ms"], ["heartbeat"]),
        (["-b", "x:1", "--gap", "maybe"], ["gap", "maybe"]),
        (["-b", "x:1", "-X", "group.id=mine"], ["group.id"]),
        (["-b", "x:1", "-X", "no.such.property=1"], ["no.such.property"]),
        (["-b", "x:1", "-l", "nowhere:port"], ["nowhere:port"]),
        (["-b", "x:1", "-c", "/no/such/file.ini"], ["/no/such/file.ini"]),
        (["-l", "127.0.0.1:0"], ["brokers"]),
    ],
)
def test_wrong_settings(arguments, words):
    ended = run(*arguments)
    assert ended.returncode == 78, ended.stderr
    for word in words:
        assert word in ended.stderr, ended.stderr


@pytest.mark.parametrize(
    "text, line, word",
    [
        ("brokers = x:1\nnonsense = 1\n", 2, "nonsense"),
        ("brokers = x:1\n\n[kafka]\ngroup.id = mine\n", 4, "group.id"),
        ("brokers = x:1\n[route /a/{topics}]\nlisten = :1\n", 3, "listen"),
        ("brokers = x:1\n[routes]\n", 2, "routes"),
        ("brokers = x:1\nheartbeat = \n", 2, "heartbeat"),
        ("brokers\n", 1, ""),
    ],
)
def test_wrong_files(tmp_path, text, line, word):
    path = tmp_path / "wrong.ini"
    path.write_text(text)
    ended = run("-c", str(path))
    assert ended.returncode == 78, ended.stderr
    assert f"{path}:{line}" in ended.stderr
    assert word in ended.stderr


def test_checking_a_configuration(tmp_path):
    path = tmp_path / "right.ini"
    path.write_text("brokers = x:1\n[route /a/{topics}]\ntopics = one,two\n")
    ended = run("-T", "-c", str(path))
    assert ended.returncode == 0, ended.stderr
    assert "/a/{topics}" in ended.stdout + ended.stderr


def test_a_taken_port(server):
    ended = run("-b", "x:1", "-l", f"127.0.0.1:{server.port}")
    assert ended.returncode not in (0, -6, -11)
    assert str(server.port) in ended.stderr


def test_listening_where_told(broker, start):
    port = free_port()
    server = start("-l", f"127.0.0.1:{port}")
    assert server.port == port
