"""Strict readers of what the server sends: the SSE standard's grammar, fed with raw bytes."""

import dataclasses
import json


@dataclasses.dataclass
class Event:
    type: str
    data: str
    id: str  # the last event id as it is after this event
    raw: bytes  # the frame with its empty line

    @property
    def json(self):
        return json.loads(self.data)

    @property
    def kafka(self):
        return self.json["_kafka"]

    @property
    def place(self):
        """(topic, partition, offset) of the record."""
        kafka = self.kafka
        return kafka["topic"], kafka["partition"], kafka["offset"]

    @property
    def position(self):
        """{(topic, partition): offset or timestamp} of the id."""
        return position_of(self.id)


def position_of(event_id):
    return {
        (entry["topic"], entry["partition"]): entry.get("offset", entry.get("timestamp"))
        for entry in json.loads(event_id)
    }


class SseParser:
    """
    Takes bytes, gives events. Stricter than a browser: everything must be UTF-8, lines end in LF,
    no field but the standard's four, no byte order mark, `retry` is digits.
    """

    def __init__(self):
        self.pending = b""
        self.frame = b""
        self.last_id = ""
        self.comments = []
        self.retry = None
        self.events = []
        self._reset()

    def _reset(self):
        self.frame = b""
        self.type = ""
        self.data = []

    def feed(self, chunk):
        """Returns the events that the bytes completed."""
        lines = (self.pending + chunk).split(b"\n")
        self.pending = lines.pop()
        done = []
        for line in lines:
            event = self._line(line)
            if event is not None:
                done.append(event)
        self.events.extend(done)
        return done

    def _line(self, raw):
        self.frame += raw + b"\n"
        assert b"\r" not in raw, f"a CR in {raw[:200]!r}"
        assert b"\0" not in raw, f"a NUL in {raw[:200]!r}"
        line = raw.decode("utf-8")
        if line == "":
            return self._dispatch()
        if line.startswith(":"):
            self.comments.append(line[1:].strip())
            return None
        name, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if name == "event":
            self.type = value
        elif name == "data":
            self.data.append(value)
        elif name == "id":
            self.last_id = value
        elif name == "retry":
            assert value.isdigit(), line
            self.retry = int(value)
        else:
            raise AssertionError(f"no such field: {line[:200]!r}")
        return None

    def _dispatch(self):
        frame, type_, data = self.frame, self.type, self.data
        self._reset()
        if not data:
            return None
        return Event(type_ or "message", "\n".join(data), self.last_id, frame)

    @property
    def is_between_frames(self):
        return self.pending == b"" and self.frame == b""


class LineParser:
    """NDJSON: an object per line; empty lines are heartbeats."""

    def __init__(self):
        self.pending = b""
        self.empty_lines = 0

    def feed(self, chunk):
        lines = (self.pending + chunk).split(b"\n")
        self.pending = lines.pop()
        self.empty_lines += lines.count(b"")
        return [json.loads(line.decode("utf-8")) for line in lines if line]

    @property
    def is_between_frames(self):
        return self.pending == b""
