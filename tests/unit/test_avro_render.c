/* Data to JSON: what each type becomes, and data that is not what the schema says. */
#include "avro/render.h"
#include "support/unit.h"
#include "core/json/json.h"

#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static struct plan *plan_of(const char *schema)
{
    struct plan *plan = NULL;
    char reason[256] = "";
    if (plan_new(slice_str(schema), false, &plan, reason, sizeof(reason)) != PLAN_OK) {
        fail_msg("%s: %s", schema, reason);
    }
    return plan;
}

#define FIELD(type)                                                                                \
    "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"f\",\"type\":" type "}]}"
#define DECIMAL "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":9,\"scale\":2}"
#define ENUM "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}"
#define LIST                                                                                       \
    "{\"type\":\"record\",\"name\":\"L\",\"fields\":[{\"name\":\"v\",\"type\":\"int\"},"           \
    "{\"name\":\"next\",\"type\":[\"null\",\"L\"]}]}"
#define ENDLESS "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"f\",\"type\":\"R\"}]}"

struct sample {
    const char *schema;
    struct slice data;
    const char *json; /* NULL: DECODE_FAILED */
};

static const struct sample values[] = {
    {FIELD("\"null\""), BYTES(""), "{\"f\":null}"},
    {FIELD("\"boolean\""), BYTES("\x01"), "{\"f\":true}"},
    {FIELD("\"boolean\""), BYTES("\x00"), "{\"f\":false}"},
    {FIELD("\"int\""), BYTES("\x00"), "{\"f\":0}"},
    {FIELD("\"int\""), BYTES("\x01"), "{\"f\":-1}"},
    {FIELD("\"int\""), BYTES("\xff\xff\xff\xff\x0f"), "{\"f\":-2147483648}"},
    {FIELD("\"long\""), BYTES("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
     "{\"f\":9223372036854775807}"},
    {FIELD("\"long\""), BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
     "{\"f\":-9223372036854775808}"},
    {FIELD("\"long\""), BYTES("\x80\x80\x00"), "{\"f\":0}"}, /* longer than need be */
    {FIELD("\"float\""), BYTES("\xcd\xcc\xcc\x3d"), "{\"f\":0.1}"},
    {FIELD("\"float\""), BYTES("\x00\x00\xc0\x7f"), "{\"f\":\"NaN\"}"},
    {FIELD("\"double\""), BYTES("\x00\x00\x00\x00\x00\x00\xf8\x3f"), "{\"f\":1.5}"},
    {FIELD("\"double\""), BYTES("\x00\x00\x00\x00\x00\x00\xf0\xff"), "{\"f\":\"-Infinity\"}"},
    {FIELD("\"string\""), BYTES("\x00"), "{\"f\":\"\"}"},
    {FIELD("\"string\""),
     BYTES("\x08"
           "a\"\n\xff"),
     "{\"f\":\"a\\\"\\n\xef\xbf\xbd\"}"},
    {FIELD("\"string\""), BYTES("\x06\xe2\x80\xa8"), "{\"f\":\"\\u2028\"}"},
    {FIELD("\"bytes\""), BYTES("\x00"), "{\"f\":\"\"}"},
    {FIELD("\"bytes\""),
     BYTES("\x02"
           "a"),
     "{\"f\":\"YQ==\"}"},
    {FIELD("\"bytes\""),
     BYTES("\x04"
           "ab"),
     "{\"f\":\"YWI=\"}"},
    {FIELD("\"bytes\""), BYTES("\x06\xff\xfe\xfd"), "{\"f\":\"//79\"}"},
    {FIELD(DECIMAL), BYTES("\x04\x30\x39"), "{\"f\":\"123.45\"}"},
    {FIELD("{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":1,\"scale\":2}"),
     BYTES("\x02\x05"), "{\"f\":\"BQ==\"}"},
    {FIELD("{\"type\":\"fixed\",\"name\":\"D\",\"size\":2,\"logicalType\":\"decimal\","
           "\"precision\":4}"),
     BYTES("\xff\xfe"), "{\"f\":\"-2\"}"},
    {FIELD("{\"type\":\"fixed\",\"name\":\"F\",\"size\":3}"), BYTES("abc"), "{\"f\":\"YWJj\"}"},
    {FIELD("{\"type\":\"fixed\",\"name\":\"F\",\"size\":0}"), BYTES(""), "{\"f\":\"\"}"},
    {FIELD(ENUM), BYTES("\x02"), "{\"f\":\"B\"}"},
    {FIELD("[\"null\",\"string\"]"), BYTES("\x00"), "{\"f\":null}"},
    {FIELD("[\"null\",\"string\"]"), BYTES("\x02\x02x"), "{\"f\":\"x\"}"},
    {FIELD("{\"type\":\"array\",\"items\":\"int\"}"), BYTES("\x00"), "{\"f\":[]}"},
    {FIELD("{\"type\":\"array\",\"items\":\"int\"}"), BYTES("\x04\x02\x04\x02\x06\x00"),
     "{\"f\":[1,2,3]}"},
    {FIELD("{\"type\":\"array\",\"items\":\"int\"}"), BYTES("\x03\x04\x02\x04\x00"),
     "{\"f\":[1,2]}"}, /* a block with its length */
    {FIELD("{\"type\":\"array\",\"items\":\"null\"}"), BYTES("\x06\x00"),
     "{\"f\":[null,null,null]}"},
    {FIELD("{\"type\":\"map\",\"values\":\"boolean\"}"),
     BYTES("\x04\x02"
           "a\x01\x02"
           "a\x00\x00"),
     "{\"f\":{\"a\":true,\"a\":false}}"},
    {FIELD("{\"type\":\"map\",\"values\":\"int\"}"), BYTES("\x01\x06\x02\"\x02\x00"),
     "{\"f\":{\"\\\"\":1}}"},
    {FIELD("{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}"), BYTES("\x02"), "{\"f\":1}"},
    {"{\"type\":\"record\",\"name\":\"E\",\"fields\":[]}", BYTES(""), "{}"},
    {LIST, BYTES("\x02\x02\x04\x00"), "{\"v\":1,\"next\":{\"v\":2,\"next\":null}}"},
    /* what is no record, and what is one within a union */
    {"\"string\"", BYTES("\x02x"), "{\"value\":\"x\"}"},
    {"{\"type\":\"map\",\"values\":\"int\"}",
     BYTES("\x02\x02"
           "a\x02\x00"),
     "{\"value\":{\"a\":1}}"},
    {"[\"null\"," LIST "]", BYTES("\x02\x02\x00"), "{\"v\":1,\"next\":null}"},
    {"[\"null\"," LIST "]", BYTES("\x00"), "{\"value\":null}"},
    {"\"null\"", BYTES(""), "{\"value\":null}"},
    /* the member that is the server's own */
    {"{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"_kafka\",\"type\":\"int\"}]}",
     BYTES("\x02"), "{}"},
    {"{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"_kafka\",\"type\":\"int\"},"
     "{\"name\":\"a\",\"type\":\"int\"}]}",
     BYTES("\x02\x04"), "{\"a\":2}"},
    {"{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},"
     "{\"name\":\"_kafka\",\"type\":\"int\"},{\"name\":\"b\",\"type\":\"int\"}]}",
     BYTES("\x02\x04\x06"), "{\"a\":1,\"b\":3}"},
    {FIELD("{\"type\":\"record\",\"name\":\"I\",\"fields\":"
           "[{\"name\":\"_kafka\",\"type\":\"int\"}]}"),
     BYTES("\x02"), "{\"f\":{\"_kafka\":1}}"},
};

static const struct sample bad_data[] = {
    {FIELD("\"null\""), BYTES("\x00"), NULL}, /* something behind it */
    {FIELD("\"boolean\""), BYTES("\x02"), NULL},
    {FIELD("\"boolean\""), BYTES(""), NULL},
    {FIELD("\"int\""), BYTES(""), NULL},
    {FIELD("\"int\""), BYTES("\x80"), NULL},
    {FIELD("\"int\""), BYTES("\x80\x80\x80\x80\x10"), NULL}, /* 2^31 */
    {FIELD("\"int\""), BYTES("\x81\x80\x80\x80\x10"), NULL}, /* -2^31 - 1 */
    {FIELD("\"long\""), BYTES("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x02"), NULL},
    {FIELD("\"long\""), BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), NULL},
    {FIELD("\"long\""), BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), NULL},
    {FIELD("\"float\""), BYTES("\x00\x00\x00"), NULL},
    {FIELD("\"double\""), BYTES("\x00\x00\x00\x00\x00\x00\x00"), NULL},
    {FIELD("\"string\""),
     BYTES("\x04"
           "a"),
     NULL},
    {FIELD("\"string\""), BYTES("\x01"), NULL},                         /* a length of -1 */
    {FIELD("\"string\""), BYTES("\x80\x80\x80\x80\x80\x80\x01"), NULL}, /* 2^41 */
    {FIELD("\"string\""), BYTES("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"), NULL},
    {FIELD("\"string\""), BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), NULL},
    {FIELD("\"string\""), BYTES(""), NULL},
    {FIELD("\"bytes\""), BYTES("\x02"), NULL},
    {FIELD("\"bytes\""), BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), NULL},
    {FIELD(DECIMAL), BYTES("\x00"), NULL}, /* no digits at all */
    {FIELD("{\"type\":\"fixed\",\"name\":\"F\",\"size\":3}"), BYTES("ab"), NULL},
    {FIELD("{\"type\":\"fixed\",\"name\":\"F\",\"size\":9223372036854775807}"), BYTES("ab"), NULL},
    {FIELD(ENUM), BYTES("\x04"), NULL},
    {FIELD(ENUM), BYTES("\x01"), NULL},
    {FIELD(ENUM), BYTES("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"), NULL},
    {FIELD("[\"null\",\"string\"]"), BYTES("\x04"), NULL},
    {FIELD("[\"null\",\"string\"]"), BYTES("\x01"), NULL},
    {FIELD("[\"null\",\"string\"]"), BYTES(""), NULL},
    {"[\"null\"," LIST "]", BYTES("\x04"), NULL},
    {"[\"null\"," LIST "]", BYTES(""), NULL},
    {FIELD("{\"type\":\"array\",\"items\":\"int\"}"), BYTES(""), NULL},
    {FIELD("{\"type\":\"array\",\"items\":\"int\"}"), BYTES("\x02\x02"), NULL}, /* no last block */
    {FIELD("{\"type\":\"array\",\"items\":\"int\"}"), BYTES("\x04\x02"), NULL},
    {FIELD("{\"type\":\"array\",\"items\":\"int\"}"), BYTES("\x80\x80\x80\x80\x80\x80\x01\x02\x00"),
     NULL},
    /* a count of -2^63; lengths of a block that are negative or beyond the end */
    {FIELD("{\"type\":\"array\",\"items\":\"int\"}"),
     BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02\x02\x00"), NULL},
    {FIELD("{\"type\":\"array\",\"items\":\"int\"}"), BYTES("\x01\x01\x02\x00"), NULL},
    {FIELD("{\"type\":\"array\",\"items\":\"int\"}"), BYTES("\x01\x20\x02\x00"), NULL},
    /* more empty items than there may be, in one block and in many */
    {FIELD("{\"type\":\"array\",\"items\":\"null\"}"),
     BYTES("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00"), NULL},
    {FIELD("{\"type\":\"array\",\"items\":\"null\"}"),
     BYTES("\x80\x80\x04\x80\x80\x04\x80\x80\x04\x00"), NULL},
    {FIELD("{\"type\":\"map\",\"values\":\"int\"}"), BYTES("\x02\x01\x02\x00"), NULL},
    {FIELD("{\"type\":\"map\",\"values\":\"int\"}"), BYTES("\x02\x02"), NULL},
    {LIST, BYTES("\x02\x02"), NULL},
    {ENDLESS, BYTES(""), NULL},
};

