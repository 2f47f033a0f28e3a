"""What a page of another origin may do."""

import pytest
from harness.http import Exchange
from harness.server import Kafkasse, run


@pytest.fixture(scope="module")
def topic(topics):
    return topics.create()


pytestmark = pytest.mark.usefixtures("topic")  # without any, nothing is a 404

PAGE = {"Origin": "https://page.example"}
LOCAL = {"Origin": "http://localhost:3000"}


@pytest.fixture(scope="module")
def public(broker):
    """A server that other machines can reach."""
    with Kafkasse(broker.bootstrap, "-l", ":0", "--metadata-refresh", "1s") as server:
        yield server


@pytest.fixture(scope="module")
def listed(broker):
    origins = "https://page.example, https://other.example:8443"
    with Kafkasse(broker.bootstrap, "--cors-origin", origins, "--metadata-refresh", "1s") as server:
        yield server


def names(field):
    return {name.strip().lower() for name in field.split(",")}


ANSWERS = [
    ("/-/healthy", 200),
    ("/-/ready", 200),
    ("/-/topics", 200),
    ("/-/metrics", 200),
    ("/no-such-topic", 404),
    ("/x?since=nonsense", 400),
    ("/x?filter=nonsense(", 400),
    ("/-/nothing", 404),
    ("/%zz", 400),
]


@pytest.mark.parametrize("path, status", ANSWERS)
def test_any_origin_where_other_machines_can_reach_it(public, path, status):
    answer = public.get(path, PAGE)
    assert answer.status == status
    assert answer.fields["access-control-allow-origin"] == "*"
    assert "vary" not in answer.fields
    assert public.logged("Web pages of any origin may read it")


@pytest.mark.parametrize("path, status", ANSWERS)
@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1", "https://[::1]:5173"])
def test_pages_of_this_machine_where_only_it_can_reach_it(server, path, status, origin):
    answer = server.get(path, {"Origin": origin})
    assert answer.status == status
    assert answer.fields["access-control-allow-origin"] == origin
    assert names(answer.fields["vary"]) == {"origin"}
    answer = server.get(path, PAGE)
    assert answer.status == status
    assert "access-control-allow-origin" not in answer.fields
    assert names(answer.fields["vary"]) == {"origin"}
    assert server.logged("Only web pages of this machine may read it")


@pytest.mark.parametrize("origin", ["null", "https://page.example", "http://localhost.page.example"])
def test_no_others_where_only_this_machine_can_reach_it(server, topic, origin):
    with server.stream(f"/{topic}", fields={"Origin": origin}) as stream:
        assert "access-control-allow-origin" not in stream.fields
    asked = {"Origin": origin, "Access-Control-Request-Headers": "last-event-id"}
    answer = server.get(f"/{topic}", asked, method="OPTIONS")
    assert not {name for name in answer.fields if name.startswith("access-control")}
    assert names(answer.fields["vary"]) == {"origin"}


def test_any_origin_if_so_told(start, topic):
    server = start("--cors-origin", "*")
    with server.stream(f"/{topic}", fields=PAGE) as stream:
        assert stream.fields["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path, status", ANSWERS)
def test_a_list_of_origins(listed, path, status):
    for origin in ("https://page.example", "https://other.example:8443"):
        answer = listed.get(path, {"Origin": origin})
        assert answer.status == status
        assert answer.fields["access-control-allow-origin"] == origin
        assert "access-control-allow-credentials" not in answer.fields
        assert names(answer.fields["vary"]) == {"origin"}
    for fields in ({}, {"Origin": "https://other.example"}, LOCAL, {"Origin": "null"}):
        answer = listed.get(path, fields)
        assert "access-control-allow-origin" not in answer.fields
        assert names(answer.fields["vary"]) == {"origin"}


def test_streams_that_wait_remember_their_origin(listed, topic):
    """The answer comes once the cluster has been asked, when the request is forgotten."""
    answer = listed.get("/surely-no-such-topic", PAGE)
    assert answer.status == 404
    assert answer.fields["access-control-allow-origin"] == PAGE["Origin"]
    with listed.stream(f"/{topic}", fields=PAGE) as stream:
        assert stream.fields["access-control-allow-origin"] == PAGE["Origin"]
        assert names(stream.fields["vary"]) == {"origin"}
    answer = listed.get(f"/{topic}", PAGE, method="HEAD")
    assert answer.fields["access-control-allow-origin"] == PAGE["Origin"]


