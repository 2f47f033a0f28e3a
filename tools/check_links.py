#!/usr/bin/env python3
"""Checks that relative links in tracked Markdown files lead to files that are there, and to
headings that are there. Prints one line per dead link; status 1 when there is any."""

import pathlib
import re
import subprocess
import sys
from urllib.parse import unquote

LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|<(?:img|a)\b[^>]*?(?:src|href)=\"([^\"]+)\"")
CODE = re.compile(r"^(```|~~~).*?^\1[^\n]*$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)


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


def dead_links(name):
    text = CODE.sub(blank, pathlib.Path(name).read_text())
    for match in LINK.finditer(text):
        target = match[1] or match[2]
        if re.match(r"[a-z][a-z0-9+.-]*:|//", target):
            continue
        file, _, fragment = target.partition("#")
        path = pathlib.Path(name).parent / unquote(file) if file else pathlib.Path(name)
        line = text.count("\n", 0, match.start()) + 1
        if not path.exists():
            yield f"{name}:{line}: no such file: {target}"
        elif fragment and path.suffix == ".md" and fragment not in anchors(path):
            yield f"{name}:{line}: no such heading: {target}"


def main():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "*.md"], check=True, capture_output=True, text=True
    )
    offences = [
        offence
        for name in listed.stdout.split("\0")
        if name and pathlib.Path(name).exists()
        for offence in dead_links(name)
    ]
    print("\n".join(offences), end="\n" if offences else "")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
