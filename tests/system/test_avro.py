"""Records in Avro, with a schema registry that is there, away, slow, or of another opinion."""

import contextlib
import datetime
import decimal
import io
import json
import re
import struct

import fastavro
import pytest
from harness.certificates import Certificate
from harness.registry import Registry
from harness.server import run
from harness.wait import wait_for

EDIT = {
    "type": "record", "name": "Edit", "namespace": "test", "fields": [{"name": "n", "type": "int"}],
}  # fmt: skip
EDIT_2 = {**EDIT, "fields": [*EDIT["fields"], {"name": "title", "type": ["null", "string"]}]}

EVERYTHING = {
    "type": "record", "name": "Everything", "fields": [
        {"name": "null", "type": "null"},
        {"name": "boolean", "type": "boolean"},
        {"name": "int", "type": "int"},
        {"name": "long", "type": "long"},
        {"name": "float", "type": "float"},
        {"name": "double", "type": "double"},
        {"name": "nan", "type": "double"},
        {"name": "bytes", "type": "bytes"},
        {"name": "string", "type": "string"},
        {"name": "enum", "type": {"type": "enum", "name": "Kind", "symbols": ["NEW", "OLD"]}},
        {"name": "fixed", "type": {"type": "fixed", "name": "Hash", "size": 4}},
        {"name": "array", "type": {"type": "array", "items": ["null", "long"]}},
        {"name": "map", "type": {"type": "map", "values": "Kind"}},
        {"name": "self", "type": ["null", "Everything"]},
        {"name": "when", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "price", "type": {
            "type": "bytes", "logicalType": "decimal", "precision": 30, "scale": 2}},
        {"name": "_kafka", "type": "string"},
    ],
}  # fmt: skip

VALUES = {
    "null": None, "boolean": True, "int": -2147483648, "long": 9007199254740993, "float": 0.1,
    "double": 1e300, "nan": float("nan"), "bytes": b"\x00\xff", "string": "\u2028é\"\\\n",
    "enum": "OLD", "fixed": b"abcd", "array": [1, None, -1], "map": {"a b": "NEW"}, "self": None,
    "when": datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc),
    "price": decimal.Decimal("-12345678901234567890.50"), "_kafka": "mine",
}  # fmt: skip

SHOWN = {
    "null": None, "boolean": True, "int": -2147483648, "long": 9007199254740993, "float": 0.1,
    "double": 1e300, "nan": "NaN", "bytes": "AP8=", "string": "\u2028é\"\\\n",
    "enum": "OLD", "fixed": "YWJjZA==", "array": [1, None, -1], "map": {"a b": "NEW"},
    "when": 1767312000000, "price": "-12345678901234567890.50",
}  # fmt: skip


def at(topic, offset=0, partition=0):
    return {"topic": topic, "partition": partition, "offset": offset}


def encode(number, schema, value):
    out = io.BytesIO()
    out.write(b"\0" + struct.pack(">I", number))
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return out.getvalue()


def edit(number, n, schema=EDIT, **more):
    return encode(number, schema, {"n": n, **more})


@pytest.fixture
def registry():
    with Registry() as registry:
        yield registry


@pytest.fixture
def avro(start, registry):
    return start("--deserializer", "avro", "--schema-registry", registry.url,
                 "--schema-timeout", "1s")  # fmt: skip


def numbers(stream, count, **options):
    return [event.json["n"] for event in stream.messages(count, **options)]


def count_of(server, word):
    names = [name for name in server.metrics() if word in name]
    assert len(names) == 1, names
    return server.metrics()[names[0]]


def test_values(avro, registry, topics):
    topic = topics.create()
    number = registry.add(f"{topic}-value", EVERYTHING)
    nested = {**VALUES, "self": VALUES}
    topics.produce(topic, encode(number, EVERYTHING, VALUES), encode(number, EVERYTHING, nested))
    with avro.stream(f"/{topic}", [at(topic)]) as stream:
        plain, nested = (event.json for event in stream.messages(2))
    assert plain.pop("_kafka")["offset"] == 0
    assert plain.pop("self") is None
    assert plain == SHOWN
    inner = nested.pop("self")
    assert inner == {**SHOWN, "self": None, "_kafka": "mine"}
    assert registry.asked(f"/schemas/ids/{number}") == 1


