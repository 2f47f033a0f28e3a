"""
More connections than there is room for: the oldest idle ones of whoever has most of them go, and
nobody else notices. Without pressure nobody is disturbed.
"""

import contextlib
import time

import pytest
from harness.http import Ended, Exchange
from harness.wait import wait_for

MANY = 700
GREEDY, OTHER, THIRD = "127.0.0.1", "127.0.0.2", "127.0.0.3"
LIMITS = ["--max-clients", "50", "--max-clients-per-address", "3", "--head-timeout", "5m"]
ROOM = 50 + 512  # connections that are no streams: serve/admission.c


def come_from(address, port):
    return Exchange(port, source=address)


def ask(exchange, path="/-/healthy"):
    """How long the answer takes."""
    begun = time.monotonic()
    exchange.request(path).read_head().read_body()
    assert exchange.status == 200
    return time.monotonic() - begun


def idle(port):
    return come_from(GREEDY, port)


def half_a_head(port):
    exchange = come_from(GREEDY, port)
    exchange.send(b"GET / HTTP/1.1\r\nHost: a\r\n")
    return exchange


def an_answer_that_nobody_reads(port):
    return come_from(GREEDY, port).request("/-/metrics")


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("kind", [idle, half_a_head, an_answer_that_nobody_reads])
def test_one_address_cannot_take_all(start, kind, workers):
    server = start(*LIMITS, "--workers", workers)
    with contextlib.ExitStack() as stack:
        early = stack.enter_context(come_from(OTHER, server.port))
        wait_for(lambda: server.client_sockets() == 1, what="it is accepted")
        for _ in range(MANY):
            stack.enter_context(kind(server.port))
        waits = []
        for address in (OTHER, THIRD, GREEDY) * 5:
            with come_from(address, server.port) as late:
                waits.append(ask(late))
        assert ask(early) < 5, "who came before all of them is still there"
        assert max(waits) < 5, "a time-out was waited for"  # usually some ms
        wait_for(
            lambda: server.metrics()["kafkasse_connections_evicted_total"] >= MANY - ROOM,
            what="all workers have told what they closed",
        )
        assert server.metrics()["kafkasse_connections_open"] <= ROOM


def test_without_pressure_nobody_goes(start):
    """As many of one address as there is room for, as behind a proxy: all of them are served."""
    server = start(*LIMITS)
    with contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(idle(server.port)) for _ in range(ROOM - 20)]
        wait_for(lambda: server.client_sockets() == len(waiting), what="all are accepted")
        for exchange in waiting:
            ask(exchange)
        assert server.metrics()["kafkasse_connections_evicted_total"] == 0


def test_the_oldest_go_first(start):
    server = start(*LIMITS)
    with contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(idle(server.port)) for _ in range(MANY)]
        wait_for(
            lambda: server.metrics()["kafkasse_connections_evicted_total"] >= MANY - ROOM,
            what="some had to go",
        )
        with pytest.raises((Ended, ConnectionError)):
            ask(waiting[0])
        ask(waiting[-1])


def test_streams_stay(start, topics):
    """Only idle connections go, whatever streams the greediest address has."""
    topic = topics.create()
    server = start("--max-clients", "50", "--head-timeout", "5m")
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(server.stream(f"/{topic}")) for _ in range(40)]
        for _ in range(MANY):
            stack.enter_context(idle(server.port))
        with come_from(OTHER, server.port) as late:
            ask(late)
        topics.produce(topic, {"n": 1})
        for stream in streams:
            assert stream.record().json["n"] == 1
