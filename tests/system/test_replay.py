"""From an old id to live: nothing missing, nothing twice, while records keep arriving."""

import random

import pytest
from harness.ledger import Ledger, Writer, from_the_start
from harness.live import go_live

PARTITIONS = 4
OLD_RECORDS = 24_000


@pytest.fixture
def names(topics):
    return [topics.create(partitions=PARTITIONS) for _ in range(3)]


def read_until_written(stream, ledger, writer, least):
    """Takes events until `least` have come, stops the writer, and takes all the rest."""
    while ledger.count < least:
        ledger.take(stream.record(), check_id=ledger.count % 50 == 0)
    writer.stop()
    while not ledger.has_reached(writer.ends):
        ledger.take(stream.record(), check_id=ledger.count % 50 == 0)


def test_a_replay_turns_live_under_load(server, topics, names):
    last_id, ledger = from_the_start(names, PARTITIONS)
    with Writer(topics, names, PARTITIONS).write_many(OLD_RECORDS) as writer:
        with server.stream("/" + ",".join(names), last_id, timeout=180) as stream:
            read_until_written(stream, ledger, writer, OLD_RECORDS + 1000)
            assert ledger.next == dict(writer.ends)
            assert stream.poll(0.3) is None, "more than was written"
            topics.produce(names[0], {"last": 1})
            assert stream.record().json["last"] == 1


def test_reconnecting_all_the_time(server, topics, names):
    rng = random.Random(7)
    last_id, ledger = from_the_start(names, PARTITIONS)
    path = "/" + ",".join(names)
    connections = 0
    with Writer(topics, names, PARTITIONS).write_many(12_000) as writer:
        while not ledger.has_reached(writer.ends) or connections < 25:
            if connections == 25:
                writer.stop()
            with server.stream(path, last_id, timeout=180) as stream:
                for _ in range(rng.choice([1, 2, 50, 700, 1500])):
                    if connections >= 25 and ledger.has_reached(writer.ends):
                        break
                    event = stream.record()
                    ledger.take(event, check_id=False)
                assert event.position == ledger.next
                last_id = event.id
            connections += 1
    assert ledger.count >= 12_000


def test_replays_from_several_places_at_once(server, topics, names):
    writer = Writer(topics, names, PARTITIONS).write_many(6000)
    path = "/" + ",".join(names)
    streams = []
    for start in (0, 100, 250, 499, 500):
        places = [(name, partition) for name in names for partition in range(PARTITIONS)]
        last_id = [{"topic": t, "partition": p, "offset": start} for t, p in places]
        ledger = Ledger({place: start for place in places})
        streams.append((server.stream(path, last_id), ledger))
    writer.write_many(600)
    for stream, ledger in streams:
        with stream:
            while not ledger.has_reached(writer.ends):
                ledger.take(stream.record(), check_id=ledger.count % 100 == 0)


def test_a_slow_replay_is_live_in_the_end(server, topics, names):
    last_id, ledger = from_the_start(names[:1], PARTITIONS)
    writer = Writer(topics, names[:1], PARTITIONS, pad=2000).write_many(8000)
    with server.stream(f"/{names[0]}", last_id, receive_buffer=8192) as stream:
        while not ledger.has_reached(writer.ends):
            ledger.take(stream.record(), check_id=False)
            if ledger.count % 1000 == 0:
                writer.write_many(100)


def test_aborted_transactions_do_not_hold_a_replay(server, topics):
    topic = topics.create()
    topics.produce(topic, {"n": 1})
    topics.transaction(topic, {"n": "aborted"}, {"n": "aborted"}, commit=False)
    topics.transaction(topic, {"n": 2}, {"n": 3})
    topics.transaction(topic, {"n": "aborted"}, commit=False)
    with server.stream(f"/{topic}", [{"topic": topic, "partition": 0, "offset": 0}]) as stream:
        assert [event.json["n"] for event in stream.messages(3)] == [1, 2, 3]
        go_live(stream, topics, topic)


def test_compacted_topics_have_holes(server, topics):
    topic = topics.create(
        cleanup_policy="compact", segment_ms=50, min_cleanable_dirty_ratio=0.01,
        min_compaction_lag_ms=0, max_compaction_lag_ms=100, segment_bytes=1 << 20,
    )  # fmt: skip
    for number in range(200):
        topics.send(topic, {"n": number}, key=f"k{number % 5}")
    topics.flush()
    topics.roll_and_wait_compacted(topic, below=150)
    with server.stream(f"/{topic}", [{"topic": topic, "partition": 0, "offset": 0}]) as stream:
        offsets = []
        while not offsets or offsets[-1] < 199:
            event = stream.messages(1)[0]
            offsets.append(event.place[2])
            assert event.position == {(topic, 0): offsets[-1] + 1}
        assert len(offsets) < 150 and offsets == sorted(set(offsets))
        go_live(stream, topics, topic)
