"""Plug-ins in the running program: those of examples/plugin and of tests/plugins."""

import base64
import json
import shutil
from urllib.parse import urlencode

import pytest

from harness.http import fetch
from harness.live import go_live
from harness.server import Kafkasse, binary, run
from harness.wait import TooLate, wait_for

PLUGINS = binary().parent / "tests" / "plugins"
END = '{"the":"end"}'


@pytest.fixture(scope="module")
def plugged(broker, tmp_path_factory):
    """A server with a route for each plug-in, all of which show the same topics."""
    path = tmp_path_factory.mktemp("plugins") / "kafkasse.ini"
    path.write_text(
        "[route /plain/{topics}]\n"
        f"[route /csv/{{topics}}]\ndeserializer = plugin:{PLUGINS}/csv.so?id,name,price\n"
        f"[route /behaves/{{topics}}]\ndeserializer = plugin:{PLUGINS}/behaves.so\n"
        f"[route /redacts/{{topics}}]\ndeserializer = plugin:{PLUGINS}/behaves.so\nredact = _kafka.key\n"
        f"[route /filtered/{{topics}}]\nfilter = plugin:{PLUGINS}/behaves.so\n"
        f"[route /third/{{topics}}]\nfilter = plugin:{PLUGINS}/sample.so?3\n"
        f"[route /both/{{topics}}]\nfilter = plugin:{PLUGINS}/sample.so?2\n"
        f"deserializer = plugin:{PLUGINS}/csv.so?number\n"
    )
    with Kafkasse(broker.bootstrap, "--metadata-refresh", "1s", config=path) as server:
        yield server


def start(topic):
    return [{"topic": topic, "partition": 0, "offset": 0}]


def shown(server, topics, route, *values, **options):
    """Produces the values and returns the events that the route shows of them."""
    topic = topics.create()
    topics.produce(topic, *values, **options)
    topics.produce(topic, END)
    events = []
    with server.stream(f"/{route}/{topic}", start(topic)) as stream:
        while not events or END[:-1] not in events[-1].data:
            events.append(stream.record())
    return events[:-1]


def without_kafka(event):
    value = event.json
    del value["_kafka"]
    return value


def test_csv_lines_become_objects(plugged, topics):
    topic = topics.create()
    topics.produce(topic, '7,"Nails, long",2.50\n', "8,a", "9,é,x")
    with plugged.stream(f"/csv/{topic}", start(topic)) as stream:
        first, second = stream.messages(2)
        assert first.data.startswith('{"id":7,"name":"Nails, long","price":2.50,"_kafka":')
        assert without_kafka(second) == {"id": 9, "name": "é", "price": "x"}
        assert second.kafka["offset"] == 2
    assert wait_for(lambda: plugged.logged("not as many fields as columns"), what="the reason")


def test_results_of_every_kind(plugged, topics):
    events = shown(plugged, topics, "behaves", "some text\n", "bytes", '{ "a" : 1e400 }', "skip")
    assert [event.type for event in events] == ["message"] * 3
    assert without_kafka(events[0]) == {"value": "some text\n"}
    assert without_kafka(events[1]) == {"value": base64.b64encode(b"\xff\0\xfe").decode()}
    assert events[2].data.startswith('{"a":1e400,"_kafka":')


BAD = ["fail", "fail silently", "nothing", "unknown", "[1]", '{"a":', '{"a":1}{}', '"text"']


def test_bad_output_is_counted_and_skipped(plugged, topics):
    before = plugged.metrics()["kafkasse_records_undecodable_total"]
    assert shown(plugged, topics, "behaves", *BAD) == []
    assert plugged.metrics()["kafkasse_records_undecodable_total"] - before == len(BAD)


def test_skipped_records_are_no_fault(plugged, topics):
    before = plugged.metrics()["kafkasse_records_undecodable_total"]
    assert shown(plugged, topics, "behaves", "skip", "skip") == []
    assert plugged.metrics()["kafkasse_records_undecodable_total"] == before


OWN = '{"n": 1, "_kafka": {"offset": -7, "key": "s3cret", "key_base64": "s3cret", "mine": [2]}, "z": 0}'


