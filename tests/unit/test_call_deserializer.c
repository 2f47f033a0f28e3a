/* Unit tests of core/call_deserializer: what a function is given, and what becomes of what it does.
 */
#include "core/stream/call_deserializer.h"
#include "core/stream/record.h"

#include "support/unit.h"

#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

/* What the function shall do. */
struct script {
    int result;
    struct slice output;
};

static enum ksse_deserialized act(void *opaque, const struct ksse_record *record,
                                  struct ksse_output *output)
{
    const struct script *script = opaque;
    assert_non_null(record->value);
    /* In two pieces, and one of nothing. */
    size_t half = script->output.len / 2;
    output->append(output, script->output.data, half);
    output->append(output, NULL, 0);
    if (half < script->output.len) {
        output->append(output, script->output.data + half, script->output.len - half);
    }
    return (enum ksse_deserialized)script->result;
}

#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234"

static const struct {
    struct script script;
    enum deserializer_outcome outcome;
    const char *text;
    bool has_members;
    const char *why;
} cases[] = {
    {{KSSE_DESERIALIZED_JSON, BYTES(" {\"a\" : [1, 2]} ")}, DECODED, "{\"a\":[1,2]", true, NULL},
    {{KSSE_DESERIALIZED_JSON, BYTES("{}")}, DECODED, "{", false, NULL},
    {{KSSE_DESERIALIZED_JSON, BYTES("{\"_kafka\": 1}")},
     DECODED_WHOLE,
     "{\"_kafka\":1",
     true,
     NULL},
    {{KSSE_DESERIALIZED_JSON, BYTES("{\"a\":{\"_kafka\":1}}")},
     DECODED,
     "{\"a\":{\"_kafka\":1}",
     true,
     NULL},
    {{KSSE_DESERIALIZED_TEXT, BYTES("{\"_kafka\":1}")},
     DECODED,
     "{\"value\":\"{\\\"_kafka\\\":1}\"",
     true,
     NULL},
    {{KSSE_DESERIALIZED_TEXT, BYTES("a\n")}, DECODED, "{\"value\":\"a\\n\"", true, NULL},
    {{KSSE_DESERIALIZED_TEXT, BYTES("")}, DECODED, "{\"value\":\"\"", true, NULL},
    {{KSSE_DESERIALIZED_BYTES, BYTES("\xff\0")}, DECODED, "{\"value\":\"/wA=\"", true, NULL},
    {{KSSE_DESERIALIZED_BYTES, BYTES("")}, DECODED, "{\"value\":\"\"", true, NULL},
    {{KSSE_DESERIALIZED_SKIP, BYTES("")}, DECODE_SKIPPED, "", false, NULL},
    {{KSSE_DESERIALIZED_SKIP, BYTES("{}")}, DECODE_SKIPPED, "", false, NULL},
    {{KSSE_DESERIALIZED_LATER, BYTES("")},
     DECODE_LATER,
     "",
     false,
     "the deserializer cannot tell yet"},
    {{KSSE_DESERIALIZED_LATER, BYTES("schema 7 is on its way")},
     DECODE_LATER,
     "",
     false,
     "schema 7 is on its way"},
    {{KSSE_DESERIALIZED_FAILED, BYTES("")}, DECODE_FAILED, "", false, "the deserializer failed"},
    {{KSSE_DESERIALIZED_FAILED, BYTES("bad\r\nmagic\x7f\0\xc3\xa9")},
     DECODE_FAILED,
     "",
     false,
     "bad  magic  \xc3\xa9"},
    {{KSSE_DESERIALIZED_FAILED, BYTES(LONG LONG "01234567890123456789012345678\xc3\xa9")},
     DECODE_FAILED,
     "",
     false,
     LONG LONG "01234567890123456789012345678"},
    {{KSSE_DESERIALIZED_FAILED, BYTES(LONG LONG "012345678901234567890123456\xc3\xa9.")},
     DECODE_FAILED,
     "",
     false,
     LONG LONG "012345678901234567890123456\xc3\xa9"},
    {{KSSE_DESERIALIZED_JSON, BYTES("")},
     DECODE_FAILED,
     "",
     false,
     "the deserializer made no JSON object of it"},
    {{KSSE_DESERIALIZED_JSON, BYTES("[]")},
     DECODE_FAILED,
     "",
     false,
     "the deserializer made no JSON object of it"},
    {{KSSE_DESERIALIZED_JSON, BYTES("{\"a\":1}}")},
     DECODE_FAILED,
     "",
     false,
     "the deserializer made no JSON object of it"},
    {{KSSE_DESERIALIZED_JSON, BYTES("{}\0")},
     DECODE_FAILED,
     "",
     false,
     "the deserializer made no JSON object of it"},
    {{6, BYTES("{}")},
     DECODE_FAILED,
     "",
     false,
     "the deserializer returned 6, which means nothing"},
    {{-1, BYTES("{}")},
     DECODE_FAILED,
     "",
     false,
     "the deserializer returned -1, which means nothing"},
};

static void judges(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct script script = cases[i].script;
        struct call_deserializer deserializer;
        call_deserializer_init(&deserializer, act, &script);
        struct record record = {.topic = "t", .value = slice_str("v")};
        struct buf out = BUF_INIT;
        buf_append_char(&out, '>');
        bool has_members = !cases[i].has_members;
        enum deserializer_outcome outcome =
            deserializer_decode(&deserializer.deserializer, &record, &out, &has_members);
        buf_append_char(&out, '\0');
        if (outcome != cases[i].outcome || strcmp(out.data + 1, cases[i].text) != 0) {
            fail_msg("case %zu: %d, %s", i, (int)outcome, out.data);
        }
        assert_true(outcome > DECODED_WHOLE || has_members == cases[i].has_members);
        if (cases[i].why != NULL) {
            struct deserializer_fault fault =
                deserializer_fault(&deserializer.deserializer, &record);
            assert_string_equal(fault.why, cases[i].why);
            assert_int_equal(fault.reason, UNDECODABLE_DESERIALIZER);
        }
        buf_fini(&out);
        call_deserializer_fini(&deserializer);
    }
}