def test_what_is_no_record(avro, registry, topics):
    topic = topics.create()
    text = registry.add("a", '"string"')
    union = registry.add("b", ["null", EDIT])
    topics.produce(topic, encode(text, "string", "x"), encode(union, ["null", EDIT], None),
                   encode(union, ["null", EDIT], {"n": 7}))  # fmt: skip
    with avro.stream(f"/{topic}", [at(topic)]) as stream:
        shown = [event.json for event in stream.messages(3)]
    assert [value.get("value") for value in shown[:2]] == ["x", None]
    assert shown[2]["n"] == 7


def test_a_new_version_in_the_middle(avro, registry, topics):
    topic = topics.create()
    first = registry.add(topic, EDIT)
    topics.produce(topic, edit(first, 0), edit(first, 1))
    with avro.stream(f"/{topic}", [at(topic)]) as stream:
        assert numbers(stream, 2) == [0, 1]
        second = registry.add(topic, EDIT_2)
        topics.produce(topic, edit(second, 2, EDIT_2, title="new"), edit(first, 3),
                       edit(second, 4, EDIT_2, title=None))  # fmt: skip
        shown = [event.json for event in stream.messages(3)]
    assert [value["n"] for value in shown] == [2, 3, 4]
    assert [value.get("title", "-") for value in shown] == ["new", "-", None]


def test_references(avro, registry, topics):
    topic = topics.create()
    registry.add("names/first", EDIT)
    outer = {"type": "record", "name": "Outer", "fields": [{"name": "edit", "type": "test.Edit"}]}
    reference = {"name": "test.Edit", "subject": "names/first", "version": 1}
    number = registry.add(topic, outer, references=[reference])
    whole = {**outer, "fields": [{"name": "edit", "type": EDIT}]}
    topics.produce(topic, encode(number, whole, {"edit": {"n": 5}}))
    with avro.stream(f"/{topic}", [at(topic)]) as stream:
        assert stream.record().json["edit"] == {"n": 5}


def switch_off(registry, how):
    if how == "away":
        registry.away()
    elif how == "slow":
        registry.slowness = 3
    elif how == "drips":
        registry.drip = 0.1
    else:
        registry.fault = how


def switch_on(registry, how):
    if how == "away":
        registry.back()
    registry.slowness, registry.drip, registry.fault = 0, 0, None


@pytest.mark.parametrize("how", ["away", "slow", "drips", 500, 401, 429])
def test_records_are_held(avro, registry, topics, how):
    """What needs a new schema waits, and what is behind it; other partitions go on."""
    topic = topics.create(partitions=2)
    known, new = registry.add(topic, EDIT), registry.add(topic, EDIT_2)
    topics.produce(topic, edit(known, 0))
    with avro.stream(f"/{topic}", [at(topic), at(topic, partition=1)]) as stream:
        assert numbers(stream, 1) == [0]
        switch_off(registry, how)
        topics.produce(topic, edit(new, 1, EDIT_2, title=None), edit(known, 2), edit(known, 3))
        topics.produce(topic, edit(known, 100), partition=1)
        assert numbers(stream, 1) == [100]
        wait_for(lambda: avro.logged("schemas-away"), what="the log says that it is away")
        stream.wait_comment(len(stream.parser.comments) + 3)
        assert not stream.queue
        switch_on(registry, how)
        topics.produce(topic, edit(known, 4))
        assert numbers(stream, 4) == [1, 2, 3, 4]
    wait_for(lambda: avro.logged("schemas-back"), what="the log says that it is back")
    assert len(avro.logged("schemas-away")) == 1
    assert count_of(avro, "undecodable") == 0


HELD = re.compile(r'kafkasse_held_seconds\{topic="(.+)",partition="(\d+)"\} (\d+)')


def held(server):
    return HELD.findall(server.get("/-/metrics").body.decode())


