"""Ids that are too long to come back: refused when they are asked for, not when they do."""

import json

import pytest
from harness.http import Stream, error_of
from harness.server import run

PARTITIONS = 4
LARGEST = 2**53  # the largest offset that JavaScript counts to


@pytest.fixture(scope="module")
def names(topics):
    return [topics.create(partitions=PARTITIONS) for _ in range(9)]


def asked(server, path, last_id=None, **options):
    """The exchange of a stream, its head read."""
    return Stream(server.port, path, last_id, **options).read_head()


def grown(last_id):
    entries = [{**entry, "offset": LARGEST} for entry in json.loads(last_id)]
    return json.dumps(entries, separators=(",", ":"))


def test_what_is_served_can_come_back(start, names):
    """One topic more at a time; with long fields, and when offsets have grown as far as they can."""
    server = start("--max-head", "2KiB")
    fields = {"Cookie": "c" * 300, "User-Agent": "u" * 120}
    statuses = []
    for count in range(1, len(names) + 1):
        path = "/" + ",".join(names[:count])
        with asked(server, path, fields=fields) as stream:
            statuses.append(stream.status)
            if stream.status != 200:
                stream.read_body()
                error = error_of(stream)
                assert (stream.status, error["name"]) == (400, "InvalidAssignmentError")
                assert "max-head" in error["message"]
                continue
            last_id = grown(stream.next(types=["position"]).id)
            assert last_id.count("partition") == count * PARTITIONS
        with asked(server, path, last_id, fields=fields) as stream:
            assert stream.status == 200, count
    assert statuses[0] == 200 and statuses[-1] == 400
    assert statuses == sorted(statuses)


def test_who_has_come_back_is_not_refused(start, names):
    """An operator has made the limit smaller, or cookies have grown: what still fits goes on."""
    server = start("--max-head", "1KiB")
    entries = [{"topic": names[0], "partition": n, "offset": 0} for n in range(PARTITIONS)]
    last_id = json.dumps(entries, separators=(",", ":"))
    fields = {"Cookie": "c" * (900 - len(last_id))}
    with asked(server, f"/{names[0]}", fields=fields) as stream:
        assert stream.status == 400
    fields["Cookie"] = fields["Cookie"][: 700 - len(last_id)]
    with asked(server, f"/{names[0]}", last_id, fields=fields) as stream:
        assert stream.status == 200


def test_lines_have_no_ids(start, names):
    server = start("--max-head", "1KiB")
    path = "/" + ",".join(names)
    with asked(server, path) as stream:
        assert stream.status == 400
    with asked(server, path, ndjson=True) as stream:
        assert stream.status == 200


def test_partitions_are_added_to_running_streams(start, topics):
    """Who cannot have them is told, and goes on with the others; nobody else is touched."""
    topic = topics.create(partitions=2)
    server = start("--max-head", "2KiB")
    with server.stream(f"/{topic}") as stream, server.stream(f"/{topic}", ndjson=True) as lines:
        last_id = stream.next(types=["position"]).id
        topics.add_partitions(topic, 40)
        events = stream.rest()
        assert [event.type for event in events] == ["error"]
        assert "max-head" in events[0].json["message"]
        topics.produce(topic, {"n": 0}, partition=39)
        assert lines.record()["_kafka"]["partition"] == 39
    topics.produce(topic, {"n": 1}, partition=1)
    with server.stream(f"/{topic}", last_id) as stream:
        assert stream.record().place == (topic, 1, 0)
    with asked(server, f"/{topic}") as stream:
        assert stream.status == 400


def test_the_settings_are_compared():
    told = run("-T", "-b", "kafka:9092", "--max-partitions", "2000").stdout
    assert "max-partitions = 2000" in told and "max-head = 64KiB" in told
    told = run("-T", "-b", "kafka:9092", "--max-partitions", "500").stdout
    assert "max-head" not in told
