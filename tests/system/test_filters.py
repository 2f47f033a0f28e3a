"""What clients and operators see of records: filters, fields, redaction, deserializers, headers."""

import base64
import json
import time
from urllib.parse import quote

import pytest

from harness.server import Kafkasse, run

EDITS = [
    {"wiki": "enwiki", "bot": False, "length": {"old": 10, "new": 250}, "tags": ["mobile", "new"]},
    {"wiki": "dewiki", "bot": False, "length": {"old": 5, "new": 7}, "ip": "192.0.2.7"},
    {"wiki": "enwiki", "bot": True, "length": {"old": 1}, "tags": []},
    {"wiki": "frwiki", "title": 'a "quoted" é', "price": 10.5},
    {"wiki": "enwiki", "users": [{"name": "a", "ip": "x"}, {"name": "b", "ip": "y"}]},
]

EXPRESSIONS = [
    ('wiki == "enwiki"', [0, 2, 4]),
    ('wiki == "enwiki" && !bot', [0]),
    ("!(bot)", [0, 1]),
    ("length.new - 1 > 2", None),
    ("length.new >= 7.0", [0, 1]),
    ('wiki in ["dewiki", "frwiki"]', [1, 3]),
    ('"mobile" in tags', [0]),
    ("size(tags) == 0", [2]),
    ("has(price) || has(users)", [3, 4]),
    ('title.contains("\\"quoted\\" é")', [3]),
    ('users[1].name == "b"', [4]),
    ('wiki.startsWith("en") && wiki.endsWith("wiki")', [0, 2, 4]),
    ("_kafka.offset < 2", [0, 1]),
    ('_kafka.key == "k3"', [3]),
    ("nothing == 1", []),
    ('wiki != "enwiki"', [1, 3]),
    ("wiki > 5", []),
    ("true", [0, 1, 2, 3, 4]),
]


@pytest.fixture(scope="module")
def edits(topics):
    topic = topics.create()
    for number, edit in enumerate(EDITS):
        topics.produce(topic, edit, key=f"k{number}")
    return topic


def shown(server, topic, query, until=len(EDITS), route=""):
    """The events of the topic from its beginning to offset `until`, as far as they are shown."""
    start = [{"topic": topic, "partition": 0, "offset": 0}]
    events = []
    with server.stream(f"{route}/{topic}?{query}", start) as stream:
        while True:
            event = stream.next(types=["message", "position", "tombstone"])
            if event.type != "position":
                events.append(event)
            if event.position[(topic, 0)] >= until:
                return events


def offsets(events):
    return [event.kafka["offset"] for event in events]


@pytest.mark.parametrize("expression, kept", EXPRESSIONS)
def test_a_filter_in_the_url(server, edits, expression, kept):
    query = "filter=" + quote(expression)
    if kept is None:
        assert server.get(f"/{edits}?{query}").status == 400
    else:
        assert offsets(shown(server, edits, query)) == kept


def test_a_bad_filter_is_shown_its_place(server, edits):
    answer = server.get(f"/{edits}?filter=" + quote("wiki = 5"))
    error = json.loads(answer.body)
    assert (answer.status, error["name"]) == (400, "InvalidFilterError")
    assert "6" in error["message"] and "==" in error["message"], error["message"]
    error = json.loads(server.get(f"/{edits}?fields=a,,b").body)
    assert error["name"] == "InvalidFieldsError"
    assert error["message"] == "Expected a name, at character 3: a,>>>,b"
    for query in ("filter=%zz", "filter=" + "a" * 5000, "fields=a,,b", "fields=a%5B0%5D"):
        answer = server.get(f"/{edits}?{query}")
        assert answer.status == 400, query


def test_a_filter_of_a_live_stream(server, topics):
    topic = topics.create()
    with server.stream(f"/{topic}?filter=" + quote("n >= 2")) as stream:
        stream.next(types=["position"])
        topics.produce(topic, {"n": 1}, {"n": 2}, {"n": 3})
        assert [event.json["n"] for event in stream.messages(2)] == [2, 3]
        topics.produce(topic, {"n": 0})
        position = stream.next(types=["position"])
        assert position.position[(topic, 0)] == 4


