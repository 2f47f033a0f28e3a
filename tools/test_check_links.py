#!/usr/bin/env python3
"""Shows that check_links.py fails on what it is there to find, and only on that."""

import pathlib
import subprocess
import tempfile
import unittest

from check_links import check

SOURCE = """
#include <curl/curl.h>
enum state { STATE_ON, STATE_OFF };
struct channel { int next_offset; };
int channel_attach(struct channel *c); /* not detach_all(), and no struct ghost */
const char *text = "call_me() later_on";
"""


class Links(unittest.TestCase):
    def offences(self, files, may_use=None):
        with tempfile.TemporaryDirectory() as root:
            for name, text in {"src/feed/log/channel.h": SOURCE, **files}.items():
                path = pathlib.Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            subprocess.run(["git", "init", "-q", root], check=True)
            subprocess.run(["git", "-C", root, "add", "."], check=True)
            return check(pathlib.Path(root), may_use or {})

    def test_links(self):
        page = "# One `x`\n\n[a](docs/b.md#two-words) [b](#one-x)\n`[not](a-link.md)`\n"
        self.assertEqual(self.offences({"a.md": page, "docs/b.md": "## Two words\n"}), [])

    def test_dead_links(self):
        offences = self.offences({"a.md": "# A\n\n[a](b.md) [b](#c) [c](https://example.org/x)\n"})
        self.assertEqual(offences, ["a.md:3: no such file: b.md", "a.md:3: no such heading: #c"])

    def test_what_the_code_has(self):
        for name in ("channel_attach()", "struct channel", "struct\nchannel", "enum state", "STATE_ON",
                     "next_offset", "src/feed/log/channel.h", "log/channel.h", "channel.h",
                     "feed/log", "log/", "feed/*/channel.h", "curl/curl.h", "curl/",
                     "rd_kafka_assign()", "one", "GET", "a = b", "/-/metrics",
                     "build/a.json", "bench/NAME.c", "bench/NAME_speed.c"):  # fmt: skip
            self.assertEqual(self.offences({"ARCHITECTURE.md": f"# A\n\n`{name}`\n"}), [], name)

    def test_what_the_code_has_not(self):
        for name, why in (("channel_detach()", "function"), ("next_offset()", "function"),
                          ("detach_all()", "function"), ("call_me()", "function"),
                          ("struct ghost", "type"), ("enum channel", "type"), ("STATE_NEW", "name"),
                          ("last_offset", "name"), ("later_on", "name"), ("feed/channel.h", "file"),
                          ("hannel.h", "file"), ("log/chan", "folder"),
                          ("src/log", "folder"), ("tests/", "folder")):  # fmt: skip
            offences = self.offences({"ARCHITECTURE.md": f"# A\n\nSee `{name}`.\n"})
            self.assertEqual(len(offences), 1, name)
            self.assertIn("ARCHITECTURE.md:3: no such", offences[0])
            self.assertIn(why, offences[0])
            self.assertEqual(len(self.offences({"CONTRIBUTING.md": f"`{name}`\n"})), 1, name)

    def test_the_table_of_rooms(self):
        may_use = {"base": (), "api": ("base",), "net": ("base",), "feed": ("api", "net")}
        table = ("# A\n\n| room | holds | may use |\n|---|---|---|\n| `base` | lists | - |\n"
                 "| `api`, `net` | errors | `base` |\n| `feed` | a, b | `net`, `api` |\n\nText.\n")  # fmt: skip

        def offences(old="", new=""):
            return self.offences({"ARCHITECTURE.md": table.replace(old, new)}, may_use)

        self.assertEqual(offences(), [])
        self.assertEqual(offences("`net`, `api`", "`net`"), ["ARCHITECTURE.md: room feed: it may use api, net"])
        self.assertEqual(offences("| - |", "| `api` |"), ["ARCHITECTURE.md: room base: it may use nothing"])
        self.assertEqual(offences("`api`, `net` |", "`api` |"), ["ARCHITECTURE.md: room net: it is not in the table"])
        self.assertEqual(offences("`feed`", "`fed`"), ["ARCHITECTURE.md: room fed: it is not in rooms.py",
                                                       "ARCHITECTURE.md: room feed: it is not in the table"])  # fmt: skip

    def test_pages_for_users_may_name_anything(self):
        self.assertEqual(self.offences({"README.md": "`channel_detach()`\n"}), [])

    def test_blocks_of_code_are_left_alone(self):
        page = "# A\n\n```\n`channel_detach()` [a](b.md)\n```\n"
        self.assertEqual(self.offences({"ARCHITECTURE.md": page}), [])


if __name__ == "__main__":
    unittest.main()