def test_metrics_tell_that_a_topic_waits_for_the_registry(avro, registry, topics):
    topic = topics.create(partitions=2)
    known, new = registry.add(topic, EDIT), registry.add(topic, EDIT_2)
    topics.produce(topic, edit(known, 0))
    with avro.stream(f"/{topic}", [at(topic), at(topic, partition=1)]) as stream:
        assert numbers(stream, 1) == [0]
        before = avro.metrics()
        assert (before["kafkasse_partitions_held"], held(avro)) == (0, [])
        assert before["kafkasse_schema_lookups_total"] == before["kafkasse_schemas"] == 1
        registry.away()
        topics.produce(topic, edit(new, 1, EDIT_2, title=None), partition=1)
        wait_for(lambda: [int(age) >= 3 for _, _, age in held(avro)] == [True], what="its time")
        assert held(avro)[0][:2] == (topic, "1")
        during = avro.metrics()
        assert during["kafkasse_partitions_held"] == during["kafkasse_schemas_awaited"] == 1
        assert during["kafkasse_schema_lookups_failed_total"] >= 2
        registry.back()
        assert numbers(stream, 1) == [1]
        wait_for(lambda: not held(avro), what="nothing waits")
        after = avro.metrics()
    assert (after["kafkasse_partitions_held"], after["kafkasse_schemas_awaited"]) == (0, 0)
    assert after["kafkasse_schemas"] == 2 and after["kafkasse_schema_bytes"] > 0


@pytest.mark.parametrize("clients", [1, 12])
def test_workers_tell_together(start, registry, topics, clients):
    """Whichever of them needs schemas: one line when it is away, one when it is back."""
    topic = topics.create()
    server = start("--workers", "4", "--deserializer", "avro", "--schema-registry", registry.url)
    topics.produce(topic, edit(registry.add(topic, EDIT), 1))
    registry.away()
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(server.stream(f"/{topic}", [at(topic)])) for _ in range(clients)]
        wait_for(lambda: server.logged("schemas-away"), what="the log says that it is away")
        registry.back()
        for stream in streams:
            assert numbers(stream, 1) == [1]
        wait_for(lambda: server.metrics()["kafkasse_schemas_awaited"] == 0, what="all have it")
        wait_for(lambda: len(server.logged("schemas-away")) == len(server.logged("schemas-back")),
                 what="the log says that it is back")  # fmt: skip
    assert clients > 1 or len(server.logged("schemas-away")) == 1


def test_a_replay_is_held(avro, registry, topics):
    """From the start, with all of it in the past and the registry away."""
    topic = topics.create()
    number = registry.add(topic, EDIT)
    topics.produce(topic, *(edit(number, n) for n in range(500)))
    registry.away()
    with avro.stream(f"/{topic}", [at(topic)]) as stream:
        stream.wait_comment(3)
        assert not stream.queue
        registry.back()
        assert numbers(stream, 500) == list(range(500))


def test_unknown_schemas_are_skipped(avro, registry, topics):
    topic = topics.create()
    number = registry.add(topic, EDIT)
    protobuf = registry.add(topic, "syntax = ...", type_="PROTOBUF")
    invalid = registry.add(topic, '{"type":"record"}')
    bad = [edit(999, 1), edit(999, 1), edit(protobuf, 1), edit(invalid, 1), edit(0xFFFFFFFF, 1),
           b"\1" + edit(number, 1)[1:], b"\0", b'{"n":1}', edit(number, 1) + b"\0",
           edit(number, 1)[:-1]]  # fmt: skip
    topics.produce(topic, edit(number, 0), *bad, edit(number, 2))
    with avro.stream(f"/{topic}", [at(topic)]) as stream:
        assert numbers(stream, 2) == [0, 2]
    assert count_of(avro, "undecodable") == len(bad)
    assert count_of(avro, "without_schema") == 4
    assert count_of(avro, "unlike_schema") == len(bad) - 4
    assert registry.asked("/schemas/ids/999") == 1
    assert registry.asked(f"/schemas/ids/{0xFFFFFFFF}") == 0
    assert avro.logged("schema-unusable")


def test_tombstones(avro, registry, topics):
    topic = topics.create()
    number = registry.add(topic, EDIT)
    topics.produce(topic, None, edit(number, 1), key="k")
    with avro.stream(f"/{topic}", [at(topic)]) as stream:
        assert [event.type for event in stream.records(2)] == ["tombstone", "message"]


def test_schemas_of_files(start, topics, tmp_path):
    (tmp_path / "7.avsc").write_text(json.dumps(EDIT))
    topic = topics.create()
    topics.produce(topic, edit(7, 1), edit(8, 2), edit(7, 3))
    server = start("--deserializer", "avro", "--schema-files", str(tmp_path))
    with server.stream(f"/{topic}", [at(topic)]) as stream:
        assert numbers(stream, 2) == [1, 3]