def test_a_deserializer_keeps_its_own_kafka(plugged, topics):
    """As it is and where it is; the id has the real place. Built-in ones have the server's."""
    topic = topics.create()
    topics.produce(topic, OWN, '{"_kafka": null}', '{"n": 2}', OWN, None)
    with plugged.stream(f"/behaves/{topic}", start(topic)) as stream:
        own, null, none, again, tombstone = stream.records(5)
    assert own.data == OWN.replace(" ", "")
    assert again.data == own.data
    assert null.data == '{"_kafka":null}'
    assert none.kafka["offset"] == 2 and tombstone.kafka["offset"] == 4
    places = [event.position[(topic, 0)] for event in (own, null, none, again, tombstone)]
    assert places == [1, 2, 3, 4, 5]
    with plugged.stream(f"/behaves/{topic}", json.loads(own.id)) as stream:
        assert stream.messages(1)[0].id == null.id
    with plugged.stream(f"/plain/{topic}", start(topic)) as stream:
        assert [event.kafka["offset"] for event in stream.records(5)] == [0, 1, 2, 3, 4]


def test_its_own_kafka_is_redacted_and_filtered_as_any(plugged, topics):
    topic = topics.create()
    topics.produce(topic, OWN, '{"_kafka": {"mine": [3]}}')
    with plugged.stream(f"/redacts/{topic}", start(topic)) as stream:
        assert stream.messages(1)[0].data == '{"n":1,"_kafka":{"offset":-7,"mine":[2]},"z":0}'
    for filter, shown in (
        ("_kafka.mine[0] == 2", 0),
        ("_kafka.offset == -7", 0),
        ('_kafka.key == "s3cret" || _kafka.mine[0] == 3', 1),
        ('_kafka.key_base64 == "s3cret" || _kafka.mine[0] == 3', 1),
        ("has(_kafka.key) || _kafka.mine[0] == 3", 1),
    ):
        path = f"/redacts/{topic}?" + urlencode({"filter": filter})
        with plugged.stream(path, start(topic)) as stream:
            assert stream.messages(1)[0].position[(topic, 0)] == shown + 1, filter
    with plugged.stream(f"/redacts/{topic}?fields=z", start(topic)) as stream:
        assert stream.messages(1)[0].data == '{"_kafka":{"offset":-7,"mine":[2]},"z":0}'


def test_what_a_deserializer_is_told(plugged, topics):
    (event,) = shown(plugged, topics, "behaves", "about", key="k", headers=[("a", b"1"), ("b", None)])
    topic, partition, offset = event.place
    assert without_kafka(event) == {
        "topic": topic, "partition": partition, "offset": offset, "key": "k", "header a": "1",
        "header b": "",
    }  # fmt: skip
    assert "headers" not in event.kafka


def test_records_without_a_value_are_not_its_business(plugged, topics):
    (event,) = shown(plugged, topics, "behaves", None, key="k")
    assert event.type == "tombstone"


def test_a_topic_in_two_decodings(plugged, topics):
    """What one route makes of a record is nothing to the other."""
    topic = topics.create()
    topics.produce(topic, "1,2,3", '{"a":1}')
    with plugged.stream(f"/csv/{topic}", start(topic)) as csv:
        with plugged.stream(f"/plain/{topic}", start(topic)) as plain:
            assert csv.messages(1)[0].place == (topic, 0, 0)
            assert plain.messages(1)[0].place == (topic, 0, 1)


def test_a_filter_drops(plugged, topics):
    events = shown(plugged, topics, "filtered", {"n": 1}, {"n": "drop this"}, {"n": 3})
    assert [event.json["n"] for event in events] == [1, 3]


def test_a_sample_is_the_same_live_and_replayed(plugged, topics):
    topic = topics.create()
    with plugged.stream(f"/third/{topic}") as live:
        while live.poll(0.05) is None:  # until it is certain that it is live
            topics.produce(topic, *({"n": n} for n in range(12)))
        topics.produce(topic, *({"n": n} for n in range(12)))
        live.messages(4)
        once = [event for event in live.parser.events if event.type == "message"]
    count = once[-1].kafka["offset"] // 3 + 1
    with plugged.stream(f"/third/{topic}", start(topic)) as replayed:
        again = replayed.messages(count)
    assert [event.kafka["offset"] for event in again] == list(range(0, 3 * count, 3))
    assert [event.raw for event in once] == [event.raw for event in again][-len(once) :]


def test_filter_and_deserializer_together(plugged, topics):
    topic = topics.create()
    topics.produce(topic, "10", "11", "12", "13,", "14")
    with plugged.stream(f"/both/{topic}", start(topic)) as stream:
        assert [event.json["number"] for event in stream.messages(3)] == [10, 12, 14]


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("fail here", "This record is too much for me."),
        ("fail silently here", None),
        ("odd", None),
    ],
)
def test_a_filter_that_fails_ends_its_streams(plugged, topics, text, sentence):
    topic = topics.create()
    topics.produce(topic, {"n": 1}, {"n": text}, {"n": 3})
    with plugged.stream(f"/filtered/{topic}", start(topic)) as stream:
        first, error = stream.records(2)
        assert first.json["n"] == 1
        assert error.type == "error"
        assert error.json["origin"] == "KafkaSSE" and error.json["message"]
        assert sentence is None or error.json["message"] == sentence
        assert stream.rest() == []
    with plugged.stream(f"/plain/{topic}", start(topic)) as other:
        assert [event.json["n"] for event in other.messages(3)] == [1, text, 3]


