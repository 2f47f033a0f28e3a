"""What KafkaSSE's own tests and source say a client gets, checked on this server."""

import json
import re
import time

import pytest
from harness.http import Stream, error_of
from harness.live import go_live

GREEN_DOOR = '{"id": 1,"name": "A green door","price": 12.50,"tags": ["door", "green", "product"]}'
RED_DOORS = '{"id": 2,"name": "Three red doors","price": 25.00,"tags": ["door", "red"]}'
WINDOWS = '{"id": 3,"name": "Three red windows","price": 50.00,"tags": ["window", "red"]}'
NOT_THERE = "_nope_not_a_topic"


@pytest.fixture(scope="module")
def names(topics):
    """Four topics: one record, two records, a bad and a good record, two records."""
    one, two, bad, other = (topics.create() for _ in range(4))
    topics.produce(one, GREEN_DOOR)
    topics.produce(two, GREEN_DOOR, RED_DOORS)
    topics.produce(bad, "this is bad json!!!", WINDOWS)
    topics.produce(other, GREEN_DOOR, RED_DOORS)
    return one, two, bad, other


@pytest.fixture
def routes(names, start, tmp_path):
    """The routes of KafkaSSE's test server, as far as they are a matter of configuration."""
    config = tmp_path / "kafkasse.ini"
    config.write_text(
        "[route /default/{topics}]\n"
        f"[route /restrictive/{{topics}}]\ntopics = {','.join(names[:3])}\n"
        f"[route /notopics/{{topics}}]\ntopics = {NOT_THERE}\n"
        "[route /timestamp_id/{topics}]\nid-format = timestamp\n"
        "[route /earliest/{topics}]\ndefault-start = earliest\n"
    )
    return start(config=config)


def at(topic, offset, partition=0):
    return {"topic": topic, "partition": partition, "offset": offset}


def places(events):
    return sorted(event.place for event in events)


