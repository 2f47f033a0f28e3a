"""
Clients that stop reading: what the server holds for them stays within its settings plus a constant
that is stated here, and they get every record once they read again.
"""

from harness.gauges import Peaks, gauges
from harness.load import Load, check_complete, produce, record
from harness.wait import wait_for

KIB, MIB = 1 << 10, 1 << 20
LOG, CHANNEL, CHANNELS, REPLAY = 4 * MIB, 2 * MIB, 4 * MIB, 4 * MIB
BUDGETS = (
    "--log-memory", LOG, "--channel-memory", CHANNEL,
    "--channels-memory", CHANNELS, "--replay-memory", REPLAY,
)  # fmt: skip
# A channel keeps its last segment, of 128 KiB or a frame whose allocation may have doubled, with
# its marks. A replay may begin one chunk, of 128 KiB or a frame, while there is any room.
SEGMENT = 256 * KIB
BEHIND = 4 * KIB  # what a stalled replay keeps besides frames: its place
SMALL_BUFFER = 4096


def fill(topics, topic, numbers, size):
    for n in numbers:
        topics.send(topic, record(n, size))
    topics.flush()


def stalled(server, topic, clients, records, *more):
    plan = ["-n", clients, "-c", records, "-b", SMALL_BUFFER, *more]
    return Load("stalled", "-l", server.port, "-u", f"/{topic}", *plan)


def wait_live(server, clients):
    def are_live():
        now = gauges(server, ("clients", "replays", "partitions_followed"))
        return now == {"clients": clients, "replays": 0, "partitions_followed": 1}

    wait_for(are_live, what="all are live")


def check_peaks(peaks, clients, frame):
    """`frame` is the largest one, in bytes."""
    slack = max(SEGMENT, 2 * frame)
    peaks.check(
        log_bytes=LOG, channel_bytes=CHANNELS + slack, replay_bytes=REPLAY + slack + clients * BEHIND
    )


def watched(server):
    return Peaks(server, "log_bytes", "channel_bytes", "replay_bytes")


def test_clients_that_stall_on_a_busy_topic(start, topics):
    """Live ones: the channel keeps what it may, then they are replays of which nothing is kept."""
    topic, clients, records = topics.create(), 60, 8000
    server = start(*map(str, BUDGETS))
    with stalled(server, topic, clients, records) as load, watched(server) as peaks:
        load.wait_ready()
        wait_live(server, clients)
        produce(topics.bootstrap, topic, records, 1000)
        wait_for(lambda: gauges(server)["replays"] == clients, what="all were demoted")
        check_complete(load.go().result(), clients * records)
    check_peaks(peaks, clients, frame=1200)
    assert peaks.highest["log_bytes"] > LOG // 2, "not busy enough to mean anything"


def test_clients_that_stall_on_large_records(start, topics):
    """Each stands in the middle of a frame of 2 MB: sixty of these are no reason to hold 120 MB."""
    topic, clients, records, size = topics.create(), 60, 5, 2_000_000
    server = start(*map(str, BUDGETS))
    with stalled(server, topic, clients, records) as load, watched(server) as peaks:
        load.wait_ready()
        wait_live(server, clients)
        fill(topics, topic, range(records), size)
        wait_for(lambda: gauges(server)["replays"] == clients, what="all were demoted")
        check_complete(load.go().result(), clients * records)
    check_peaks(peaks, clients, size + 500)


def test_replays_that_stall_on_large_records(start, topics):
    topic, clients, records, size = topics.create(), 60, 5, 2_000_000
    fill(topics, topic, range(records), size)
    server = start(*map(str, BUDGETS))
    with watched(server) as peaks:
        with stalled(server, topic, clients, records, "-k", 0) as load:
            load.wait_ready()
            wait_for(lambda: server.metrics()["kafkasse_sends_total"] >= clients, what="all began")
            check_complete(load.go().result(), clients * records)
    check_peaks(peaks, clients, size + 500)


def test_hundreds_of_start_points(start, topics):
    """Each client its own place, most of them further back than the partition log reaches."""
    topic, clients, records, step = topics.create(), 300, 3000, 10
    produce(topics.bootstrap, topic, records, 1000)
    server = start("--log-memory", "1MiB", "--replay-memory", str(REPLAY))
    more = 200
    due = sum(records + more - step * i for i in range(clients))
    with watched(server) as peaks:
        with stalled(server, topic, clients, records + more, "-k", step) as load:
            load.wait_ready()
            fill(topics, topic, range(records, records + more), 1000)
            check_complete(load.go().result(), due)
    peaks.check(log_bytes=MIB, replay_bytes=REPLAY + SEGMENT + clients * BEHIND)
