"""Event ids: all partitions, real offsets, and each of them a place to go on from."""

import json

import pytest
from harness.ledger import Ledger
from harness.live import go_live


def at(topic, offset, partition=0):
    return {"topic": topic, "partition": partition, "offset": offset}


def test_quiet_partitions_have_real_offsets(server, topics):
    quiet, busy = topics.create(partitions=3), topics.create(partitions=2)
    topics.produce(quiet, *({"n": n} for n in range(7)), partition=1)
    with server.stream(f"/{quiet},{busy}") as stream:
        go_live(stream, topics, busy, 2)
        for event in stream.parser.events:
            position = event.position
            assert len(position) == 5
            assert all(offset >= 0 for offset in position.values())
            assert (position[quiet, 0], position[quiet, 1], position[quiet, 2]) == (0, 7, 0)


def test_a_quiet_partition_s_record_is_not_lost(server, topics):
    """KafkaSSE lost it: the id said -1, which is latest, for the partition that was quiet."""
    topic = topics.create(partitions=2)
    with server.stream(f"/{topic}") as stream:
        go_live(stream, topics, topic, 1)
        last_id = stream.parser.last_id
    topics.produce(topic, {"while": "away"}, partition=1)
    with server.stream(f"/{topic}", last_id) as stream:
        assert stream.messages(1)[0].json["while"] == "away"


@pytest.fixture(scope="module")
def mixed(topics):
    """Two topics of two partitions with 24 records, some of them undecodable."""
    names = [topics.create(partitions=2) for _ in range(2)]
    for number in range(24):
        value = "no json" if number % 7 == 3 else {"n": number}
        topics.send(names[number % 2], value, (number // 2) % 2)
    topics.flush()
    return names


def test_every_id_is_a_place_to_go_on_from(server, mixed):
    path = "/" + ",".join(mixed)
    with server.stream(path, [at(name, 0, p) for name in mixed for p in (0, 1)]) as stream:
        events = stream.messages(21)
    everything = {event.json["n"] for event in events}
    assert len(everything) == 21
    for count, event in enumerate(events[:-1], start=1):
        seen = {earlier.json["n"] for earlier in events[:count]}
        with server.stream(path, event.id) as stream:
            rest = [later.json["n"] for later in stream.messages(21 - count)]
        assert len(rest) == len(set(rest))
        assert set(rest) == everything - seen


def test_ids_move_with_each_event(server, topics):
    topic = topics.create(partitions=2)
    for number in range(30):
        topics.send(topic, {"n": number}, number % 2)
    topics.flush()
    ledger = Ledger({(topic, 0): 5, (topic, 1): 0})
    with server.stream(f"/{topic}", [at(topic, 5, 0), at(topic, 0, 1)]) as stream:
        for event in stream.messages(25):
            ledger.take(event)


def test_ids_are_compact_printable_ascii(server, topics):
    topic = topics.create()
    topics.produce(topic, {"n": 1})
    with server.stream(f"/{topic}", [at(topic, 0)]) as stream:
        event_id = stream.messages(1)[0].id
        assert event_id.isascii() and event_id.isprintable() and " " not in event_id
        assert json.loads(event_id) == [at(topic, 1)]


def test_offsets_grow_past_a_digit(server, topics):
    topic = topics.create()
    topics.produce(topic, *({"n": n} for n in range(120)))
    with server.stream(f"/{topic}", [at(topic, 0)]) as stream:
        for number, event in enumerate(stream.messages(120)):
            assert event.position == {(topic, 0): number + 1}


def test_an_old_id_with_minus_1_still_works(server, topics):
    topic = topics.create(partitions=2)
    topics.produce(topic, {"n": 1}, {"n": 2})
    with server.stream(f"/{topic}", [at(topic, 1, 0), at(topic, -1, 1)]) as stream:
        event = stream.messages(1)[0]
        assert event.json["n"] == 2
        assert event.position == {(topic, 0): 2, (topic, 1): 0}
