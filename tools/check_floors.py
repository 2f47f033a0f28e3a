#!/usr/bin/env python3
"""Checks that files include only their own room and those that it may use (tools/rooms.py), and
third-party headers only in the room that is theirs; also that no headers include each other in a
circle.

Usage: check_floors.py [root]. Prints one line per offence; status 1 when there is any.
"""

import pathlib
import re
import sys

from rooms import MAY_USE, may_use, room_of

OUTSIDERS = ("daemon", "examples")  # users of the library: the public header and their own
THIRD_PARTY = [
    (re.compile(r"librdkafka/|rdkafka"), ("kafka", "kafka/demo")),
    (re.compile(r"uv\.h|uv/"), ("net",)),
    (re.compile(r"avro\.h"), ("avro",)),
    (re.compile(r"curl/"), ("httpc", "avro")),
    (re.compile(r"ini\.h"), ("daemon",)),
    (re.compile(r"dlfcn\.h"), ("plugin",)),
]
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">]+)[>"]', re.MULTILINE)


def place_of(path):
    """The room of a path relative to the root, also "examples"; None for public headers. What is in
    no room has the name of its folder."""
    if path.parts[0] == "src":
        return room_of(path.as_posix()) or path.parent.as_posix()
    return "examples" if path.parts[0] == "examples" else None


def judge(room, path, bracket, target, root):
    """Why this include is wrong, or None."""
    for pattern, owners in THIRD_PARTY:
        if pattern.match(target) and room not in owners:
            return f"<{target}> belongs in src/{owners[0]}"
    if bracket == "<":
        return None
    if (root / path.parent / target).exists() and "/" not in target:
        return None
    other = room_of("src/" + target)
    if other is None:
        return f'"{target}" is in no room'
    if other == room:
        return None
    if room in OUTSIDERS:
        return f"{room} may include <kafkasse.h> and its own headers only, not {target}"
    if not may_use(room, other):
        return f"{room} may not include {target}: it may not use {other}"
    return None


def sources(root):
    for folder in ("src", "include", "examples"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".c", ".h"):
                yield path.relative_to(root)


def find_circle(graph):
    """A list of headers that include each other, or None."""
    done, trail = set(), []

    def visit(node):
        if node in trail:
            return trail[trail.index(node) :] + [node]
        if node in done:
            return None
        trail.append(node)
        for other in graph.get(node, ()):
            circle = visit(other)
            if circle:
                return circle
        trail.pop()
        done.add(node)
        return None

    for node in graph:
        circle = visit(node)
        if circle:
            return circle
    return None


def check(root):
    """All offences under `root`, a line each."""
    offences, graph = [], {}
    for path in sources(root):
        room = place_of(path)
        if room is not None and room not in MAY_USE and room != "examples":
            offences.append(f"{path}: {room} is no room")
            continue
        text = (root / path).read_text(errors="replace")
        for match in INCLUDE.finditer(text):
            line = text.count("\n", 0, match.start(1)) + 1
            reason = judge(room, path, match[1], match[2], root)
            if reason and (room is not None or "belongs" in reason):
                offences.append(f"{path}:{line}: {reason}")
            if path.suffix == ".h" and match[1] == '"':
                graph.setdefault("/".join(path.parts[1:]), []).append(match[2])
    circle = find_circle(graph)
    if circle:
        offences.append("headers include each other: " + " -> ".join(circle))
    return offences


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    offences = check(root)
    print("\n".join(offences), end="\n" if offences else "")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
