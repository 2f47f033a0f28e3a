/* Unit tests of paths: good texts and where they end, the one spelling, and bad texts. */
#include "core/filter/path.h"

#include "support/unit.h"

#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

/* Parses from `at` on a copy whose end the sanitizer guards. */
static int parse(struct slice text, size_t *at, bool takes_dashes, struct path *path,
                 const char **fault)
{
    char *copy = malloc(text.len + (text.len == 0));
    memcpy(copy, text.data, text.len);
    int rc = path_parse(slice_of(copy, text.len), at, takes_dashes, path, fault);
    free(copy);
    return rc;
}

static const struct {
    struct slice text;
    size_t at, end;
    bool takes_dashes;
    struct slice spelling;
} good_cases[] = {
    {BYTES("a"), 0, 1, false, BYTES("a")},
    {BYTES("_kafka.key"), 0, 10, false, BYTES("_kafka.key")},
    {BYTES("a.b[0].c"), 0, 8, false, BYTES("a.b[0].c")},
    {BYTES("a[0][1]"), 0, 7, false, BYTES("a[0][1]")},
    {BYTES("a[ 0 ]"), 0, 6, false, BYTES("a[0]")},
    {BYTES("a[007]"), 0, 6, false, BYTES("a[7]")},
    {BYTES("a[4294967295]"), 0, 13, false, BYTES("a[4294967295]")},
    {BYTES("a[\"b\"]"), 0, 6, false, BYTES("a.b")},
    {BYTES("a['b']"), 0, 6, false, BYTES("a.b")},
    {BYTES("[\"a\"].b"), 0, 7, false, BYTES("a.b")},
    {BYTES("[ 'x y' ]"), 0, 9, false, BYTES("[\"x y\"]")},
    {BYTES("_kafka.headers[\"x y\"]"), 0, 21, false, BYTES("_kafka.headers[\"x y\"]")},
    {BYTES("a[\"\"].b"), 0, 7, false, BYTES("a[\"\"].b")},
    {BYTES("['\"']"), 0, 5, false, BYTES("[\"\\\"\"]")},
    {BYTES("[\"'\"]"), 0, 5, false, BYTES("[\"'\"]")},
    {BYTES("[\"\\u0061\\\"\\n\"]"), 0, 14, false, BYTES("[\"a\\\"\\n\"]")},
    {BYTES("[\"\\u0061\"]"), 0, 10, false, BYTES("a")},
    {BYTES("['\\ud83d\\ude00']"), 0, 16, false, BYTES("[\"\xf0\x9f\x98\x80\"]")},
    {BYTES("['\xf0\x9f\x98\x80']"), 0, 8, false, BYTES("[\"\xf0\x9f\x98\x80\"]")},
    {BYTES("[\"a\\u0000b\"]"), 0, 12, false, BYTES("[\"a\\u0000b\"]")},
    {BYTES("[\"0\"]"), 0, 5, false, BYTES("[\"0\"]")},
    /* It ends where it can be no longer. */
    {BYTES("a == 1"), 0, 1, false, BYTES("a")},
    {BYTES("!a.b&&c"), 1, 4, false, BYTES("a.b")},
    {BYTES("a .b"), 0, 1, false, BYTES("a")},
    {BYTES("a,b"), 0, 1, false, BYTES("a")},
    {BYTES("a[0]b"), 0, 4, false, BYTES("a[0]")},
    {BYTES("a.size()"), 0, 6, false, BYTES("a.size")},
    {BYTES("a]"), 0, 1, false, BYTES("a")},
    {BYTES("a\0b"), 0, 1, false, BYTES("a")},
    {BYTES("a\xc3\xa9"), 0, 1, false, BYTES("a")},
    {BYTES("a-b.c"), 0, 1, false, BYTES("a")},
    {BYTES("a-b.c-1 "), 0, 7, true, BYTES("[\"a-b\"][\"c-1\"]")},
    {BYTES("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p"), 0, 31, false,
     BYTES("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p")},
};

static void good_paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good_cases); i++) {
        struct path path = PATH_INIT;
        const char *fault = "none";
        size_t at = good_cases[i].at;
        struct buf spelling = BUF_INIT;
        if (parse(good_cases[i].text, &at, good_cases[i].takes_dashes, &path, &fault) != 0) {
            fail_msg("%.*s: expected %s at %zu", SLICE_ARG(good_cases[i].text), fault, at);
        }
        path_append(&path, &spelling);
        if (at != good_cases[i].end || !slice_eq(buf_slice(&spelling), good_cases[i].spelling)) {
            fail_msg("%.*s: %.*s up to %zu", SLICE_ARG(good_cases[i].text),
                     SLICE_ARG(buf_slice(&spelling)), at);
        }
        path_fini(&path);
        /* The spelling is a path, too, and is spelled like that. */
        at = 0;
        assert_int_equal(path_parse(buf_slice(&spelling), &at, false, &path, &fault), 0);
        assert_int_equal(at, spelling.len);
        buf_clear(&spelling);
        path_append(&path, &spelling);
        assert_true(slice_eq(buf_slice(&spelling), good_cases[i].spelling));
        path_fini(&path);
        buf_fini(&spelling);
    }
}

