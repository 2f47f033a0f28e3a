/* Unit tests of core/filter/projection: what its lists leave of texts. */
#include "core/filter/projection.h"
#include "core/json/json.h"
#include "support/projection_fixture.h"

/* The member that ends every text here. */
#define K "\"_kafka\":{\"topic\":\"t\",\"key\":\"k\"}"

/* One with a key and headers that are no text. */
#define Y "\"key\":null,\"key_base64\":\"/w==\""
#define H                                                                                          \
    "\"headers\":{\"a\":\"1\",\"s\":[\"1\",null]},"                                                \
    "\"headers_base64\":{\"s\":[null,\"/w==\"],\"b c\":\"/w==\"}"
#define B "\"_kafka\":{" Y "," H ",\"x\":1}"

static void check(const char *fields, const char *redact, const char *text, const char *expected)
{
    struct projection *p = make_projection(fields, redact);
    struct buf out = BUF_INIT;
    struct buf shown = BUF_INIT;
    size_t len = strlen(text);
    char *copy = malloc(len); /* whose ends the sanitizer guards */
    memcpy(copy, text, len);
    buf_append_char(&out, '>');
    projection_apply(p, slice_of(copy, len), &out);
    buf_append(&shown, out.data + 1, out.len - 1);
    if (!slice_eq_str(buf_slice(&shown), expected)) {
        fail_msg("fields \"%s\" redact \"%s\" of %s: %.*s", fields, redact, text,
                 SLICE_ARG(buf_slice(&shown)));
    }
    free(copy);
    buf_fini(&out);
    buf_fini(&shown);
    projection_free(p);
}

