"""
Thousands of connections that end at any moment, by bench-churn: before the request, in the middle
of it, of the response, of a frame, of a replay; in order or with a reset. Nothing is left of them.
"""

import json
import os
import threading

import pytest
from harness import server as harness
from harness.gauges import gauges, wait_calm
from harness.load import Load, record
from harness.wait import wait_for

OLD_RECORDS = 3000
ERRORS_FOUND = 99


def start_of(topic):
    return [{"topic": topic, "partition": 0, "offset": 0}]


@pytest.fixture
def busy_topic(topics):
    """A topic with a past, and a hundred records a second for the live streams."""
    topic = topics.create()
    for n in range(OLD_RECORDS):
        topics.send(topic, record(n, 300))
    topics.flush()
    stop = threading.Event()

    def go_on():
        n = OLD_RECORDS
        while not stop.wait(0.01):
            topics.send(topic, record(n, 300))
            n += 1

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    yield topic
    stop.set()
    thread.join()
    topics.flush()


def churn(server, topic, total, concurrent, seed, timeout=180):
    plan = ["-n", total, "-c", concurrent, "-s", seed]
    where = ["-l", server.port, "-u", f"/{topic}", "-i", json.dumps(start_of(topic))]
    with Load("churn", *where, *plan) as load:
        found = load.result(timeout)
    assert (found["made"], found["refused"], found["closed"]) == (total, 0, 0), found
    assert found["late"] == 0, found
    assert all(count > 0 for count in found["reached"].values()), found


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def test_churn_leaves_nothing_behind(start, busy_topic):
    server = start("--linger", "1s")
    before = gauges(server)
    churn(server, busy_topic, 400, 100, seed=1)  # all replay readers have their handles then
    wait_calm(server, before)
    threads = server.thread_count()
    held = wait_for(lambda: server.client_sockets() == 0 and descriptors(server), what="calm")
    churn(server, busy_topic, 4000, 100, seed=2)
    wait_calm(server, before)
    wait_for(lambda: descriptors(server) <= held, what=f"{held} descriptors again")
    # wait_calm() has closed its connection, which the server keeps until it sees that.
    wait_for(lambda: server.client_sockets() == 0, what="descriptors are closed")
    wait_for(lambda: server.thread_count() <= threads, what=f"{threads} threads again")
    with server.stream(f"/{busy_topic}", start_of(busy_topic)) as fresh:
        assert [event.json["n"] for event in fresh.messages(3)] == [0, 1, 2]


def plain_binary():
    """One without sanitizers: valgrind and these do not go together."""
    for path in (harness.binary(), harness.REPOSITORY / "build" / "kafkasse"):
        if path.exists() and b"__asan_init" not in path.read_bytes():
            return path
    return pytest.skip("no build without sanitizers")


def test_churn_under_valgrind(start, busy_topic, need, tmp_path, monkeypatch):
    """No error and no leak of our own; a server under valgrind is some twenty times slower."""
    report = tmp_path / "report"
    program = tmp_path / "kafkasse"
    program.write_text(
        f"#!/bin/sh\nexec {need('valgrind')} --quiet --leak-check=full --log-file={report}"
        f" --errors-for-leak-kinds=definite --error-exitcode={ERRORS_FOUND}"
        f' {plain_binary()} "$@"\n'
    )
    program.chmod(0o755)
    (tmp_path / "bench").symlink_to(harness.binary().parent / "bench")
    monkeypatch.setenv("KAFKASSE_BIN", str(program))
    server = start("--head-timeout", "60s")
    before = gauges(server)
    churn(server, busy_topic, 400, 40, seed=3)
    wait_calm(server, before, timeout=120)
    server.stop(timeout=60)
    assert report.read_text() == ""
