#!/usr/bin/env python3
"""Checks that calls which only one room may make are not made in others.

Usage: check_calls.py [root]. Prints one line per offence; status 1 when there is any.
"""

import pathlib
import re
import sys

# The program sees kafkasse.h only, so daemon/ has its own. It starts its threads with signals
# blocked, too.
CALLS = [
    # (call, folders that may make it, what the others use)
    ("pthread_create", ("base", "daemon"), "thread_start() of base/thread.h"),
    ("pthread_sigmask", ("base", "daemon"), "thread_block_signals() of base/thread.h"),
    ("clock_gettime", ("base", "daemon"), "base/clock.h"),
    ("eventfd", ("base",), "base/eventfd.h"),
]
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def without_comments(text):
    return COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), text)


def check(root):
    """All offences under `root`, a line each."""
    offences = []
    for path in sorted((root / "src").rglob("*.[ch]")):
        name = path.relative_to(root)
        text = without_comments(path.read_text())
        for call, folders, instead in CALLS:
            if name.parts[1] in folders:
                continue
            for match in re.finditer(rf"\b{call}\s*\(", text):
                line = text.count("\n", 0, match.start()) + 1
                offences.append(f"{name}:{line}: {call}(): use {instead}")
    return offences


def main():
    offences = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve())
    print("\n".join(offences), end="\n" if offences else "")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
