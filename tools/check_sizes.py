#!/usr/bin/env python3
"""Checks sizes: the lines of tracked source files and C functions, the parameters of functions of
the library, and how many asserts its most delicate rooms have. Needs universal-ctags.

Usage: check_sizes.py [root]. Prints one line per offence; status 1 when there is any.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys

import exceptions

MAX_FILE_LINES = 450
MAX_FUNCTION_LINES = 40
MAX_PARAMETERS = 6
MIN_ASSERTS = 12  # per 1,000 lines that are not empty
ASSERTED_ROOMS = ("feed", "net", "serve")
SOURCES = ["*.c", "*.h", "*.def", "*.py", "*.js", "*.mjs", "*.css", "*.html", "*.sh", "dev"]
ASSERT = re.compile(r"\b(?:ASSERT|_Static_assert)\(")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def tracked(root, *patterns):
    command = ["git", "ls-files", "-z", *patterns]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (root / name).exists()]


def compare(sizes, limit, unit, known, known_name):
    """What of `sizes` ({name: (size, where)}) is over the limit, or over what is known of it; and
    what is known and allows too much."""
    for name, (size, where) in sizes.items():
        if size > max(limit, known.get(name, 0)):
            yield f"{where}: {size} {unit} (at most {known.get(name, limit)})"
    for name, allowed in known.items():
        size = sizes[name][0] if name in sizes else 0
        if size <= limit:
            yield f"tools/exceptions.py: take {name} out of {known_name}"
        elif size < allowed:
            yield f"tools/exceptions.py: lower {name} in {known_name} to {size}"


def file_sizes(root):
    return {
        name: ((root / name).read_bytes().count(b"\n"), name) for name in tracked(root, *SOURCES)
    }


def read_tags(root):
    """The functions and prototypes of all C sources, as ctags tells them."""
    command = ["ctags", "--output-format=json", "--fields=+neS", "--kinds-C=fp", "--languages=C",
               "--langmap=C:.c.h", "-I", "CHECKED,KSSE_API,KSSE_CHECKED", "-L", "-", "-f", "-"]  # fmt: skip
    names = "\n".join(tracked(root, "*.c", "*.h"))
    listed = subprocess.run(
        command, cwd=root, input=names, check=True, capture_output=True, text=True
    ).stdout
    return [json.loads(line) for line in listed.splitlines()]


def largest(rows):
    """{name: (size, where)} of (name, size, where): where a name comes more than once, the largest."""
    found = {}
    for name, size, where in rows:
        if name not in found or size > found[name][0]:
            found[name] = (size, where)
    return found


def place(tag):
    return f"{tag['path']}:{tag['line']}: {tag['name']}()"


def function_sizes(tags):
    return largest(
        (f"{tag['path']}:{tag['name']}", tag["end"] - tag["line"] + 1, place(tag))
        for tag in tags
        if tag["kind"] == "function" and "end" in tag
    )


def count_parameters(signature):
    """Of "(int a, void (*f)(int, int))": 2."""
    inside = signature.strip()[1:-1].strip()
    if inside in ("", "void"):
        return 0
    depth, count = 0, 1
    for char in inside:
        depth += (char == "(") - (char == ")")
        count += char == "," and depth == 0
    return count


def parameter_counts(tags):
    return largest(
        (tag["name"], count_parameters(tag["signature"]), place(tag))
        for tag in tags
        if tag["path"].startswith(("src/", "include/")) and tag.get("signature")
    )


def assert_density(root, room):
    asserts = lines = 0
    for name in tracked(root, f"src/{room}/*.c", f"src/{room}/*.h"):
        text = (root / name).read_text()
        asserts += len(ASSERT.findall(COMMENT.sub("", text)))
        lines += sum(1 for line in text.splitlines() if line.strip())
    return asserts * 1000 / lines if lines else None


def few_asserts(root, known):
    for room in ASSERTED_ROOMS:
        density, floor = assert_density(root, room), known.get(room, MIN_ASSERTS)
        if density is None:
            continue
        if density < floor:
            yield f"src/{room}: {density:.1f} asserts per 1,000 lines (at least {floor})"
        elif room in known and density >= MIN_ASSERTS:
            yield f"tools/exceptions.py: take {room} out of ASSERTS"
        elif room in known and int(density) > floor:
            yield f"tools/exceptions.py: raise {room} in ASSERTS to {int(density)}"


def check(root, known=exceptions):
    """All offences under `root`, a line each. `known` is what passes nevertheless."""
    offences = list(compare(file_sizes(root), MAX_FILE_LINES, "lines", known.FILES, "FILES"))
    offences += few_asserts(root, known.ASSERTS)
    if not shutil.which("ctags"):
        return offences + ["ctags is not installed (universal-ctags)"]
    tags = read_tags(root)
    functions = function_sizes(tags)
    if not functions:
        return offences + ["ctags finds no function at all: it cannot be universal-ctags"]
    offences += compare(functions, MAX_FUNCTION_LINES, "lines", known.FUNCTIONS, "FUNCTIONS")
    offences += compare(
        parameter_counts(tags), MAX_PARAMETERS, "parameters", known.PARAMETERS, "PARAMETERS"
    )
    return offences


def main():
    offences = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve())
    print("\n".join(offences), end="\n" if offences else "")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
