/* The minifier: texts that are no objects, and texts that are no JSON. */
#include "support/minify_fixture.h"

static void other_values_are_told_apart(void **state)
{
    (void)state;
    static const struct slice cases[] = {
        BYTES("null"),
        BYTES(" true "),
        BYTES("false\n"),
        BYTES("0"),
        BYTES("-1.5e400"),
        BYTES("\"text\""),
        BYTES("[]"),
        BYTES("[{\"a\":1},2]"),
        BYTES("\"\""),
        BYTES("[\"_kafka\"]"),
        BYTES("\"\xff\xe2\x80\xa8\""),
    };
    check_bad(cases, ARRAY_LEN(cases), JSON_NOT_OBJECT);
}

static const struct slice bad_structures[] = {
    BYTES(""),
    BYTES(" \n"),
    BYTES("{"),
    BYTES("}"),
    BYTES("{\"a\":1"),
    BYTES("{\"a\":1]"),
    BYTES("{\"a\":[1}"),
    BYTES("{\"a\":[1,]}"),
    BYTES("{\"a\":[,1]}"),
    BYTES("{\"a\":[1 2]}"),
    BYTES("{\"a\":1,}"),
    BYTES("{,\"a\":1}"),
    BYTES("{\"a\":1,,\"b\":2}"),
    BYTES("{\"a\":1 \"b\":2}"),
    BYTES("{\"a\"}"),
    BYTES("{\"a\":}"),
    BYTES("{\"a\":,\"b\":1}"),
    BYTES("{\"a\"::1}"),
    BYTES("{\"a\",1}"),
    BYTES("{a:1}"),
    BYTES("{'a':1}"),
    BYTES("{1:1}"),
    BYTES("{null:1}"),
    BYTES("{[]:1}"),
    BYTES("{}{}"),
    BYTES("{} x"),
    BYTES("{},"),
    BYTES("{}\0"),
    BYTES("\0{}"),
    BYTES("{\0}"),
    BYTES("{\"a\":1\0}"),
    BYTES("{\"a\":\0}"),
    BYTES("\xef\xbb\xbf{}"),
    BYTES("{\"a\":\xef\xbb\xbf}"),
    BYTES("{\"a\":\xff}"),
    BYTES("{\xc2\xa0}"),
    BYTES("{\v}"),
    BYTES("{\f}"),
    BYTES("{/**/}"),
    BYTES("{\"a\":1//\n}"),
    BYTES("[1"),
    BYTES("null null"),
    BYTES("nul"),
    BYTES("plain text"),
    /* A dropped member is checked, too. */
    BYTES("{\"_kafka\"}"),
    BYTES("{\"_kafka\":}"),
    BYTES("{\"_kafka\":01}"),
    BYTES("{\"_kafka\":1,}"),
    BYTES("{\"_kafka\":{]}"),
    BYTES("{,\"_kafka\":1}"),
};

static void bad_structure_is_refused(void **state)
{
    (void)state;
    check_bad(bad_structures, ARRAY_LEN(bad_structures), JSON_INVALID);
}

static const char *const bad_values[] = {
    "01",
    "-",
    "-01",
    "+1",
    "1.",
    ".5",
    "1.e1",
    "1e",
    "1e+",
    "1e1.5",
    "0x10",
    "1_000",
    "Infinity",
    "NaN",
    "-Infinity",
    "--1",
    "1 .5",
    "1a",
    "-a",
    "tru",
    "truee",
    "True",
    "nil",
    "nulL",
    "undefined",
    "falsefalse",
    "\"a",
    "\"\\\"",
    "\"\\",
    "\"\\x\"",
    "\"\\'\"",
    "\"\\u\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\\uD83\"",
    "\"\\U0041\"",
    "\"\n\"",
    "\"\t\"",
    "\"\x01\"",
    "\"\x1f\"",
    "\"\r\"",
    "'a'",
    "\"0123456789abcdef\x1f\"",
    "\"\\u 041\"",
    "\"\\u-041\"",
};

static const struct slice texts_with_nul[] = {BYTES("{\"a\":\"\0\"}"), BYTES("{\"\0\":1}"),
                                              BYTES("{\"a\":\"0123456789abcdef\0\"}")};

static void bad_scalars_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad_values); i++) {
        struct buf text = BUF_INIT;
        buf_printf(&text, "{\"a\":%s}", bad_values[i]);
        check_minified(buf_slice(&text), slice_of(NULL, 0), JSON_INVALID);
        buf_fini(&text);
    }
    check_bad(texts_with_nul, ARRAY_LEN(texts_with_nul), JSON_INVALID);
}

/* Nested objects and arrays in turn, `depth` levels in all. */
static struct buf nested(int depth)
{
    struct buf text = BUF_INIT;
    for (int i = 0; i < depth; i++) {
        buf_append_str(&text, i % 2 == 0 ? "{\"a\":" : "[");
    }
    buf_append_char(&text, '1');
    for (int i = depth; i-- > 0;) {
        buf_append_char(&text, i % 2 == 0 ? '}' : ']');
    }
    return text;
}

static void nesting_has_its_limit(void **state)
{
    (void)state;
    static const int good[] = {1, 2, 63, 64, 65, 128, 129, 511, JSON_MAX_DEPTH};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct buf text = nested(good[i]);
        check_minified(buf_slice(&text), slice_of(text.data, text.len - 1), JSON_OK);
        text.data[text.len - 2] = '?';
        check_minified(buf_slice(&text), slice_of(NULL, 0), JSON_INVALID);
        buf_fini(&text);
    }
    static const int bad[] = {JSON_MAX_DEPTH + 1, JSON_MAX_DEPTH + 2, 100000};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct buf text = nested(bad[i]);
        check_minified(buf_slice(&text), slice_of(NULL, 0), JSON_INVALID);
        buf_fini(&text);
    }
}

/* No prefix of a record is a record, wherever it is cut. */
static void every_cut_is_refused(void **state)
{
    (void)state;
    static const char record[] =
        "{\"_kafka\":{\"a\":[1,2]},\"title\":\"Caf\xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80 \\u20ac "
        "and more\","
        "\"n\":-12.5e+3,\"t\":true,\"f\":false,\"z\":null,\"o\":{\"x\":[[],{}]}}";
    for (size_t len = 0; len < sizeof(record) - 1; len++) {
        check_minified(slice_of(record, len), slice_of(NULL, 0), JSON_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_values_are_told_apart), cmocka_unit_test(bad_structure_is_refused),
        cmocka_unit_test(bad_scalars_are_refused),     cmocka_unit_test(nesting_has_its_limit),
        cmocka_unit_test(every_cut_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
