/* Unit tests of core/filter/projection: what its lists say, bad ones, and the paths they hide. */
#include "support/projection_fixture.h"

static const struct {
    const char *fields, *redact, *text;
} text_cases[] = {
    {"", "", ""},
    {" \t", " ", ""},
    {"a", "", "fields=a,_kafka"},
    {" b , a ", "", "fields=a,b,_kafka"},
    {"a,a", "", "fields=a,_kafka"},
    {"a.b,a", "", "fields=a,_kafka"},
    {"['a']", "", "fields=a,_kafka"},
    {"a['b']", "", "fields=a.b,_kafka"},
    {"_kafka.key,_kafka", "", "fields=_kafka"},
    {"", "b,a.c,a", "redact=a,b"},
    {"", "a.b.c,a.b,x-y", "redact=a.b,[\"x-y\"]"},
    {"a,b", "b", "fields=a,_kafka redact=b"},
    {"a,b.c", "b", "fields=a,_kafka redact=b"},
    {"a", "a", "fields=_kafka redact=a"},
    {"a", "a,_kafka", "fields= redact=a,_kafka"},
    {"a", "_kafka.key", "fields=a,_kafka redact=_kafka.key,_kafka.key_base64"},
    {"_kafka.key_base64,_kafka.headers.x", "_kafka.key,_kafka.headers_base64,_kafka.headers.y",
     "fields=_kafka redact=_kafka.key,_kafka.headers,_kafka.key_base64,_kafka.headers_base64"},
    {"", "_kafka.headers['x y'].z,_kafka.key_base64,_kafka.key",
     "redact=_kafka.key,_kafka.headers[\"x y\"].z,_kafka.key_base64,"
     "_kafka.headers_base64[\"x y\"].z"},
    {"", "a.key,_kafka", "redact=a.key,_kafka"},
    /* A redacted path stays in the list even if no field shows it: filters must not see it. */
    {"a", "x", "fields=a,_kafka redact=x"},
};

static void texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(text_cases); i++) {
        struct projection *p = make_projection(text_cases[i].fields, text_cases[i].redact);
        if (!slice_eq_str(projection_text(p), text_cases[i].text)) {
            fail_msg("\"%s\" \"%s\": %.*s", text_cases[i].fields, text_cases[i].redact,
                     SLICE_ARG(projection_text(p)));
        }
        projection_free(p);
    }
    projection_free(NULL);
}

static const struct {
    const char *list;
    size_t at;
    const char *message;
} refused_lists[] = {
    {",", 0, "Expected a name."},
    {"a,", 2, "Expected a name."},
    {"a, ", 3, "Expected a name."},
    {",a", 0, "Expected a name."},
    {"a,,b", 2, "Expected a name."},
    {"a.", 2, "Expected a name."},
    {"*", 0, "Expected a name."},
    {"-a", 0, "Expected a name."},
    {"$schema", 0, "Expected a name."},
    {"a b", 2, "Expected a comma."},
    {"a;b", 1, "Expected a comma."},
    {"a,b\n", 3, "Expected a comma."},
    {"a.b]", 3, "Expected a comma."},
    {"a,b[0].c", 2, "A path in such a list has no index: it means all elements."},
    {"a['b", 4, "Expected the closing quote of a name."},
    {"a[", 2, "Expected an index or a name in quotes."},
    {"a['\xff']", 3, "Expected a character in UTF-8."},
    {"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q", 31, "Expected a path of at most 16 steps."},
};

static void bad_lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refused_lists); i++) {
        for (int is_fields = 0; is_fields < 2; is_fields++) {
            struct projection *p = NULL;
            struct projection_fault fault = {is_fields == 0, 99, ""};
            struct slice bad = slice_str(refused_lists[i].list);
            struct slice good = slice_str("a");
            assert_int_equal(
                projection_new(is_fields ? bad : good, is_fields ? good : bad, &p, &fault),
                KSSE_EVALUE);
            assert_int_equal(fault.is_in_fields, is_fields);
            assert_string_equal(fault.message, refused_lists[i].message);
            assert_int_equal(fault.at, refused_lists[i].at);
            assert_null(p);
        }
    }
}

static const struct {
    const char *redact, *path;
    bool hides;
} hide_cases[] = {
    {"", "a", false},
    {"a", "a", true},
    {"a", "a.b[3].c", true},
    {"a.b", "a", true}, /* a part of the value */
    {"a.b", "a[0]", true},
    {"a.b", "a[0][1].b", true},
    {"a.b", "a['b']", true},
    {"a.b", "a.c", false},
    {"a.b", "b", false},
    {"a", "A", false},
    {"a", "aa", false},
    {"aa", "a", false},
    {"a", "b.a", false},
    {"x,_kafka.key", "_kafka.key", true},
    {"_kafka.key", "_kafka.topic", false},
    {"_kafka.key", "_kafka.key_base64", true},
    {"_kafka.key_base64", "_kafka.key", true},
    {"_kafka.key", "_kafka", true},
    {"_kafka.headers", "_kafka.headers_base64.x", true},
    {"_kafka.headers.x", "_kafka.headers_base64.x[0]", true},
    {"_kafka.headers.x", "_kafka.headers_base64", true},
    {"_kafka.headers_base64.x", "_kafka.headers.x", true},
    {"_kafka.headers.x", "_kafka.headers.y", false},
    {"_kafka.headers.x", "_kafka.headers_base64.y", false},
    {"['a\\u0000b']", "a", false},
};

static void hides(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(hide_cases); i++) {
        struct projection *p = make_projection("z", hide_cases[i].redact);
        struct path path;
        const char *fault;
        size_t at = 0;
        assert_int_equal(path_parse(slice_str(hide_cases[i].path), &at, false, &path, &fault), 0);
        if (projection_hides(p, &path) != hide_cases[i].hides) {
            fail_msg("\"%s\" on %s: not %d", hide_cases[i].redact, hide_cases[i].path,
                     hide_cases[i].hides);
        }
        path_fini(&path);
        projection_free(p);
    }
}

static void hides_only_in(void **state)
{
    (void)state;
    static const struct {
        const char *redact;
        bool is_only;
    } cases[] = {{"", true},   {"a", true},    {"_kafka.key,a.c", true}, {"a,b", false},
                 {"A", false}, {"b.a", false}, {"_kafka,['']", false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct projection *p = make_projection("b", cases[i].redact);
        assert_int_equal(projection_hides_only_in(p, "a", "_kafka"), cases[i].is_only);
        projection_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(bad_lists),
        cmocka_unit_test(hides),
        cmocka_unit_test(hides_only_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
