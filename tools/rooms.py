"""The rooms of src/ and which of them each may use: what check_floors.py and check_circles.py know.

A room is a folder. It may use the rooms of its row, and what these may use in turn. A folder that
has no row is no room.
"""

MAY_USE = {
    "base": (),
    "api": ("base",),  # include/kafkasse/*.h: the types of kafkasse.h that lower rooms need
    "core/json": ("base",),
    "core/filter": ("core/json", "api"),
    "core/stream": ("core/filter",),
    "feed/log": ("core/stream",),
    "feed/channel": ("feed/log",),
    "feed/replay": ("feed/channel",),
    "feed": ("feed/replay",),
    "kafka": ("feed/log",),
    "kafka/demo": ("feed/log",),
    "net": ("base",),
    "http": ("core/stream",),
    "httpc": ("base",),
    "avro": ("httpc", "core/stream"),
    "plugin": ("core/stream",),
    "serve/config": ("kafka", "kafka/demo", "avro", "plugin"),
    "serve/request": ("serve/config", "feed", "net", "http"),
    "serve/worker": ("serve/request",),
    "serve/api": ("serve/worker",),
    "daemon": (),  # the public header only, as any other program that embeds the library
}

# Until core, feed, kafka and serve are split into rooms: each is one room as well, whose parts may use
# each other.
MAY_USE["core"] = ("api",)
MAY_USE["serve"] = MAY_USE["serve/config"] + MAY_USE["serve/request"]
SPLIT = ("core", "feed", "kafka", "serve")


def unsplit(room):
    """The room that this one is part of until they are split."""
    top = room.split("/")[0]
    return top if top in SPLIT else room


def below(room):
    """All rooms that this one may use, itself not among them."""
    found, waiting = set(), list(MAY_USE[room])
    while waiting:
        other = waiting.pop()
        if other not in found:
            found.add(other)
            waiting += MAY_USE[other]
    return found


def room_of(source):
    """The room of a source file under src/, such as "src/feed/log/tail.c"; None: in no room."""
    room = "/".join(source.split("/")[1:-1])
    return room if room in MAY_USE else None


def may_use(room, other):
    if room == other or unsplit(room) == unsplit(other):
        return True
    return unsplit(other) in {unsplit(lower) for lower in below(unsplit(room))}
