/*
 * The Avro path with hostile bytes. The first byte chooses: a schema of the set, for which the rest
 * is data; or the rest is a schema's text, or those of a bundle, up to a zero byte, and data behind
 * it. Whatever comes
 * out is a JSON object that the minifier leaves as it is, within limits of size; a failing
 * allocation changes nothing but the outcome.
 */
#include "avro/render.h"
#include "base/mem.h"
#include "core/json/json.h"

enum {
    OWN_BUNDLE = 0xfe,
    OWN_SCHEMA = 0xff
};

#define RECORD(fields) "{\"type\":\"record\",\"name\":\"R\",\"fields\":[" fields "]}"
#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":" type "}"

static const char *const schemas[] = {
    "\"null\"",
    "\"boolean\"",
    "\"int\"",
    "\"long\"",
    "\"float\"",
    "\"double\"",
    "\"bytes\"",
    "\"string\"",
    "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":20,\"scale\":7}",
    "{\"type\":\"fixed\",\"name\":\"F\",\"size\":9,\"logicalType\":\"decimal\",\"precision\":9}",
    "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"\\\"\",\"\\u2028\"]}",
    "{\"type\":\"array\",\"items\":\"null\"}",
    "{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":\"int\"}}",
    "{\"type\":\"map\",\"values\":{\"type\":\"map\",\"values\":[\"null\",\"string\"]}}",
    "[\"null\",\"string\",\"double\"," RECORD(FIELD("_kafka", "\"int\"")) "]",
    RECORD(FIELD("v", "\"int\"") "," FIELD("next", "[\"null\",\"R\"]")),
    RECORD(FIELD("children", "{\"type\":\"array\",\"items\":\"R\"}")),
    RECORD(FIELD("self", "\"R\"")),
    RECORD(FIELD("_kafka", "[\"null\",\"string\"]") "," FIELD("a", "\"null\"") "," FIELD(
        "_kafka2", "\"float\"")),
    RECORD(FIELD(
        "a", "{\"type\":\"record\",\"name\":\"S\",\"fields\":[" FIELD("b", "\"null\"") "," FIELD(
                 "c", "\"null\"") "]}") "," FIELD("d", "{\"type\":\"map\",\"values\":{\"type\":"
                                                       "\"array\",\"items\":\"S\"}}")),
};

static void check_output(struct buf *out, bool has_members)
{
    struct buf again = BUF_INIT;
    bool again_has_members;
    buf_append_char(out, '}');
    ASSERT(json_minify_object(buf_slice(out), &again, &again_has_members) == JSON_OK);
    buf_append_char(&again, '}');
    ASSERT(slice_eq(buf_slice(out), buf_slice(&again)));
    ASSERT(has_members == again_has_members && has_members == (out->len > 2));
    buf_fini(&again);
}

static void check_no_memory(const struct plan *plan, struct slice data,
                            enum deserializer_outcome expected)
{
    for (long n = 0; n < 3; n++) {
        struct buf out = BUF_INIT;
        bool has_members;
        mem_fail_after(n);
        enum deserializer_outcome outcome = plan_render(plan, data, &out, &has_members);
        ASSERT(outcome == (mem_has_failed() ? DECODE_NO_MEMORY : expected));
        ASSERT(outcome == DECODED || out.len == 0);
        mem_fail_after(-1);
        buf_fini(&out);
    }
}

static void check_data(const struct plan *plan, struct slice data)
{
    struct buf out = BUF_INIT;
    bool has_members;
    enum deserializer_outcome outcome = plan_render(plan, data, &out, &has_members);
    ASSERT(outcome == DECODED || outcome == DECODE_FAILED);
    ASSERT(out.cap <= 2 * (size_t)(RENDER_MAX_TEXT + PLAN_MAX_TEXT + 8 * data.len));
    ASSERT(outcome == DECODED || out.len == 0);
    if (outcome == DECODED) {
        check_output(&out, has_members);
    }
    buf_fini(&out);
    check_no_memory(plan, data, outcome);
}

static void check_schema_without_memory(struct slice text, bool is_bundle)
{
    for (long n = 0; n < 4; n++) {
        struct plan *plan = NULL;
        char reason[256];
        mem_fail_after(n);
        enum plan_outcome outcome = plan_new(text, is_bundle, &plan, reason, sizeof(reason));
        ASSERT((outcome == PLAN_OK) == (plan != NULL));
        ASSERT(outcome != PLAN_OK || !mem_has_failed());
        mem_fail_after(-1);
        plan_free(plan);
    }
}

static void check_schema(struct slice text, bool is_bundle, struct slice data)
{
    struct plan *plan = NULL;
    char reason[256] = "";
    enum plan_outcome outcome = plan_new(text, is_bundle, &plan, reason, sizeof(reason));
    ASSERT(outcome == PLAN_OK || outcome == PLAN_BAD);
    ASSERT((outcome == PLAN_OK) == (plan != NULL));
    ASSERT((outcome == PLAN_BAD) == (reason[0] != '\0'));
    if (plan != NULL) {
        check_data(plan, data);
    }
    plan_free(plan);
    check_schema_without_memory(text, is_bundle);
}

/* As the registry's answers are put together, whatever is in them. */
static void check_bundle(struct slice text, struct slice data)
{
    struct buf bundle = BUF_INIT;
    buf_append_char(&bundle, '[');
    buf_append_slice(&bundle, text);
    buf_append_char(&bundle, ']');
    check_schema(buf_slice(&bundle), true, data);
    buf_fini(&bundle);
}

static const struct plan *plan_of(size_t number)
{
    static struct plan *plans[ARRAY_LEN(schemas)];
    char reason[256];
    if (plans[number] == NULL) {
        ASSERT(plan_new(slice_str(schemas[number]), false, &plans[number], reason,
                        sizeof(reason)) == PLAN_OK);
    }
    return plans[number];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct slice rest = slice_of((const char *)data + 1, size - 1);
    if (data[0] < OWN_BUNDLE) {
        check_data(plan_of(data[0] % ARRAY_LEN(schemas)), rest);
        return 0;
    }
    const char *zero = rest.len == 0 ? NULL : memchr(rest.data, '\0', rest.len);
    size_t len = zero == NULL ? rest.len : (size_t)(zero - rest.data);
    size_t behind = zero == NULL ? len : len + 1;
    struct slice text = slice_of(rest.data, len);
    rest = slice_of(rest.data + behind, rest.len - behind);
    if (data[0] == OWN_BUNDLE) {
        check_bundle(text, rest);
    } else {
        check_schema(text, false, rest);
    }
    return 0;
}