ORIGIN = b"Host: x\r\nOrigin: https://page.example\r\n"


@pytest.mark.parametrize(
    "request_, status",
    [
        (b"POST / HTTP/1.1\r\n" + ORIGIN + b"\r\n", 405),
        (b"GET / HTTP/1.1\r\n" + ORIGIN + b"Content-Length: 1\r\n\r\nx", 413),
        (b"GET / HTTP/1.1\r\n" + ORIGIN + b"Last-Event-ID: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + ORIGIN + b"a b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + ORIGIN, 408),
    ],
)
def test_what_cannot_be_read_is_refused_for_all_to_see(start, request_, status):
    server = start("--cors-origin", "https://page.example", "--head-timeout", "1s")
    with Exchange(server.port) as exchange:
        exchange.send(request_)
        exchange.read_head().read_body()
        assert exchange.status == status
        assert exchange.fields["access-control-allow-origin"] == PAGE["Origin"]
        assert names(exchange.fields["vary"]) == {"origin"}


def test_credentials(start, topic):
    server = start("--cors-origin", "https://page.example", "--cors-credentials")
    asked = {**PAGE, "Access-Control-Request-Method": "GET"}
    for answer in (
        server.get("/-/healthy", PAGE),
        server.get("/no-such-topic", PAGE),
        server.get(f"/{topic}", asked, method="OPTIONS"),
        server.get(f"/{topic}", PAGE, method="HEAD"),
    ):
        assert answer.fields["access-control-allow-origin"] == PAGE["Origin"]
        assert answer.fields["access-control-allow-credentials"] == "true"
    answer = server.get("/-/healthy", {"Origin": "https://other.example"})
    assert "access-control-allow-credentials" not in answer.fields


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--cors-origin", "https://page.example/"], "no / at its end"),
        (["--cors-origin", "page.example"], "scheme is missing"),
        (["--cors-origin", "https://*.page.example"], "no wildcards"),
        (["--cors-origin", "https://a.example https://b.example"], "comma"),
        (["--cors-origin", "*", "--cors-credentials"], "cors-credentials: it needs"),
        (["--cors-origin", "null", "--cors-credentials"], "cors-credentials: it needs"),
        (["--listen", ":8080", "--cors-credentials"], "cors-credentials: it needs"),
    ],
)
def test_what_no_browser_would_take_is_refused_at_the_start(arguments, words):
    done = run("--demo", "-T", *arguments)
    assert done.returncode == 78
    assert words in done.stderr


def test_the_check_says_who_may_read():
    assert "with cors-origin = loopback" in run("--demo", "-T").stdout
    assert "with cors-origin = *" in run("--demo", "-T", "-l", ":0").stdout


def test_the_preflight(public, topic):
    asked = {
        "Origin": "https://page.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "last-event-id,cache-control",
    }
    answer = public.get(f"/{topic}", asked, method="OPTIONS")
    assert answer.status == 204
    assert answer.body == b""
    assert answer.fields["access-control-allow-origin"] == "*"
    assert "get" in names(answer.fields["access-control-allow-methods"])
    allowed = names(answer.fields["access-control-allow-headers"])
    assert {"last-event-id", "cache-control"} <= allowed
    assert int(answer.fields["access-control-max-age"]) > 0


def test_the_preflight_reflects_no_nonsense(server, topic):
    asked = {**LOCAL, "Access-Control-Request-Headers": "a, b c; <script>"}
    answer = server.get(f"/{topic}", asked, method="OPTIONS")
    assert answer.status == 204
    assert "script" not in answer.raw_head.decode()
    assert "last-event-id" in names(answer.fields["access-control-allow-headers"])


def test_no_other_origin(start, topic):
    server = start("--cors-origin", "")
    assert "access-control-allow-origin" not in server.get("/-/healthy", LOCAL).fields
    with server.stream(f"/{topic}", fields=LOCAL) as stream:
        assert "access-control-allow-origin" not in stream.fields
