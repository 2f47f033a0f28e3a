/*
 * Why values do not decode: each kind, what only looks like it, and that the reasons agree with the
 * minifier. Values end where their memory does.
 */
#include "core/json/json.h"
#include "core/stream/undecodable.h"

#include "support/unit.h"

#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static const struct {
    enum undecodable reason;
    struct slice value;
} cases[] = {
    {UNDECODABLE_EMPTY, BYTES("")},
    {UNDECODABLE_EMPTY, BYTES(" \t\r\n")},
    /* A registry's header: Avro, JSON Schema, Protobuf; the smallest one. */
    {UNDECODABLE_REGISTRY_HEADER, BYTES("\0\0\0\0\7\2\x0ahello")},
    {UNDECODABLE_REGISTRY_HEADER, BYTES("\0\0\1\x86\xa0{\"a\":1}")},
    {UNDECODABLE_REGISTRY_HEADER, BYTES("\0\0\0\0\1\0\x08\1")},
    {UNDECODABLE_REGISTRY_HEADER, BYTES("\0\0\0\0\1")},
    {UNDECODABLE_NO_JSON, BYTES("\0\0\0\1")},
    {UNDECODABLE_NO_JSON, BYTES("\0")},
    {UNDECODABLE_NO_JSON, BYTES("\1\0\0\0\1")},
    {UNDECODABLE_BOM, BYTES("\xef\xbb\xbf{}")},
    {UNDECODABLE_BOM, BYTES("\xef\xbb\xbf")},
    {UNDECODABLE_NO_JSON, BYTES("\xef\xbb{}")},
    /* With a byte order mark and without. */
    {UNDECODABLE_UTF_16, BYTES("\xff\xfe{\0}\0")},
    {UNDECODABLE_UTF_16, BYTES("\xfe\xff\0{\0}")},
    {UNDECODABLE_UTF_16, BYTES("\xff\xfe")},
    {UNDECODABLE_UTF_16, BYTES("{\0\"\0a\0")},
    {UNDECODABLE_UTF_16, BYTES("\0{\0\"\0a")},
    {UNDECODABLE_UTF_16, BYTES("{\0}\0")},
    {UNDECODABLE_UTF_16, BYTES("\0{\0}")},
    {UNDECODABLE_UTF_16, BYTES("{\0\0\0}\0\0\0")},
    {UNDECODABLE_UTF_16, BYTES("\0\0\0{\0\0\0}")},
    {UNDECODABLE_UTF_16, BYTES("\xff\xfe\0\0{\0\0\0")},
    {UNDECODABLE_UTF_16, BYTES("\0\0\xfe\xff\0\0\0{")},
    {UNDECODABLE_COMPRESSED, BYTES("\x1f\x8b\x08\0\0\0\0\0")},
    {UNDECODABLE_COMPRESSED, BYTES("\x28\xb5\x2f\xfd\0")},
    {UNDECODABLE_COMPRESSED, BYTES("\x04\x22\x4d\x18\0")},
    {UNDECODABLE_NAN, BYTES("{\"a\":NaN}")},
    {UNDECODABLE_NAN, BYTES("{\"a\":[1,Infinity]}")},
    {UNDECODABLE_NAN, BYTES("{\"a\": -Infinity , \"b\":1}")},
    {UNDECODABLE_NAN, BYTES("{\"a\":nan}")},
    {UNDECODABLE_NAN, BYTES("{\"a\":-inf}")},
    {UNDECODABLE_NAN, BYTES("{\"\xff\":\"\xff\",\"a\":NaN}")},
    {UNDECODABLE_NAN, BYTES("{\"a\":NaN")},
    {UNDECODABLE_NAN, BYTES("NaN")},
    {UNDECODABLE_NO_JSON, BYTES("{\"a\":NaNa}")},
    {UNDECODABLE_NO_JSON, BYTES("Information: started")},
    {UNDECODABLE_NO_JSON, BYTES("{\"a\":\"NaN\",'b':1}")},
    {UNDECODABLE_DOUBLY_ENCODED, BYTES("\"{\\\"a\\\":1}\"")},
    {UNDECODABLE_DOUBLY_ENCODED, BYTES(" \" \\n{}\" ")},
    {UNDECODABLE_DOUBLY_ENCODED, BYTES("\"[1]\"")},
    {UNDECODABLE_DOUBLY_ENCODED, BYTES("\"\\\"{\\\\\\\"a\\\\\\\":1}\\\"\"")},
    {UNDECODABLE_NO_OBJECT, BYTES("\"a {}\"")},
    {UNDECODABLE_NO_OBJECT, BYTES("\"\"")},
    {UNDECODABLE_NO_OBJECT, BYTES("\"\\\\\"")},
    {UNDECODABLE_NO_OBJECT, BYTES("[{\"a\":1}]")},
    {UNDECODABLE_NO_OBJECT, BYTES("[]")},
    {UNDECODABLE_NO_OBJECT, BYTES(" -5.0e3 ")},
    {UNDECODABLE_NO_OBJECT, BYTES("null")},
    {UNDECODABLE_NO_OBJECT, BYTES("true")},
    {UNDECODABLE_TRAILING_BYTES, BYTES("{\"a\":1}{\"b\":2}")},
    {UNDECODABLE_TRAILING_BYTES, BYTES("{\"a\":1}\n{\"b\":2}\n")},
    {UNDECODABLE_TRAILING_BYTES, BYTES("{}\0")},
    {UNDECODABLE_TRAILING_BYTES, BYTES("{},")},
    {UNDECODABLE_TRAILING_BYTES, BYTES("{}}")},
    {UNDECODABLE_TRAILING_BYTES, BYTES("[] NaN")},
    {UNDECODABLE_NO_JSON, BYTES("2026-11-26 10:00:00 started")},
    {UNDECODABLE_NO_JSON, BYTES("\"a\" b")},
    {UNDECODABLE_CUT_OFF, BYTES("{")},
    {UNDECODABLE_CUT_OFF, BYTES("[")},
    {UNDECODABLE_CUT_OFF, BYTES("{\"a\":1")},
    {UNDECODABLE_CUT_OFF, BYTES("{\"a\":1,")},
    {UNDECODABLE_CUT_OFF, BYTES("{\"a\"")},
    {UNDECODABLE_CUT_OFF, BYTES("{\"a\":")},
    {UNDECODABLE_CUT_OFF, BYTES("{\"a\":\"text")},
    {UNDECODABLE_CUT_OFF, BYTES("{\"a\":tru")},
    {UNDECODABLE_CUT_OFF, BYTES("{\"a\":1.")},
    {UNDECODABLE_CUT_OFF, BYTES("{\"a\":1e")},
    {UNDECODABLE_CUT_OFF, BYTES("{\"a\":-")},
    {UNDECODABLE_CONTROL_CHARACTER, BYTES("{\"a\":\"line\nline\"}")},
    {UNDECODABLE_CONTROL_CHARACTER, BYTES("{\"a\":\"\t\"}")},
    {UNDECODABLE_CONTROL_CHARACTER, BYTES("{\"a\":\"\0\"}")},
    {UNDECODABLE_NO_JSON, BYTES("no json")},
    {UNDECODABLE_NO_JSON, BYTES("{'a':1}")},
    {UNDECODABLE_NO_JSON, BYTES("{a:1}")},
    {UNDECODABLE_NO_JSON, BYTES("{\"a\":1,}")},
    {UNDECODABLE_NO_JSON, BYTES("{\"a\":01}")},
    {UNDECODABLE_NO_JSON, BYTES("{\"a\":\"\\x41\"}")},
    {UNDECODABLE_NO_JSON, BYTES("{\"a\":1]")},
    {UNDECODABLE_NO_JSON, BYTES("<a>1</a>")},
    {UNDECODABLE_NO_JSON, BYTES("\x08\x96\1")},
    {UNDECODABLE_NO_JSON, BYTES("tru")},
    {UNDECODABLE_NO_JSON, BYTES("-")},
};

