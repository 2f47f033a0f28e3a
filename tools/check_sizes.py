#!/usr/bin/env python3
"""Checks that no tracked source file is over 500 lines and no C function over 60. Needs
universal-ctags for the latter. Prints one line per offence; status 1 when there is any."""

import json
import pathlib
import shutil
import subprocess
import sys

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
SOURCES = ["*.c", "*.h", "*.def", "*.py", "*.js", "*.mjs", "*.css", "*.html", "*.sh", "dev"]


def tracked(*patterns):
    listed = subprocess.run(
        ["git", "ls-files", "-z", *patterns], check=True, capture_output=True, text=True
    )
    return [name for name in listed.stdout.split("\0") if name and pathlib.Path(name).exists()]


def long_files():
    for name in tracked(*SOURCES):
        lines = pathlib.Path(name).read_bytes().count(b"\n")
        if lines > MAX_FILE_LINES:
            yield f"{name}: {lines} lines (at most {MAX_FILE_LINES})"


def long_functions():
    files = tracked("*.c", "*.h")
    if not files:
        return
    command = ["ctags", "--output-format=json", "--fields=+ne", "--kinds-C=f", "--languages=C",
               "--langmap=C:.c.h", "-f", "-", *files]  # fmt: skip
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    tags = [json.loads(line) for line in listed.splitlines()]
    functions = [tag for tag in tags if tag.get("kind") == "function" and "end" in tag]
    if not functions:
        yield "ctags finds no function at all: it cannot be universal-ctags"
    for tag in functions:
        lines = tag["end"] - tag["line"] + 1
        if lines > MAX_FUNCTION_LINES:
            yield (f"{tag['path']}:{tag['line']}: {tag['name']}() has {lines} lines "
                   f"(at most {MAX_FUNCTION_LINES})")  # fmt: skip


def main():
    offences = list(long_files())
    if shutil.which("ctags"):
        offences += long_functions()
    else:
        offences.append("ctags is not installed (universal-ctags)")
    print("\n".join(offences), end="\n" if offences else "")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