def test_basic_authentication(start, registry, topics):
    topic = topics.create()
    number = registry.add(topic, EDIT)
    topics.produce(topic, edit(number, 1))
    url = registry.url.replace("://", "://me:hunter2@")
    server = start("--deserializer", "avro", "--schema-registry", url)
    with server.stream(f"/{topic}", [at(topic)]) as stream:
        assert numbers(stream, 1) == [1]
    assert registry.requests[-1][1]["Authorization"] == "Basic bWU6aHVudGVyMg=="
    assert not server.logged("hunter2")


def test_a_token(start, registry, topics):
    topic = topics.create()
    topics.produce(topic, edit(registry.add(topic, EDIT), 1))
    server = start("--deserializer", "avro", "--schema-registry", registry.url,
                   env={"KAFKASSE_SCHEMA_TOKEN": "hunter2"})  # fmt: skip
    with server.stream(f"/{topic}", [at(topic)]) as stream:
        assert numbers(stream, 1) == [1]
    assert registry.requests[-1][1]["Authorization"] == "Bearer hunter2"
    assert not server.logged("hunter2")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("authority"), "ca")


def test_a_registry_with_tls(start, topics, authority, tmp_path):
    """Of an authority of its own, which a setting names."""
    topic = topics.create()
    with Registry(Certificate(tmp_path, "registry", authority)) as registry:
        number = registry.add(topic, EDIT)
        topics.produce(topic, edit(number, 1))
        server = start("--deserializer", "avro", "--schema-registry", registry.url,
                       "--schema-ca", str(authority.path))  # fmt: skip
        with server.stream(f"/{topic}", [at(topic)]) as stream:
            assert numbers(stream, 1) == [1]
        assert registry.asked(f"/schemas/ids/{number}") == 1


def other_authority(authority, folder):
    return Certificate(folder, "registry", authority), Certificate(folder, "other").path, "schema-ca"


def no_authority(authority, folder):
    return Certificate(folder, "registry", authority), None, "schema-ca"


def other_address(authority, folder):
    signed = Certificate(folder, "registry", authority, address="127.0.0.2")
    return signed, authority.path, "127.0.0.1"


@pytest.mark.parametrize("how", [other_authority, no_authority, other_address])
def test_a_registry_that_is_not_trusted(start, topics, authority, tmp_path, how):
    """Nothing is asked of it, records wait, and the log says what is wrong."""
    certificate, trusted, word = how(authority, tmp_path)
    topic = topics.create()
    with Registry(certificate) as registry:
        topics.produce(topic, edit(registry.add(topic, EDIT), 1))
        arguments = ["--schema-ca", str(trusted)] if trusted else []
        server = start("--deserializer", "avro", "--schema-registry", registry.url.replace(
            "://", "://me:hunter2@"), *arguments)  # fmt: skip
        with server.stream(f"/{topic}", [at(topic)]) as stream:
            (line,) = wait_for(lambda: server.logged("schemas-away"), what="the trouble is told")
            assert word in line and "hunter2" not in line
            stream.wait_comment(2)
            assert not stream.queue
        assert not registry.requests


def test_the_server_stops_while_the_registry_is_silent(start, registry, topics):
    """stop() of the fixture fails if it takes long."""
    topic = topics.create()
    topics.produce(topic, edit(registry.add(topic, EDIT), 1))
    registry.slowness = 100
    server = start("--deserializer", "avro", "--schema-registry", registry.url,
                   "--schema-timeout", "5m")  # fmt: skip
    with server.stream(f"/{topic}", [at(topic)]) as stream:
        wait_for(lambda: registry.requests, what="the schema is asked for")
        stream.wait_comment(1)
    server.stop(timeout=60)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], ["schema-registry", "schema-files"]),
        (["--schema-registry", "localhost:8081"], ["http://"]),
        (["--schema-registry", "ftp://localhost"], ["http://"]),
        (["--schema-files", "/nonexistent"], ["no directory /nonexistent"]),
        (["--schema-registry", "https://[::1]", "--schema-ca", "/nonexistent"], ["/nonexistent"]),
        (["--schema-registry", "https://a@[::1]", "--schema-token", "b"], ["token"]),
    ],
)
@pytest.mark.parametrize("how", [[], ["-T"]])
def test_settings_that_will_not_do(arguments, words, how):
    ended = run("-b", "127.0.0.1:1", "-l", "127.0.0.1:0", "--deserializer", "avro", *arguments, *how)
    assert ended.returncode == 78
    for word in words:
        assert word in ended.stderr
