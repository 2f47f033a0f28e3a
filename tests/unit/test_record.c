/* Records: their data text, what does not decode, and no memory. */
#include "core/stream/record.h"

#include "support/unit.h"

#define KAFKA "\"_kafka\":{\"topic\":\"t\",\"partition\":2,\"offset\":7,"

static const struct {
    const char *value; /* NULL: a tombstone */
    const char *key;
    int64_t timestamp_ms;
    enum record_kind kind;
    const char *text;
} cases[] = {
    {"{\"a\":1}", "k", 5, RECORD_MESSAGE, "{\"a\":1," KAFKA "\"timestamp\":5,\"key\":\"k\"}}"},
    {"{}", NULL, -1, RECORD_MESSAGE, "{" KAFKA "\"timestamp\":null,\"key\":null}}"},
    {" { } ", "", 0, RECORD_MESSAGE, "{" KAFKA "\"timestamp\":0,\"key\":\"\"}}"},
    {"{\n\"a\" : 9007199254740993 }", NULL, 5, RECORD_MESSAGE,
     "{\"a\":9007199254740993," KAFKA "\"timestamp\":5,\"key\":null}}"},
    {"{\"_kafka\":1}", "\"", 5, RECORD_MESSAGE, "{" KAFKA "\"timestamp\":5,\"key\":\"\\\"\"}}"},
    {NULL, "k", 5, RECORD_TOMBSTONE,
     "{" KAFKA "\"timestamp\":5,\"key\":\"k\",\"tombstone\":true}}"},
    {"", "k", 5, RECORD_UNDECODABLE, NULL},
    {"null", "k", 5, RECORD_UNDECODABLE, NULL},
    {"[]", "k", 5, RECORD_UNDECODABLE, NULL},
    {"7", "k", 5, RECORD_UNDECODABLE, NULL},
    {"\"x\"", "k", 5, RECORD_UNDECODABLE, NULL},
    {"{\"a\":1", "k", 5, RECORD_UNDECODABLE, NULL},
    {"{\"a\":1}}", "k", 5, RECORD_UNDECODABLE, NULL},
    {"{\"a\":\"\n\"}", "k", 5, RECORD_UNDECODABLE, NULL},
};

static struct record record_of(size_t i)
{
    return (struct record){
        .topic = "t",
        .partition = 2,
        .offset = 7,
        .timestamp_ms = cases[i].timestamp_ms,
        .key = slice_str(cases[i].key),
        .value = slice_str(cases[i].value),
    };
}

static void renders(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct record record = record_of(i);
        struct buf out = BUF_INIT;
        buf_append_str(&out, "before");
        assert_int_equal(record_render(&record, deserializer_builtin("json"), false, &out),
                         cases[i].kind);
        buf_append_char(&out, '\0');
        const char *text = cases[i].text == NULL ? "" : cases[i].text;
        assert_string_equal(out.data + strlen("before"), text);
        buf_fini(&out);
    }
}

/* ---- keys ---- */