/* The output with its brace must be what the minifier makes of it, and so must has_members. */
static void check_output(struct buf *out, bool has_members)
{
    struct buf again = BUF_INIT;
    bool again_has_members;
    buf_append_char(out, '}');
    assert_int_equal(json_minify_object(buf_slice(out), &again, &again_has_members), JSON_OK);
    assert_true(has_members == again_has_members);
    buf_append_char(&again, '}');
    assert_true(slice_eq(buf_slice(out), buf_slice(&again)));
    buf_fini(&again);
}

static void values_become_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        struct plan *plan = plan_of(values[i].schema);
        struct buf out = BUF_INIT;
        bool has_members;
        if (plan_render(plan, values[i].data, &out, &has_members) != DECODED) {
            fail_msg("case %zu: %s", i, values[i].json);
        }
        check_output(&out, has_members);
        if (!slice_eq_str(buf_slice(&out), values[i].json)) {
            fail_msg("case %zu: %.*s", i, SLICE_ARG(buf_slice(&out)));
        }
        buf_fini(&out);
        plan_free(plan);
    }
}

static void assert_refused(const struct plan *plan, struct slice data, size_t number)
{
    struct buf out = BUF_INIT;
    bool has_members = true;
    buf_append_str(&out, "before");
    if (plan_render(plan, data, &out, &has_members) != DECODE_FAILED) {
        fail_msg("case %zu: %.*s", number, SLICE_ARG(buf_slice(&out)));
    }
    assert_true(slice_eq_str(buf_slice(&out), "before"));
    assert_true(has_members);
    buf_fini(&out);
}

