"""Standard error that nobody reads: the server goes on, and lines are dropped and counted."""

import os
import re
import subprocess
import threading
import time

import pytest
from harness.http import Stream, fetch
from harness.live import go_live
from harness.process import spawn
from harness.server import SANITIZER, binary, environment
from harness.wait import PATIENCE_S, wait_for

DROPPED = re.compile(rb"^kafkasse_log_lines_dropped_total (\d+)$", re.MULTILINE)


class Unread:
    """A server that says a lot about its many fetches, on a pipe that is read when told so."""

    def __init__(self, broker, topic):
        command = [str(binary()), "-l", "127.0.0.1:0", "-b", broker.bootstrap, "--heartbeat", "1s"]
        self.process = spawn(
            [*command, "--log-level", "debug", "-X", "debug=all", "--workers", "2"],
            stderr=subprocess.PIPE, env=environment(),
        )  # fmt: skip
        self.output = b""
        while b"istening on" not in self.output:
            assert self.read(), "it ended"
        self.port = int(re.search(rb"port=(\d+)", self.output)[1])
        self.stream = Stream(self.port, f"/{topic}").open()

    def read(self):
        data = os.read(self.process.stderr.fileno(), 1 << 16)
        self.output += data
        return data

    def read_on(self):
        """Reads all that comes on a thread."""

        def read_all():
            while self.read():
                pass

        thread = threading.Thread(target=read_all, daemon=True)
        thread.start()
        return thread

    def dropped(self):
        return int(DROPPED.search(fetch(self.port, "/-/metrics").body)[1])


@pytest.fixture
def unread(broker, topics):
    server = Unread(broker, topics.create(partitions=4))
    wait_for(lambda: server.dropped() > 0, what="lines are dropped")
    yield server
    server.stream.close()
    server.process.kill()
    server.process.wait(PATIENCE_S)
    server.process.stderr.close()


def test_a_full_pipe_stops_nobody(unread, topics):
    topic = topics.create()
    with Stream(unread.port, f"/{topic}").open() as stream:
        go_live(stream, topics, topic)
        for number in range(20):
            before = unread.dropped()
            topics.produce(topic, {"n": number})
            assert stream.record().json["n"] == number
            wait_for(lambda: unread.dropped() > before, what="more are dropped")
        assert fetch(unread.port, "/-/healthy").status == 200
    unread.read_on()
    wait_for(lambda: b" log-dropped " in unread.output, what="it is told")


def test_the_end_does_not_wait_for_a_reader(unread):
    unread.process.terminate()
    begun = time.monotonic()
    assert unread.process.wait(PATIENCE_S) == 0
    assert time.monotonic() - begun < 30  # 2 s are for what is queued


def test_what_is_queued_is_written_at_the_end(unread):
    thread = unread.read_on()
    unread.process.terminate()
    assert unread.process.wait(PATIENCE_S) == 0
    thread.join(PATIENCE_S)
    lines = unread.output.splitlines()
    assert b" stopped All streams have ended." in unread.output
    told = [int(line.rpartition(b"lines=")[2]) for line in lines if b" log-dropped " in line]
    assert told and all(count > 0 for count in told)
    assert not SANITIZER.search(unread.output.decode(errors="replace"))
