"""Where a stream begins: latest, an id, `?lastEventId=`, `?since=`."""

import json
import time
from urllib.parse import quote

import pytest
from harness.http import error_of
from harness.live import go_live

NOON = 1_700_000_000_000  # 2023-11-14T22:13:20Z


@pytest.fixture(scope="module")
def dated(topics):
    """A topic of two partitions with a record a minute, alternating, from NOON on."""
    topic = topics.create(partitions=2)
    for minute in range(10):
        topics.send(topic, {"minute": minute}, minute % 2, timestamp=NOON + minute * 60_000)
    topics.flush()
    return topic


def minutes(stream, count):
    return sorted(event.json["minute"] for event in stream.messages(count))


def at(topic, offset, partition=0):
    return {"topic": topic, "partition": partition, "offset": offset}


def test_latest_shows_new_records_only(server, topics):
    topic = topics.create(partitions=2)
    topics.produce(topic, {"old": 1}, partition=0)
    topics.produce(topic, {"old": 2}, partition=1)
    with server.stream(f"/{topic}") as stream:
        go_live(stream, topics, topic, 2)
        assert not any("old" in event.json for event in stream.parser.events)
        topics.produce(topic, {"new": 1}, partition=1)
        assert stream.messages(1)[0].json["new"] == 1


def test_latest_joins_where_others_are(server, topics):
    topic = topics.create()
    with server.stream(f"/{topic}") as first:
        go_live(first, topics, topic)
        with server.stream(f"/{topic}") as second:
            go_live(second, topics, topic)
            topics.produce(topic, {"both": 1})
            a = next(e for e in iter(first.record, None) if "both" in e.json)
            b = next(e for e in iter(second.record, None) if "both" in e.json)
            assert a.raw == b.raw


@pytest.mark.parametrize(
    "since, expected",
    [
        (str(NOON), range(10)),
        (str(NOON + 1), range(1, 10)),
        ("2023-11-14T22:16:20Z", range(3, 10)),
        ("2023-11-14T22:16:20.001Z", range(4, 10)),
        ("2023-11-14T23:16:20+01:00", range(3, 10)),
        ("2023-11-14T22:16:20", range(3, 10)),
        ("2023-11-14", range(10)),
        ("Tue, 14 Nov 2023 22:16:20 GMT", range(3, 10)),
        ("Tue, 14 Nov 2023 22:16:20 +0000", range(3, 10)),
        ("Tue Nov 14 2023 23:16:20 GMT+0100 (Central European Standard Time)", range(3, 10)),
        ("2023/11/14", range(10)),
        (f"{NOON + 180_000}.0174", range(3, 10)),
        ("0", range(10)),
    ],
)
def test_since(server, dated, since, expected):
    with server.stream(f"/{dated}?since={quote(since)}") as stream:
        assert minutes(stream, len(expected)) == list(expected)


def test_since_in_the_future_is_latest(server, topics):
    topic = topics.create()
    topics.produce(topic, {"old": 1})
    ms = int(time.time() * 1000) + 86_400_000
    with server.stream(f"/{topic}?since={ms}") as stream:
        go_live(stream, topics, topic)
        assert not any("old" in event.json for event in stream.parser.events)


@pytest.mark.parametrize(
    "since, hours", [("-90m", [1]), ("-5400s", [1]), ("-3.5h", [3, 2, 1]), ("-1d", [3, 2, 1])]
)
def test_since_before_now(server, topics, since, hours):
    topic = topics.create()
    now_ms = int(time.time() * 1000)
    for ago in (3, 2, 1):
        topics.send(topic, {"hours": ago}, 0, timestamp=now_ms - ago * 3_600_000)
    topics.flush()
    with server.stream(f"/{topic}?since={since}") as stream:
        assert [event.json["hours"] for event in stream.messages(len(hours))] == hours


@pytest.mark.parametrize(
    "since",
    ["yesterday", "01/02/2026", "-1y", "2023-13-01", "1e3", "12:00", "99999-01-01"],
)
def test_a_bad_since_is_a_400(server, dated, since):
    answer = server.get(f"/{dated}?since={quote(since)}")
    assert answer.status == 400, answer.body
    message = error_of(answer)["message"]
    for form in ("1767323045678", "-15m", "2026-01-02T03:04:05Z", "2026/01/02", "+0000", "GMT+0000"):
        assert form in message


def test_last_event_id_in_the_query(server, dated):
    last_id = quote(json.dumps([at(dated, 4, 0), at(dated, 3, 1)]))
    with server.stream(f"/{dated}?lastEventId={last_id}") as stream:
        assert minutes(stream, 3) == [7, 8, 9]


def test_the_header_wins_over_the_query(server, dated):
    query = quote(json.dumps([at(dated, 0, 0), at(dated, 0, 1)]))
    with server.stream(f"/{dated}?lastEventId={query}", [at(dated, 4, 0)]) as stream:
        assert minutes(stream, 1) == [8]


def test_an_id_wins_over_since(server, dated):
    query = quote(json.dumps([at(dated, 4, 0)]))
    with server.stream(f"/{dated}?since=0&lastEventId={query}") as stream:
        assert minutes(stream, 1) == [8]


def test_a_bad_id_in_the_query_is_a_400(server, dated):
    assert server.get(f"/{dated}?lastEventId=%7B%7D").status == 400


def test_timestamps_in_an_id(server, dated):
    start = [
        {"topic": dated, "partition": 0, "timestamp": NOON + 6 * 60_000},
        {"topic": dated, "partition": 1, "timestamp": NOON + 6 * 60_000},
    ]
    with server.stream(f"/{dated}", start) as stream:
        assert minutes(stream, 4) == [6, 7, 8, 9]