def test_a_filter_that_fails_live_ends_all_that_it_filters(plugged, topics):
    topic = topics.create()
    streams = [go_live(plugged.stream(f"/filtered/{topic}"), topics, topic) for _ in range(2)]
    topics.produce(topic, {"n": "fail here"})
    for stream in streams:
        with stream:
            assert stream.next(types=["error"]).json["message"] == "This record is too much for me."
            assert stream.rest() == []


REFUSED = [
    ("deserializer", "plugin:{plugins}/newer_abi.so", ["version 2", "version 1", "compile it"]),
    ("deserializer", "plugin:{plugins}/no_symbol.so", ["exports no symbol ksse_plugin"]),
    ("deserializer", "plugin:{plugins}/small.so", ["sizeof(struct ksse_plugin)"]),
    ("deserializer", "plugin:{plugins}/no_function.so", ["neither"]),
    ("deserializer", "plugin:{plugins}/nowhere.so", ["there is no plug-in", "nowhere.so"]),
    ("deserializer", "plugin:{plugins}/lacks_something.so", ["no_such_function"]),
    ("deserializer", "plugin:{plugins}/open_fails.so", ["does not start: the moon is missing"]),
    ("deserializer", "plugin:{plugins}/csv.so", ["does not start", "names of the columns"]),
    ("deserializer", "plugin:{plugins}/sample.so?3", ["sample.so", "filter"]),
    ("filter", "plugin:{plugins}/csv.so?a", ["csv.so", "deserializer"]),
    ("filter", "plugin:sample.so?3", ["sample.so", "whole path"]),
    ("filter", "plugin:", ["plugin:/path/to/file.so"]),
    ("filter", "plugin:/etc/passwd", ["/etc/passwd"]),
]


@pytest.mark.parametrize("setting, value, parts", REFUSED)
def test_a_bad_plug_in_is_a_bad_configuration(setting, value, parts):
    done = run("--demo", "-l", "127.0.0.1:0", f"--{setting}", value.format(plugins=PLUGINS))
    assert (done.returncode, done.stdout) == (78, "")
    for part in parts:
        assert part in done.stderr


def test_it_is_opened_and_closed_in_pairs(tmp_path):
    """By a check, and then again by a server."""
    told = tmp_path / "told"
    filter = f"plugin:{PLUGINS}/told.so?{told}"
    assert run("--demo", "-T", "--filter", filter).returncode == 0
    assert told.read_text().split() == ["open", "close"]
    with Kafkasse(None, "--demo", "--filter", filter):
        assert told.read_text().split() == ["open", "close"] * 2 + ["open"]
    assert told.read_text().split() == ["open", "close"] * 3


def test_one_that_is_replaced_while_it_runs(broker, topics, tmp_path):
    """With `mv`, as the manual says: the running server keeps the old one."""
    for name in ("csv", "sample"):
        shutil.copy(PLUGINS / f"{name}.so", tmp_path)
    with Kafkasse(broker.bootstrap, "--deserializer", f"plugin:{tmp_path}/csv.so?n") as server:
        (tmp_path / "sample.so").rename(tmp_path / "csv.so")
        topic = topics.create()
        topics.produce(topic, "5")
        with server.stream(f"/{topic}", start(topic)) as stream:
            assert stream.messages(1)[0].json["n"] == 5


def test_a_second_signal_ends_whatever_runs(start, topics, tmp_path):
    path = tmp_path / "kafkasse.ini"
    path.write_text(f"[route /{{topics}}]\ndeserializer = plugin:{PLUGINS}/behaves.so\n")
    server = start(config=path)
    topic = topics.create()
    topics.produce(topic, "sleep")
    with server.stream(f"/{topic}", [{"topic": topic, "partition": 0, "offset": 0}]):
        wait_for(lambda: is_stuck(server), what="the deserializer sleeps")
        server.terminate_twice()
        assert server.process.wait(20) == 0


def is_stuck(server):
    try:
        fetch(server.port, "/-/healthy", timeout=1)
        return False
    except TooLate:
        return True