static void bad_data_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad_data); i++) {
        struct plan *plan = plan_of(bad_data[i].schema);
        assert_refused(plan, bad_data[i].data, i);
        plan_free(plan);
    }
}

/* Each proper beginning of good data is bad data. */
static void cut_data_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        struct plan *plan = plan_of(values[i].schema);
        for (size_t len = 0; len < values[i].data.len; len++) {
            /* In memory of its own, so that a sanitizer sees a step too far. */
            char *cut = mem_alloc(len + 1);
            assert_non_null(cut);
            memcpy(cut + 1, values[i].data.data, len);
            assert_refused(plan, slice_of(cut + 1, len), i);
            mem_free(cut);
        }
        plan_free(plan);
    }
}

/* A list of `count` nested records. */
static enum deserializer_outcome render_nested(int count, struct buf *out)
{
    struct plan *plan = plan_of(LIST);
    struct buf data = BUF_INIT;
    bool has_members;
    for (int i = 0; i < count; i++) {
        buf_append(&data, "\x02\x02", 2);
    }
    data.data[data.len - 1] = 0;
    enum deserializer_outcome outcome = plan_render(plan, buf_slice(&data), out, &has_members);
    buf_fini(&data);
    plan_free(plan);
    return outcome;
}

static void nesting_is_limited(void **state)
{
    struct buf out = BUF_INIT;
    (void)state;
    assert_int_equal(render_nested(JSON_MAX_DEPTH, &out), DECODED);
    check_output(&out, true);
    buf_clear(&out);
    assert_int_equal(render_nested(JSON_MAX_DEPTH + 1, &out), DECODE_FAILED);
    assert_int_equal(render_nested(100000, &out), DECODE_FAILED);
    buf_fini(&out);
}

