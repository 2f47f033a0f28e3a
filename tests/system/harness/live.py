"""Streams that start at "latest", brought to where every further record is certain to come."""

import itertools
import uuid

from .wait import PATIENCE_S, Deadline


def go_live(stream, topics, topic, partitions=1):
    """
    Produces probes until the stream shows one: by then it knows where each of its partitions
    stands. Then reads one more probe of each partition: from here on it is live, and nothing that
    was produced before is still on its way. Returns the stream.
    """
    mark = uuid.uuid4().hex
    deadline = Deadline(PATIENCE_S, "a live stream shows something")
    for number in itertools.count():
        deadline.left()
        probe(topics, topic, partitions, mark, number)
        if stream.poll(0.05) is not None:
            break
    probe(topics, topic, partitions, mark, "last")
    seen = set()
    while len(seen) < partitions:
        event = stream.record()
        value = event if isinstance(event, dict) else event.json
        if value.get("probe") == mark and value["n"] == "last":
            seen.add(value["_kafka"]["partition"])
    return stream


def probe(topics, topic, partitions, mark, number):
    for partition in range(partitions):
        topics.send(topic, {"probe": mark, "n": number}, partition, key=f"probe {number}")
    topics.flush()