def test_timestamps_and_offsets_in_one_id(server, dated):
    start = [{"topic": dated, "partition": 0, "timestamp": NOON + 7 * 60_000}, at(dated, 4, 1)]
    with server.stream(f"/{dated}", start) as stream:
        assert minutes(stream, 2) == [8, 9]


def test_several_topics_each_with_its_own_start(server, topics, dated):
    other = topics.create()
    topics.produce(other, {"n": 0}, {"n": 1}, {"n": 2})
    with server.stream(f"/{dated},{other}", [at(dated, 4, 0), at(other, 2)]) as stream:
        places = sorted(event.place for event in stream.messages(2))
        assert places == sorted([(dated, 0, 4), (other, 0, 2)])


def test_a_topic_named_twice_comes_once(server, dated):
    with server.stream(f"/{dated},{dated}?since=0") as stream:
        events = stream.messages(10)
        assert len({event.place for event in events}) == 10
        assert len(events[-1].position) == 2


def test_percent_encoded_topics(server, dated):
    encoded = "".join(f"%{ord(char):02X}" for char in dated)
    with server.stream(f"/{encoded}?since=0") as stream:
        assert minutes(stream, 10) == list(range(10))


def dated_records(topics, times):
    topic = topics.create()
    for number, time_ms in enumerate(times):
        topics.send(topic, {"n": number}, timestamp=time_ms)
    topics.flush()
    return topic


def rest_of(server, topic, last_id, last):
    """The records that come up to number `last`."""
    with server.stream(f"/{topic}", last_id) as stream:
        numbers = [stream.record().json["n"]]
        while numbers[-1] != last:
            numbers.append(stream.record().json["n"])
        return numbers


@pytest.mark.parametrize(
    "seconds, twice",
    [
        ([0, 1, 2, 3], [0, 0, 0]),
        ([0, 5, 1, 2, 6], [0, 0, 1, 2]),
        ([5, 4, 3, 2], [0, 1, 2]),
        ([0, 0, 0, 1, 1], [0, 1, 2, 0]),
    ],
)
def test_timestamp_ids_lose_nothing(start, topics, seconds, twice):
    """Out of order, of one millisecond: cut anywhere, all the rest comes, and little twice."""
    topic = dated_records(topics, [NOON + second * 1000 for second in seconds])
    server = start("--id-format", "timestamp")
    with server.stream(f"/{topic}?since=0") as stream:
        events = stream.messages(len(seconds))
    last = len(seconds) - 1
    for cut in range(last):
        (entry,) = json.loads(events[cut].id)
        assert entry["timestamp"] == NOON + max(seconds[: cut + 1]) * 1000 + 1
        first = cut + 1 - twice[cut]
        assert rest_of(server, topic, events[cut].id, last) == list(range(first, last + 1))


def test_times_ahead_of_the_clock(start, topics):
    """Live: now and +5 s, cut; then +1 s and +2 s."""
    server = start("--id-format", "timestamp")
    topic = topics.create()
    now_ms = int(time.time() * 1000)
    with server.stream(f"/{topic}") as stream:
        stream.next(types=["position"])
        topics.produce(topic, {"n": 0}, timestamp=now_ms)
        topics.produce(topic, {"n": 1}, timestamp=now_ms + 5000)
        last_id = stream.messages(2)[1].id
    topics.produce(topic, {"n": 2}, timestamp=now_ms + 1000)
    topics.produce(topic, {"n": 3}, timestamp=now_ms + 2000)
    assert rest_of(server, topic, last_id, 3)[-2:] == [2, 3]


def test_a_record_from_the_future_is_deleted(start, topics):
    """Held as it was, its time would hide all that comes in the next 50 minutes."""
    server = start("--id-format", "timestamp")
    topic = topics.create()
    with server.stream(f"/{topic}") as stream:
        stream.next(types=["position"])
        topics.produce(topic, {"n": 0}, timestamp=int(time.time() * 1000) + 3_000_000)
        last_id = stream.messages(1)[0].id
    topics.delete_records(topic, {0: 1})
    topics.produce(topic, {"n": 1}, {"n": 2})
    assert rest_of(server, topic, last_id, 2) == [1, 2]


def test_ids_that_kafkasse_made_of_times(start, topics):
    """Time + 1 of the last record sent, also when an earlier one was newer."""
    topic = dated_records(topics, [NOON, NOON + 5000, NOON + 1000, NOON + 2000])
    server = start("--id-format", "timestamp")
    last_id = [{"topic": topic, "partition": 0, "timestamp": NOON + 1001}]
    assert rest_of(server, topic, last_id, 3) == [1, 2, 3]
    last_id[0]["timestamp"] = NOON + 1
    assert rest_of(server, topic, last_id, 3) == [1, 2, 3]


def test_timestamp_ids_resume(start, topics):
    topic = topics.create(partitions=2)
    server = start("--id-format", "timestamp")
    for number in range(20):
        topics.send(topic, {"n": number}, number % 2, timestamp=NOON + number * 1000)
    topics.flush()
    with server.stream(f"/{topic}?since=0") as stream:
        events = stream.messages(20)
    assert set(json.loads(events[-1].id)[0]) == {"topic", "partition", "timestamp"}
    seen = {event.place for event in events[:7]}
    with server.stream(f"/{topic}", events[6].id) as stream:
        rest = stream.messages(13)
    assert len(seen | {event.place for event in rest}) == 20