/* A record that doubles at each level and takes no bytes at all. */
static void what_takes_no_bytes_is_limited(void **state)
{
    struct buf schema = BUF_INIT;
    (void)state;
    buf_append_str(&schema, "[");
    buf_append_str(&schema, "{\"type\":\"record\",\"name\":\"R0\",\"fields\":[]}");
    for (int i = 1; i <= 40; i++) {
        buf_printf(&schema,
                   ",{\"type\":\"record\",\"name\":\"R%d\",\"fields\":[{\"name\":\"a\",\"type\":"
                   "\"R%d\"},{\"name\":\"b\",\"type\":\"R%d\"}]}",
                   i, i - 1, i - 1);
    }
    buf_append(&schema, "]", 2);
    struct plan *plan = plan_of(schema.data);
    assert_refused(plan, slice_str("\x50"), 40);
    struct buf out = BUF_INIT;
    bool has_members;
    assert_int_equal(plan_render(plan, slice_str("\x14"), &out, &has_members), DECODED);
    buf_fini(&out);
    plan_free(plan);
    buf_fini(&schema);
}

/* Names that are longer than the data by far. */
static void output_is_limited(void **state)
{
    struct buf schema = BUF_INIT;
    struct buf data = BUF_INIT;
    (void)state;
    buf_append_str(&schema, "{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"R\","
                            "\"fields\":[{\"type\":\"boolean\",\"name\":\"");
    for (int i = 0; i < 10000; i++) {
        buf_append_char(&schema, 'n');
    }
    buf_append(&schema, "\"}]}}", 6);
    buf_append(&data, "\xa0\x9c\x01", 3); /* 10,000 */
    for (int i = 0; i < 10001; i++) {
        buf_append_char(&data, '\0');
    }
    struct plan *plan = plan_of(schema.data);
    assert_refused(plan, buf_slice(&data), 0);
    plan_free(plan);
    buf_fini(&data);
    buf_fini(&schema);
}

