#!/usr/bin/env python3
"""Shows that check_circles.py fails on what it is there to find, and only on that: with sources
that are compiled for it."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
from types import SimpleNamespace

from check_circles import check, pick_build

OBJECTS = "build/CMakeFiles/kafkasse-objects.dir/"


def ring(room, names):
    """Sources each of which calls the next one, and the last one the first."""
    return {
        f"src/{room}/{name}.c": f"void {name}(void); void {after}(void); void {name}(void) {{ {after}(); }}"
        for name, after in zip(names, names[1:] + names[:1])
    }


class Circles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def compile(self, sources):
        for name, text in sources.items():
            source, output = self.root / name, self.root / OBJECTS / (name + ".o")
            source.parent.mkdir(parents=True, exist_ok=True)
            output.parent.mkdir(parents=True, exist_ok=True)
            source.write_text(text + "\n")
            subprocess.run(["cc", "-c", "-o", output, source], check=True)

    def touch(self, name, seconds):
        """Makes a file newer by so much."""
        time = (self.root / name).stat().st_mtime + seconds
        os.utime(self.root / name, (time, time))

    def check(self, circles=None, symbols=()):
        known = SimpleNamespace(CIRCLES=circles or {}, SYMBOLS=set(symbols))
        return check(self.root, self.root / "build", known)

    def offences(self, sources, circles=None, symbols=()):
        self.compile(sources)
        return self.check(circles, symbols)

    def test_three_files_may_be_a_circle(self):
        self.assertEqual(self.offences(ring("net", ["a", "b", "c"])), [])

    def test_four_may_not(self):
        offences = self.offences(ring("net", ["a", "b", "c", "d"]))
        self.assertIn("net: a circle of 4 files", offences[0])
        self.assertIn("src/net/a.c -> src/net/b.c: b", offences[1])
        self.assertEqual(len(offences), 5)

    def test_a_known_circle_must_not_grow(self):
        self.assertEqual(self.offences(ring("net", ["a", "b", "c", "d"]), {"net": 4}), [])
        offences = self.offences(ring("net", ["a", "b", "c", "d", "e"]), {"net": 4})
        self.assertIn("net: a circle of 5 files", offences[0])

    def test_a_known_circle_that_shrinks_is_told(self):
        offences = self.offences(ring("net", ["a", "b", "c", "d"]), {"net": 5, "base": 3})
        self.assertEqual(len(offences), 2)
        self.assertIn("lower net in CIRCLES to 4", offences[0])
        self.assertIn("take base out of CIRCLES", offences[1])

    def test_symbols_of_higher_rooms(self):
        offences = self.offences({
            "src/base/a.c": "extern int b; int *a(void); int *a(void) { return &b; }",
            "src/net/b.c": "extern int b; int b = 1;",
        })  # fmt: skip
        self.assertEqual(offences, ["src/base/a.c: base may not use net: b of src/net/b.c"])
        known = ("src/base/a.c", "src/net/b.c")
        self.assertEqual(self.check(symbols=[known]), [])
        offences = self.check(symbols=[known, ("src/net/b.c", "src/base/a.c")])
        self.assertEqual(len(offences), 1)
        self.assertIn("out of SYMBOLS", offences[0])

    def test_symbols_of_higher_rooms_of_the_same_floor(self):
        offences = self.offences({
            "src/feed/log/a.c": "extern int b; int *a(void); int *a(void) { return &b; }",
            "src/feed/b.c": "extern int b; int b = 1;",
        })  # fmt: skip
        self.assertEqual(offences, ["src/feed/log/a.c: feed/log may not use feed: b of src/feed/b.c"])

    def test_the_daemon_has_the_public_symbols_only(self):
        offences = self.offences({
            "src/serve/api/s.c": "void ksse_a(void) {} void b(void) {}",
            "src/daemon/main.c": "void ksse_a(void); void b(void); int main() { ksse_a(); b(); }",
        })  # fmt: skip
        self.assertEqual(len(offences), 1)
        self.assertTrue(offences[0].endswith(": b of src/serve/api/s.c"), offences)

    def test_a_pointer_that_is_set_from_above_is_no_circle(self):
        sources = ring("net", ["a", "b", "c", "d"])
        sources["src/net/d.c"] = "extern void (*hook)(void); void (*hook)(void); void d(void) { hook(); }"
        self.assertEqual(self.offences(sources), [])

    def test_old_objects_are_refused(self):
        self.compile({"src/net/a.c": "int a;"})
        self.touch("src/net/a.c", 60)
        self.assertIn("build it first", self.check()[0])

    def test_objects_older_than_a_header_are_refused(self):
        self.compile({"src/net/a.c": "int a;"})
        (self.root / "src/net/a.h").write_text("")
        self.touch("src/net/a.h", 60)
        self.assertIn("src/net/a.h", self.check()[0])

    def test_missing_objects_are_refused(self):
        self.compile({"src/net/a.c": "int a;"})
        (self.root / "src/net/b.c").write_text("int b;")
        self.assertIn("src/net/b.c", self.check()[0])

    def test_objects_of_moved_sources_do_not_count(self):
        self.compile({"src/net/a.c": "int a;", "src/net/b.c": "int b;"})
        (self.root / "src/net/b.c").unlink()
        self.assertEqual(self.check(), [])

    def test_the_build_to_check(self):
        self.assertIsNone(pick_build(self.root))
        self.compile({"src/net/a.c": "int a;"})
        (self.root / "build-empty").mkdir()
        self.assertEqual(pick_build(self.root).name, "build")
        shutil.copytree(self.root / "build", self.root / "build-newer")
        self.touch("build-newer/CMakeFiles/kafkasse-objects.dir/src/net/a.c.o", 60)
        self.assertEqual(pick_build(self.root).name, "build-newer")
        # One that lacks a source is the newest, and is not up to date.
        self.compile({"src/net/b.c": "int b;"})
        self.assertEqual(pick_build(self.root).name, "build")


if __name__ == "__main__":
    unittest.main()
