#!/usr/bin/env python3
"""Shows that check_floors.py fails on what it is there to find, and only on that."""

import pathlib
import tempfile
import unittest

from check_floors import check


class Floors(unittest.TestCase):
    def offences(self, files, known=()):
        with tempfile.TemporaryDirectory() as root:
            for name, text in files.items():
                path = pathlib.Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return check(pathlib.Path(root), known)

    def assert_refused(self, word, files, known=()):
        offences = self.offences(files, known)
        self.assertEqual(len(offences), 1, offences)
        self.assertIn(word, offences[0])

    def assert_fine(self, name, *targets):
        files = {name: "".join(f"#include {target}\n" for target in targets)}
        self.assertEqual(self.offences(files), [])

    def assert_include_refused(self, word, name, target):
        self.assert_refused(word, {name: f"#include {target}\n"})

    def test_down_and_own_room_are_fine(self):
        self.assert_fine("src/serve/worker/x.c", '"serve/worker/a.h"', '"net/b.h"', '"base/c.h"',
                         '"core/json/d.h"', "<stdio.h>")  # fmt: skip

    def test_up(self):
        self.assert_include_refused("may not use feed/log", "src/core/json/x.c", '"feed/log/a.h"')
        self.assert_include_refused("may not use feed", "src/feed/replay/x.c", '"feed/feed.h"')

    def test_the_line_is_told(self):
        self.assert_refused("x.c:3:", {"src/core/json/x.c": '\n\n#include "feed/log/b.h"\n'})

    def test_sideways(self):
        self.assert_include_refused("not use net", "src/kafka/x.c", '"net/loop.h"')
        self.assert_refused("not use net", {"src/kafka/x.c": '  #  include "net/loop.h"\n'})

    def test_rooms_within_rooms(self):
        for lower, upper in (("core/json", "core/filter"), ("core/filter", "core/stream"),
                             ("feed/log", "feed/channel"), ("feed/channel", "feed/replay"),
                             ("serve/config", "serve/request"), ("serve/request", "serve/worker"),
                             ("serve/worker", "serve/api")):  # fmt: skip
            self.assert_fine(f"src/{upper}/x.c", f'"{lower}/y.h"')
            self.assert_include_refused("may not", f"src/{lower}/x.c", f'"{upper}/y.h"')

    def test_users_have_the_public_headers(self):
        self.assert_fine("src/daemon/x.c", "<kafkasse.h>", '"daemon/y.h"')
        self.assert_fine("examples/x.c", "<kafkasse.h>", "<kafkasse_plugin.h>")
        self.assert_include_refused("only", "src/daemon/x.c", '"base/buf.h"')
        self.assert_include_refused("only", "examples/x.c", '"serve/config/config.h"')

    def test_lower_rooms_have_the_types_of_the_public_header(self):
        self.assert_fine("src/core/stream/x.h", "<kafkasse/record.h>")
        self.assert_fine("src/serve/config/x.h", "<kafkasse.h>")
        self.assert_fine("src/plugin/x.h", "<kafkasse_plugin.h>")
        self.assert_fine("include/kafkasse.h", "<kafkasse/record.h>")
        self.assert_include_refused("for users", "src/core/stream/x.h", "<kafkasse.h>")
        self.assert_include_refused("for users", "src/kafka/x.h", '"kafkasse.h"')
        self.assert_include_refused("not use api", "src/base/x.h", "<kafkasse/record.h>")
        self.assert_include_refused("for plugin", "src/serve/config/x.h", "<kafkasse_plugin.h>")

    def test_public_headers_include_public_headers_only(self):
        self.assert_include_refused("not installed", "include/x.h", '"base/buf.h"')

    def test_third_party_headers_stay_in_their_room(self):
        self.assert_include_refused("src/kafka", "src/feed/x.c", "<librdkafka/rdkafka.h>")
        self.assert_include_refused("src/kafka", "include/x.h", "<librdkafka/rdkafka.h>")
        self.assert_include_refused("src/net", "src/serve/worker/x.c", "<uv.h>")
        self.assert_include_refused("src/daemon", "src/serve/config/x.c", '"ini.h"')
        self.assert_include_refused("src/daemon", "src/serve/config/x.c", "<ini.h>")
        self.assert_include_refused("src/plugin", "src/serve/worker/x.c", "<dlfcn.h>")
        self.assert_include_refused("src/avro", "src/serve/worker/x.c", "<avro.h>")
        self.assert_include_refused("src/httpc", "src/avro/x.c", "<curl/curl.h>")
        self.assert_fine("src/serve/config/x.c", '"avro/avro.h"')
        self.assert_fine("src/net/x.c", "<uv.h>")
        self.assert_fine("src/kafka/demo/x.c", "<librdkafka/rdkafka_mock.h>")

    def test_unknown_rooms(self):
        for name in ("src/attic/x.c", "src/core/x.c", "src/core/json/attic/x.c", "src/x.c"):
            self.assert_refused("no room", {name: ""})
        self.assert_include_refused("no room", "src/core/json/x.c", '"attic/x.h"')
        self.assert_include_refused("no room", "src/feed/log/x.c", '"core/x.h"')

    def test_known_offences_pass_and_others_do_not(self):
        known = {("src/base/x.c", "net/y.h")}
        files = {"src/base/x.c": '#include "net/y.h"\n'}
        self.assertEqual(self.offences(files, known), [])
        self.assert_refused("z.c", {**files, "src/base/z.c": '#include "net/y.h"\n'}, known)

    def test_known_offences_that_have_gone_are_told(self):
        self.assert_refused("out of INCLUDES", {"src/base/x.c": ""}, {("src/base/x.c", "net/y.h")})

    def test_circles(self):
        self.assert_refused("a.h -> net/b.h -> net/a.h", {
            "src/net/a.h": '#include "net/b.h"\n',
            "src/net/b.h": '#include "net/a.h"\n',
        })  # fmt: skip
        self.assert_refused("kafkasse.h -> ", {
            "include/kafkasse.h": "#include <kafkasse/record.h>\n",
            "include/kafkasse/record.h": "#include <kafkasse.h>\n",
        })  # fmt: skip


if __name__ == "__main__":
    unittest.main()