static const struct {
    const char *redact, *text, *shown;
} redact_cases[] = {
    {"", "{\"a\":1," K "}", "{\"a\":1," K "}"},
    {"a", "{\"a\":1," K "}", "{" K "}"},
    {"a", "{\"b\":2,\"a\":1," K "}", "{\"b\":2," K "}"},
    {"a", "{\"b\":2,\"a\":[{\"a\":\"]}\"}],\"c\":3," K "}", "{\"b\":2,\"c\":3," K "}"},
    {"a,b", "{\"a\":1,\"b\":2,\"c\":3," K "}", "{\"c\":3," K "}"},
    {"a,c", "{\"a\":1,\"b\":2,\"c\":3," K "}", "{\"b\":2," K "}"},
    {"a,b,_kafka", "{\"a\":1,\"b\":2," K "}", "{}"},
    {"b,_kafka", "{\"a\":1,\"b\":2," K "}", "{\"a\":1}"},
    {"_kafka.key", "{\"a\":1," K "}", "{\"a\":1,\"_kafka\":{\"topic\":\"t\"}}"},
    {"_kafka.topic,_kafka.key", "{" K "}", "{\"_kafka\":{}}"},
    /* In every form, whichever is named. */
    {"_kafka.key", "{\"key_base64\":1," B "}", "{\"key_base64\":1,\"_kafka\":{" H ",\"x\":1}}"},
    {"_kafka.key_base64", "{" B "}", "{\"_kafka\":{" H ",\"x\":1}}"},
    {"_kafka.headers", "{" B "}", "{\"_kafka\":{" Y ",\"x\":1}}"},
    {"_kafka['headers_base64']", "{" B "}", "{\"_kafka\":{" Y ",\"x\":1}}"},
    {"_kafka.headers.s,_kafka.headers_base64.a", "{" B "}",
     "{\"_kafka\":{" Y ",\"headers\":{},\"headers_base64\":{\"b c\":\"/w==\"},\"x\":1}}"},
    {"_kafka.headers['b c'],_kafka.headers.a,_kafka.key", "{" B "}",
     "{\"_kafka\":{\"headers\":{\"s\":[\"1\",null]},\"headers_base64\":{\"s\":[null,\"/w==\"]},"
     "\"x\":1}}"},
    {"_kafka.headers.s.x", "{" B "}", "{" B "}"},
    /* An empty headers_base64 would tell that the record has a redacted header. */
    {"_kafka.headers.s", "{\"_kafka\":{\"x\":1,\"headers_base64\":{\"s\":1}}}",
     "{\"_kafka\":{\"x\":1}}"},
    {"_kafka.headers.s", "{\"_kafka\":{\"x\":1,\"headers_base64\":{\"s\":1},\"y\":2}}",
     "{\"_kafka\":{\"x\":1,\"y\":2}}"},
    {"_kafka.headers.s", "{\"_kafka\":{\"headers_base64\":{\"s\":1,\"s\":2},\"y\":2}}",
     "{\"_kafka\":{\"y\":2}}"},
    {"_kafka.headers.s", "{\"_kafka\":{\"headers_base64\":{\"s\":1}},\"y\":2}",
     "{\"_kafka\":{},\"y\":2}"},
    {"_kafka.headers.s,_kafka.x",
     "{\"_kafka\":{\"x\":1,\"headers_base64\":{\"s\":1},\"x\":2,\"headers_base64\":{},\"y\":{}}}",
     "{\"_kafka\":{\"y\":{}}}"},
    {"_kafka.headers.s,_kafka.x",
     "{\"_kafka\":{\"z\":0,\"headers_base64\":{\"s\":1},\"x\":2,\"headers_base64\":{\"s\":3},\"y\":"
     "{}}}",
     "{\"_kafka\":{\"z\":0,\"y\":{}}}"},
    {"_kafka.headers.s", "{\"_kafka\":{\"headers_base64\":{\"s\":1,\"t\":{}},\"y\":2}}",
     "{\"_kafka\":{\"headers_base64\":{\"t\":{}},\"y\":2}}"},
    {"_kafka.headers.s",
     "{\"_kafka\":[{\"headers_base64\":[{\"s\":1}]},{\"headers_base64\":{\"s\":1}}]}",
     "{\"_kafka\":[{\"headers_base64\":[{}]},{}]}"},
    {"_kafka.headers.s", "{\"_kafka\":{\"headers_base64\":7,\"headers\":{\"s\":1}}}",
     "{\"_kafka\":{\"headers_base64\":7,\"headers\":{}}}"},
    {"a._kafka.key", "{\"a\":{" B "}}",
     "{\"a\":{\"_kafka\":{\"key_base64\":\"/w==\"," H ",\"x\":1}}}"},
    {"a.key", "{\"a\":{\"key\":1,\"key_base64\":2}," K "}", "{\"a\":{\"key_base64\":2}," K "}"},
    {"x", "{\"a\":{\"x\":1},\"xx\":2,\"X\":3,\"\":4," K "}",
     "{\"a\":{\"x\":1},\"xx\":2,\"X\":3,\"\":4," K "}"},
    {"a.b", "{\"a\":{\"b\":1,\"c\":2},\"b\":3," K "}", "{\"a\":{\"c\":2},\"b\":3," K "}"},
    {"a.b", "{\"a\":{\"b\":1}," K "}", "{\"a\":{}," K "}"},
    {"a.b", "{\"a\":{}," K "}", "{\"a\":{}," K "}"},
    {"a.b", "{\"a\":\"b\"," K "}", "{\"a\":\"b\"," K "}"},
    {"a.b.c", "{\"a\":{\"b\":{\"c\":1,\"d\":2},\"e\":{\"c\":3}}," K "}",
     "{\"a\":{\"b\":{\"d\":2},\"e\":{\"c\":3}}," K "}"},
    /* Arrays are transparent, however deep. */
    {"a.b", "{\"a\":[{\"b\":1},{\"b\":2,\"c\":3},4,\"b\",[],[[{\"c\":5,\"b\":6}]]]," K "}",
     "{\"a\":[{},{\"c\":3},4,\"b\",[],[[{\"c\":5}]]]," K "}"},
    {"a.b", "{\"a\":[]," K "}", "{\"a\":[]," K "}"},
    {"a.b.c", "{\"a\":[{\"b\":[{\"c\":1}]}]," K "}", "{\"a\":[{\"b\":[{}]}]," K "}"},
    /* Every spelling of the name, and every member that has it. */
    {"a", "{\"\\u0061\":1," K "}", "{" K "}"},
    {"a", "{\"\\u0061\":1,\"a\":2,\"b\":3,\"\\u0061\":4," K "}", "{\"b\":3," K "}"},
    {"ab", "{\"a\\u0062\":1,\"\\u0061\\u0062\":2,\"a\\\\u0062\":3," K "}",
     "{\"a\\\\u0062\":3," K "}"},
    {"a.b", "{\"a\":{\"b\":1},\"\\u0061\":{\"\\u0062\":2},\"a\":3," K "}",
     "{\"a\":{},\"\\u0061\":{},\"a\":3," K "}"},
    {"['\\ud83d\\ude00']", "{\"\xf0\x9f\x98\x80\":1,\"\\uD83D\\uDE00\":2," K "}", "{" K "}"},
    {"['a\\u0000b']", "{\"a\":1,\"a\\u0000b\":2,\"a\\u0000\":3," K "}",
     "{\"a\":1,\"a\\u0000\":3," K "}"},
    {"['']", "{\"\":1,\"a\":{\"\":2}," K "}", "{\"a\":{\"\":2}," K "}"},
    {"['\"}']", "{\"\\\"}\":1,\"a\":\"\\\"}\"," K "}", "{\"a\":\"\\\"}\"," K "}"},
    {"['a.b']", "{\"a.b\":1,\"a\":{\"b\":2}," K "}", "{\"a\":{\"b\":2}," K "}"},
    {"['$schema'],rev-id", "{\"$schema\":1,\"rev-id\":2,\"c\":3," K "}", "{\"c\":3," K "}"},
    {"['\\u2028']", "{\"\\u2028\":1,\"b\":2," K "}", "{\"b\":2," K "}"},
    /* Values in which a scanner could lose its way. */
    {"b", "{\"a\":\"\\\\\",\"b\":\"\\\"\",\"c\":\"\\\\\\\"\"," K "}",
     "{\"a\":\"\\\\\",\"c\":\"\\\\\\\"\"," K "}"},
    {"b", "{\"a\":\"{[,\",\"b\":{\"x\":\"}\"},\"c\":[\"]\"]," K "}",
     "{\"a\":\"{[,\",\"c\":[\"]\"]," K "}"},
    {"a", "{\"a\":-1.5e+400,\"b\":9007199254740993," K "}", "{\"b\":9007199254740993," K "}"},
    {"a", "{}", "{}"},
};

