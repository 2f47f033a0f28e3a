"""Records that are gone: announced, passed over in silence, or the end, as configured."""

import pytest
from harness.live import go_live


def at(topic, offset, partition=0):
    return {"topic": topic, "partition": partition, "offset": offset}


@pytest.fixture
def holed(topics):
    """A topic of two partitions of ten records; in partition 0 the first five are gone."""
    topic = topics.create(partitions=2)
    for partition in (0, 1):
        topics.produce(topic, *({"n": n} for n in range(10)), partition=partition)
    topics.delete_records(topic, {0: 5})
    return topic


def test_deleted_records_are_a_gap(server, holed):
    with server.stream(f"/{holed}", [at(holed, 2)]) as stream:
        gap = stream.record()
        assert gap.type == "gap"
        assert {key: gap.json[key] for key in ("topic", "partition", "from", "to")} == {
            "topic": holed, "partition": 0, "from": 2, "to": 5,
        }  # fmt: skip
        assert gap.json["reason"]
        assert gap.position == {(holed, 0): 5}
        assert [event.place[2] for event in stream.messages(5)] == [5, 6, 7, 8, 9]


def test_after_the_gap_comes_no_second_one(server, holed):
    with server.stream(f"/{holed}", [at(holed, 2)]) as stream:
        last_id = stream.next(types=["gap"]).id
    with server.stream(f"/{holed}", last_id) as stream:
        assert stream.messages(5)[0].place == (holed, 0, 5)


def test_the_oldest_record_is_no_gap(server, holed):
    with server.stream(f"/{holed}", [at(holed, 5)]) as stream:
        stream.messages(5)


def test_the_beginning_is_no_gap(server, holed):
    with server.stream(f"/{holed}", [at(holed, -2), at(holed, -2, 1)]) as stream:
        assert len({event.place for event in stream.messages(15)}) == 15


def test_only_the_partition_with_the_gap(server, holed):
    with server.stream(f"/{holed}", [at(holed, 0), at(holed, 0, 1)]) as stream:
        events = stream.records(16)
    gaps = [event for event in events if event.type == "gap"]
    assert [(gap.json["partition"], gap.json["to"]) for gap in gaps] == [(0, 5)]
    places = [event.place for event in events if event.type == "message"]
    assert sorted(places) == [(holed, 0, n) for n in range(5, 10)] + [
        (holed, 1, n) for n in range(10)
    ]


def test_all_records_are_gone(server, topics, holed):
    topics.delete_records(holed, {0: 10})
    with server.stream(f"/{holed}", [at(holed, 3)]) as stream:
        gap = stream.next(types=["gap"])
        assert (gap.json["from"], gap.json["to"]) == (3, 10)
        go_live(stream, topics, holed)
        assert stream.parser.events[1].place == (holed, 0, 10)


def test_beyond_the_end(server, topics, holed):
    with server.stream(f"/{holed}", [at(holed, 1000)]) as stream:
        gap = stream.next(types=["gap"])
        assert (gap.json["from"], gap.json["to"]) == (1000, 10)
        topics.produce(holed, {"new": 1})
        assert stream.messages(1)[0].place == (holed, 0, 10)


def test_silent(start, holed):
    server = start("--gap", "silent")
    with server.stream(f"/{holed}", [at(holed, 2)]) as stream:
        assert stream.messages(1)[0].place == (holed, 0, 5)


def test_error(start, holed):
    server = start("--gap", "error")
    with server.stream(f"/{holed}", [at(holed, 2)]) as stream:
        events = stream.rest()
        assert [event.type for event in events] == ["error"]
        error = events[0].json
        assert error["origin"] == "KafkaSSE"
        assert error["statusCode"] == 410
        assert error["name"] == "GapError"


def test_per_route(start, holed, tmp_path):
    config = tmp_path / "kafkasse.ini"
    config.write_text("[route /loud/{topics}]\n[route /quiet/{topics}]\ngap = silent\n")
    server = start(config=config)
    with server.stream(f"/loud/{holed}", [at(holed, 2)]) as stream:
        assert stream.record().type == "gap"
    with server.stream(f"/quiet/{holed}", [at(holed, 2)]) as stream:
        assert stream.record().type == "message"


def test_ndjson_goes_on_behind_a_gap(server, holed):
    with server.stream(f"/{holed}", [at(holed, 2)], ndjson=True) as stream:
        lines = stream.records(5)
        assert lines[-1]["_kafka"]["offset"] in (8, 9)
