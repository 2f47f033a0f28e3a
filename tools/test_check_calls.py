#!/usr/bin/env python3
"""Shows that check_calls.py fails on what it is there to find, and only on that."""

import pathlib
import tempfile
import unittest

from check_calls import CALLS, check


class Calls(unittest.TestCase):
    def offences(self, name, text):
        with tempfile.TemporaryDirectory() as root:
            path = pathlib.Path(root, name)
            path.parent.mkdir(parents=True)
            path.write_text(text)
            return check(pathlib.Path(root))

    def test_each_call_is_refused(self):
        for call, _, instead in CALLS:
            for room in ("kafka", "serve/worker", "net"):
                offences = self.offences(f"src/{room}/a.c", f"\n/*\n*/ int x = {call} (0);\n")
                self.assertEqual(offences, [f"src/{room}/a.c:3: {call}(): use {instead}"])

    def test_in_headers_too(self):
        self.assertEqual(len(self.offences("src/kafka/a.h", "eventfd(0, 0)")), 1)

    def test_its_own_folders_may(self):
        for call, folders, _ in CALLS:
            for folder in folders:
                self.assertEqual(self.offences(f"src/{folder}/a.c", f"{call}(0);"), [])

    def test_the_program_has_no_eventfd(self):
        self.assertEqual(len(self.offences("src/daemon/a.c", "eventfd(0, 0)")), 1)

    def test_comments_and_other_names(self):
        text = "/* clock_gettime() */ my_eventfd(0); eventfd_open(); struct eventfd e;"
        self.assertEqual(self.offences("src/net/a.c", text), [])

    def test_tests_may(self):
        self.assertEqual(self.offences("tests/unit/a.c", "pthread_create(0);"), [])


if __name__ == "__main__":
    unittest.main()
