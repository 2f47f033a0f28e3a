"""The rooms of src/ and which of them each may use: what check_floors.py and check_circles.py know.

A room is a folder. It may use the rooms of its row, and what these may use in turn. A folder that
has no row is no room.
"""

MAY_USE = {
    "base": (),
    "api": ("base",),  # and include/kafkasse/: the types of kafkasse.h that lower rooms need
    "core/json": ("api",),
    "core/filter": ("core/json",),
    "core/stream": ("core/filter",),
    "feed/log": ("core/stream",),
    "feed/channel": ("feed/log",),
    "feed/replay": ("feed/channel",),
    "feed": ("feed/replay",),
    "kafka": ("feed/log",),  # implements its source
    "kafka/demo": ("api",),
    "net": ("base",),
    "http": ("api",),
    "httpc": ("api",),
    "avro": ("httpc", "core/stream"),
    "plugin": ("api",),
    "serve/config": ("kafka", "avro", "plugin", "http"),  # Web origins are HTTP's
    "serve/request": ("serve/config", "feed", "net"),
    "serve/worker": ("serve/request",),
    "serve/api": ("serve/worker", "kafka/demo"),
    "daemon": (),  # the public header only, as any other program that embeds the library
}


def below(room):
    """All rooms that this one may use, itself not among them."""
    found, waiting = set(), list(MAY_USE[room])
    while waiting:
        other = waiting.pop()
        if other not in found:
            found.add(other)
            waiting += MAY_USE[other]
    return found


def may_use(room, other):
    return room == other or other in below(room)


def room_of(source):
    """The room of a source file, such as "src/feed/log/tail.c"; None: in no room."""
    top, *folders = source.split("/")[:-1]
    room = "/".join(folders)
    return room if top == "src" and room in MAY_USE else None