/* A record in itself, whose field's name is written for each level before any value is finished. */
static void output_of_open_records_is_limited(void **state)
{
    struct buf schema = BUF_INIT;
    struct buf out = BUF_INIT;
    char data[JSON_MAX_DEPTH - 1];
    bool has_members;
    (void)state;
    buf_append_str(&schema, "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"type\":"
                            "[\"null\",\"R\"],\"name\":\"");
    for (int i = 0; i < 900000; i++) {
        buf_append_char(&schema, 'n');
    }
    buf_append(&schema, "\"}]}", 5);
    memset(data, 2, sizeof(data));
    data[sizeof(data) - 1] = 0;
    struct plan *plan = plan_of(schema.data);
    struct slice all = slice_of(data, sizeof(data));
    assert_int_equal(plan_render(plan, all, &out, &has_members), DECODE_FAILED);
    assert_true(out.cap <= 2 * (size_t)(RENDER_MAX_TEXT + PLAN_MAX_TEXT));
    plan_free(plan);
    buf_fini(&out);
    buf_fini(&schema);
}

static void no_memory_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        struct plan *plan = plan_of(values[i].schema);
        for (long n = 0;; n++) {
            struct buf out = BUF_INIT;
            bool has_members;
            mem_fail_after(n);
            enum deserializer_outcome outcome =
                plan_render(plan, values[i].data, &out, &has_members);
            bool has_failed = mem_has_failed() != 0;
            mem_fail_after(-1);
            assert_int_equal(outcome, has_failed ? DECODE_NO_MEMORY : DECODED);
            assert_true(!has_failed || out.len == 0);
            buf_fini(&out);
            if (!has_failed) {
                break;
            }
        }
        plan_free(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_become_json),
        cmocka_unit_test(bad_data_is_refused),
        cmocka_unit_test(cut_data_is_refused),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(output_is_limited),
        cmocka_unit_test(output_of_open_records_is_limited),
        cmocka_unit_test(what_takes_no_bytes_is_limited),
        cmocka_unit_test(no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
