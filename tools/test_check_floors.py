#!/usr/bin/env python3
"""Shows that check_floors.py fails on what it is there to find, and only on that."""

import pathlib
import tempfile
import unittest

from check_floors import check


class Floors(unittest.TestCase):
    def offences(self, **files):
        """The offences of a tree; file names have `__` for `/` and end in `_c` or `_h`."""
        with tempfile.TemporaryDirectory() as root:
            for name, text in files.items():
                path = pathlib.Path(root, name[:-2].replace("__", "/") + "." + name[-1])
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return check(pathlib.Path(root))

    def assert_refused(self, word, **files):
        offences = self.offences(**files)
        self.assertEqual(len(offences), 1, offences)
        self.assertIn(word, offences[0])

    def test_down_and_own_room_are_fine(self):
        text = '#include "serve/a.h"\n#include "net/b.h"\n#include "base/c.h"\n#include <stdio.h>\n'
        self.assertEqual(self.offences(src__serve__x_c=text), [])

    def test_up(self):
        self.assert_refused("may not use feed", src__core__x_c='#include "base/a.h"\n#include "feed/b.h"\n')

    def test_the_line_is_told(self):
        self.assert_refused("x.c:3:", src__core__x_c='\n\n#include "feed/b.h"\n')

    def test_sideways(self):
        self.assert_refused("net/", src__kafka__x_c='  #  include "net/loop.h"\n')

    def test_the_daemon_uses_the_library(self):
        self.assert_refused("only", src__daemon__x_c='#include "base/buf.h"\n')
        self.assertEqual(self.offences(src__daemon__x_c="#include <kafkasse.h>\n"), [])

    def test_examples_use_the_library(self):
        self.assert_refused("only", examples__x_c='#include "serve/config.h"\n')

    def test_third_party_headers_stay_in_their_room(self):
        self.assert_refused("src/kafka", src__feed__x_c="#include <librdkafka/rdkafka.h>\n")
        self.assert_refused("src/net", src__serve__x_c="#include <uv.h>\n")
        self.assert_refused("src/daemon", src__serve__x_c='#include <ini.h>\n')
        self.assert_refused("src/plugin", src__serve__x_c="#include <dlfcn.h>\n")
        self.assert_refused("src/kafka", include__x_h="#include <librdkafka/rdkafka.h>\n")
        self.assert_refused("src/avro", src__serve__x_c="#include <avro.h>\n")
        self.assert_refused("src/httpc", src__kafka__x_c="#include <curl/curl.h>\n")
        self.assertEqual(self.offences(src__serve__x_c='#include "avro/avro.h"\n'), [])
        self.assertEqual(self.offences(src__net__x_c="#include <uv.h>\n"), [])

    def test_unknown_rooms(self):
        self.assert_refused("no room", src__attic__x_c="")
        self.assert_refused("no room", src__core__attic__x_c="")
        self.assert_refused("src is no room", src__x_c="")
        self.assert_refused("no room", src__core__x_c='#include "attic/x.h"\n')

    def test_circles(self):
        self.assert_refused(
            "a.h -> core/b.h -> core/a.h",
            src__core__a_h='#include "core/b.h"\n',
            src__core__b_h='#include "core/a.h"\n',
        )


if __name__ == "__main__":
    unittest.main()
