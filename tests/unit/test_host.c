/* Host: the shapes that RFC 3986 knows, and those that it does not. */
#include "http/host.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char *const good[] = {
    "a",
    "localhost:6917",
    "127.0.0.1",
    "[::1]",
    "[::1]:80",
    "[::ffff:1.2.3.4]",
    "[fe80::1%25eth0]:6917",
    "[fe80::1%eth0]",
    "[fe80::1%eth0.1]:6917",
    "[fe80::1%25en%2d1]",
    "[fe80::1%1]",
    "a_b",
    "a.b.c.",
    "a:",
    "[::1]:",
    "%41%2f",
    "xn--4ca",
    "a!$&'()*+,;=b",
    "~",
    "a:0000080",
    "A-Z",
};

static const char *const bad[] = {
    "",        ":80",     ":",      "[",        "[]",     "[]:80",   "[::1",
    "[::1]80", "[::1]:x", "[::1]]", "[g]",      "[::1%]", "[%a]",    "[::1%a/]",
    "[::1% ]", "[::1%%]", "[1%a",   "[::1%a]b", "::1",    "a:80:80", "a:8o",
    "a:-1",    "u@h",     "u:p@h",  "a b",      "a/b",    "a?b",     "a#b",
    "a\\b",    "a\"b",    "a<b",    "%",        "%4",     "%4g",     "%g4",
    "\x80",    "a\tb",    "a|b",    "a[::1]",   "[::1]a", "[v1.x]",  "a: 80",
};

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (!http_host_is_valid(slice_str(good[i]))) {
            fail_msg("refused: %s", good[i]);
        }
    }
}

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (http_host_is_valid(slice_str(bad[i]))) {
            fail_msg("taken: %s", bad[i]);
        }
    }
    assert_false(http_host_is_valid(slice_of("a\0b", 3)));
    /* The digits of a cut-off triple lie behind the slice. */
    assert_false(http_host_is_valid(slice_of("%41", 2)));
    assert_false(http_host_is_valid(slice_of("[::1]", 4)));
    assert_false(http_host_is_valid(slice_of(NULL, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_good), cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
