#!/usr/bin/env python3
"""Checks that the code uses the words of ARCHITECTURE.md: refuses those that it has left for them,
in names, comments and texts of src/, include/, tests/, bench/ and examples/.

Usage: check_names.py [root]. Prints one line per offence; status 1 when there is any.
"""

import pathlib
import re
import subprocess
import sys

import exceptions

NEW_WORDS = {
    "asker": "requester",
    "chore": "job",
    "crew": "worker group",
    "decoder": "deserializer",
    "glass": "selection scratch",
    "lens": "selection",
    "newsy": "readable",
    "outlet": "sink",
    "poke": "nudge",
    "poked": "nudged",
    "recipe": "compiled route",
    "roomy": "writable",
    "stretch": "cached range",
}
OLD = re.compile(rf"(?<![a-z0-9])({'|'.join(NEW_WORDS)})(?:s|es)?(?![a-z0-9])", re.IGNORECASE)
FOLDERS = ("src", "include", "tests", "bench", "examples")
SUFFIXES = (".c", ".h", ".def")


def tracked(root):
    command = ["git", "ls-files", "-z", "--", *FOLDERS]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name.endswith(SUFFIXES) and (root / name).exists()]


def find_old_words(root):
    """{word: [where it is]}, in the names of files, too."""
    found = {}
    for name in tracked(root):
        places = [(name, name)]
        for number, line in enumerate((root / name).read_text().splitlines(), 1):
            places.append((f"{name}:{number}", line))
        for place, text in places:
            for match in OLD.finditer(text):
                found.setdefault(match[1].lower(), []).append(place)
    return found


def check(root, known=exceptions.WORDS):
    """All offences under `root`, a line each. `known` is how often a word may still be there."""
    offences, found = [], find_old_words(root)
    for word, places in sorted(found.items()):
        if len(places) > known.get(word, 0):
            offences += [f"{place}: {word}: the word is {NEW_WORDS[word]} now" for place in places]
    for word, count in known.items():
        if word not in found:
            offences.append(f"tools/exceptions.py: take {word} out of WORDS")
        elif len(found[word]) < count:
            offences.append(f"tools/exceptions.py: lower {word} in WORDS to {len(found[word])}")
    return offences


def main():
    offences = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve())
    print("\n".join(offences), end="\n" if offences else "")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