static void redacts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(redact_cases); i++) {
        check("", redact_cases[i].redact, redact_cases[i].text, redact_cases[i].shown);
    }
}

static const struct {
    const char *fields, *redact, *text, *shown;
} field_cases[] = {
    {"a", "", "{\"a\":1,\"b\":2," K "}", "{\"a\":1," K "}"},
    {"b", "", "{\"a\":1,\"b\":2," K "}", "{\"b\":2," K "}"},
    {"b,a", "", "{\"a\":1,\"b\":2,\"c\":3," K "}", "{\"a\":1,\"b\":2," K "}"},
    {"c", "", "{\"a\":1,\"b\":2," K "}", "{" K "}"},
    {"_kafka", "", "{\"a\":1,\"b\":2," K "}", "{" K "}"},
    {"_kafka.key", "", "{\"a\":1," K "}", "{" K "}"},
    {"a", "", "{\"a\":{\"b\":[1,{\"c\":2}]},\"b\":2," K "}", "{\"a\":{\"b\":[1,{\"c\":2}]}," K "}"},
    {"a.b", "", "{\"a\":{\"b\":1,\"c\":2},\"b\":3," K "}", "{\"a\":{\"b\":1}," K "}"},
    {"a.b", "", "{\"a\":{\"c\":2}," K "}", "{\"a\":{}," K "}"},
    {"a.b,a.d", "", "{\"a\":{\"b\":1,\"c\":2,\"d\":3}," K "}", "{\"a\":{\"b\":1,\"d\":3}," K "}"},
    {"a.b,a", "", "{\"a\":{\"b\":1,\"c\":2}," K "}", "{\"a\":{\"b\":1,\"c\":2}," K "}"},
    /* A path that goes on into a scalar shows nothing of it. */
    {"a.b", "", "{\"a\":1,\"c\":2," K "}", "{" K "}"},
    {"a.b", "", "{\"a\":\"b\",\"a\":null," K "}", "{" K "}"},
    {"a.b", "", "{\"a\":[1,{\"b\":2,\"c\":3},\"b\",[4,{\"b\":[5]}],null]," K "}",
     "{\"a\":[{\"b\":2},[{\"b\":[5]}]]," K "}"},
    {"a.b", "", "{\"a\":[1,2]," K "}", "{\"a\":[]," K "}"},
    {"a.b", "", "{\"a\":[]," K "}", "{\"a\":[]," K "}"},
    {"a", "", "{\"\\u0061\":1,\"a\":2,\"b\":3," K "}", "{\"\\u0061\":1,\"a\":2," K "}"},
    {"a", "", "{\"a\\u0000\":1,\"A\":2,\"aa\":3," K "}", "{" K "}"},
    {"a._kafka", "", "{\"a\":{\"_kafka\":1,\"b\":2}," K "}", "{\"a\":{\"_kafka\":1}," K "}"},
    {"a", "", "{\"b\":{\"_kafka\":1,\"a\":2}," K "}", "{" K "}"},
    /* In both lists: redact wins. */
    {"a", "a", "{\"a\":1,\"b\":2," K "}", "{" K "}"},
    {"a", "a,_kafka", "{\"a\":1,\"b\":2," K "}", "{}"},
    {"a,b", "b", "{\"a\":1,\"b\":2,\"c\":3," K "}", "{\"a\":1," K "}"},
    {"a", "a.b", "{\"a\":{\"b\":1,\"c\":2},\"b\":3," K "}", "{\"a\":{\"c\":2}," K "}"},
    {"a", "a.b", "{\"a\":[4,{\"b\":1}]," K "}", "{\"a\":[4,{}]," K "}"},
    {"a.b", "a.b.c", "{\"a\":{\"b\":{\"c\":1,\"d\":2},\"e\":3}," K "}",
     "{\"a\":{\"b\":{\"d\":2}}," K "}"},
    {"a.b", "a.b.c", "{\"a\":{\"b\":4}," K "}", "{\"a\":{\"b\":4}," K "}"},
    {"a.b.c", "a.b", "{\"a\":{\"b\":{\"c\":1}},\"d\":2," K "}", "{" K "}"},
    {"a.b,a.c", "a.b", "{\"a\":{\"b\":1,\"c\":2}," K "}", "{\"a\":{\"c\":2}," K "}"},
    {"a.b", "a.c", "{\"a\":{\"b\":1,\"c\":2,\"d\":3}," K "}", "{\"a\":{\"b\":1}," K "}"},
    {"b", "a.c", "{\"a\":{\"c\":2,\"d\":3},\"b\":1," K "}", "{\"b\":1," K "}"},
    {"a", "_kafka.key", "{\"a\":1,\"b\":2," K "}", "{\"a\":1,\"_kafka\":{\"topic\":\"t\"}}"},
    {"a", "\t", "{\"b\":1}", "{}"},
};

