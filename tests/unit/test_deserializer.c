/* Unit tests of core/deserializer: what the built-in ones make of good, odd and bad values. */
#include "core/stream/deserializer.h"
#include "core/stream/record.h"

#include "support/unit.h"

#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static const struct {
    const char *deserializer;
    struct slice value;
    enum deserializer_outcome outcome;
    const char *text;
    bool has_members;
} cases[] = {
    {"json", BYTES("{\"a\" : 1}"), DECODED, "{\"a\":1", true},
    {"json", BYTES(" { } "), DECODED, "{", false},
    {"json", BYTES("{\"_kafka\":1}"), DECODED, "{", false},
    {"json", BYTES("{\"a\":\"\xff\"}"), DECODED, "{\"a\":\"\xef\xbf\xbd\"", true},
    {"json", BYTES(""), DECODE_FAILED, "", false},
    {"json", BYTES("[1]"), DECODE_FAILED, "", false},
    {"json", BYTES("1"), DECODE_FAILED, "", false},
    {"json", BYTES("null"), DECODE_FAILED, "", false},
    {"json", BYTES("{\"a\":}"), DECODE_FAILED, "", false},
    {"json", BYTES("{\"a\":1"), DECODE_FAILED, "", false},
    {"json", BYTES("{} {}"), DECODE_FAILED, "", false},
    {"json", BYTES("\xef\xbb\xbf{}"), DECODE_FAILED, "", false},
    {"text", BYTES(""), DECODED, "{\"value\":\"\"", true},
    {"text", BYTES("a \"b\"\r\n\\"), DECODED, "{\"value\":\"a \\\"b\\\"\\r\\n\\\\\"", true},
    {"text", BYTES("{\"a\":1}"), DECODED, "{\"value\":\"{\\\"a\\\":1}\"", true},
    {"text", BYTES("\0\xff\xc3\xa9"), DECODED, "{\"value\":\"\\u0000\xef\xbf\xbd\xc3\xa9\"", true},
    {"text", BYTES("\xe2\x80"), DECODED, "{\"value\":\"\xef\xbf\xbd\"", true},
    {"text", BYTES("\xe2\x80\xa8"), DECODED, "{\"value\":\"\\u2028\"", true},
    {"base64", BYTES(""), DECODED, "{\"value\":\"\"", true},
    {"base64", BYTES("\0\xff"), DECODED, "{\"value\":\"AP8=\"", true},
    {"base64", BYTES("{\"a\":1}"), DECODED, "{\"value\":\"eyJhIjoxfQ==\"", true},
};

static void decodes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct deserializer *deserializer = deserializer_builtin(cases[i].deserializer);
        struct record record = {.topic = "t", .value = cases[i].value};
        struct buf out = BUF_INIT;
        buf_append_char(&out, '>');
        bool has_members = !cases[i].has_members;
        enum deserializer_outcome outcome =
            deserializer_decode(deserializer, &record, &out, &has_members);
        buf_append_char(&out, '\0');
        if (outcome != cases[i].outcome || strcmp(out.data + 1, cases[i].text) != 0) {
            fail_msg("%s of %.*s: %d, %s", cases[i].deserializer, SLICE_ARG(cases[i].value),
                     (int)outcome, out.data);
        }
        assert_true(outcome != DECODED || has_members == cases[i].has_members);
        if (outcome == DECODE_FAILED) {
            struct deserializer_fault fault = deserializer_fault(deserializer, &record);
            assert_int_equal(fault.reason, undecodable_json(record.value));
            assert_string_equal(fault.why, undecodable_clause(fault.reason));
        }
        buf_fini(&out);
    }
}

static void names(void **state)
{
    (void)state;
    static const char *const unknown[] = {"", "JSON", "jso", "json ", "avro", "base", "plugin:x"};
    for (size_t i = 0; i < ARRAY_LEN(unknown); i++) {
        assert_null(deserializer_builtin(unknown[i]));
    }
    assert_ptr_equal(deserializer_builtin("text"), deserializer_builtin("text"));
    assert_ptr_not_equal(deserializer_builtin("text"), deserializer_builtin("base64"));
    assert_false(deserializer_builtin("json")->wants_headers);
}

static size_t current;

static bool attempt(void)
{
    struct record record = {.topic = "t", .value = cases[current].value};
    struct buf out = BUF_INIT;
    bool has_members;
    enum deserializer_outcome outcome = deserializer_decode(
        deserializer_builtin(cases[current].deserializer), &record, &out, &has_members);
    assert_true(outcome == DECODED || outcome == DECODE_NO_MEMORY);
    assert_true(outcome == DECODED || out.len == 0);
    buf_fini(&out);
    return outcome == DECODED;
}

static void no_memory(void **state)
{
    (void)state;
    for (current = 0; current < ARRAY_LEN(cases); current++) {
        if (cases[current].outcome == DECODED) {
            fail_each_allocation(attempt, false);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes),
        cmocka_unit_test(names),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
