"""Partitions that are added to a topic while streams of it are running."""

from harness.live import go_live


def read_places(stream, count):
    return sorted(event.place for event in stream.messages(count))


def test_new_partitions_join_a_running_stream(server, topics):
    topic = topics.create()
    with server.stream(f"/{topic}") as stream:
        go_live(stream, topics, topic)
        topics.add_partitions(topic, 3)
        topics.produce(topic, {"n": 0}, {"n": 1}, partition=1)
        topics.produce(topic, {"n": 0}, partition=2)
        assert read_places(stream, 3) == [(topic, 1, 0), (topic, 1, 1), (topic, 2, 0)]
        position = stream.parser.events[-1].position
        assert (position[topic, 1], position[topic, 2]) == (2, 1)
        last_id = stream.parser.last_id
        topics.produce(topic, {"n": "old partition"}, partition=0)
        assert stream.messages(1)[0].place[1] == 0
    with server.stream(f"/{topic}", last_id) as stream:
        assert stream.messages(1)[0].json["n"] == "old partition"


def test_they_join_streams_of_several_topics_and_clients(server, topics):
    grows, stays = topics.create(), topics.create()
    path = f"/{grows},{stays}"
    with server.stream(path) as first, server.stream(path) as second:
        go_live(first, topics, grows)
        go_live(second, topics, stays)
        topics.add_partitions(grows, 2)
        topics.produce(grows, *({"joined": n} for n in range(50)), partition=1)
        for stream in (first, second):
            joined = []
            while len(joined) < 50:
                value = stream.record().json
                joined += [value["joined"]] if "joined" in value else []
            assert joined == list(range(50))


def test_streams_of_named_partitions_stay_as_they_are(server, topics):
    topic = topics.create()
    last_id = [{"topic": topic, "partition": 0, "offset": 0}]
    with server.stream(f"/{topic}", last_id) as narrow, server.stream(f"/{topic}") as wide:
        go_live(wide, topics, topic)
        topics.add_partitions(topic, 2)
        topics.produce(topic, {"n": "new partition"}, partition=1)
        while wide.record().json.get("n") != "new partition":
            pass
        topics.produce(topic, {"n": "last"})
        events = []
        while not events or events[-1].json.get("n") != "last":
            events.append(narrow.record())
        assert {event.place[1] for event in events} == {0}
        assert events[-1].position.keys() == {(topic, 0)}
