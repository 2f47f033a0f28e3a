#!/usr/bin/env python3
"""Installs a build into an empty folder and uses it from there, as a stranger would: what is in it,
which symbols the library has, and whether programs can be built with pkg-config and with CMake.

Usage: test_install.py BUILD COMPILER
"""

import contextlib
import http.client
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

BUILD, CC = (sys.argv + ["build", "cc"])[1:3]
TREE = pathlib.Path(__file__).resolve().parents[2]
HERE = TREE / "tests" / "install"
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
# Output, signals and endings are the program's business. fprintf() and abort() are ASSERT's.
NOT_FOR_LIBRARIES = {
    "printf", "puts", "putchar", "perror", "vprintf", "stdout", "exit", "_exit", "_Exit",
    "quick_exit", "atexit", "signal", "sigaction", "fork", "setlocale", "setenv", "putenv",
}  # fmt: skip


def run(*command, **options):
    """Runs it to its end, which must be a good one; returns what it wrote to stdout."""
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=60, check=False,
        **options,
    )  # fmt: skip
    if done.returncode != 0:
        raise AssertionError(f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def one(paths):
    (path,) = paths
    return path


def ask(port, path, fields=(), events=1 << 30):
    """The status of an answer, and its body: whole, or up to that many events of a stream."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=dict(fields))
        answer = connection.getresponse()
        body = b""
        while body.count(b"\n\n") <= events:
            more = answer.read1()
            if not more:
                break
            body += more
        return answer.status, body


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.root = pathlib.Path(cls.folder.name)
        first = cls.root / "first"
        cls.prefix = cls.root / "moved here"  # what is installed finds itself
        run("cmake", "--install", BUILD, "--prefix", first)
        first.rename(cls.prefix)
        cls.library = one(cls.prefix.rglob("libkafkasse.so"))
        cls.archive = one(cls.prefix.rglob("libkafkasse.a"))
        cls.headers = one(cls.prefix.rglob("kafkasse.h")).parent
        cls.cxx = shutil.which("c++") or shutil.which("clang++") or "no C++ compiler"
        cls.version = re.search(r'#define KSSE_VERSION "(.*)"', cls.header("kafkasse/base.h"))[1]
        cls.environment = {
            **os.environ,
            "PKG_CONFIG_PATH": str(one(cls.prefix.rglob("libkafkasse.pc")).parent),
            "LD_LIBRARY_PATH": str(cls.library.parent),
        }

    @classmethod
    def header(cls, name):
        return (cls.headers / name).read_text()

    def pkg_config(self, *arguments):
        output = run("pkg-config", *arguments, "libkafkasse", env=self.environment)
        return [word for line in output.splitlines() for word in shlex.split(line)]

    def compile(self, source, *more):
        """Builds `source` with what pkg-config says; returns the program."""
        program = self.root / pathlib.Path(source).stem
        run(CC, *STRICT, source, "-o", program, *self.pkg_config("--cflags", "--libs"), *more)
        return program

    def exported(self, *options):
        lines = run("nm", "--defined-only", *options).splitlines()
        symbols = [line.split() for line in lines if len(line.split()) == 3]
        return {name.split("@")[0] for _, kind, name in symbols if kind != "A"}

    def test_what_is_there(self):
        there = {path.name for path in self.prefix.rglob("*")}
        major = self.version.split(".")[0]
        for name in (
            "kafkasse", "kafkasse.h", "kafkasse_plugin.h", "base.h", "record.h", "libkafkasse.so", "libkafkasse.a",
            f"libkafkasse.so.{major}", f"libkafkasse.so.{self.version}", "libkafkasse.pc",
            "kafkasse-config.cmake", "kafkasse-config-version.cmake", "kafkasse.1", "libkafkasse.3",
            "README.md", "reference.md", "LICENSE",
        ):  # fmt: skip
            self.assertIn(name, there)

    def test_one_version_everywhere(self):
        self.assertEqual(self.pkg_config("--modversion"), [self.version])
        self.assertIn(self.version, run(self.prefix / "bin" / "kafkasse", "-V"))
        for page in ("kafkasse.1", "libkafkasse.3"):
            self.assertIn(f'"kafkasse {self.version}"', one(self.prefix.rglob(page)).read_text())

    def test_the_soname_and_what_it_needs(self):
        dynamic = run("readelf", "-d", self.library)
        soname = re.search(r"SONAME.*\[(.*)\]", dynamic)[1]
        self.assertEqual(soname, "libkafkasse.so." + self.version.split(".")[0])
        needed = {name.split(".so")[0] for name in re.findall(r"NEEDED.*\[(.*)\]", dynamic)}
        self.assertLessEqual({"librdkafka", "libuv"}, needed)
        self.assertFalse({name for name in needed if "asan" in name or "stdc++" in name})

    def test_its_symbols(self):
        shared = self.exported("-D", self.library)
        self.assertIn("ksse_server_new", shared)
        self.assertEqual({name for name in shared if not name.startswith("ksse_")}, set())
        self.assertEqual(self.exported("-g", self.archive), shared)

    def test_the_header_says_what_it_exports(self):
        text = re.sub(r"/\*.*?\*/", "", self.header("kafkasse.h"), flags=re.DOTALL)
        declared = set(re.findall(r"KSSE_API\b[^;{]*?\b(ksse_\w+)\(", text))
        self.assertEqual(self.exported("-D", self.library), declared)

    def test_it_does_nothing_by_itself(self):
        sections = set(re.findall(r"\] (\.\S+)", run("readelf", "-SW", self.archive)))
        self.assertIn(".text", sections)
        by_itself = {".preinit_array", ".init_array", ".fini_array", ".ctors", ".dtors"}
        self.assertEqual(sections & by_itself, set())
        undefined = run("nm", "-D", "--undefined-only", self.library).split()
        used = {name.split("@")[0] for name in undefined}
        self.assertIn("pthread_create", used)
        self.assertEqual(used & NOT_FOR_LIBRARIES, set())

    def test_headers_alone(self):
        """Each by itself, in the dialects that people compile with."""
        names = [path.relative_to(self.headers) for path in self.headers.rglob("*.h")]
        self.assertGreaterEqual(len(names), 7)
        for name in names:
            for compiler, suffix, dialect in (
                (CC, "c", "c99"), (CC, "c", "c11"), (CC, "c", "gnu17"),
                (self.cxx, "cc", "c++11"), (self.cxx, "cc", "c++20"),
            ):  # fmt: skip
                source = self.root / f"{name.stem}.{suffix}"
                source.write_text(f"#include <{name}>\nconst char *name = \"{name}\";\n")
                run(compiler, f"-std={dialect}", *STRICT, "-fsyntax-only", source,
                    *self.pkg_config("--cflags"))  # fmt: skip

    def test_a_plug_in_needs_the_types_only(self):
        source = self.root / "types.c"
        source.write_text("#include <kafkasse_plugin.h>\n")
        seen = run(CC, "-E", source, *self.pkg_config("--cflags"))
        self.assertIn("struct ksse_record", seen)
        self.assertNotIn("ksse_server", seen)

    def test_a_program_with_pkg_config(self):
        self.check_quiet(self.compile(HERE / "smoke.c", "-pthread"))

    def test_a_program_with_the_static_library(self):
        """With what it needs as shared libraries; `pkg-config --static` would take all static."""
        program = self.root / "smoke-static"
        needs = self.pkg_config("--print-requires-private")
        self.assertTrue(needs)
        libraries = run("pkg-config", "--libs", *(need.split()[0] for need in needs)).split()
        run(CC, HERE / "smoke.c", "-o", program, *self.pkg_config("--cflags"), self.archive,
            *libraries, "-pthread", "-ldl", "-lm")  # fmt: skip
        self.assertNotIn("libkafkasse", run("readelf", "-d", program))
        self.check_quiet(program)

    def test_a_program_with_cmake(self):
        build = self.root / "smoke-cmake"
        package = one(self.prefix.rglob("kafkasse-config.cmake")).parent
        common = ["cmake", "-S", HERE, "-B", build, f"-Dkafkasse_DIR={package}",
                  f"-DCMAKE_C_COMPILER={CC}"]  # fmt: skip
        run(*common, f"-DWANTED={self.version}")
        run("cmake", "--build", build)
        self.check_quiet(build / "smoke")
        with self.assertRaisesRegex(AssertionError, "not compatible|not accepted|version"):
            run(*common, "-DWANTED=99.0")

    def test_example_plug_ins(self):
        """Built where they were installed, as their Makefile says."""
        folder = one(self.prefix.rglob("csv.c")).parent
        run("make", "-C", folder, f"CC={CC}", "CFLAGS=-Wall -Wextra -Werror", env=self.environment)
        for name in ("csv.so", "sample.so"):
            self.assertEqual(self.exported("-D", folder / name), {"ksse_plugin"})
            self.assertNotIn("kafkasse", run("readelf", "-d", folder / name))

    def test_a_plug_in_in_cxx(self):
        plugin = self.root / "cxx.so"
        run(self.cxx, "-std=c++20", *STRICT, "-shared", "-fPIC", "-o", plugin, HERE / "plugin.cc",
            *self.pkg_config("--cflags"))  # fmt: skip
        self.assertIn("ksse_plugin", self.exported("-D", plugin))

    def test_example_server(self):
        """Built and run from where it was installed."""
        program = self.compile(one(self.prefix.rglob("embed/server.c")))
        with subprocess.Popen(
            [program, "demo", "yes", "listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True, env=self.environment
        ) as process:
            try:
                line = next(line for line in process.stderr if line.startswith("listening:"))
                port = int(re.search(r":(\d+)/", line)[1])
                self.assertEqual(ask(port, "/demo.recentchange")[0], 403)
                self.assertIn(b"Say please.", ask(port, "/demo.recentchange")[1])
                word = {"X-Word": "please"}
                _, edits = ask(port, "/demo.recentchange?since=0", word, events=50)
                self.assertIn(b'"bot":false', edits)
                self.assertNotIn(b'"bot":true', edits)
            finally:
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=15)
        self.assertEqual(process.returncode, 0)

    def check_quiet(self, program):
        done = subprocess.run(
            [str(program)], capture_output=True, text=True, timeout=30, check=False,
            env=self.environment,
        )  # fmt: skip
        self.assertEqual((done.stdout, done.stderr, done.returncode), ("ok\n", "", 0))

    def test_man_pages(self):
        groff = shutil.which("groff")
        if not groff:
            self.skipTest("groff is not installed")
        for name in ("kafkasse.1", "libkafkasse.3"):
            done = subprocess.run(
                [groff, "-man", "-ww", "-Tutf8", "-Kutf8", str(one(self.prefix.rglob(name)))],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            self.assertEqual((done.stderr, done.returncode), ("", 0))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