def test_who_comes_back_behind_a_dropped_record_misses_nothing(server, topics):
    topic = topics.create()
    query = f"/{topic}?filter=" + quote('keep == "yes"')
    topics.produce(topic, {"keep": "yes", "n": 0}, {"keep": "no"}, {"keep": "no"})
    with server.stream(query, [{"topic": topic, "partition": 0, "offset": 0}]) as stream:
        stream.messages(1)
        last = stream.next(types=["position"]).id
    topics.produce(topic, {"keep": "no"}, {"keep": "yes", "n": 4})
    with server.stream(query, json.loads(last)) as stream:
        assert stream.messages(1)[0].json["n"] == 4


def test_a_long_filter_makes_nobody_wait(server, topics):
    """It is asked about a long past; meanwhile others are answered between its turns."""
    topic = topics.create()
    for _ in range(1000):
        topics.send(topic, {"comment": "\u00e9" * 1300})  # as escapes: slow to compare
    topics.flush()
    long_filter = quote(" && ".join(["comment == comment"] * 80) + " && false")
    begun = time.monotonic()
    with server.stream(f"/{topic}?since=0&filter={long_filter}") as stream:
        waits = []
        while not waits or replays > 0:
            asked = time.monotonic()
            replays = server.metrics()["kafkasse_replays"]
            waits.append(time.monotonic() - asked)
        took = time.monotonic() - begun
        while stream.next(types=["position"]).position != {(topic, 0): 1000}:
            pass
    assert max(waits) < took / 4


def test_equal_filters_share_a_channel(start, topics):
    topic = topics.create()
    server = start()
    first = server.stream(f"/{topic}?filter=" + quote('n==1 && x in ["a"]'))
    second = server.stream(f"/{topic}?filter=" + quote("(n == 1) && x  in ['a']"))
    other = server.stream(f"/{topic}?filter=" + quote("n == 2"))
    with first, second, other:
        for stream in (first, second, other):
            stream.next(types=["position"])
        assert server.metrics()["kafkasse_channels"] == 2


def test_fields(server, edits):
    events = shown(server, edits, "fields=wiki,length.new,users.name")
    data = [event.json for event in events]
    for record in data:
        assert record.pop("_kafka")["topic"] == edits
    assert data == [
        {"wiki": "enwiki", "length": {"new": 250}},
        {"wiki": "dewiki", "length": {"new": 7}},
        {"wiki": "enwiki", "length": {}},
        {"wiki": "frwiki"},
        {"wiki": "enwiki", "users": [{"name": "a"}, {"name": "b"}]},
    ]


def test_ndjson_is_filtered_and_cut_too(server, edits):
    with server.stream(f"/{edits}?since=0&fields=price&filter=has(price)", ndjson=True) as stream:
        record = stream.record()
    assert record["price"] == 10.5
    assert set(record) == {"price", "_kafka"}


@pytest.fixture(scope="module")
def operated(broker, edits, tmp_path_factory):
    path = tmp_path_factory.mktemp("filters") / "kafkasse.ini"
    path.write_text(
        "default-start = earliest\n"
        "[route /redacted/{topics}]\nredact = ip, users.ip, _kafka.key\n"
        "[route /secret/{topics}]\nheaders = yes\nredact = _kafka.key, _kafka.headers.secret\n"
        "[route /bare/{topics}]\nheaders = yes\nredact = _kafka.headers, _kafka.key_base64\n"
        "[route /enwiki/{topics}]\nfilter = wiki == \"enwiki\" && _kafka.offset < 4\n"
        "[route /strict/{topics}]\nclient-filter = no\nclient-fields = no\n"
        "[route /text/{topics}]\ndeserializer = text\n"
        "[route /base64/{topics}]\ndeserializer = base64\nheaders = yes\n"
        "[route /headers/{topics}]\nheaders = yes\nfilter = _kafka.headers[\"a b\"] != \"no\"\n"
        "[route /{topics}]\n"
    )
    with Kafkasse(broker.bootstrap, config=path) as server:
        yield server