static void selects(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(field_cases); i++) {
        check(field_cases[i].fields, field_cases[i].redact, field_cases[i].text,
              field_cases[i].shown);
    }
}

/* Up to 128 paths, and up to 4096 bytes. */
static void limits(void **state)
{
    (void)state;
    struct buf list = BUF_INIT;
    for (int i = 0; i < PROJECTION_MAX_PATHS; i++) {
        buf_printf(&list, "%sf%d", i > 0 ? "," : "", i);
    }
    buf_append_char(&list, '\0');
    check(list.data, "", "{\"f0\":0,\"f127\":1,\"f128\":2,\"f64\":3}",
          "{\"f0\":0,\"f127\":1,\"f64\":3}");
    check("", list.data, "{\"f0\":0,\"f127\":1,\"f128\":2,\"f64\":3}", "{\"f128\":2}");
    list.len--;
    buf_append_str(&list, ",f128");
    struct projection *p = NULL;
    struct projection_fault fault;
    assert_int_equal(projection_new(buf_slice(&list), slice_str(""), &p, &fault), KSSE_EVALUE);
    assert_string_equal(fault.message, "There are more than 128 paths.");
    assert_int_equal(fault.at, list.len - 4);

    buf_clear(&list);
    while (list.len < PROJECTION_MAX_BYTES) {
        buf_append_char(&list, 'a');
    }
    assert_int_equal(projection_new(buf_slice(&list), slice_str(""), &p, &fault), 0);
    projection_free(p);
    buf_append_char(&list, 'a');
    assert_int_equal(projection_new(slice_str(""), buf_slice(&list), &p, &fault), KSSE_EVALUE);
    assert_string_equal(fault.message, "The list is longer than 4096 bytes.");
    assert_int_equal(fault.at, PROJECTION_MAX_BYTES);
    buf_fini(&list);
}

