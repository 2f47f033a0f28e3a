"""Batches that cannot be read: told, counted, and passed over with a gap, or waited for."""

import contextlib
import json

import pytest
from confluent_kafka import Producer
from harness.live import go_live
from harness.segments import batches
from harness.wait import wait_for

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
PATIENCE = 60  # several tries, and the search behind them, on a slow and busy machine


def at(topic, offset, partition=0):
    return {"topic": topic, "partition": partition, "offset": offset}


def produce_batch(topics, topic, count, codec="gzip", pad="", partition=0):
    """`count` records as one batch."""
    producer = Producer(
        {
            **topics.settings,
            "compression.type": codec,
            "linger.ms": 1000,
            "batch.size": 200 << 20,
            "batch.num.messages": count,
            "message.max.bytes": 200 << 20,
        }
    )
    value = json.dumps({"pad": pad or "x" * 100}).encode()
    # Else the records wait for the leader, and a flush may send some of them before the others.
    producer.list_topics(topic=topic, timeout=30)
    for _ in range(count):
        producer.produce(topic, value, partition=partition)
    assert producer.flush(60) == 0


def make_batches(broker, topics, codec="gzip", counts=(10, 10, 10), damaged=(1,)):
    """Returns the topic, and its batches, of which some cannot be read."""
    for _ in range(10):  # a busy machine may cut a batch in two
        topic = topics.create()
        for count in counts:
            produce_batch(topics, topic, count, codec)
        made = batches(broker, topic)
        if [batch.end - batch.first for batch in made] == list(counts):
            break
    else:
        raise AssertionError(made)
    for number in damaged:
        made[number].damage()
    return topic, made


def expect_messages(stream, topic, offsets):
    for offset in offsets:
        assert stream.record(PATIENCE).place == (topic, 0, offset)


def expect_gap(stream, start, end):
    gap = stream.record(PATIENCE)
    assert gap.type == "gap", gap
    assert (gap.json["from"], gap.json["to"]) == (start, end)
    assert gap.json["reason"] == "unreadable"
    return gap


@pytest.mark.parametrize("codec", CODECS)
def test_a_damaged_batch_is_a_gap(broker, topics, server, codec):
    topic, made = make_batches(broker, topics, codec)
    before = server.metrics()
    with server.stream(f"/{topic}", [at(topic, 0)]) as stream:
        expect_messages(stream, topic, range(10))
        gap = expect_gap(stream, 10, 20)
        assert gap.position == {(topic, 0): 20}
        expect_messages(stream, topic, range(20, 30))
        go_live(stream, topics, topic)
    after = server.metrics()
    for name in ("read_errors", "unreadable_ranges", "gaps"):
        assert after[f"kafkasse_{name}_total"] > before[f"kafkasse_{name}_total"], name


def test_an_id_within_it(broker, topics, server):
    topic, _ = make_batches(broker, topics)
    with server.stream(f"/{topic}", [at(topic, 13)]) as stream:
        expect_gap(stream, 13, 20)
        expect_messages(stream, topic, range(20, 30))


def test_it_is_told_once_with_what_to_do(broker, topics, start):
    topic, _ = make_batches(broker, topics)
    server = start()
    for _ in range(3):
        with server.stream(f"/{topic}", [at(topic, 5)]) as stream:
            expect_messages(stream, topic, range(5, 10))
            expect_gap(stream, 10, 20)
    (line,) = wait_for(lambda: server.logged("read-error"), what="it is told")
    assert f"topic {topic}, partition 0, offset 10" in line
    assert "CRC" in line
    assert "receive.message.max.bytes" in line
    (line,) = wait_for(lambda: server.logged('"unreadable"'), what="it is told")
    assert f"topic {topic}, partition 0, offsets 10 to 19" in line


def test_a_batch_that_librdkafka_says_nothing_of(broker, topics, server):
    topic, made = make_batches(broker, topics, damaged=())
    made[1].damage_version()
    with server.stream(f"/{topic}", [at(topic, 9)], timeout=2 * PATIENCE) as stream:
        expect_messages(stream, topic, [9])
        stream.wait_comment(len(stream.parser.comments) + 5)
        gap = stream.record(2 * PATIENCE)
        assert (gap.type, gap.json["from"], gap.json["to"]) == ("gap", 10, 20)
        expect_messages(stream, topic, range(20, 30))