def test_what_is_redacted_is_not_there(operated, edits):
    with operated.stream(f"/redacted/{edits}") as stream:
        events = stream.messages(5)
    text = "\n".join(event.data for event in events)
    assert '"ip"' not in text and "192.0.2.7" not in text and '"key"' not in text
    assert events[4].json["users"] == [{"name": "a"}, {"name": "b"}]


def test_nobody_filters_for_what_is_redacted(operated, edits):
    for expression in ('ip == "192.0.2.7"', "has(ip)", 'users[0].ip == "x"', '_kafka.key == "k1"'):
        path = f"/redacted/{edits}?filter=" + quote(f"{expression} || price > 1")
        with operated.stream(path) as stream:
            assert offsets(stream.messages(1)) == [3]


SECRETS = [  # key, value, headers; "a1b2" and its base64 must not be seen
    ("a1b2", {"n": 0}, [("secret", b"a1b2"), ("open", b"1")]),
    (b"\xffa1b2", {"n": 1}, [("secret", b"\xffa1b2"), ("open", b"\xff")]),
    (b"\xffa1b2", {"n": 2}, [("secret", b"a1b2"), ("secret", b"\xffa1b2"), ("secret", None)]),
    (b"\xffa1b2", None, [("secret", b"\xffa1b2")]),
    ("a1b2", None, [("secret", b"a1b2"), ("open", b"1"), ("open", b"\xff")]),
]


@pytest.fixture(scope="module")
def secrets(topics):
    topic = topics.create()
    for key, value, headers in SECRETS:
        topics.produce(topic, value, key=key, headers=headers)
    return topic


@pytest.mark.parametrize("ndjson", [False, True])
@pytest.mark.parametrize("query", ["", "fields=_kafka.key_base64,_kafka.headers_base64,n"])
def test_what_is_redacted_goes_in_every_form(operated, secrets, query, ndjson):
    for route, has_headers in (("/secret", True), ("/bare", False)):
        with operated.stream(f"{route}/{secrets}?{query}", ndjson=ndjson) as stream:
            stream.records(len(SECRETS))
            seen = stream.body
        for secret in (b"a1b2", b"/2ExYjI", b"secret", b'"key'):
            assert secret not in seen, (route, seen)
        assert (b"headers" in seen) == has_headers
        assert (b'"open":["1",null]' in seen) == has_headers


def test_nobody_filters_for_any_form_of_what_is_redacted(operated, secrets):
    guesses = [
        'has(_kafka.key_base64)',
        '_kafka.key_base64 == "/2ExYjI="',
        '_kafka.key == null',
        'has(_kafka.headers_base64.secret)',
        '"/2ExYjI=" in _kafka.headers_base64.secret',
        '"secret" in _kafka.headers_base64',
        '"secret" in _kafka.headers',
        '"key_base64" in _kafka',
        "size(_kafka.headers) > 0",
        "size(_kafka) > 0",
        "has(_kafka.headers_base64)",
        '_kafka.headers["secret"][0] == "a1b2"',
        '_kafka["headers"].secret.startsWith("a")',
    ]
    for guess in guesses:
        for route in ("/secret", "/bare"):
            query = "filter=" + quote(f"{guess} || _kafka.offset == 2")
            assert offsets(shown(operated, secrets, query, len(SECRETS), route)) == [2], guess


def test_fields_do_not_bring_back_what_is_redacted(operated, edits):
    with operated.stream(f"/redacted/{edits}?fields=ip,wiki") as stream:
        for event in stream.messages(5):
            assert set(event.json) == {"wiki", "_kafka"}


def test_the_operators_filter_and_the_clients(operated, edits):
    with operated.stream(f"/enwiki/{edits}") as stream:
        assert offsets(stream.messages(2)) == [0, 2]
    with operated.stream(f"/enwiki/{edits}?filter=bot") as stream:
        assert offsets(stream.messages(1)) == [2]