static const struct {
    struct slice text;
    size_t from, at;
    const char *fault;
} bad_cases[] = {
    {BYTES(""), 0, 0, "a name"},
    {BYTES("a"), 1, 1, "a name"},
    {BYTES(" a"), 0, 0, "a name"},
    {BYTES("1a"), 0, 0, "a name"},
    {BYTES("-a"), 0, 0, "a name"},
    {BYTES("$a"), 0, 0, "a name"},
    {BYTES("\xc3\xa9"), 0, 0, "a name"},
    {BYTES("\0"), 0, 0, "a name"},
    {BYTES(".a"), 0, 0, "a name"},
    {BYTES("\"a\""), 0, 0, "a name"},
    {BYTES("a."), 0, 2, "a name"},
    {BYTES("a.."), 0, 2, "a name"},
    {BYTES("a. b"), 0, 2, "a name"},
    {BYTES("a.0"), 0, 2, "a name"},
    {BYTES("a.[0]"), 0, 2, "a name"},
    {BYTES("a.\"b\""), 0, 2, "a name"},
    {BYTES("[0]"), 0, 1, "a name in quotes"},
    {BYTES("["), 0, 1, "a name in quotes"},
    {BYTES("[]"), 0, 1, "a name in quotes"},
    {BYTES("a["), 0, 2, "an index or a name in quotes"},
    {BYTES("a[]"), 0, 2, "an index or a name in quotes"},
    {BYTES("a[b]"), 0, 2, "an index or a name in quotes"},
    {BYTES("a[-1]"), 0, 2, "an index or a name in quotes"},
    {BYTES("a[\t0]"), 0, 2, "an index or a name in quotes"},
    {BYTES("a[0"), 0, 3, "\"]\""},
    {BYTES("a[0 "), 0, 4, "\"]\""},
    {BYTES("a[0.5]"), 0, 3, "\"]\""},
    {BYTES("a[0,1]"), 0, 3, "\"]\""},
    {BYTES("['a', 'b']"), 0, 4, "\"]\""},
    {BYTES("a['b'"), 0, 5, "\"]\""},
    {BYTES("a[4294967296]"), 0, 2, "an index of at most 4294967295"},
    {BYTES("a[99999999999999999999999999]"), 0, 2, "an index of at most 4294967295"},
    {BYTES("['a"), 0, 3, "the closing quote of a name"},
    {BYTES("['"), 0, 2, "the closing quote of a name"},
    {BYTES("['a\"]"), 0, 5, "the closing quote of a name"},
    {BYTES("['a\\"), 0, 3, "an escape as in JSON"},
    {BYTES("['\\x41']"), 0, 2, "an escape as in JSON"},
    {BYTES("['\\'']"), 0, 2, "an escape as in JSON"},
    {BYTES("['\\u12']"), 0, 2, "an escape as in JSON"},
    {BYTES("['a\n']"), 0, 3, "a character in UTF-8"},
    {BYTES("['\0']"), 0, 2, "a character in UTF-8"},
    {BYTES("['\xff']"), 0, 2, "a character in UTF-8"},
    {BYTES("['\xc0\x80']"), 0, 2, "a character in UTF-8"},
    {BYTES("['\xe2\x80']"), 0, 2, "a character in UTF-8"},
    {BYTES("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q"), 0, 31, "a path of at most 16 steps"},
    {BYTES("a[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]"), 0, 46,
     "a path of at most 16 steps"},
};

static void bad_paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad_cases); i++) {
        struct path path = PATH_INIT;
        const char *fault = "none";
        size_t at = bad_cases[i].from;
        int rc = parse(bad_cases[i].text, &at, false, &path, &fault);
        if (rc != KSSE_EVALUE || at != bad_cases[i].at || strcmp(fault, bad_cases[i].fault) != 0) {
            fail_msg("%.*s: %d, expected %s at %zu", SLICE_ARG(bad_cases[i].text), (int)rc, fault,
                     at);
        }
        assert_null(path.steps);
    }
}

/* What the header promises of the steps themselves. */
static void steps_are_names_and_indexes(void **state)
{
    (void)state;
    struct path path;
    const char *fault;
    size_t at = 0;
    assert_int_equal(path_parse(slice_str("ab['c\\u0000d'][3]['']"), &at, false, &path, &fault), 0);
    assert_int_equal(path.count, 4);
    assert_string_equal(path.steps[0].name.data, "ab");
    assert_int_equal(path.steps[0].name.len, 2);
    assert_memory_equal(path.steps[1].name.data, "c\0d", 4);
    assert_int_equal(path.steps[1].name.len, 3);
    assert_null(path.steps[2].name.data);
    assert_int_equal(path.steps[2].index, 3);
    assert_non_null(path.steps[3].name.data);
    assert_int_equal(path.steps[3].name.len, 0);
    path_fini(&path);
    assert_null(path.steps);
    path_fini(&path);
}

static bool parse_one(void)
{
    struct path path = PATH_INIT;
    const char *fault = NULL;
    size_t at = 1;
    struct slice text =
        slice_str(" a[\"a name that is longer than a buffer's first memory, or even "
                  "than what it has after that\"].c[7] ");
    int rc = path_parse(text, &at, false, &path, &fault);
    assert_null(fault);
    if (rc != 0) {
        assert_int_equal(rc, KSSE_ENOMEM);
        assert_int_equal(at, 1);
        assert_null(path.steps);
        return false;
    }
    assert_int_equal(path.count, 4);
    path_fini(&path);
    return true;
}

static void memory_may_be_missing(void **state)
{
    (void)state;
    fail_each_allocation(parse_one, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_paths),
        cmocka_unit_test(bad_paths),
        cmocka_unit_test(steps_are_names_and_indexes),
        cmocka_unit_test(memory_may_be_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
