"""Several workers in one process: together they are one server."""

import collections
import contextlib
import pathlib

import pytest
from harness.broker import Broker
from harness.http import Exchange, Stream
from harness.ledger import Writer, from_the_start
from harness.live import go_live
from harness.server import Kafkasse, binary, run
from harness.topics import Topics
from harness.wait import TooLate, free_port, wait_for

MANY = 24  # by chance all of them are one worker's once in 8 million runs


def metric(server, name):
    return server.metrics()[f"kafkasse_{name}"]


def wait_metric(server, name, value):
    wait_for(lambda: metric(server, name) == value, what=f"{name} is {value}")


def listening_sockets(port):
    found = 0
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        found += fields[1].endswith(f":{port:04X}") and fields[3] == "0A"
    return found


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_each_worker_has_a_socket(start, topics, workers):
    topic = topics.create()
    server = start("--workers", str(workers))
    assert listening_sockets(server.port) == workers
    assert metric(server, "workers") == workers
    with server.stream(f"/{topic}") as stream:
        go_live(stream, topics, topic)


def test_all_clients_get_everything(start, topics):
    """From the start, and live; each worker has a channel and reads the partitions for itself."""
    topic = topics.create(partitions=2)
    writer = Writer(topics, [topic], 2).write_many(400)
    server = start("--workers", "2")
    with contextlib.ExitStack() as stack:
        last_id, _ = from_the_start([topic], 2)
        streams = [
            (stack.enter_context(server.stream(f"/{topic}", last_id)), from_the_start([topic], 2)[1])
            for _ in range(MANY)
        ]
        wait_metric(server, "replays", 0)
        writer.write_many(400)
        for stream, ledger in streams:
            while not ledger.has_reached(writer.ends):
                ledger.take(stream.record())
        assert metric(server, "clients") == MANY
        wait_metric(server, "channels", 2)
        wait_metric(server, "partitions_followed", 4)
        # Each worker has read the second half at least, some of the first half went to replays.
        wait_for(lambda: metric(server, "records_read_total") >= 800, what="both have read")


def test_metrics_are_sums(start, topics):
    """Whichever worker answers, and it never takes back what another one has said."""
    topic = topics.create()
    server = start("--workers", "2")
    before = server.metrics()
    with contextlib.ExitStack() as stack:
        for _ in range(MANY):
            stack.enter_context(server.stream(f"/{topic}"))
        for _ in range(3):
            assert server.get("/no-such-topic-at-all").status == 404
        wait_metric(server, "streams_started_total", before["kafkasse_streams_started_total"] + MANY)
        wait_metric(server, "refusals_total", before["kafkasse_refusals_total"] + 3)
        assert metric(server, "clients") == MANY
        assert metric(server, "up") == 1
        wait_metric(server, "connections_open", MANY + 1)
    seen = [metric(server, "requests_total") for _ in range(100)]
    assert seen == sorted(seen)
    wait_for(lambda: metric(server, "requests_total") > seen[0] + 100, what="all are counted")
    wait_metric(server, "clients", 0)


def test_clients_are_limited_together(start, topics):
    topic = topics.create()
    server = start("--workers", "2", "--max-clients", "10")
    for _ in range(2):
        overloads = metric(server, "overloads_total")
        with contextlib.ExitStack() as stack:
            for _ in range(MANY):
                stream = stack.enter_context(Stream(server.port, f"/{topic}"))
                assert stream.read_head().status == 200
            assert metric(server, "clients") == 10
            wait_metric(server, "overloads_total", overloads + MANY - 10)
        wait_metric(server, "clients", 0)


def test_clients_of_one_address_are_limited_together(start, topics):
    topic = topics.create()
    server = start("--workers", "2", "--max-clients-per-address", "3")
    with contextlib.ExitStack() as stack:
        for _ in range(MANY):
            stack.enter_context(Stream(server.port, f"/{topic}")).read_head()
        wait_metric(server, "overloads_total", MANY - 3)
        assert metric(server, "clients") == 3


def test_connections_are_limited_together(start, topics, tmp_path, monkeypatch):
    """192 descriptors: 64 are Kafka's, 128 of clients, one of which is kept free. Older ones go."""
    limited = tmp_path / "limited"
    limited.write_text(f'#!/bin/sh\nulimit -n 192\nexec {binary()} "$@"\n')
    limited.chmod(0o755)
    monkeypatch.setenv("KAFKASSE_BIN", str(limited))
    topic = topics.create()
    server = start("--workers", "2", "--head-timeout", "1m")
    idle = [Exchange(server.port) for _ in range(200)]
    wait_for(lambda: server.client_sockets() >= 127, what="as many as may are accepted")
    with pytest.raises(TooLate):  # the second worker may have accepted one at the same moment
        wait_for(lambda: server.client_sockets() > 129, timeout=1, what="more are accepted")
    for exchange in idle:
        exchange.close()
    for _ in range(MANY):  # so that both are asked
        assert server.get("/-/healthy").status == 200
    with server.stream(f"/{topic}") as stream:
        go_live(stream, topics, topic)