def test_good_records_between_bad_ones_are_shown(broker, topics, server):
    topic, _ = make_batches(broker, topics, "zstd", (4, 50, 3, 7, 1, 1, 5), (1, 3, 4))
    with server.stream(f"/{topic}", [at(topic, 0)]) as stream:
        expect_messages(stream, topic, range(4))
        expect_gap(stream, 4, 54)
        expect_messages(stream, topic, range(54, 57))
        expect_gap(stream, 57, 65)
        expect_messages(stream, topic, range(65, 71))


def test_nothing_can_be_read_up_to_the_end(broker, topics, server):
    topic, _ = make_batches(broker, topics, "lz4", damaged=(1, 2))
    with server.stream(f"/{topic}", [at(topic, 9)]) as stream:
        expect_messages(stream, topic, [9])
        expect_gap(stream, 10, 30)
        topics.produce(topic, {"n": 1})
        expect_messages(stream, topic, [30])


def test_silent_and_error(broker, topics, start, tmp_path):
    topic, _ = make_batches(broker, topics)
    config = tmp_path / "kafkasse.ini"
    config.write_text(
        "[route /quiet/{topics}]\ngap = silent\n[route /strict/{topics}]\ngap = error\n"
    )
    server = start(config=config)
    with server.stream(f"/quiet/{topic}", [at(topic, 8)]) as stream:
        expect_messages(stream, topic, [8, 9, 20, 21])
    with server.stream(f"/strict/{topic}", [at(topic, 8)]) as stream:
        events = stream.rest(PATIENCE)
    assert [event.place[2] for event in events[:-1]] == [8, 9]
    assert (events[-1].type, events[-1].json["name"]) == ("error", "GapError")


def test_wait(broker, topics, start):
    """Nothing is passed over; what was mended is read."""
    topic, made = make_batches(broker, topics)
    server = start("--unreadable", "wait")
    with server.stream(f"/{topic}", [at(topic, 9)], timeout=PATIENCE) as stream:
        expect_messages(stream, topic, [9])
        wait_for(lambda: server.metrics()["kafkasse_read_errors_total"] >= 3, PATIENCE, "tries")
        stream.wait_comment(len(stream.parser.comments) + 2)
        made[1].damage()
        expect_messages(stream, topic, range(10, 30))
    assert server.metrics()["kafkasse_unreadable_ranges_total"] == 0


def test_live_streams_and_late_ones_agree(broker, topics, start):
    """A batch that grows too large when it is decompressed, as it comes."""
    topic = topics.create(max_message_bytes=16 << 20)
    server = start("-X", "receive.message.max.bytes=9000000")
    with contextlib.ExitStack() as stack:
        live = stack.enter_context(server.stream(f"/{topic}", timeout=PATIENCE))
        go_live(live, topics, topic)
        first = live.parser.events[-1].place[2] + 1
        topics.produce(topic, {"n": "before"})
        late = stack.enter_context(server.stream(f"/{topic}", [at(topic, first)]))
        produce_batch(topics, topic, 40, "zstd", pad="x" * 1_000_000)
        topics.produce(topic, {"n": "after"})
        for stream in (live, late):
            expect_messages(stream, topic, [first])
            expect_gap(stream, first + 1, first + 41)
            expect_messages(stream, topic, [first + 41])
        again = stack.enter_context(server.stream(f"/{topic}", [at(topic, first)]))
        expect_messages(again, topic, [first])
        expect_gap(again, first + 1, first + 41)
        expect_messages(again, topic, [first + 41])
        topics.produce(topic, {"n": "last"})
        for stream in (live, late, again):
            expect_messages(stream, topic, [first + 42])


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_a_large_batch_passes(topics, start, codec):
    """60 MB in one batch: legal, and within the bound that is promised."""
    topic = topics.create(max_message_bytes=16 << 20)
    produce_batch(topics, topic, 60, codec, pad="x" * 1_000_000)
    server = start()
    with server.stream(f"/{topic}", [at(topic, 0)], timeout=PATIENCE) as stream:
        expect_messages(stream, topic, range(60))
    assert server.metrics()["kafkasse_read_errors_total"] == 0