static enum ksse_deserialized look(void *opaque, const struct ksse_record *record,
                                   struct ksse_output *output)
{
    *(int *)opaque += 1;
    assert_string_equal(record->topic, "t");
    assert_int_equal(record->partition, 3);
    assert_int_equal(record->offset, 1LL << 40);
    assert_int_equal(record->timestamp_ms, -1);
    assert_memory_equal(record->key, "k\0", 2);
    assert_int_equal(record->key_len, 2);
    assert_non_null(record->value);
    assert_int_equal(record->value_len, 0);
    assert_int_equal(record->header_count, 3);
    assert_string_equal(record->headers[0].name, "a");
    assert_memory_equal(record->headers[0].value, "\xff", 1);
    assert_int_equal(record->headers[0].value_len, 1);
    assert_string_equal(record->headers[1].name, "a");
    assert_null(record->headers[1].value);
    assert_string_equal(record->headers[2].name, "");
    assert_non_null(record->headers[2].value);
    assert_int_equal(record->headers[2].value_len, 0);
    output->append(output, "{}", 2);
    return KSSE_DESERIALIZED_JSON;
}

static enum ksse_deserialized look_at_nulls(void *opaque, const struct ksse_record *record,
                                            struct ksse_output *output)
{
    (void)output;
    *(int *)opaque += 1;
    assert_null(record->key);
    assert_null(record->headers);
    assert_int_equal(record->header_count, 0);
    return KSSE_DESERIALIZED_SKIP;
}

static void gives_all_of_a_record(void **state)
{
    (void)state;
    static const struct record_header headers[] = {
        {"a", BYTES("\xff")}, {"a", {NULL, 0}}, {"", BYTES("")}};
    struct record record = {.topic = "t",
                            .partition = 3,
                            .offset = 1LL << 40,
                            .timestamp_ms = -1,
                            .key = BYTES("k\0"),
                            .value = BYTES(""),
                            .headers = headers,
                            .header_count = ARRAY_LEN(headers)};
    int calls = 0;
    struct call_deserializer deserializer;
    struct buf out = BUF_INIT;
    bool has_members;
    call_deserializer_init(&deserializer, look, &calls);
    assert_true(deserializer.deserializer.wants_headers);
    for (int i = 1; i <= 2; i++) {
        assert_int_equal(
            deserializer_decode(&deserializer.deserializer, &record, &out, &has_members), DECODED);
        assert_int_equal(calls, i);
    }
    call_deserializer_fini(&deserializer);

    call_deserializer_init(&deserializer, look_at_nulls, &calls);
    record = (struct record){.topic = "t", .value = BYTES("v")};
    assert_int_equal(deserializer_decode(&deserializer.deserializer, &record, &out, &has_members),
                     DECODE_SKIPPED);
    assert_int_equal(calls, 3);
    call_deserializer_fini(&deserializer);
    buf_fini(&out);
}

/* A huge record's memory is not kept. */
static void forgets_huge_outputs(void **state)
{
    (void)state;
    enum {
        HUGE_BYTES = 3 << 20,
        HUGE_HEADERS = 5000
    };
    struct script script = {KSSE_DESERIALIZED_TEXT, {calloc(1, HUGE_BYTES), HUGE_BYTES}};
    struct record_header *headers = calloc(HUGE_HEADERS, sizeof *headers);
    for (size_t i = 0; i < HUGE_HEADERS; i++) {
        headers[i].name = "h";
    }
    struct record record = {
        .topic = "t", .value = BYTES("v"), .headers = headers, .header_count = HUGE_HEADERS};
    struct call_deserializer deserializer;
    struct buf out = BUF_INIT;
    bool has_members;
    call_deserializer_init(&deserializer, act, &script);
    assert_int_equal(deserializer_decode(&deserializer.deserializer, &record, &out, &has_members),
                     DECODED);
    assert_true(out.len > HUGE_BYTES);
    assert_int_equal(deserializer.text.cap, 0);
    assert_int_equal(deserializer.header_cap, 0);
    free((void *)(uintptr_t)script.output.data);
    free(headers);
    call_deserializer_fini(&deserializer);
    buf_fini(&out);
}

static size_t current;

static bool attempt(void)
{
    static const struct record_header headers[] = {{"a", BYTES("b")}};
    struct record record = {
        .topic = "t", .value = BYTES("v"), .headers = headers, .header_count = 1};
    struct script script = cases[current].script;
    struct call_deserializer deserializer;
    struct buf out = BUF_INIT;
    bool has_members;
    call_deserializer_init(&deserializer, act, &script);
    enum deserializer_outcome outcome =
        deserializer_decode(&deserializer.deserializer, &record, &out, &has_members);
    assert_true(outcome == DECODE_NO_MEMORY || outcome == cases[current].outcome);
    assert_true(outcome <= DECODED_WHOLE || out.len == 0);
    call_deserializer_fini(&deserializer);
    buf_fini(&out);
    return outcome != DECODE_NO_MEMORY;
}

/* Also for records that would fail otherwise: without memory, that is not known. */
static void no_memory(void **state)
{
    (void)state;
    for (current = 0; current < ARRAY_LEN(cases); current++) {
        fail_each_allocation(attempt, false);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges),
        cmocka_unit_test(gives_all_of_a_record),
        cmocka_unit_test(forgets_huge_outputs),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
