#!/usr/bin/env python3
"""Shows that check_sizes.py fails on what it is there to find, and only on that."""

import pathlib
import subprocess
import tempfile
import unittest
from types import SimpleNamespace

from check_sizes import check, count_parameters

LISTS = ("FUNCTIONS", "FILES", "PARAMETERS", "ASSERTS")
SHORT = {"src/base/a.c": "int a(void)\n{\n    return 1;\n}\n"}


def function(name, lines):
    return f"int {name}(void)\n{{\n" + "    ;\n" * (lines - 4) + "    return 1;\n}\n"


def asserted(asserts, lines):
    """A file of that many lines."""
    text = "int a(int b)\n{\n" + "    ASSERT(b);\n" * asserts + "    return b;\n}\n"
    return text + "int c;\n" * (lines - asserts - 4)


class Sizes(unittest.TestCase):
    def offences(self, files, **known):
        with tempfile.TemporaryDirectory() as root:
            for name, text in {**SHORT, **files}.items():
                path = pathlib.Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            subprocess.run(["git", "init", "-q", root], check=True)
            subprocess.run(["git", "-C", root, "add", "."], check=True)
            lists = {name: known.get(name, {}) for name in LISTS}
            return check(pathlib.Path(root), SimpleNamespace(**lists))

    def assert_fine(self, files, **known):
        self.assertEqual(self.offences(files, **known), [])

    def assert_refused(self, word, files, **known):
        offences = self.offences(files, **known)
        self.assertEqual(len(offences), 1, offences)
        self.assertIn(word, offences[0])

    def test_files(self):
        self.assert_fine({"tests/a.py": "\n" * 450})
        self.assert_refused("tests/a.py: 451 lines", {"tests/a.py": "\n" * 451})

    def test_known_files(self):
        files = {"tests/a.py": "\n" * 460}
        self.assert_fine(files, FILES={"tests/a.py": 460})
        self.assert_refused("at most 459", files, FILES={"tests/a.py": 459})
        self.assert_refused("lower tests/a.py in FILES to 460", files, FILES={"tests/a.py": 461})
        self.assert_refused("take tests/b.py out of FILES", {}, FILES={"tests/b.py": 460})

    def test_functions(self):
        self.assert_fine({"src/http/b.c": function("b", 40)})
        self.assert_refused("b(): 41 lines", {"src/http/b.c": function("b", 41)})

    def test_known_functions(self):
        files = {"src/http/b.c": function("b", 45)}
        self.assert_fine(files, FUNCTIONS={"src/http/b.c:b": 45})
        self.assert_refused("at most 44", files, FUNCTIONS={"src/http/b.c:b": 44})
        self.assert_refused("in FUNCTIONS to 45", files, FUNCTIONS={"src/http/b.c:b": 46})
        self.assert_refused("out of FUNCTIONS", {}, FUNCTIONS={"src/http/c.c:c": 45})

    def test_parameters(self):
        six = "int f(int a, int b, int c, int d, int e, void (*g)(int, int, int));\n"
        seven = "CHECKED int f(int a, int b,\n              int c, int d, int e, int f, int g);\n"
        self.assert_fine({"src/http/a.h": six, "tests/b.c": seven})
        self.assert_refused("f(): 7 parameters", {"src/http/a.h": seven})
        self.assert_refused("f(): 7 parameters", {"include/a.h": seven})
        self.assert_refused("f(): 7 parameters", {"src/http/a.h": seven, "src/http/z.h": six})
        self.assert_fine({"src/http/a.h": seven}, PARAMETERS={"f": 7})
        self.assert_refused("in PARAMETERS to 7", {"src/http/a.h": seven}, PARAMETERS={"f": 8})
        self.assert_refused("out of PARAMETERS", {"src/http/a.h": six}, PARAMETERS={"f": 7})

    def test_parameters_are_counted(self):
        for signature, count in (("()", 0), ("(void)", 0), ("(int a)", 1), ("(int a, ...)", 2),
                                 ("(void (*f)(int, int), int b)", 2)):  # fmt: skip
            self.assertEqual(count_parameters(signature), count)

    def test_asserts(self):
        self.assert_fine({"src/net/a.c": asserted(10, 400), "src/net/b.c": asserted(0, 400)})
        self.assert_refused("src/net: 10.0 asserts", {"src/net/a.c": asserted(4, 400)})
        self.assert_refused("src/feed", {"src/feed/log/a.c": asserted(4, 400)})
        self.assert_refused("src/net: 0.0", {"src/net/a.c": "/* ASSERT(1) */\nint a;\n"})

    def test_known_asserts(self):
        files = {"src/net/a.c": asserted(2, 400)}
        self.assert_fine(files, ASSERTS={"net": 5})
        self.assert_refused("at least 6", files, ASSERTS={"net": 6})
        self.assert_refused("raise net in ASSERTS to 5", files, ASSERTS={"net": 4})
        self.assert_refused("out of ASSERTS", {"src/net/a.c": asserted(5, 400)}, ASSERTS={"net": 5})


if __name__ == "__main__":
    unittest.main()