#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static void keys(void **state)
{
    (void)state;
    static const struct {
        struct slice key;
        const char *members;
    } key_cases[] = {
        {{NULL, 0}, "\"key\":null"},
        {BYTES(""), "\"key\":\"\""},
        {BYTES("\n"), "\"key\":\"\\n\""},
        {BYTES("\0"), "\"key\":\"\\u0000\""},
        {BYTES("a longer one, over several words"), "\"key\":\"a longer one, over several words\""},
        {BYTES("\xc3\xa9"), "\"key\":\"\xc3\xa9\""},
        {BYTES("1234567\xf0\x9f\x98\x80"), "\"key\":\"1234567\xf0\x9f\x98\x80\""},
        {BYTES("\xef\xbf\xbd"), "\"key\":\"\xef\xbf\xbd\""},
        {BYTES("\xff"), "\"key\":null,\"key_base64\":\"/w==\""},
        {BYTES("\0\0\0\x80"), "\"key\":null,\"key_base64\":\"AAAAgA==\""},
        {BYTES("\xed\xa0\xbd"), "\"key\":null,\"key_base64\":\"7aC9\""},
        {BYTES("12345678\xc3"), "\"key\":null,\"key_base64\":\"MTIzNDU2NzjD\""},
        {BYTES("\xc0\x80"), "\"key\":null,\"key_base64\":\"wIA=\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(key_cases); i++) {
        struct record record = record_of(5);
        record.key = key_cases[i].key;
        struct buf out = BUF_INIT;
        struct buf expected = BUF_INIT;
        buf_printf(&expected, "{" KAFKA "\"timestamp\":5,%s,\"tombstone\":true}}",
                   key_cases[i].members);
        assert_int_equal(record_render(&record, deserializer_builtin("json"), false, &out),
                         RECORD_TOMBSTONE);
        assert_int_equal(out.len, expected.len);
        assert_memory_equal(out.data, expected.data, out.len);
        buf_fini(&out);
        buf_fini(&expected);
    }
}

/* ---- headers ---- */

static const struct {
    struct record_header headers[5];
    const char *members;
} header_cases[] = {
    {{{NULL, {NULL, 0}}}, "\"headers\":{}"},
    {{{"a", BYTES("1")}}, "\"headers\":{\"a\":\"1\"}"},
    {{{"a", BYTES("1")}, {"b", {NULL, 0}}, {"", BYTES("")}},
     "\"headers\":{\"a\":\"1\",\"b\":null,\"\":\"\"}"},
    {{{"a", BYTES("1")}, {"b", BYTES("2")}, {"a", BYTES("3")}},
     "\"headers\":{\"a\":[\"1\",\"3\"],\"b\":\"2\"}"},
    {{{"a", BYTES("1")}, {"a", {NULL, 0}}, {"a", BYTES("1")}},
     "\"headers\":{\"a\":[\"1\",null,\"1\"]}"},
    {{{"\"\n", BYTES("\"\n")}}, "\"headers\":{\"\\\"\\n\":\"\\\"\\n\"}"},
    {{{"\xff", BYTES("1")}}, "\"headers\":{\"\xef\xbf\xbd\":\"1\"}"},
    {{{"a", BYTES("\xff")}}, "\"headers\":{},\"headers_base64\":{\"a\":\"/w==\"}"},
    {{{"a", BYTES("\xff")}, {"b", BYTES("x")}, {"c", BYTES("\0\x80")}},
     "\"headers\":{\"b\":\"x\"},\"headers_base64\":{\"a\":\"/w==\",\"c\":\"AIA=\"}"},
    {{{"a", BYTES("\xff")}, {"a", BYTES("\xff")}},
     "\"headers\":{},\"headers_base64\":{\"a\":[\"/w==\",\"/w==\"]}"},
    /* Both forms of one name: each value keeps its place. */
    {{{"a", BYTES("text")}, {"b", BYTES("1")}, {"a", BYTES("\xff")}},
     "\"headers\":{\"a\":[\"text\",null],\"b\":\"1\"},"
     "\"headers_base64\":{\"a\":[null,\"/w==\"]}"},
    {{{"a", BYTES("\xff")}, {"a", {NULL, 0}}, {"a", BYTES("text")}, {"b", BYTES("\xfe")}},
     "\"headers\":{\"a\":[null,null,\"text\"]},"
     "\"headers_base64\":{\"a\":[\"/w==\",null,null],\"b\":\"/g==\"}"},
    /* Names that cannot be told apart once they are UTF-8. */
    {{{"\xff", BYTES("1")}, {"\xfe", BYTES("2")}, {"\xef\xbf\xbd", BYTES("3")}},
     "\"headers\":{\"\xef\xbf\xbd\":[\"1\",\"2\",\"3\"]}"},
};

static struct record record_with_headers(size_t i)
{
    struct record record = record_of(1);
    record.headers = header_cases[i].headers;
    while (record.header_count < 5 && record.headers[record.header_count].name != NULL) {
        record.header_count++;
    }
    return record;
}

static void headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(header_cases); i++) {
        struct record record = record_with_headers(i);
        struct buf out = BUF_INIT;
        struct buf expected = BUF_INIT;
        buf_printf(&expected, "{" KAFKA "\"timestamp\":null,\"key\":null,%s}}",
                   header_cases[i].members);
        assert_int_equal(record_render(&record, deserializer_builtin("json"), true, &out),
                         RECORD_MESSAGE);
        if (!slice_eq(buf_slice(&out), buf_slice(&expected))) {
            fail_msg("%.*s", SLICE_ARG(buf_slice(&out)));
        }
        /* They are given but not to be shown. */
        buf_clear(&out);
        assert_int_equal(record_render(&record, deserializer_builtin("json"), false, &out),
                         RECORD_MESSAGE);
        buf_append_char(&out, '\0');
        assert_string_equal(out.data, cases[1].text);
        buf_fini(&out);
        buf_fini(&expected);
    }
}

