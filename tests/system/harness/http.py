"""HTTP over a plain socket, so that tests see every byte and can send what no library would."""

import json
import re
import select
import socket

from .sse import LineParser, SseParser
from .wait import PATIENCE_S, Deadline, TooLate

STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) [\x20-\x7e]*\Z")
FIELD_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e]*?)[ \t]*\Z")


class Ended(Exception):
    """The server closed before what was waited for came."""


class ChunkDecoder:
    """Strict RFC 9112, 7.1: no extensions, no trailers."""

    HEAD = re.compile(rb"([0-9a-fA-F]{1,16})\Z")

    def __init__(self):
        self.pending = b""
        self.left = None  # bytes left of the current chunk; None: a head comes next
        self.is_last = False  # the current chunk has no bytes
        self.is_done = False
        self.heads = 0

    def feed(self, data):
        self.pending += data
        out = b""
        while not self.is_done and self.pending:
            if self.left is None:
                head, found, rest = self.pending.partition(b"\r\n")
                if not found:
                    assert len(self.pending) <= 17, self.pending[:40]
                    break
                match = self.HEAD.match(head)
                assert match, f"chunk head {head[:40]!r}"
                self.left, self.pending = int(match[1], 16), rest
                self.is_last = self.left == 0
                self.heads += 1
            if len(self.pending) < self.left + 2:
                out, self.pending, self.left = self._take_part(out)
                break
            body, end = self.pending[: self.left], self.pending[self.left : self.left + 2]
            assert end == b"\r\n", f"chunk end {end!r}"
            self.pending = self.pending[self.left + 2 :]
            out += body
            self.is_done = self.is_last
            self.left = None
        assert not (self.is_done and self.pending), "bytes behind the last chunk"
        return out

    def _take_part(self, out):
        part = self.pending[: self.left]
        return out + part, self.pending[len(part) :], self.left - len(part)


class Exchange:
    """
    One connection: bytes out, response head in, then body bytes as they come. `source` is the
    address that it comes from, 127.0.0.2 for example.
    """

    def __init__(self, port, host="127.0.0.1", timeout=PATIENCE_S, receive_buffer=None,
                 source=None):  # fmt: skip
        self.timeout = timeout
        self.port = port
        self.socket = socket.socket()
        if source is not None:
            self.socket.bind((source, 0))
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect((host, port))
        self.received = b""  # bytes behind the head that nobody took yet
        self.is_pipelined = False  # the next answer may come right behind a body with a length
        self.raw_head = None
        self.status = None
        self.fields = None
        self.body = b""
        self.is_ended = False
        self.chunks = None
        self.length_left = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Closes with an RST instead of a FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def request(self, path, fields=(), method="GET", version="1.1"):
        fields = dict(fields)
        head = f"{method} {path} HTTP/{version}\r\n"
        fields.setdefault("Host", f"127.0.0.1:{self.port}")
        head += "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.send(head.encode("latin-1") + b"\r\n")
        return self

    def _receive(self, deadline):
        self.socket.settimeout(deadline.left())
        try:
            return self.socket.recv(1 << 18)
        except socket.timeout:
            deadline.left()
            return self._receive(deadline)

    def read_head(self, timeout=None):
        """Reads and checks the head of the first response, or of the next one when that was read to
        its end; raises Ended when the server closes before it."""
        self.body = b""
        self.is_ended = False
        self.chunks = self.length_left = None
        deadline = Deadline(timeout or self.timeout, "response head")
        while b"\r\n\r\n" not in self.received:
            data = self._receive(deadline)
            if not data:
                raise Ended(f"closed after {self.received[:200]!r}")
            self.received += data
        self.raw_head, _, self.received = self.received.partition(b"\r\n\r\n")
        lines = self.raw_head.split(b"\r\n")
        match = STATUS_LINE.match(lines[0])
        assert match, lines[0]
        self.status = int(match[1])
        self.fields = {}
        for line in lines[1:]:
            match = FIELD_LINE.match(line)
            assert match, line
            name = match[1].decode().lower()
            assert name not in self.fields, f"{name} came twice"
            self.fields[name] = match[2].decode()
        if self.fields.get("transfer-encoding") == "chunked":
            assert "content-length" not in self.fields
            self.chunks = ChunkDecoder()
        elif "content-length" in self.fields:
            self.length_left = int(self.fields["content-length"])
        return self

    def read_some(self, deadline):
        """Returns the next body bytes; b"" at the end of the body."""
        if self.is_ended or self.length_left == 0 or (self.chunks and self.chunks.is_done):
            self.is_ended = True
            return b""
        data, self.received = self.received, b""
        if not data:
            data = self._receive(deadline)
            if not data:
                assert self.chunks is None or self.chunks.is_done, "no last chunk"
                assert not self.length_left, f"{self.length_left} bytes short"
                self.is_ended = True
                return b""
        if self.chunks is not None:
            data = self.chunks.feed(data)
            if self.chunks.is_done and not data:
                self.is_ended = True
            elif not data:
                return self.read_some(deadline)
        elif self.length_left is not None:
            if self.is_pipelined:
                data, self.received = data[: self.length_left], data[self.length_left :]
            assert len(data) <= self.length_left, "bytes behind the body"
            self.length_left -= len(data)
        self.body += data
        return data

    def read_body(self, timeout=None):
        """Reads the body to its end and returns it whole."""
        deadline = Deadline(timeout or self.timeout, "end of the body")
        while self.read_some(deadline):
            pass
        return self.body

    def has_bytes_within(self, timeout):
        """Whether anything comes within the time, or the end."""
        return bool(select.select([self.socket], [], [], timeout)[0])

    def is_closed_within(self, timeout=PATIENCE_S):
        """Whether the server closes or resets; what it sends before that is dropped."""
        deadline = Deadline(timeout, "the server closes the connection")
        try:
            while self._receive(deadline):
                pass
        except ConnectionError:
            pass
        return True


