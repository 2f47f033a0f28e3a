#!/usr/bin/env python3
"""Checks in the object files of a build, with `nm`, who really uses whom: which file wants a symbol
that another one gives. Refuses circles of more than three files within a room, and symbols of rooms
that a room may not use (tools/rooms.py).

What it cannot see: static inline functions, macros, types and struct members leave no symbols; what
is called through a pointer, as hooks are, leaves one only where the pointer is set.

Usage: check_circles.py [root [build]]. Without `build` it takes the folder build* with the newest
objects that are up to date. Prints the offences; status 1 when there is any.
"""

import pathlib
import subprocess
import sys
from collections import defaultdict

import exceptions
from rooms import may_use, room_of

MAX_CIRCLE = 3
OBJECT_FOLDERS = ("CMakeFiles/kafkasse-objects.dir", "CMakeFiles/kafkasse.dir")
HOW_TO_BUILD = "build it first: cmake -S . -B build && cmake --build build"


def find_objects(root, build):
    """The object of each source file: {"src/net/loop.c": path}. Left-overs of sources that have
    gone do not count."""
    found = {}
    for folder in OBJECT_FOLDERS:
        for path in (build / folder).rglob("src/**/*.o"):
            source = path.relative_to(build / folder).as_posix()[: -len(".o")]
            if (root / source).exists():
                found[source] = path
    return found


def not_built(root, build, objects):
    """Says which sources the objects do not show as they are now, if any."""
    has_avro = not any(source.endswith("avro/absent.c") for source in objects)
    missing, newest = [], 0
    for path in sorted((root / "src").rglob("*.c")):
        source = path.relative_to(root).as_posix()
        if source not in objects:
            is_avro = source.startswith(("src/avro/", "src/httpc/"))
            if not is_avro or has_avro != source.endswith("/absent.c"):
                missing.append(source)
            continue
        built = objects[source].stat().st_mtime
        newest = max(newest, built)
        if built < path.stat().st_mtime:
            missing.append(source)
    # Each header is in some source, whose object is newer.
    for folder in ("include", "src"):
        for path in sorted((root / folder).rglob("*.h")):
            if path.stat().st_mtime > newest:
                missing.append(path.relative_to(root).as_posix())
    if missing:
        yield (f"{build.name} has no object, or an old one, of {len(missing)} sources, such as "
               f"{missing[0]}; {HOW_TO_BUILD}")  # fmt: skip


def pick_build(root):
    """The build folder whose objects are the newest and show all sources as they are now, or else
    the one with the newest objects; None: no folder has any."""
    times = {}
    for build in root.glob("build*"):
        objects = find_objects(root, build)
        if objects:
            newest = max(path.stat().st_mtime for path in objects.values())
            times[build] = (not list(not_built(root, build, objects)), newest)
    return max(times, key=times.get) if times else None


def read_symbols(objects):
    """Who gives each symbol, and what each source wants: {symbol: source}, {source: {symbol}}."""
    given, wanted = {}, defaultdict(set)
    sources = {str(path): source for source, path in objects.items()}
    command = ["nm", "-A", "-P", "-g", *sources]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for line in listed.splitlines():
        path, _, rest = line.rpartition(": ")
        symbol, kind = rest.split()[:2]
        if kind in "TDBRVWC":
            given[symbol] = sources[path]
        elif kind == "U":
            wanted[sources[path]].add(symbol)
    return given, wanted


def make_graph(given, wanted):
    """{file: {other file: [symbols]}}"""
    graph = {source: {} for source in sorted(set(given.values()) | set(wanted))}
    for source, symbols in wanted.items():
        for symbol in sorted(symbols & given.keys()):
            if given[symbol] != source:
                graph[source].setdefault(given[symbol], []).append(symbol)
    return graph


def reachable(graph, start):
    found, waiting = set(), [start]
    while waiting:
        for other in graph[waiting.pop()]:
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def find_circles(graph):
    """Sets of files each of which reaches all others of its set, the largest first."""
    reach = {node: reachable(graph, node) for node in graph}
    circles = {
        frozenset(other for other in reach[node] if node in reach[other])
        for node in graph
        if node in reach[node]
    }
    return sorted(circles, key=lambda circle: (-len(circle), sorted(circle)))


def describe(graph, circle):
    """The circle's edges, those with the fewest symbols first: they are the cheapest to cut."""
    edges = [
        (len(graph[source][other]), source, other)
        for source in circle
        for other in graph[source]
        if other in circle
    ]
    return [
        f"    {source} -> {other}: {', '.join(graph[source][other])}"
        for _, source, other in sorted(edges)
    ]


def check_rooms(graph, known):
    """Edges from a room to one that it may not use, but for those of `known`, and what of `known` is
    not needed any more."""
    met = set()
    for source, others in graph.items():
        for other, symbols in sorted(others.items()):
            room, target = room_of(source), room_of(other)
            if room == "daemon" and target != room:
                symbols = [symbol for symbol in symbols if not symbol.startswith("ksse_")]
            if not symbols or not room or not target or may_use(room, target):
                continue
            if (source, other) in known:
                met.add((source, other))
            else:
                yield f"{source}: {room} may not use {target}: {', '.join(symbols)} of {other}"
    for pair in sorted(set(known) - met):
        yield f"tools/exceptions.py: take {pair} out of SYMBOLS"


def check_circles(graph, known):
    """Circles that are too large, room by room, and what of `known` is not needed any more."""
    largest, rooms = defaultdict(int), defaultdict(dict)
    for source, others in graph.items():
        room = room_of(source)
        rooms[room][source] = {
            other: symbols for other, symbols in others.items() if room_of(other) == room
        }
    for room, inside in rooms.items():
        for circle in find_circles(inside):
            largest[room] = max(largest[room], len(circle))
            if len(circle) > max(MAX_CIRCLE, known.get(room, 0)):
                yield f"{room}: a circle of {len(circle)} files: {', '.join(sorted(circle))}"
                yield from describe(inside, circle)
    for room, size in known.items():
        if largest[room] <= MAX_CIRCLE:
            yield f"tools/exceptions.py: take {room} out of CIRCLES"
        elif largest[room] < size:
            yield f"tools/exceptions.py: lower {room} in CIRCLES to {largest[room]}"


def check(root, build, known=exceptions):
    """All offences of a build, a line each. `known` is what passes nevertheless."""
    objects = find_objects(root, build)
    offences = list(not_built(root, build, objects))
    if offences:
        return offences
    graph = make_graph(*read_symbols(objects))
    return [*check_rooms(graph, known.SYMBOLS), *check_circles(graph, known.CIRCLES)]


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    build = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else pick_build(root)
    if build is None:
        print(f"no build folder has objects; {HOW_TO_BUILD}")
        return 1
    offences = check(root, build)
    print("\n".join(offences), end="\n" if offences else "")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
