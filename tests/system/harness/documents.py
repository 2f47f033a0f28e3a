"""What the documents show: their code blocks."""

import re

from .broker import REPOSITORY


def blocks(page, language):
    """The code blocks of a page that are in this language."""
    text = (REPOSITORY / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(page):
    """The commands of a page's shell blocks, each on one line."""
    for block in blocks(page, "sh"):
        for line in re.sub(r"\\\n *", "", block).splitlines():
            yield line.partition("  #")[0].strip()