def test_drain_ends_all(start, topics):
    topic = topics.create(partitions=2)
    server = start("--workers", "3", "--retry-min", "2s", "--retry-max", "9s")
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(server.stream(f"/{topic}")) for _ in range(MANY)]
        go_live(streams[0], topics, topic, 2)
        server.terminate()
        for stream in streams:
            stream.rest()
            assert 2000 <= stream.parser.retry <= 9000
    server.stop()
    said = collections.Counter(line["event"] for line in server.log)
    assert said["draining"] == 1 and said["stopped"] == 1
    assert server.logged(f"Ending {MANY} streams")


def test_twice_is_at_once(start, topics):
    topic = topics.create(partitions=2)
    Writer(topics, [topic], 2, pad=4000).write_many(3000)
    last_id, _ = from_the_start([topic], 2)
    server = start("--workers", "2", "--drain-timeout", "5m")
    with contextlib.ExitStack() as stack:
        for _ in range(6):
            stalled = Stream(server.port, f"/{topic}", last_id, receive_buffer=4096)
            stack.enter_context(stalled).read_head()
        server.terminate()
        wait_for(lambda: server.logged("draining"), what="it drains")
        server.terminate()
        server.stop()


def test_the_log_speaks_for_all(start):
    server = start("--workers", "4")
    said = collections.Counter(line["event"] for line in server.log)
    assert said["listening"] == 1 and said["kafka-up"] == 1


@pytest.mark.parametrize("value", ["0", "65", "-1", "two", "", "1.5"])
def test_wrong_numbers(value):
    ended = run("-b", "x:1", "--workers", value)
    assert ended.returncode == 78, ended.stderr
    assert "workers" in ended.stderr


@pytest.mark.parametrize("first, second", [(1, 2), (2, 1), (2, 2)])
def test_a_taken_port(start, first, second):
    """Sockets that share a port would share it with another process of the same user, too."""
    server = start("--workers", str(first))
    ended = run("-b", "x:1", "-l", f"127.0.0.1:{server.port}", "--workers", str(second))
    assert ended.returncode not in (0, -6, -11)
    assert str(server.port) in ended.stderr and "in use" in ended.stderr
    assert listening_sockets(server.port) == first


def test_small_budgets_are_shared_out(start, topics):
    """64 parts of the least that can be set: clients come from Kafka, and get everything."""
    topic = topics.create(partitions=2)
    least = ["--log-memory", "1MiB", "--channels-memory", "64KiB", "--replay-memory", "1MiB"]
    server = start("--workers", "64", "--replay-readers", "1", *least)
    writer = Writer(topics, [topic], 2, pad=3000).write_many(400)
    with contextlib.ExitStack() as stack:
        last_id, _ = from_the_start([topic], 2)
        streams = [
            (stack.enter_context(server.stream(f"/{topic}", last_id)), from_the_start([topic], 2)[1])
            for _ in range(4)
        ]
        writer.write_many(400)
        for stream, ledger in streams:
            while not ledger.has_reached(writer.ends):
                ledger.take(stream.record())


def test_not_ready_without_kafka():
    with Kafkasse(f"127.0.0.1:{free_port()}", "--workers", "2", ready=False) as server:
        for _ in range(MANY):
            assert server.get("/-/ready").status == 503
        wait_for(lambda: server.logged("kafka-down"), what="Kafka is away")
        wait_metric(server, "up", 0)
        assert len(server.logged("kafka-down")) == 1


def test_kafka_restarts_under_all():
    broker = Broker(session_ms=1500)
    try:
        broker.start()
        topics = Topics(broker.bootstrap)
        topic = topics.create(partitions=2)
        last_id, _ = from_the_start([topic], 2)
        writer = Writer(topics, [topic], 2).write_many(500)
        fast = ["--workers", "2", "-X", "reconnect.backoff.max.ms=500"]
        with Kafkasse(broker.bootstrap, "--metadata-refresh", "1s", *fast) as server:
            with contextlib.ExitStack() as stack:
                streams = [
                    (
                        stack.enter_context(server.stream(f"/{topic}", last_id, timeout=180)),
                        from_the_start([topic], 2)[1],
                    )
                    for _ in range(8)
                ]
                for stream, ledger in streams[::2]:
                    ledger.take(stream.record())
                broker.kill()
                wait_for(lambda: not server.is_ready(), what="it is not ready")
                broker.start()
                writer.write_many(500)
                for stream, ledger in streams:
                    while not ledger.has_reached(writer.ends):
                        ledger.take(stream.record())
                server.wait_ready()
                wait_metric(server, "up", 1)
                assert len(server.logged('"kafka-down"')) == 1
                assert len(server.logged('"kafka-up"')) == 2
    finally:
        broker.discard()
