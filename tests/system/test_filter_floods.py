"""Filters of strangers at their limits: nobody else waits for them."""

import time
from contextlib import ExitStack
from urllib.parse import quote

import pytest

from harness.http import fetch
from harness.live import go_live

STRANGERS = 200
BURST = 200  # records of 1 KB
LONGEST_S = 3  # a hundred times what it takes without sanitizers; 15 and more without a clock
WATCHED_S = 6

ATTACKS = {
    "arrays": ('{"n":%d,"l":[' + ",".join(["1"] * 480) + "]}", "%d in l"),
    "texts": ('{"n":%d,"t":"' + "a" * 960 + '"}', "t.contains('aaaaaaaaaaaaaaab%daaaaaaaaaaa')"),
}


def expression(attack, stranger):
    """That keeps nothing, and has to look at all of a record to find that out."""
    conditions = " || ".join(ATTACKS[attack][1] % (10 + n) for n in range(80))
    return f"n != -{stranger + 1} && ({conditions})"


def watch(server, topics, calm, topic):
    """The longest waits for a live record and for an answer, in seconds."""
    live_s = healthy_s = 0
    end = time.monotonic() + WATCHED_S
    number = 0
    while time.monotonic() < end:
        begin = time.monotonic()
        topics.send(topic, {"calm": number}, 0)
        while calm.record(4 * LONGEST_S).json.get("calm") != number:
            pass
        live_s = max(live_s, time.monotonic() - begin)
        begin = time.monotonic()
        assert fetch(server.port, "/-/healthy", timeout=4 * LONGEST_S).status == 200
        healthy_s = max(healthy_s, time.monotonic() - begin)
        number += 1
    return live_s, healthy_s


@pytest.mark.parametrize("attack", ATTACKS)
def test_strangers_filters_on_a_burst(start, topics, attack):
    flooded, other = topics.create(), topics.create()
    server = start()
    with ExitStack() as streams:
        for stranger in range(STRANGERS):
            path = f"/{flooded}?filter={quote(expression(attack, stranger))}"
            streams.enter_context(server.stream(path))
        calm = go_live(streams.enter_context(server.stream(f"/{other}")), topics, other)
        modest = streams.enter_context(server.stream(f"/{flooded}?filter={quote('n >= 0')}"))
        topics.produce(flooded, {"n": 0})
        assert modest.record().json["n"] == 0
        for burst in range(2):
            first = 1 + burst * BURST
            for number in range(first, first + BURST):
                topics.send(flooded, ATTACKS[attack][0] % number, 0)
            if burst == 0:
                live_s, healthy_s = watch(server, topics, calm, other)
                print(f"{attack}: live {live_s:.3f} s, healthy {healthy_s:.3f} s")
                assert live_s < LONGEST_S and healthy_s < LONGEST_S
            # Nor who shares the topic, with a filter that costs little.
            begin = time.monotonic()
            seen = [event.json["n"] for event in modest.messages(BURST, LONGEST_S)]
            print(f"{attack}: modest {time.monotonic() - begin:.3f} s")
            assert seen == list(range(first, first + BURST))


def test_a_filter_that_is_too_much_for_a_record_fails(start, topics, tmp_path):
    """The client's and the operator's: with a sentence, in place of keeping or dropping it."""
    topic = topics.create(max_message_bytes=4 << 20)
    large = '{"n":2,"l":[' + ",".join(["1"] * 500_000) + "]}"
    dear = "n < 2 || " + " || ".join(f"{n} in l" for n in range(10, 20))
    config = tmp_path / "kafkasse.ini"
    routes = f"[route /open]\ntopics = {topic}\n[route /shut]\ntopics = {topic}\nfilter = {dear}\n"
    config.write_text(routes)
    server = start(config=str(config))
    begin = [{"topic": topic, "partition": 0, "offset": 0}]
    topics.produce(topic, {"n": 1}, large, {"n": 1})
    for path in (f"/open?filter={quote(dear)}", "/shut"):
        with server.stream(path, begin) as stream:
            assert stream.record().json["n"] == 1
            error = stream.record(60)
            assert error.type == "error" and error.json["name"] == "FilterError"
            assert "Record 1 of partition 0" in error.json["message"]
            assert "use fewer conditions" in error.json["message"]
            assert stream.rest() == []
    with server.stream("/open?filter=" + quote("size(l) == 500000 && 1 in l"), begin) as stream:
        assert stream.record(60).json["n"] == 2
