"""Ids of the server's own that name what is gone: told in the stream, and the rest goes on."""

import json
from urllib.parse import quote

import pytest
from harness.http import Stream, error_of
from harness.wait import wait_for


def at(topic, offset, partition=0):
    return {"topic": topic, "partition": partition, "offset": offset}


def gaps_before_a_message(stream):
    """The gaps as (topic, partition, from), and the first message behind them."""
    told = []
    while True:
        event = stream.record()
        if event.type != "gap":
            return told, event
        data = event.json
        assert (data["reason"], data["to"]) == ("gone", None)
        told.append((data["topic"], data["partition"], data["from"]))
        assert (data["topic"], data["partition"]) not in event.position


def last_id_of(server, path, count):
    with server.stream(f"{path}?since=0") as stream:
        return stream.messages(count)[-1].id


@pytest.fixture
def pair(topics):
    """Two topics, of one partition and of two, with a record each in all of them."""
    kept, other = topics.create(), topics.create(partitions=2)
    topics.produce(kept, {"n": 0})
    topics.produce(other, {"n": 0}, partition=0)
    topics.produce(other, {"n": 0}, partition=1)
    return kept, other


def refused(server, path):
    return server.get(path, method="HEAD").status == 404


def test_a_topic_is_taken_out_of_a_route(start, topics, pair, tmp_path):
    kept, other = pair
    before, after = tmp_path / "before.ini", tmp_path / "after.ini"
    before.write_text(f"[route /both]\ntopics = {kept},{other}\n")
    after.write_text(f"[route /both]\ntopics = {kept}\n")
    last_id = last_id_of(start(config=before), "/both", 3)
    topics.produce(kept, {"n": 1})
    with start(config=after).stream("/both", last_id) as stream:
        told, message = gaps_before_a_message(stream)
        assert told == [(other, 0, 1), (other, 1, 1)]
        assert message.place == (kept, 0, 1)
        assert message.position == {(kept, 0): 2}
        again = message.id
    topics.produce(kept, {"n": 2})
    with start(config=after).stream("/both", again) as stream:
        assert stream.record().place == (kept, 0, 2)  # told once


def test_a_topic_is_deleted_beside_others(start, topics, pair):
    kept, other = pair
    server = start()
    last_id = last_id_of(server, f"/{kept},{other}", 3)
    topics.delete(other)
    wait_for(lambda: refused(server, f"/{other}"), what="the topic is gone")
    topics.produce(kept, {"n": 1})
    with server.stream(f"/{kept},{other}", last_id) as stream:
        told, message = gaps_before_a_message(stream)
        assert told == [(other, 0, 1), (other, 1, 1)]
        assert message.place == (kept, 0, 1)
    # What a URL names must be there, and so must something of an id.
    assert refused(server, f"/{kept},{other}")
    with Stream(server.port, f"/{kept}", json.dumps([at(kept, 0), other])) as stream:
        stream.read_head().read_body()
        assert stream.status == 404


def test_a_topic_is_made_anew_with_fewer_partitions(start, topics, pair):
    kept, other = pair
    server = start()
    last_id = last_id_of(server, f"/{kept},{other}", 3)
    topics.delete(other)
    wait_for(lambda: refused(server, f"/{other}"), what="the topic is gone")
    topics.create(other)
    topics.produce(other, {"n": "new"}, {"n": "newer"})
    wait_for(lambda: not refused(server, f"/{other}"), what="the topic is there again")
    with server.stream("/never-read", last_id) as stream:
        told, message = gaps_before_a_message(stream)
        assert told == [(other, 1, 1)]
        assert message.place == (other, 0, 1)
        assert message.position == {(kept, 0): 1, (other, 0): 2}


def test_nothing_is_left(start, topics, pair):
    kept, other = pair
    server = start("--topics", kept)
    for last_id in ([at(other, 1), at(other, 1, 1)], [at(kept, 0, 7)]):
        with Stream(server.port, f"/{kept}", last_id) as stream:
            stream.read_head().read_body()
            assert stream.status == 404
            assert error_of(stream)["name"] == "TopicNotAvailableError"


def test_a_topic_that_is_just_made_is_not_gone(start, topics, pair):
    """What is known of the cluster may be old: it is asked before anything is called gone."""
    kept, _ = pair
    server = start("--metadata-refresh", "1h")
    made = topics.create()
    topics.produce(made, {"n": 0})
    with server.stream(f"/{kept}", [at(kept, 1), at(made, 0)]) as stream:
        assert stream.record().place == (made, 0, 0)


@pytest.mark.parametrize("query", [False, True])
def test_silent(start, pair, query):
    kept, other = pair
    server = start("--topics", kept, "--gap", "silent")
    last_id = json.dumps([at(other, 1), at(kept, 0)])
    path = f"/{kept}?lastEventId={quote(last_id)}" if query else f"/{kept}"
    with server.stream(path, None if query else last_id) as stream:
        event = stream.record()
        assert event.place == (kept, 0, 0)
        assert event.position == {(kept, 0): 1}


def test_error(start, pair):
    kept, other = pair
    server = start("--topics", kept, "--gap", "error")
    with server.stream(f"/{kept}", [at(other, 1), at(kept, 0)]) as stream:
        events = stream.rest()
        assert [event.type for event in events] == ["error"]
        assert (events[0].json["statusCode"], events[0].json["name"]) == (410, "GapError")


def test_ndjson(start, pair):
    kept, other = pair
    server = start("--topics", kept)
    with server.stream(f"/{kept}", [at(other, 1, 1), at(kept, 0)], ndjson=True) as stream:
        lines = stream.records(2)
        assert lines[0] == {
            "topic": other, "partition": 1, "from": 1, "to": None, "reason": "gone",
        }  # fmt: skip
        assert lines[1]["_kafka"]["offset"] == 0


def test_timestamps_come_from_nowhere(start, pair):
    kept, other = pair
    server = start("--topics", kept, "--id-format", "timestamp")
    last_id = [{"topic": other, "partition": 0, "timestamp": 5}, at(kept, 0)]
    with server.stream(f"/{kept}", last_id) as stream:
        told, message = gaps_before_a_message(stream)
        assert told == [(other, 0, None)]
        assert message.place == (kept, 0, 0)


def test_what_may_not_be_read_looks_like_what_is_not_there(start, pair):
    """Else an id would be a way to ask for other people's topics and their partitions."""
    kept, other = pair
    server = start("--topics", kept)
    frames = []
    for name, partition in [(other, 0), (other, 7), ("x" * len(other), 0)]:
        with server.stream(f"/{kept}", [at(name, 3, partition), at(kept, 0)]) as stream:
            raw = stream.next(types=["gap"]).raw.decode()
            shape = raw.replace(name, "T").replace(f'"partition":{partition},"from"', "P")
            frames.append(shape)
    assert len(set(frames)) == 1