/* Each of as many paths as there may be has another form. */
static void forms_need_no_room(void **state)
{
    (void)state;
    struct buf list = BUF_INIT;
    for (int i = 0; i < PROJECTION_MAX_PATHS; i++) {
        buf_printf(&list, "%s_kafka.headers.f%d", i > 0 ? "," : "", i);
    }
    buf_append_char(&list, '\0');
    check("", list.data, "{\"_kafka\":{\"headers_base64\":{\"f0\":0,\"f127\":1,\"f128\":2}}}",
          "{\"_kafka\":{\"headers_base64\":{\"f128\":2}}}");
    buf_fini(&list);
}

/* The deepest text that a record can be, all of it on the path. */
static void deep_texts(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    struct buf out = BUF_INIT;
    bool has_members;
    buf_append_str(&text, "{\"a\":");
    for (int i = 0; i < JSON_MAX_DEPTH - 2; i++) {
        buf_append_char(&text, '[');
    }
    buf_append_str(&text, "{\"b\":1,\"c\":2}");
    for (int i = 0; i < JSON_MAX_DEPTH - 2; i++) {
        buf_append_char(&text, ']');
    }
    buf_append_char(&text, '}');
    assert_int_equal(json_minify_object(buf_slice(&text), &out, &has_members), JSON_OK);
    buf_clear(&out);
    struct projection *p = make_projection("", "a.b");
    projection_apply(p, buf_slice(&text), &out);
    assert_int_equal(out.len, text.len - strlen("\"b\":1,"));
    projection_free(p);
    buf_clear(&out);
    p = make_projection("a.b", "");
    projection_apply(p, buf_slice(&text), &out);
    assert_int_equal(out.len, text.len - strlen(",\"c\":2"));
    projection_free(p);
    buf_fini(&text);
    buf_fini(&out);
}

static bool attempt(void)
{
    struct projection *p = NULL;
    struct projection_fault fault = {false, 0, ""};
    int rc = projection_new(slice_str("a,b.c.d,e"), slice_str("a.x,_kafka.key,e"), &p, &fault);
    assert_string_equal(fault.message, "");
    if (rc < 0) {
        assert_int_equal(rc, KSSE_ENOMEM);
        assert_null(p);
        return false;
    }
    struct buf out = BUF_INIT;
    projection_apply(p, slice_str("{\"a\":1,\"b\":2," K "}"), &out);
    bool is_ok = buf_ok(&out);
    assert_true(is_ok || out.len == 0);
    buf_fini(&out);
    projection_free(p);
    return is_ok;
}

static void no_memory(void **state)
{
    (void)state;
    fail_each_allocation(attempt, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(redacts),    cmocka_unit_test(selects),
        cmocka_unit_test(limits),     cmocka_unit_test(forms_need_no_room),
        cmocka_unit_test(deep_texts), cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
