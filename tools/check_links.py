#!/usr/bin/env python3
"""Checks that relative links in tracked Markdown files lead to files and headings that exist, and
that the pages about the code name what is in it: in the inline code of PAGES_ABOUT_CODE, files,
folders, functions (`f()`), structs, enums, constants and names with an underscore must exist. Their
table of rooms must be that of rooms.py.

Usage: check_links.py [root]. Prints one line per offence; status 1 when there is any.
"""

import pathlib
import re
import subprocess
import sys
from urllib.parse import unquote

from rooms import MAY_USE

PAGES_ABOUT_CODE = ("ARCHITECTURE.md", "CONTRIBUTING.md")

LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|<(?:img|a)\b[^>]*?(?:src|href)=\"([^\"]+)\"")
FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)

FILE = re.compile(r"[\w*./-]+\.(?:c|h|def|py|sh|md|map|cmake|txt|json|ini)")
FOLDER = re.compile(r"[a-z][\w-]*(?:/[\w-]+)+|[a-z][\w-]*(?:/[\w-]+)*/")
CALL = re.compile(r"(\w+)\(\)")
TYPE = re.compile(r"(?:struct|enum)\s+\w+")
NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
ROOM_ROW = re.compile(r"^\| (`[^|]*`) \| [^|]* \| ([^|]*) \|$")
NOT_CODE = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"", re.DOTALL)
INCLUDED = re.compile(r'#[ \t]*include[ \t]*[<"]([^">]+)[>"]')
FOREIGN = re.compile(r"rd_kafka_\w+")  # librdkafka's, also those that are not used
NOT_TRACKED = re.compile(r"build/.*|.*\bNAME\b.*|.*\bNAME_.*")  # what is built, and placeholders


def blank(match):
    """Takes code out of the text without moving the lines."""
    return re.sub(r"[^\n]", " ", match[0])


def anchors(path):
    """The fragment names that GitHub gives to a file's headings."""
    names = set()
    for heading in HEADING.findall(path.read_text()):
        plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        count = 1
        while name in names:
            name = f"{name.rstrip('0123456789-')}-{count}"
            count += 1
        names.add(name)
    return names


def line_of(text, match):
    return text.count("\n", 0, match.start()) + 1


def dead_links(root, name):
    text = SPAN.sub(blank, FENCE.sub(blank, (root / name).read_text()))
    for match in LINK.finditer(text):
        target = match[1] or match[2]
        if re.match(r"[a-z][a-z0-9+.-]*:|//", target):
            continue
        file, _, fragment = target.partition("#")
        path = (root / name).parent / unquote(file) if file else root / name
        if not path.exists():
            yield f"{name}:{line_of(text, match)}: no such file: {target}"
        elif fragment and path.suffix == ".md" and fragment not in anchors(path):
            yield f"{name}:{line_of(text, match)}: no such heading: {target}"


class Code:
    """What the tracked files have: their names, what they include, and the code of those in C."""

    def __init__(self, root, tracked):
        sources = [(root / name).read_text() for name in tracked if name.endswith((".c", ".h", ".def"))]
        self.paths = [f"/{name}" for name in tracked] + [
            f"/{target}" for text in sources for target in INCLUDED.findall(text)
        ]
        code = "\n".join(NOT_CODE.sub(" ", text) for text in sources)
        self.words = set(re.findall(r"\w+", code))
        self.called = set(re.findall(r"\b(\w+)\s*\(", code))
        self.types = set(" ".join(found.split()) for found in TYPE.findall(code))

    def has_path(self, pattern):
        """`pattern` is the end of a file's path, or a part of it that ends with a folder."""
        wanted = re.escape(pattern.strip("/")).replace(r"\*", "[^/]*")
        end = "/" if pattern.endswith("/") else "(?:/|$)"
        return any(re.search(rf"/{wanted}{end}", path) for path in self.paths)

    def lacks(self, span):
        """What is wrong with this piece of inline code, or None."""
        call = CALL.fullmatch(span)
        if FOREIGN.fullmatch(call[1] if call else span) or NOT_TRACKED.fullmatch(span):
            return None
        if call:
            return None if call[1] in self.called else "no such function"
        if TYPE.fullmatch(span):
            return None if span in self.types else "no such type"
        if NAME.fullmatch(span):
            return None if span in self.words else "no such name"
        if FILE.fullmatch(span) or FOLDER.fullmatch(span):
            return None if self.has_path(span) else "no such file or folder"
        return None


def wrong_mentions(root, name, code):
    text = FENCE.sub(blank, (root / name).read_text())
    for match in SPAN.finditer(text):
        span = " ".join(match[1].split())
        why = code.lacks(span)
        if why is not None:
            yield f"{name}:{line_of(text, match)}: {why}: {span}"


def wrong_rooms(name, text, may_use):
    """What the table of rooms says otherwise than `may_use`; a page need not have such a table."""
    if "| room | holds | may use |" not in text:
        return
    table = text.partition("| room | holds | may use |")[2].partition("\n\n")[0]
    told = {}
    for row in filter(None, map(ROOM_ROW.match, table.splitlines())):
        used = sorted(used for used in re.findall(r"`([^`]*)`", row[2]) if used in may_use)
        told.update((room, used) for room in re.findall(r"`([^`]*)`", row[1]))
    for room in sorted(told.keys() | may_use.keys()):
        if room not in told or room not in may_use:
            yield f"{name}: room {room}: it is not in {'rooms.py' if room in told else 'the table'}"
        elif told[room] != sorted(may_use[room]):
            yield f"{name}: room {room}: it may use {', '.join(may_use[room]) or 'nothing'}"


def check(root, may_use=MAY_USE):
    """All offences under `root`, a line each."""
    command = ["git", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    tracked = [name for name in listed.split("\0") if name and (root / name).is_file()]
    offences = []
    for name in tracked:
        if name.endswith(".md"):
            offences += dead_links(root, name)
    code = Code(root, tracked)
    for name in PAGES_ABOUT_CODE:
        if name in tracked:
            offences += wrong_mentions(root, name, code)
            offences += wrong_rooms(name, (root / name).read_text(), may_use)
    return offences


def main():
    offences = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(offences), end="\n" if offences else "")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