static enum undecodable reason_of(struct slice value)
{
    char *copy = malloc(value.len == 0 ? 1 : value.len); /* whose end the sanitizer guards */
    memcpy(copy, value.data, value.len);
    struct slice copied = slice_of(copy, value.len);
    struct buf out = BUF_INIT;
    bool has_members;
    enum json_outcome outcome = json_minify_object(copied, &out, &has_members);
    assert_true(outcome == JSON_INVALID || outcome == JSON_NOT_OBJECT);
    enum undecodable reason = undecodable_json(copied);
    buf_fini(&out);
    free(copy);
    return reason;
}

static void kinds(void **state)
{
    (void)state;
    bool is_tried[UNDECODABLE_REASONS] = {false};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        enum undecodable reason = reason_of(cases[i].value);
        if (reason != cases[i].reason) {
            fail_msg("%.*s: %s, not %s", SLICE_ARG(cases[i].value), undecodable_label(reason),
                     undecodable_label(cases[i].reason));
        }
        is_tried[reason] = true;
    }
    for (enum undecodable reason = 0; reason < UNDECODABLE_NO_SCHEMA_ID; reason++) {
        assert_true(is_tried[reason] || reason == UNDECODABLE_TOO_DEEP);
    }
}

static void deep_ones(void **state)
{
    (void)state;
    struct buf value = BUF_INIT;
    buf_append_str(&value, "{\"a\":");
    for (int i = 1; i < JSON_MAX_DEPTH; i++) {
        buf_append_char(&value, '[');
    }
    assert_int_equal(reason_of(buf_slice(&value)), UNDECODABLE_CUT_OFF);
    buf_append_char(&value, '[');
    assert_int_equal(reason_of(buf_slice(&value)), UNDECODABLE_TOO_DEEP);
    buf_truncate(&value, value.len - 1);
    buf_append_str(&value, "{\"b\":1}");
    assert_int_equal(reason_of(buf_slice(&value)), UNDECODABLE_TOO_DEEP);
    buf_fini(&value);
}

/* Labels are unique and fit for a metric; clauses go into "because ..., "; advice is a sentence. */
static void words(void **state)
{
    (void)state;
    for (enum undecodable reason = 0; reason < UNDECODABLE_REASONS; reason++) {
        const char *label = undecodable_label(reason);
        const char *clause = undecodable_clause(reason);
        const char *advice = undecodable_advice(reason);
        assert_int_equal(strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(label));
        for (enum undecodable other = 0; other < reason; other++) {
            assert_string_not_equal(undecodable_label(other), label);
            assert_string_not_equal(undecodable_clause(other), clause);
        }
        assert_true(clause[0] >= 'a' && clause[0] <= 'z' && clause[strlen(clause) - 1] != '.');
        assert_int_equal(advice[strlen(advice) - 1], '.');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(deep_ones),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
