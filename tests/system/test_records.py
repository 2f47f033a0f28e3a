"""Records of every kind: kept byte by byte, mended where clients would choke, or skipped."""

import gzip
import json
import re

import pytest
from harness.live import go_live
from harness.wait import wait_for


def at(topic, offset, partition=0):
    return {"topic": topic, "partition": partition, "offset": offset}


def data_of(server, topics, *values, **options):
    """Produces the values and returns what a stream shows of them: its events."""
    topic = topics.create(max_message_bytes=8 << 20)
    topics.produce(topic, *values, **options)
    topics.produce(topic, {"the": "end"})
    events = []
    with server.stream(f"/{topic}", [at(topic, 0)]) as stream:
        while not events or '{"the":"end"' not in events[-1].data:
            events.append(stream.record())
    return events[:-1]


KEPT = [
    (b'{"a":9007199254740993}', '{"a":9007199254740993,'),
    (b'{"a":1e400}', '{"a":1e400,'),
    (b'{"a":-0.0,"b":1E+2}', '{"a":-0.0,"b":1E+2,'),
    (b'{"a":12345678901234567890123456789.5}', '{"a":12345678901234567890123456789.5,'),
    (b'{"a":"\\ud800"}', '{"a":"\\ud800",'),
    (b'{"a":"\\u0000\\/\\n"}', '{"a":"\\u0000\\/\\n",'),
    (b'{"a":1,"a":2}', '{"a":1,"a":2,'),
    (b"{}", '{"_kafka":'),
    (b' {\r\n\t"a" : [ 1 , {} ] }\n', '{"a":[1,{}],'),
    ('{"a":"é😀"}'.encode(), '{"a":"é😀",'),
    ('{"a":"\u2028\u2029\u0085"}'.encode(), '{"a":"\\u2028\\u2029\\u0085",'),
    (b'{"a":"\xff\xc3(\xed\xa0\x80"}', '{"a":"\ufffd\ufffd(\ufffd\ufffd\ufffd",'),
    (b'{"_kafka":{"topic":"x"},"a":1}', '{"a":1,"_kafka":'),
    (b'{"a":1,"_kafka":[{}]}', '{"a":1,"_kafka":'),
    (b'{"_kafka":1}', '{"_kafka":{'),
    (b'{"_k\\u0061fka":1,"a":{"_kafka":2}}', '{"a":{"_kafka":2},"_kafka":'),
    (b'{"":""}', '{"":"",'),
]


def test_what_is_kept_and_mended(server, topics):
    events = data_of(server, topics, *(value for value, _ in KEPT))
    assert len(events) == len(KEPT)
    for event, (value, expected) in zip(events, KEPT):
        assert event.data.startswith(expected), (value, event.data)
        assert event.data.endswith("}}")
        assert event.kafka["offset"] is not None
        for number, character in enumerate("\u2028\u2029\u0085\u000b\u000c\u001c"):
            assert character not in event.data, number


UNDECODABLE = [
    b"", b" ", b"no json", b"{", b'{"a":1', b"[1]", b"5", b'"x"', b"null", b"true", b'{"a":1}x',
    b'{"a":1}{"b":2}', b'{"a":"\x00"}', b"\x00", b"\xef\xbb\xbf{}", b'{"a":NaN}', b"{'a':1}",
    b'{"a":1,}', b'{"a":"\n"}', b'{"a":01}', b'{"a":+1}', b'{"a":"\\x41"}', b"\xff\xfe", b"{}\x00",
    b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}", b"[" * 100_000,
]  # fmt: skip


def test_what_is_skipped(server, topics):
    before = undecodable(server)
    assert data_of(server, topics, *UNDECODABLE) == []
    assert undecodable(server) - before == len(UNDECODABLE)


def undecodable(server):
    names = [name for name in server.metrics() if "undecodable" in name]
    assert len(names) == 1, names
    return server.metrics()[names[0]]


REASONS = {
    "empty": b"",
    "registry-header": b"\x00\x00\x00\x00\x07\x02\x0ahello",
    "bom": b'\xef\xbb\xbf{"a":1}',
    "utf-16": '{"a":1}'.encode("utf-16"),
    "compressed": gzip.compress(b'{"a":1}'),
    "nan": b'{"a":NaN}',
    "doubly-encoded": json.dumps('{"a":1}').encode(),
    "no-object": b"[1]",
    "too-deep": b'{"a":' + b"[" * 600 + b"]" * 600 + b"}",
    "trailing-bytes": b'{"a":1}{"b":2}',
    "cut-off": b'{"a":',
    "control-character": b'{"a":"\n"}',
    "no-json": b"no json",
}


def test_each_reason_is_told_and_counted(start, topics):
    """Of all reasons at once the log has a line each, with the first record, and one of the rest."""
    server = start("--workers", "2")
    values = [value for _ in range(3) for value in REASONS.values()]
    assert data_of(server, topics, *values) == []
    all_counted = {reason: 3 for reason in REASONS}  # by one worker, whose report the other one has
    wait_for(lambda: reasons_counted(server) == all_counted, what="all are counted")
    wait_for(lambda: len(skip_lines(server)) == len(REASONS), what="a line of each reason")
    lines = skip_lines(server)
    assert sorted(line["reason"] for line in lines) == sorted(REASONS)
    for line in lines:
        offset = list(REASONS).index(line["reason"])
        assert f"partition 0, offset {offset}. " in line["message"]
        assert line["records"] == "1"
    (line,) = [line for line in lines if line["reason"] == "registry-header"]
    assert "deserializer = avro" in line["message"]
    server.stop()
    rest = skip_lines(server)[len(lines) :]
    assert sorted(line["reason"] for line in rest) == sorted(REASONS)
    for line in rest:
        offset = len(REASONS) + list(REASONS).index(line["reason"])
        assert line["records"] == "2" and f", offset {offset}. " in line["message"]


