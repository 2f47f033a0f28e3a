"""What a page of another origin may do."""

import pytest


@pytest.fixture(scope="module")
def topic(topics):
    return topics.create()


@pytest.mark.parametrize(
    "path, status",
    [
        ("/-/healthy", 200),
        ("/-/ready", 200),
        ("/-/topics", 200),
        ("/-/metrics", 200),
        ("/no-such-topic", 404),
        ("/x?since=nonsense", 400),
        ("/-/nothing", 404),
    ],
)
def test_any_origin_by_default(server, path, status):
    answer = server.get(path, {"Origin": "https://page.example"})
    assert answer.status == status
    assert answer.fields["access-control-allow-origin"] == "*"


def test_a_stream_for_any_origin(server, topic):
    with server.stream(f"/{topic}", fields={"Origin": "https://page.example"}) as stream:
        assert stream.fields["access-control-allow-origin"] == "*"


def names(field):
    return {name.strip().lower() for name in field.split(",")}


def test_the_preflight(server, topic):
    asked = {
        "Origin": "https://page.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "last-event-id,cache-control",
    }
    answer = server.get(f"/{topic}", asked, method="OPTIONS")
    assert answer.status == 204
    assert answer.body == b""
    assert answer.fields["access-control-allow-origin"] == "*"
    assert "get" in names(answer.fields["access-control-allow-methods"])
    allowed = names(answer.fields["access-control-allow-headers"])
    assert {"last-event-id", "cache-control"} <= allowed
    assert int(answer.fields["access-control-max-age"]) > 0


def test_the_preflight_reflects_no_nonsense(server, topic):
    asked = {"Origin": "x", "Access-Control-Request-Headers": "a, b c; <script>"}
    answer = server.get(f"/{topic}", asked, method="OPTIONS")
    assert answer.status == 204
    assert "script" not in answer.raw_head.decode()
    assert "last-event-id" in names(answer.fields["access-control-allow-headers"])


def test_one_origin(start, topic):
    server = start("--cors-origin", "https://our.example")
    for exchange in (server.get("/-/healthy"), server.get(f"/{topic}", method="OPTIONS")):
        assert exchange.fields["access-control-allow-origin"] == "https://our.example"
    assert "origin" in names(server.get("/-/healthy").fields["vary"])


def test_no_other_origin(start, topic):
    server = start("--cors-origin", "")
    assert "access-control-allow-origin" not in server.get("/-/healthy").fields
    with server.stream(f"/{topic}") as stream:
        assert "access-control-allow-origin" not in stream.fields