/* Only the size of a record limits their number: it must not take the square of it. */
static void check_many_headers(bool are_same)
{
    enum {
        MANY = 200000
    };
    struct record_header *many = calloc(MANY, sizeof *many);
    char(*many_names)[8] = calloc(MANY, sizeof *many_names);
    for (int i = 0; i < MANY; i++) {
        snprintf(many_names[i], sizeof many_names[i], "%d", are_same ? 7 : i);
        many[i] = (struct record_header){many_names[i], BYTES("x")};
    }
    struct record record = record_of(1);
    record.headers = many;
    record.header_count = MANY;
    struct buf out = BUF_INIT;
    assert_int_equal(record_render(&record, deserializer_builtin("json"), true, &out),
                     RECORD_MESSAGE);
    assert_true(out.len > MANY * (size_t)(are_same ? 4 : 10));
    buf_fini(&out);
    free(many);
    free(many_names);
}

static void many_headers(void **state)
{
    (void)state;
    check_many_headers(false);
    check_many_headers(true);
}

/* ---- other deserializers ---- */

static enum deserializer_outcome as_told;

static enum deserializer_outcome decode_as_told(struct deserializer *deserializer,
                                                const struct record *record, struct buf *out,
                                                bool *has_members)
{
    (void)deserializer;
    (void)record;
    if (as_told == DECODED) {
        buf_append_char(out, '{');
        *has_members = false;
    } else if (as_told == DECODED_WHOLE) {
        buf_append_str(out, "{\"_kafka\":7");
        *has_members = true;
    }
    return as_told;
}

static void deserializers(void **state)
{
    (void)state;
    static const enum record_kind kinds[] = {RECORD_MESSAGE, RECORD_MESSAGE,     RECORD_SKIPPED,
                                             RECORD_LATER,   RECORD_UNDECODABLE, RECORD_NO_MEMORY};
    static const struct deserializer_ops ops = {decode_as_told, NULL};
    struct deserializer deserializer = {&ops, false};
    struct record record = record_of(1);
    for (as_told = DECODED; as_told <= DECODE_NO_MEMORY; as_told++) {
        struct buf out = BUF_INIT;
        assert_int_equal(record_render(&record, &deserializer, false, &out), kinds[as_told]);
        assert_int_equal(out.len > 0, as_told == DECODED || as_told == DECODED_WHOLE);
        if (as_told == DECODED_WHOLE) {
            assert_true(slice_eq_str(buf_slice(&out), "{\"_kafka\":7}"));
        }
        buf_fini(&out);
    }
    /* Tombstones are no deserializer's business. */
    as_told = DECODE_FAILED;
    record.value = slice_of(NULL, 0);
    struct buf out = BUF_INIT;
    assert_int_equal(record_render(&record, &deserializer, false, &out), RECORD_TOMBSTONE);
    buf_clear(&out);
    record.value = slice_of("\xff", 1);
    assert_int_equal(record_render(&record, deserializer_builtin("base64"), false, &out),
                     RECORD_MESSAGE);
    assert_true(slice_starts_with(buf_slice(&out), "{\"value\":\"/w==\",\"_kafka\":{"));
    buf_fini(&out);
}

/* ---- memory ---- */

static size_t current;

static bool attempt_headers(void)
{
    struct record record = record_with_headers(current);
    record.key = slice_of("\xff", 1);
    struct buf out = BUF_INIT;
    enum record_kind kind = record_render(&record, deserializer_builtin("json"), true, &out);
    assert_true(kind == RECORD_MESSAGE || out.len == 0);
    buf_fini(&out);
    return kind == RECORD_MESSAGE;
}

static bool attempt(void)
{
    struct record record = record_of(current);
    struct buf out = BUF_INIT;
    enum record_kind kind = record_render(&record, deserializer_builtin("json"), false, &out);
    assert_true(kind == RECORD_NO_MEMORY || kind == cases[current].kind);
    assert_true(kind != RECORD_NO_MEMORY || out.len == 0);
    buf_fini(&out);
    return kind != RECORD_NO_MEMORY;
}

static void no_memory(void **state)
{
    (void)state;
    for (current = 0; current < 6; current++) {
        fail_each_allocation(attempt, false);
    }
    for (current = 0; current < ARRAY_LEN(header_cases); current++) {
        fail_each_allocation(attempt_headers, false);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(renders),       cmocka_unit_test(keys),
        cmocka_unit_test(headers),       cmocka_unit_test(many_headers),
        cmocka_unit_test(deserializers), cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
