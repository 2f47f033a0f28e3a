#!/usr/bin/env python3
"""Shows that check_names.py fails on what it is there to find, and only on that."""

import pathlib
import subprocess
import tempfile
import unittest

from check_names import check

# So that this file has no old words itself.
LENS, GLASS = "le" + "ns", "gla" + "ss"


class Names(unittest.TestCase):
    def offences(self, name, text, known=None):
        with tempfile.TemporaryDirectory() as root:
            path = pathlib.Path(root, name)
            path.parent.mkdir(parents=True)
            path.write_text(text)
            subprocess.run(["git", "init", "-q", root], check=True)
            subprocess.run(["git", "-C", root, "add", "."], check=True)
            return check(pathlib.Path(root), known or {})

    def test_parts_of_names(self):
        for text in (f"int {LENS};", f"int my_{LENS};", f"int {LENS}es;", f"f({GLASS}_of(x));",
                     f"{GLASS.upper()}_MAX", f"/* A {GLASS}. */", f'"{GLASS}"'):  # fmt: skip
            self.assertEqual(len(self.offences("src/net/a.c", text)), 1, text)

    def test_the_place_and_the_new_word_are_told(self):
        offences = self.offences("tests/unit/a.h", f"\n\nint {LENS};\n")
        self.assertEqual(offences, [f"tests/unit/a.h:3: {LENS}: the word is selection now"])

    def test_names_of_files(self):
        self.assertEqual(len(self.offences(f"src/net/{LENS}_a.c", "")), 1)

    def test_other_words_and_other_files(self):
        self.assertEqual(self.offences("src/net/a.c", f"int {GLASS}y, hour{GLASS}, {LENS}2;"), [])
        self.assertEqual(self.offences("docs/a.md", LENS), [])

    def test_known_words_only_get_fewer(self):
        self.assertEqual(self.offences("src/net/a.c", f"{LENS} {LENS}", {LENS: 2}), [])
        self.assertEqual(len(self.offences("src/net/a.c", f"{LENS} {LENS}", {LENS: 1})), 2)
        for text, count, word in ((f"{LENS}", 2, "lower"), ("", 1, "take")):
            offences = self.offences("src/net/a.c", text, {LENS: count})
            self.assertEqual(len(offences), 1)
            self.assertIn(word, offences[0])


if __name__ == "__main__":
    unittest.main()