def test_a_route_that_takes_none(operated, edits):
    for query, name in (("filter=true", "InvalidFilterError"), ("fields=a", "InvalidFieldsError")):
        answer = operated.get(f"/strict/{edits}?{query}")
        assert (answer.status, json.loads(answer.body)["name"]) == (400, name)
    answer = operated.get(f"/{edits}?filter=" + quote('_kafka.headers["x"] == "y"'))
    assert answer.status == 400


def test_deserializers_of_routes_stand_side_by_side(operated, topics):
    topic = topics.create()
    topics.produce(topic, b'{"a":1}', b"no \xff json", b"")
    with operated.stream(f"/text/{topic}") as stream:
        values = [event.json["value"] for event in stream.messages(3)]
    assert values == ['{"a":1}', "no \ufffd json", ""]
    with operated.stream(f"/base64/{topic}") as stream:
        values = [base64.b64decode(event.json["value"]) for event in stream.messages(3)]
    assert values == [b'{"a":1}', b"no \xff json", b""]
    with operated.stream(f"/{topic}") as stream:
        assert stream.messages(1)[0].json["a"] == 1


def test_headers(operated, topics):
    topic = topics.create()
    headers = [("a b", b"1"), ("bin", b"\xff"), ("a b", b"2"), ("none", None)]
    headers += [("mix", b"t"), ("mix", b"\xfe"), ("mix", None), ("twin", b"\xff"), ("twin", b"\xff")]
    topics.produce(topic, {"n": 1}, headers=headers)
    topics.produce(topic, {"n": 2}, headers=[("a b", b"no")])
    topics.produce(topic, {"n": 3}, headers=[("a b", b"yes")])
    topics.produce(topic, {"n": 4}, headers=[("a b", b"yes"), ("a b", b"no")])
    with operated.stream(f"/headers/{topic}") as stream:
        first, third = stream.messages(2)
    assert first.kafka["headers"] == {
        "a b": ["1", "2"],
        "none": None,
        "mix": ["t", None, None],
    }
    assert first.kafka["headers_base64"] == {
        "bin": "/w==",
        "mix": [None, "/g==", None],
        "twin": ["/w==", "/w=="],
    }
    assert third.json["n"] == 3
    for expression in ('"2" in _kafka.headers["a b"]', '_kafka.headers["a b"] == "1"'):
        events = shown(operated, topic, "filter=" + quote(expression), 4, route="/headers")
        assert offsets(events) == [0], expression
    with operated.stream(f"/{topic}") as stream:
        assert "headers" not in stream.messages(1)[0].kafka


def test_keys_that_are_no_text(server, topics):
    topic = topics.create()
    topics.produce(topic, {"n": 1}, key=b"\xff\x00")
    with server.stream(f"/{topic}?since=0") as stream:
        kafka = stream.messages(1)[0].kafka
    assert (kafka["key"], kafka["key_base64"]) == (None, "/wA=")


WRONG = [
    ("deserializer", "xml", "base64"),
    ("deserializer", "callback:mine", "plug-in"),
    ("filter", "a = 1", "=="),
    ("filter", '_kafka.headers["x"] == "y"', "headers = yes"),
    ("redact", "a,,b", "redact: Expected a name, at character 3: a,>>>,b"),
]


@pytest.mark.parametrize("deserializer", ["text", "base64"])
def test_one_value_hides_no_members(deserializer):
    """Its text would show them."""
    for redact, status in (("_kafka.key, ip", 78), ("value, _kafka.headers.x", 0)):
        ended = run("--demo", "-T", "--deserializer", deserializer, "--redact", redact)
        assert ended.returncode == status
        assert status == 0 or "only value and _kafka" in ended.stderr


@pytest.mark.parametrize("name, value, word", WRONG)
def test_wrong_settings_are_refused_at_the_start(name, value, word):
    ended = run("--demo", "-T", f"--{name}", value)
    assert ended.returncode == 78
    assert word in ended.stderr