def fetch(port, path, fields=(), method="GET", timeout=PATIENCE_S):
    """One request whose response has an end. Returns the Exchange; `.body` is read."""
    with Exchange(port, timeout=timeout) as exchange:
        exchange.request(path, fields, method).read_head()
        if method != "HEAD":
            exchange.read_body()
        return exchange


def error_of(exchange):
    """The body of an error response, checked for its fixed members."""
    error = json.loads(exchange.body)
    assert error["origin"] == "KafkaSSE", error
    assert error["statusCode"] == exchange.status, error
    assert error["message"] and isinstance(error["message"], str), error
    assert "stack" not in error
    return error


class Stream(Exchange):
    """A GET whose response is a stream: events (or NDJSON objects) are taken one by one."""

    def __init__(self, port, path, last_id=None, fields=(), **options):
        version = options.pop("version", "1.1")
        is_ndjson = options.pop("ndjson", False)
        super().__init__(port, **options)
        fields = dict(fields)
        fields.setdefault("Accept", "application/json" if is_ndjson else "text/event-stream")
        if last_id is not None:
            if not isinstance(last_id, str):
                last_id = json.dumps(last_id)
            fields["Last-Event-ID"] = last_id
        self.request(path, fields, version=version)
        self.parser = LineParser() if is_ndjson else SseParser()
        self.queue = []

    def open(self, status=200):
        """Waits for the response head and the preamble, when records from now on are promised."""
        self.read_head()
        if self.status != status:
            self.read_body()
            raise AssertionError(f"{self.status} {self.body[:500]!r}")
        deadline = Deadline(self.timeout, "the preamble")
        preamble = b":ok\n\n" if isinstance(self.parser, SseParser) else b"\n"
        while len(self.body) < len(preamble):
            self._pump(deadline)
        assert self.body.startswith(preamble), self.body[:40]
        return self

    def _pump(self, deadline):
        data = self.read_some(deadline)
        if not data:
            raise Ended("the stream ended")
        self.queue.extend(self.parser.feed(data))

    def next(self, timeout=None, types=None):
        """The next event; with `types`, others than these are passed over."""
        deadline = Deadline(timeout or self.timeout, f"an event {types or ''} in what follows "
                            f"{self.body[-200:]!r}")  # fmt: skip
        while True:
            while self.queue:
                event = self.queue.pop(0)
                if types is None or event.type in types:
                    return event
            self._pump(deadline)

    def record(self, timeout=None):
        """The next event that is no `position`."""
        while True:
            event = self.next(timeout)
            if isinstance(event, dict) or event.type != "position":
                return event

    def poll(self, timeout):
        """The next event that is no `position`, or None when none comes within the time."""
        try:
            return self.record(timeout)
        except TooLate:
            return None

    def records(self, count, timeout=None):
        return [self.record(timeout) for _ in range(count)]

    def messages(self, count, timeout=None):
        """The next `count` events, all of which must be messages (positions are passed over)."""
        events = self.records(count, timeout)
        for event in events:
            assert event.type == "message", event
        return events

    def wait_comment(self, count, timeout=None):
        """Waits until `count` comments have come."""
        deadline = Deadline(timeout or self.timeout, f"{count} comments")
        while len(self.parser.comments) < count:
            self._pump(deadline)

    def rest(self, timeout=None):
        """Reads on until the server ends the stream; returns the events that still came."""
        deadline = Deadline(timeout or self.timeout, "the end of the stream")
        try:
            while True:
                self._pump(deadline)
        except Ended:
            pass
        assert self.parser.is_between_frames, f"cut off: {self.body[-200:]!r}"
        events, self.queue = self.queue, []
        return events


