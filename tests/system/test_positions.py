"""`position` events: the id moves although no record is shown."""


def test_a_client_of_a_quiet_topic_gets_an_id(server, topics):
    """Without one, it would come back at the latest record and lose what was produced meanwhile."""
    topic = topics.create(partitions=2)
    topics.produce(topic, {"n": 0}, partition=1)
    with server.stream(f"/{topic}") as stream:
        position = stream.next(types=["position"])
        assert position.data == ""
        assert position.position == {(topic, 0): 0, (topic, 1): 1}
    topics.produce(topic, {"n": "while away"}, partition=0)
    with server.stream(f"/{topic}", position.id) as stream:
        assert stream.messages(1)[0].json["n"] == "while away"


def test_it_is_told_once(server, topics):
    topic = topics.create()
    with server.stream(f"/{topic}") as stream:
        stream.next(types=["position"])
        stream.wait_comment(len(stream.parser.comments) + 2)
        assert [event.type for event in stream.parser.events] == ["position"]


def test_it_moves_past_what_does_not_decode(server, topics):
    topic = topics.create()
    with server.stream(f"/{topic}") as stream:
        assert stream.next(types=["position"]).position == {(topic, 0): 0}
        topics.produce(topic, "no json", "[1]")
        assert stream.next(types=["position"]).position == {(topic, 0): 2}


def test_ndjson_has_none(server, topics):
    topic = topics.create()
    with server.stream(f"/{topic}", ndjson=True) as stream:
        topics.produce(topic, "no json")
        empty = stream.parser.empty_lines
        while stream.parser.empty_lines < empty + 2:
            assert stream.poll(1) is None
