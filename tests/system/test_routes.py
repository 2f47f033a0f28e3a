"""Routes and aliases of a configuration file."""

import json

import pytest

from harness.server import Kafkasse


@pytest.fixture(scope="module")
def names(topics):
    """Three topics, each with one record of its own name."""
    names = [topics.create() for _ in range(3)]
    for name in names:
        topics.produce(name, {"of": name})
    return names


@pytest.fixture(scope="module")
def routed(broker, names, tmp_path_factory):
    a, b, c = names
    path = tmp_path_factory.mktemp("routes") / "kafkasse.ini"
    path.write_text(
        "default-start = earliest\n"
        f"[route /both]\ntopics = {a} ,  {b}\n"
        f"[route /some/{{topics}}]\ntopics = {a}, {b}\n"
        f"[route /streams/{{topics}}/live]\ndefault-start = latest\n"
        f"[alias pair]\ntopics = {a}, {b}\n"
        f"[alias other]\ntopics = {c}\n"
    )
    with Kafkasse(broker.bootstrap, config=path) as server:
        yield server


def topics_of(server, path, count):
    with server.stream(path) as stream:
        return sorted(event.json["of"] for event in stream.messages(count))


def test_a_route_without_topics_in_its_path(routed, names):
    assert topics_of(routed, "/both", 2) == sorted(names[:2])


def test_an_alias(routed, names):
    assert topics_of(routed, "/some/pair", 2) == sorted(names[:2])


def test_aliases_and_topics_mixed(routed, names):
    with routed.stream(f"/streams/other,{names[0]}/live") as stream:
        position = stream.next(types=["position"])
        assert sorted(topic for topic, _ in position.position) == sorted([names[0], names[2]])


def test_an_alias_does_not_widen_a_route(routed, names):
    for path in ("/some/other", f"/some/pair,{names[2]}"):
        answer = routed.get(path)
        assert answer.status == 404
        assert json.loads(answer.body)["name"] == "TopicNotAvailableError"


def test_paths_that_no_route_has(routed, names):
    for path in (f"/{names[0]}", "/both//", "/some/", f"/streams/{names[0]}", "/v2/stream/pair"):
        assert json.loads(routed.get(path).body)["statusCode"] == 404, path


def test_the_default_routes(server, names):
    for path in (f"/{names[0]}?since=0", f"/v2/stream/{names[0]}?since=0"):
        assert topics_of(server, path, 1) == [names[0]]


def test_a_slash_at_the_end_makes_no_difference(server, routed, names):
    for path in (f"/{names[0]}/?since=0", f"/v2/stream/{names[0]}/?since=0"):
        assert topics_of(server, path, 1) == [names[0]]
    assert topics_of(routed, "/both/", 2) == sorted(names[:2])
    assert topics_of(routed, "/some/pair/", 2) == sorted(names[:2])
    assert server.get(f"/v2/stream/{names[0]}/", method="HEAD").status == 200


def test_topics_may_be_percent_encoded(server, names):
    encoded = "".join(f"%{byte:02X}" for byte in names[0].encode())
    assert topics_of(server, f"/{encoded}?since=0", 1) == [names[0]]
    assert topics_of(server, f"/v2/stream/{names[0]}%2C{encoded}?since=0", 1) == [names[0]]


@pytest.mark.parametrize(
    "path",
    [
        "/-%2Fmetrics", "/-%2fmetrics", "/%2D/metrics", "/-/%6Detrics", "/%2F-/metrics", "//-/metrics",
        "/./-/metrics", "/x/../-/metrics", "/-/metrics/", "/-/metrics%3Fx", "/-/metrics;x", "/-%5Cmetrics",
        "/-%2Ftopics", "/%2D%2Fhealthy", "%2F-/metrics",
    ],
)  # fmt: skip
def test_the_servers_own_pages_have_one_name(server, path):
    """A proxy that keeps people from /-/ compares what was sent."""
    assert server.get(path).status in (400, 404)


@pytest.mark.parametrize("path", ["/some%2Fpair", "/%73ome/pair", "/streams/pair%2Flive", "/both%2F"])
def test_routes_have_one_name(routed, path):
    assert routed.get(path).status == 404


def test_the_page_where_eventstreams_had_it(server):
    answer = server.get("/v2/ui")
    assert answer.status == 302
    assert answer.fields["location"] == "../"
    answer = server.get("/v2/ui/")
    assert (answer.status, answer.fields["location"]) == (302, "../../")
