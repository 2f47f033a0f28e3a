/* Records: their data text, what does not decode, and no memory. */
#include "core/record.h"

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
        assert_int_equal(record_render(&record, &out), cases[i].kind);
        buf_append_char(&out, '\0');
        const char *text = cases[i].text == NULL ? "" : cases[i].text;
        assert_string_equal(out.data + strlen("before"), text);
        buf_fini(&out);
    }
}

static size_t current;

static bool attempt(void)
{
    struct record record = record_of(current);
    struct buf out = BUF_INIT;
    enum record_kind kind = record_render(&record, &out);
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
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(renders),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