def test_what_is_larger_than_the_limit_is_skipped(start, topics):
    """As it is, or as what becomes of it: U+2028 is escaped, and a text of bytes even more so."""
    server = start("--max-record", "2KiB")
    values = ['{"a":"%s"}' % ("x" * 2100), '{"a":"%s"}' % ("\u2028" * 400), '{"a":1}']
    (event,) = data_of(server, topics, *values)
    assert event.json["a"] == 1
    assert reasons_counted(server) == {"record-too-large": 2}
    (line,) = wait_for(lambda: server.logged("record-too-large"), what="it is told")
    assert "max-record" in line
    assert len(data_of(start("--max-record", "4KiB"), topics, *values)) == 3


def test_a_reason_is_told_again_when_its_pause_is_over(start, topics):
    server = start()
    data_of(server, topics, b"no json", b"no json", b"no json")
    wait_for(lambda: len(skip_lines(server)) == 2, timeout=60, what="a second line")
    assert [line["records"] for line in skip_lines(server)] == ["1", "2"]


def skip_lines(server):
    return [line for line in server.log if line["event"] == "undecodable"]


def reasons_counted(server):
    page = server.get("/-/metrics").body.decode()
    counts = re.findall(r'undecodable_total\{reason="([^"]+)"\} (\d+)', page)
    assert len(counts) > len(REASONS)
    return {reason: int(count) for reason, count in counts if count != "0"}


def test_skipped_records_are_logged_but_not_each(server, topics):
    before = len(server.lines)
    data_of(server, topics, *(b"no json" for _ in range(3000)))
    assert len(server.lines) - before < 100


@pytest.mark.parametrize("mebibytes", [1, 5])
def test_large_records(server, topics, mebibytes):
    text = "x" * (mebibytes << 20)
    (event,) = data_of(server, topics, {"text": text})
    assert event.json["text"] == text


def test_a_tombstone(server, topics):
    (event,) = data_of(server, topics, None, key="gone")
    assert event.type == "tombstone"
    assert set(event.json) == {"_kafka"}
    assert event.kafka["key"] == "gone"
    assert event.kafka["offset"] == 0
    assert list(event.position.values()) == [1]


def test_keys_of_every_kind(server, topics):
    topic = topics.create()
    keys = [None, b"", b"plain", 'q"\\'.encode(), b"\x00\n", b"\xff", "\u2028é".encode()]
    for key in keys:
        topics.send(topic, {"n": 1}, key=key)
    topics.flush()
    with server.stream(f"/{topic}", [at(topic, 0)]) as stream:
        shown = [event.kafka for event in stream.messages(len(keys))]
    texts = [None, "", "plain", 'q"\\', "\x00\n", None, "\u2028é"]
    assert [kafka["key"] for kafka in shown] == texts
    in_base64 = [kafka.get("key_base64") for kafka in shown]
    assert in_base64 == [None, None, None, None, None, "/w==", None]


def test_headers_do_no_harm(server, topics):
    (event,) = data_of(server, topics, {"n": 1}, headers=[("a", b"\x00\xff"), ("b", None)])
    assert event.json["n"] == 1


def test_a_timestamp_of_its_own(server, topics):
    (event,) = data_of(server, topics, {"n": 1}, timestamp=1_600_000_000_123)
    assert event.kafka["timestamp"] == 1_600_000_000_123


def test_the_id_moves_past_what_is_skipped(server, topics):
    topic = topics.create()
    topics.produce(topic, {"n": 1}, "no json", "[]")
    with server.stream(f"/{topic}", [at(topic, 0)]) as stream:
        assert stream.messages(1)[0].position == {(topic, 0): 1}
        position = stream.next(types=["position"])
        assert position.data == ""
        assert position.position == {(topic, 0): 3}
        topics.produce(topic, "no json")
        assert stream.next(types=["position"]).position == {(topic, 0): 4}
        last_id = stream.parser.last_id
        go_live(stream, topics, topic)
    with server.stream(f"/{topic}", last_id) as stream:
        assert stream.messages(1)[0].place == (topic, 0, 4)


def test_a_topic_of_bad_records_only_holds_nobody(server, topics):
    topic = topics.create()
    topics.produce(topic, *(b"no" for _ in range(5000)))
    with server.stream(f"/{topic}", [at(topic, 0)]) as stream:
        wait_for(
            lambda: stream.next(types=["position"]).position == {(topic, 0): 5000},
            what="the id is behind all bad records",
        )
        topics.produce(topic, {"good": 1})
        assert stream.record().place == (topic, 0, 5000)


def test_frames_are_the_same_bytes_live_and_replayed(server, topics):
    topic = topics.create()
    values = [value for value, _ in KEPT]
    with server.stream(f"/{topic}") as live:
        go_live(live, topics, topic)
        first = topics.produce(topic, *values)
        shown = live.messages(len(values))
    with server.stream(f"/{topic}", [at(topic, first)]) as replayed:
        again = replayed.messages(len(values))
    assert [event.raw for event in shown] == [event.raw for event in again]


def test_json_of_python_agrees(server, topics):
    value = {"list": [1, 2.5, None, True, "é\n\t\"\\"], "nested": {"a": {"b": {}}}, "": [[]]}
    (event,) = data_of(server, topics, json.dumps(value))
    shown = event.json
    shown.pop("_kafka")
    assert shown == value
