"""
What is redacted cannot be guessed: whatever a client asks for, it gets the same of two topics that
differ only in what is redacted.
"""

import pathlib
from urllib.parse import urlencode

import pytest

from harness.server import Kafkasse, binary

PLUGINS = pathlib.Path(binary()).parent / "tests" / "plugins"
LONG = "\\u00e9" * 40_000

# Each a pair of values, keys or headers: what the one topic has, and the other.
VALUES = [
    ('{"n":0,"ip":"192.0.2.7"}', '{"n":0}'),
    ('{"n":1,"ip":{"a":[1]},"user":{"name":"x","ip":1}}', '{"n":1,"user":{"name":"x"}}'),
    ('{"n":2,"user":[{"ip":1},{"ip":2,"name":"y"}]}', '{"n":2,"user":[{},{"name":"y","ip":[[]]}]}'),
    ('{"n":3,"\\u0069p":1,"ip":2,"user":{"\\u0069p":3}}', '{"n":3,"user":{"ip":[]}}'),
    ('{"n":4,"ip":"%s","user":{"name":"x"}}' % LONG, '{"n":4,"user":{"name":"x","ip":null}}'),
    (None, None),
    ('{"n":6,"_kafka":{"key":1,"key_base64":2},"ip":true}', '{"n":6,"_kafka":{}}'),
    ('{"n":7,"user":{"ip":1},"user":7}', '{"n":7,"user":{},"user":7}'),
]
KEYS = [("k", b"\xff"), (b"\xff\xfe", None), (None, "k"), ("", "long" * 50), (b"\xff", b"\xff\xff")]
OPEN = ("open", b"1")
HEADERS = [
    ([("secret", b"a"), OPEN], [OPEN]),
    ([("secret", b"\xff"), OPEN], [("secret", b"a"), ("secret", b"b"), OPEN]),
    ([OPEN, ("secret", b"\xff"), ("secret", b"a")], [OPEN, ("secret", None)]),
    ([("secret", b"\xff"), ("open", b"\xff"), ("secret", b"\xff")], [("open", b"\xff")]),
    ([("secret", b"x" * 5000)], []),
]

HIDDEN = [
    "ip", "ip[0]", "ip.a", "user", "user.ip", "user[0]", "user[1].ip", 'user["ip"]', '["\\u0069p"]',
    "_kafka", "_kafka.key", "_kafka.key_base64", "_kafka.headers", "_kafka.headers_base64",
    "_kafka.headers.secret", "_kafka.headers.secret[0]", "_kafka.headers_base64.secret",
    '_kafka["headers_base64"]["secret"][1]',
]  # fmt: skip
FORMS = [
    "has({})", "!has({})", "{} == null", "{} != null", "size({}) > 0", "{} > 'a'", "{} == 1",
    "'a' in {}", "!('ip' in {})", "{} in ['a', 'k', null]", "{}.contains('')",
    "{}.startsWith('k') || n == 1", "{} == {} || n >= 0", "{}",
]  # fmt: skip
FIELDS = ["", "n", "ip", "user.ip", "user", "_kafka.key_base64", "ip,user.ip,_kafka.headers_base64.secret"]


@pytest.fixture(scope="module")
def redacting(broker, tmp_path_factory):
    path = tmp_path_factory.mktemp("redaction") / "kafkasse.ini"
    redact = "headers = yes\nredact = ip, user.ip, _kafka.key, _kafka.headers.secret\n"
    path.write_text(
        f"[route /json/{{topics}}]\n{redact}"
        f"[route /behaves/{{topics}}]\n{redact}deserializer = plugin:{PLUGINS}/behaves.so\n"
    )
    with Kafkasse(broker.bootstrap, config=path) as server:
        yield server


@pytest.fixture(scope="module")
def twins(topics):
    pair = [topics.create(), topics.create()]
    while len(pair[0]) != len(pair[1]):
        pair = [topics.create(), topics.create()]
    for i in range(2 * len(VALUES)):
        for side, topic in enumerate(pair):
            topics.send(
                topic, VALUES[i % len(VALUES)][side], key=KEYS[i % len(KEYS)][side],
                headers=HEADERS[i % len(HEADERS)][side], timestamp=1_700_000_000_000 + i,
            )  # fmt: skip
    topics.flush()
    return pair


def seen(server, route, topic, **query):
    """All that a client gets of the topic up to its end."""
    query = {name: value for name, value in query.items() if value}
    start = [{"topic": topic, "partition": 0, "offset": 0}]
    events = []
    with server.stream(f"/{route}/{topic}?{urlencode(query)}", start) as stream:
        while not events or events[-1][0] != "error":
            event = stream.next()
            if event.type != "position":
                events.append((event.type, event.id, event.data.replace(topic, "TOPIC")))
            if event.id and event.position[(topic, 0)] == 2 * len(VALUES):
                break
    return [(kind, (id or "").replace(topic, "TOPIC"), data) for kind, id, data in events]


@pytest.mark.parametrize("route", ["json", "behaves"])
def test_what_is_shown_is_the_same(redacting, twins, route):
    for fields in FIELDS:
        one, other = (seen(redacting, route, topic, fields=fields) for topic in twins)
        assert len(one) == 2 * len(VALUES) and one == other, fields


@pytest.mark.parametrize("form", FORMS)
def test_what_a_filter_keeps_is_the_same(redacting, twins, form):
    """All hidden paths at once, then each by itself where these differ."""
    whole = " || ".join(f"({form.replace('{}', path)}) && n == {n % 8}" for n, path in enumerate(HIDDEN))
    for filter in (whole, f"!({whole})"):
        one, other = (seen(redacting, "json", topic, filter=filter) for topic in twins)
        assert one == other, filter


def test_nor_does_the_length_of_what_is_hidden_show(redacting, topics):
    """Not even to filters that cost about as much as one may."""
    pair = [topics.create(max_message_bytes=8 << 20) for _ in range(2)]
    shown = '{"n":1,"text":"%s"' % LONG
    topics.produce(pair[0], f'{shown},"ip":"{LONG * 10}"}}')
    topics.produce(pair[1], f"{shown}}}")
    for count in range(1, 60, 4):
        filter = " && ".join(["text.contains('x')"] * count).replace("text", "!text")
        kinds = []
        for topic in pair:
            start = [{"topic": topic, "partition": 0, "offset": 0}]
            with redacting.stream(f"/json/{topic}?" + urlencode({"filter": filter}), start) as stream:
                kinds.append(stream.next(types=["message", "error"], timeout=60).type)
        assert kinds[0] == kinds[1], count
