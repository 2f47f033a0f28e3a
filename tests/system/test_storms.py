"""Storms of clients that come and go badly: the server is as it was afterwards, and serves."""

import json
import os
import random
import socket
import struct

from harness.gauges import gauges, wait_calm
from harness.http import Exchange
from harness.ledger import Ledger, Writer
from harness.wait import Deadline, wait_for

RESET = struct.pack("ii", 1, 0)


def leave(sock, rng):
    if rng.random() < 0.5:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    sock.close()


def misbehave(sock, rng, topics):
    """One of the things that clients do, cut off at any moment."""
    topic = rng.choice(topics)
    path = ",".join(rng.sample(topics, rng.randint(1, len(topics))))
    last_id = json.dumps([{"topic": topic, "partition": 0, "offset": rng.choice([0, 500, 10**15])}])
    head = rng.choice(
        [
            f"GET /{path} HTTP/1.1\r\nHost: a\r\n\r\n",
            f"GET /{topic} HTTP/1.1\r\nHost: a\r\nLast-Event-ID: {last_id}\r\n\r\n",
            f"GET /{path}?since=0 HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\n\r\n",
            f"HEAD /{topic} HTTP/1.0\r\n\r\n",
            "GET /-/metrics HTTP/1.1\r\nHost: a\r\n\r\n",
        ]
    ).encode()
    what = rng.randrange(6)
    if what == 0:
        sock.sendall(head[: rng.randrange(len(head))])
    elif what == 1:
        sock.sendall(os.urandom(rng.randint(1, 3000)))
    elif what == 2:
        sock.sendall(head)
        sock.shutdown(socket.SHUT_WR)
    elif what == 3:
        sock.sendall(head * 20)
    elif what == 4:
        sock.sendall(head)
        sock.recv(rng.choice([1, 200, 5000]))
    else:
        sock.sendall(head)


def storm(port, topics, count, seed):
    rng = random.Random(seed)
    open_ones = []
    for _ in range(count):
        sock = socket.create_connection(("127.0.0.1", port), 10)
        try:
            misbehave(sock, rng, topics)
        except OSError:
            pass  # the server may well have closed it
        open_ones.append(sock)
        while len(open_ones) > 100:
            leave(open_ones.pop(rng.randrange(len(open_ones))), rng)
    for sock in open_ones:
        leave(sock, rng)


def test_a_storm_leaves_nothing_behind(start, topics):
    names = [topics.create() for _ in range(3)]
    Writer(topics, names, 1, pad=500).write_many(3000)
    server = start("--head-timeout", "1s")
    before = gauges(server)
    storm(server.port, names, 1000, seed=1)
    wait_calm(server, before)
    threads = server.thread_count()
    storm(server.port, names, 1000, seed=2)
    wait_calm(server, before)
    # wait_calm() has closed its connection, which the server keeps until it sees that.
    wait_for(lambda: server.client_sockets() == 0, what="descriptors are closed")
    assert server.thread_count() <= threads + 20  # the pool of readers may still have grown
    with server.stream(f"/{names[0]}", [{"topic": names[0], "partition": 0, "offset": 0}]) as fresh:
        assert fresh.messages(1)[0].json["n"] == 0


def test_stopping_within_a_storm(start, topics):
    topic = topics.create()
    Writer(topics, [topic], 1, pad=500).write_many(2000)
    server = start()
    exchanges = []
    for number in range(300):
        exchange = Exchange(server.port, receive_buffer=4096)
        if number % 3:
            exchange.request(f"/{topic}?since=0")
        exchanges.append(exchange)
    server.stop(timeout=25)
    for exchange in exchanges:
        exchange.close()


def test_stalled_clients_miss_nothing(start, topics):
    """Many that do not read, each with a subscription of its own: little memory, and all records."""
    topic = topics.create(partitions=8)
    server = start("--channels-memory", "8MiB", "--channel-memory", "1MiB")
    streams = []
    for number in range(100):
        places = [p for p in range(8) if (number + 1) >> p & 1]
        last_id = [{"topic": topic, "partition": p, "offset": 0} for p in places]
        stream = server.stream(f"/{topic}", last_id, receive_buffer=65536)
        streams.append((stream, Ledger({(topic, p): 0 for p in places})))
    wait_for(lambda: gauges(server)["replays"] == 0, what="all are live")
    ends = Writer(topics, [topic], 8, pad=4000).write_many(4000).ends
    wait_for(lambda: server.metrics()["kafkasse_demotions_total"] > 50, what="demotions")
    # Each may keep its last segment beyond the bound.
    assert server.metrics()["kafkasse_channel_bytes"] < (8 << 20) + 100 * (200 << 10)
    for stream, ledger in streams[::20]:
        due = {place: ends[place] for place in ledger.next}
        while not ledger.has_reached(due):
            event = stream.record(20)
            if event.type == "message":
                ledger.take(event)
    for stream, _ in streams:
        stream.reset()


def test_kafka_finds_descriptors_among_idle_clients(start, topics, tmp_path, monkeypatch):
    """Clients cannot take so many descriptors that a replay finds none for Kafka."""
    from harness import server as harness

    limited = tmp_path / "limited"
    limited.write_text(f'#!/bin/sh\nulimit -n 96\nexec {harness.binary()} "$@"\n')
    limited.chmod(0o755)
    topic = topics.create()
    topics.produce(topic, {"n": 0})
    monkeypatch.setenv("KAFKASSE_BIN", str(limited))
    server = start("--log-memory", "1MiB")
    last_id = [{"topic": topic, "partition": 0, "offset": 0}]
    with Exchange(server.port, source="127.0.0.2") as asks_later:
        idle = [Exchange(server.port) for _ in range(150)]
        wait_for(lambda: server.client_sockets() > 50, what="all were accepted that will be")
        asks_later.request(f"/{topic}", {"Last-Event-ID": json.dumps(last_id)}).read_head()
        deadline = Deadline(15, "the record from Kafka")
        while b"event: message" not in asks_later.body:
            assert asks_later.read_some(deadline)
        for exchange in idle:
            exchange.close()