def test_a_stream_has_kafkasse_s_head_and_first_bytes(server, names):
    with server.stream(f"/{names[0]}") as stream:
        assert stream.status == 200
        assert stream.fields["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.fields["cache-control"] == "no-cache"
        assert stream.body.startswith(b":ok\n\n")


@pytest.mark.parametrize("path", ["/{}", "/v2/stream/{}"])
def test_both_default_routes_serve_the_same(server, names, path):
    with server.stream(path.format(names[1]), [at(names[1], 0)]) as stream:
        assert places(stream.messages(2)) == [(names[1], 0, 0), (names[1], 0, 1)]


def test_a_frame_is_event_id_data(server, names):
    with server.stream(f"/{names[0]}", [at(names[0], 0)]) as stream:
        event = stream.messages(1)[0]
        pattern = rb'event: message\nid: (\[\{.*\}\])\ndata: (\{.*\})\n\n\Z'
        match = re.match(pattern, event.raw)
        assert match, event.raw
        assert json.loads(match[1]) == [at(names[0], 1)]
        value = event.json
        kafka = value.pop("_kafka")
        assert value == json.loads(GREEN_DOOR)
        assert set(kafka) == {"topic", "partition", "offset", "timestamp", "key"}
        assert (kafka["topic"], kafka["partition"], kafka["offset"]) == (names[0], 0, 0)
        assert abs(kafka["timestamp"] - time.time() * 1000) < 600_000
        assert kafka["key"] is None
        assert event.data.endswith("}}"), "_kafka is the last member"


def test_numbers_keep_their_bytes(server, names):
    with server.stream(f"/{names[0]}", [at(names[0], 0)]) as stream:
        assert '"price":12.50,' in stream.messages(1)[0].data


def test_two_topics_from_offset_0(server, names):
    one, two = names[:2]
    with server.stream(f"/{one},{two}", [at(one, 0), at(two, 0)]) as stream:
        assert places(stream.messages(3)) == sorted([(one, 0, 0), (two, 0, 0), (two, 0, 1)])


def test_two_topics_from_ten_minutes_ago(server, names):
    one, two = names[:2]
    ago = int(time.time() * 1000) - 600_000
    start = [{"topic": name, "partition": 0, "timestamp": ago} for name in (one, two)]
    with server.stream(f"/{one},{two}", start) as stream:
        assert places(stream.messages(3)) == sorted([(one, 0, 0), (two, 0, 0), (two, 0, 1)])


def test_offset_wins_over_timestamp(server, names):
    start = [{"topic": names[1], "partition": 0, "offset": 1, "timestamp": 0}]
    with server.stream(f"/{names[1]}", start) as stream:
        assert stream.messages(1)[0].place == (names[1], 0, 1)


def test_bad_records_are_skipped(server, names):
    with server.stream(f"/{names[2]}", [at(names[2], 0)]) as stream:
        event = stream.messages(1)[0]
        assert event.place == (names[2], 0, 1)
        assert event.json["id"] == 3


def test_no_topic_of_the_allowed_ones_exists(routes, names):
    answer = routes.get(f"/notopics/{names[0]}")
    assert answer.status == 500
    assert error_of(answer)["name"] == "ConfigurationError"


def test_an_unavailable_topic(server):
    answer = server.get(f"/{NOT_THERE}")
    assert answer.status == 404
    error = error_of(answer)
    assert error["name"] == "TopicNotAvailableError"
    assert NOT_THERE in error["message"]
    assert answer.fields["content-type"].startswith("application/json")


def test_a_404_does_not_tell_the_cluster_s_topics(server, names):
    body = server.get(f"/{NOT_THERE}").body.decode()
    assert not any(name in body for name in names)


@pytest.mark.parametrize("which", ["url", "header"])
def test_a_topic_that_is_not_allowed(routes, names, which):
    in_url = names[3] if which == "url" else names[0]
    last_id = None if which == "url" else [at(names[3], 0)]
    with Stream(routes.port, f"/restrictive/{in_url}", last_id) as stream:
        stream.read_head().read_body()
        assert stream.status == 404
        assert error_of(stream)["name"] == "TopicNotAvailableError"


def test_an_allowed_topic_on_a_restrictive_route(routes, names):
    with routes.stream(f"/restrictive/{names[0]}", [at(names[0], 0)]) as stream:
        assert stream.messages(1)[0].place == (names[0], 0, 0)


def test_an_unavailable_topic_in_the_header(server, names):
    with Stream(server.port, f"/{names[0]}", [at(NOT_THERE, 0)]) as stream:
        stream.read_head().read_body()
        assert stream.status == 404


def test_internal_topics_are_never_available(server):
    answer = server.get("/__consumer_offsets")
    assert answer.status == 404


def test_an_id_that_does_not_parse_is_echoed(server, names):
    last_id = '"""{nope'
    answer = server.get(f"/{names[0]}", {"Last-Event-ID": last_id})
    assert answer.status == 400
    error = error_of(answer)
    assert error["name"] == "InvalidAssignmentError"
    assert error["last_event_id"] == last_id


BAD_IDS = [
    "null", "true", "5", '"topic"', "{}", "[]", "[5]", "[null]", "[[]]", "[{}]", '[""]x',
    '[{"partition":0,"offset":0}]', '[{"topic":"T","offset":0}]', '[{"topic":"T","partition":0}]',
    '[{"topic":5,"partition":0,"offset":0}]', '[{"topic":"T","partition":"0","offset":0}]',
    '[{"topic":"T","partition":0.5,"offset":0}]', '[{"topic":"T","partition":0,"offset":"0"}]',
    '[{"topic":"T","partition":0,"offset":null}]', '[{"topic":"T","partition":0,"timestamp":"x"}]',
    '["T",5]', '["T",{}]', "[", '["T"', '["T",]', "0", "message", "[}",
]  # fmt: skip


@pytest.mark.parametrize("bad_id", BAD_IDS)
def test_a_bad_id_is_a_400(server, names, bad_id):
    bad_id = bad_id.replace("T", names[0])
    answer = server.get(f"/{names[0]}", {"Last-Event-ID": bad_id})
    assert answer.status == 400, answer.body
    error = error_of(answer)
    assert error["name"] == "InvalidAssignmentError"
    try:
        parsed = json.loads(bad_id)
    except json.JSONDecodeError:
        assert error["last_event_id"] == bad_id
    else:
        assert error["assignments"] == parsed


def test_a_bad_id_comes_before_an_unavailable_topic(server):
    assert server.get(f"/{NOT_THERE}", {"Last-Event-ID": "{}"}).status == 400


def test_a_bad_id_comes_before_a_bad_configuration(routes):
    assert routes.get("/notopics/x", {"Last-Event-ID": "{}"}).status == 400


def test_the_header_s_topics_replace_the_url_s(server, names):
    with server.stream(f"/{NOT_THERE}", [at(names[0], 0)]) as stream:
        event = stream.messages(1)[0]
        assert event.place == (names[0], 0, 0)
        assert event.position == {(names[0], 0): 1}


def test_names_and_objects_in_one_array(server, topics, names):
    fresh = topics.create(partitions=2)
    topics.produce(fresh, {"n": "before"}, partition=1)
    with server.stream(f"/{names[0]}", [fresh, at(names[1], 1)]) as stream:
        event = stream.messages(1)[0]
        assert event.place == (names[1], 0, 1)
        assert event.position == {(fresh, 0): 0, (fresh, 1): 1, (names[1], 0): 2}
        go_live(stream, topics, fresh, partitions=2)


def test_objects_may_name_some_partitions_only(server, topics):
    topic = topics.create(partitions=3)
    for partition in range(3):
        topics.produce(topic, {"p": partition}, {"p": partition}, partition=partition)
    with server.stream(f"/{topic}", [at(topic, 0, 1)]) as stream:
        events = stream.messages(2)
        assert [event.place for event in events] == [(topic, 1, 0), (topic, 1, 1)]
        assert events[1].position == {(topic, 1): 2}


def test_offset_minus_2_is_the_beginning(server, names):
    with server.stream(f"/{names[1]}", [at(names[1], -2)]) as stream:
        assert stream.messages(1)[0].place == (names[1], 0, 0)


def test_offset_minus_1_is_latest(server, topics):
    topic = topics.create()
    topics.produce(topic, {"n": "old"})
    with server.stream(f"/{topic}", [at(topic, -1)]) as stream:
        topics_seen = go_live(stream, topics, topic).parser.events
        assert all(event.json.get("n") != "old" for event in topics_seen)


def test_beyond_the_end_goes_to_latest(server, topics):
    topic = topics.create()
    topics.produce(topic, {"a": 1}, {"a": 2})
    with server.stream(f"/{topic}", [at(topic, 99999999999)]) as stream:
        gap = stream.next(types=["gap"])
        assert gap.json["topic"] == topic
        topics.produce(topic, {"a": "new message"})
        assert stream.messages(1)[0].place == (topic, 0, 2)


def test_timestamp_ids(routes, topics):
    topic = topics.create()
    topics.produce(topic, GREEN_DOOR, timestamp=1_500_000_000_000)
    with routes.stream(f"/timestamp_id/{topic}", [at(topic, 0)]) as stream:
        (entry,) = json.loads(stream.messages(1)[0].id)
        assert entry == {"topic": topic, "partition": 0, "timestamp": 1_500_000_000_001}


def test_default_start_earliest(routes, names):
    with routes.stream(f"/earliest/{names[1]}") as stream:
        assert [event.place[2] for event in stream.messages(2)] == [0, 1]


def test_a_topic_made_while_the_server_runs(server, topics):
    topic = topics.create()
    with server.stream(f"/{topic}") as stream:
        go_live(stream, topics, topic)


def test_keys_come_with_the_record(server, topics):
    topic = topics.create()
    topics.produce(topic, {"n": 1}, key='k"é')
    with server.stream(f"/{topic}", [at(topic, 0)]) as stream:
        assert stream.messages(1)[0].kafka["key"] == 'k"é'


@pytest.mark.parametrize(
    "accept, content_type",
    [
        ("application/json", "application/json; charset=utf-8"),
        ("application/json, text/event-stream", "application/json; charset=utf-8"),
        ("application/x-ndjson", "application/x-ndjson; charset=utf-8"),
    ],
)
def test_ndjson(server, names, accept, content_type):
    fields = {"Accept": accept}
    path = f"/{names[1]}"
    with server.stream(path, [at(names[1], 0)], fields=fields, ndjson=True) as stream:
        assert stream.fields["content-type"] == content_type
        first, second = stream.records(2)
        assert (first["id"], second["id"]) == (1, 2)
        assert second["_kafka"]["offset"] == 1
        assert stream.body.startswith(b"\n{")


def test_ndjson_skips_bad_records(server, names):
    with server.stream(f"/{names[2]}", [at(names[2], 0)], ndjson=True) as stream:
        assert stream.record()["id"] == 3


@pytest.mark.parametrize("accept", ["text/event-stream", "*/*", "text/event-stream, */*", ""])
def test_everything_else_is_an_event_stream(server, names, accept):
    with server.stream(f"/{names[0]}", fields={"Accept": accept}) as stream:
        assert stream.fields["content-type"] == "text/event-stream; charset=utf-8"


def test_kafka_sees_no_consumer_group(server, topics, names):
    with server.stream(f"/{names[1]}", [at(names[1], 0)]) as stream:
        stream.messages(2)
        assert topics.groups() == []
