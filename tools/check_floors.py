#!/usr/bin/env python3
"""Checks that files include only their own room and those that it may use (tools/rooms.py), public
headers where they may, and third-party headers only in the room that is theirs; also that no
headers include each other in a circle.

Usage: check_floors.py [root]. Prints one line per offence; status 1 when there is any.
"""

import pathlib
import re
import sys

import exceptions
from rooms import MAY_USE, may_use, room_of

USERS = ("daemon", "examples")  # of the library: public headers and their own only
THIRD_PARTY = [
    (re.compile(r"librdkafka/|rdkafka"), ("kafka", "kafka/demo")),
    (re.compile(r"uv\.h|uv/"), ("net",)),
    (re.compile(r"avro\.h"), ("avro",)),
    (re.compile(r"curl/"), ("httpc",)),
    (re.compile(r"ini\.h"), ("daemon",)),
    (re.compile(r"dlfcn\.h"), ("plugin",)),
]
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">]+)[>"]', re.MULTILINE)
PUBLIC = re.compile(r"kafkasse(_plugin)?\.h$|kafkasse/")


def place_of(path):
    """The room of a path relative to the root; "include", "examples" or, for what is in no room,
    the name of its folder."""
    if path.parts[0] == "src":
        return room_of(path.as_posix()) or path.parent.as_posix()
    return path.parts[0]


def judge_public(place, target):
    """Why this include of a public header is wrong, or None."""
    if place in USERS or place == "include":
        return None
    if target == "kafkasse_plugin.h":
        return None if place == "plugin" else "<kafkasse_plugin.h> is for plugin and for plug-ins"
    if target == "kafkasse.h":
        if place.startswith("serve/"):
            return None
        return "<kafkasse.h> is for users of the library and for serve; include <kafkasse/...>"
    return None if may_use(place, "api") else f"{place} may not include <{target}>: it may not use api"


def judge(place, path, bracket, target, root):
    """Why this include is wrong, or None."""
    for pattern, owners in THIRD_PARTY:
        if pattern.match(target) and place not in owners:
            return f"<{target}> belongs in src/{owners[0]}"
    if PUBLIC.match(target):
        return judge_public(place, target)
    if bracket == "<" or ((root / path.parent / target).exists() and "/" not in target):
        return None
    if place == "include":
        return f'"{target}" is not installed'
    other = room_of("src/" + target)
    if other is None:
        return f'"{target}" is in no room'
    if other == place:
        return None
    if place in USERS:
        return f"{place} may include <kafkasse.h> and its own headers only, not {target}"
    if not may_use(place, other):
        return f"{place} may not include {target}: it may not use {other}"
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


def check(root, known=exceptions.INCLUDES):
    """All offences under `root`, a line each. `known` are those that pass: (file, target)."""
    offences, graph, met = [], {}, set()
    for path in sources(root):
        place = place_of(path)
        if place not in MAY_USE and place not in ("include", "examples"):
            offences.append(f"{path}: {place} is no room")
            continue
        text = (root / path).read_text(errors="replace")
        for match in INCLUDE.finditer(text):
            line = text.count("\n", 0, match.start(1)) + 1
            reason = judge(place, path, match[1], match[2], root)
            if reason and (path.as_posix(), match[2]) in known:
                met.add((path.as_posix(), match[2]))
            elif reason:
                offences.append(f"{path}:{line}: {reason}")
            if path.suffix == ".h" and (match[1] == '"' or PUBLIC.match(match[2])):
                graph.setdefault("/".join(path.parts[1:]), []).append(match[2])
    offences += [
        f"tools/exceptions.py: take {pair} out of INCLUDES" for pair in sorted(set(known) - met)
    ]
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
