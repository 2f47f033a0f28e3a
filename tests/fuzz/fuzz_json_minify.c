/*
 * The minifier against jansson: same verdict on the same bytes (ill-formed UTF-8 repaired first),
 * and the same members, but for "_kafka", when both accept. Where the two differ by design, the
 * exception is as narrow as jansson's error lets us make it: see is_beyond_jansson().
 */
#include "fuzz_json.h"

#include "base/mem.h"
#include "core/json/json.h"
#include "core/stream/undecodable.h"

#include <jansson.h>

static const char prefix[] = "\nid: 1\ndata: ";

/* Numbers as doubles: jansson refuses integers beyond 64 bits otherwise. */
static const size_t flags = JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL;

/* Whether jansson refuses a valid text: 1e400, a NUL in a name, a lone surrogate's escape. */
static bool is_beyond_jansson(const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);
    return code == json_error_numeric_overflow || code == json_error_null_byte_in_key ||
           (code == json_error_invalid_syntax && strstr(error->text, "invalid Unicode") != NULL);
}

static int depth_of(json_t *value)
{
    int deepest = 0;
    const char *name;
    json_t *child;
    size_t i;
    json_object_foreach(value, name, child)
    {
        int depth = depth_of(child);
        deepest = depth > deepest ? depth : deepest;
    }
    json_array_foreach(value, i, child)
    {
        int depth = depth_of(child);
        deepest = depth > deepest ? depth : deepest;
    }
    return json_is_object(value) || json_is_array(value) ? deepest + 1 : 0;
}

/* One line for every client: no control, no bare U+0085, U+2028, U+2029, nothing ill-formed. */
static void check_line(struct slice line)
{
    struct buf repaired = BUF_INIT;
    fuzz_repair_utf8((const uint8_t *)line.data, line.len, &repaired);
    ASSERT(slice_eq(buf_slice(&repaired), line));
    buf_fini(&repaired);
    for (size_t i = 0; i < line.len; i++) {
        ASSERT((uint8_t)line.data[i] >= ' ');
    }
    ASSERT(memmem(line.data, line.len, "\xc2\x85", 2) == NULL);
    ASSERT(memmem(line.data, line.len, "\xe2\x80\xa8", 3) == NULL);
    ASSERT(memmem(line.data, line.len, "\xe2\x80\xa9", 3) == NULL);
}

/* What was written is minimal: with its brace, it comes out of the minifier as it went in. */
static void check_again(struct slice object)
{
    struct buf out = BUF_INIT;
    bool has_members;
    ASSERT(json_minify_object(object, &out, &has_members) == JSON_OK);
    ASSERT(has_members == (object.len > 2));
    buf_append_char(&out, '}');
    ASSERT(slice_eq(buf_slice(&out), object));
    buf_fini(&out);
}

static void check_object(struct slice object, json_t *expected, const json_error_t *expected_error)
{
    json_error_t error;
    json_t *got = json_loadb(object.data, object.len, flags, &error);
    if (got == NULL) {
        /* Only for what stands in the input as well. */
        ASSERT(is_beyond_jansson(&error));
        ASSERT(expected == NULL && is_beyond_jansson(expected_error));
        return;
    }
    if (expected != NULL) {
        json_object_del(expected, "_kafka");
        ASSERT(json_equal(expected, got));
    }
    json_decref(got);
}

static void check_outcome(enum json_outcome outcome, struct slice written, struct slice repaired)
{
    if (repaired.len > 0 && memchr(repaired.data, '\0', repaired.len) != NULL) {
        /* Valid nowhere; jansson loses the one that follows a number or a literal. */
        ASSERT(outcome == JSON_INVALID);
        return;
    }
    json_error_t error;
    json_t *expected = json_loadb(repaired.data, repaired.len, flags, &error);
    if (expected == NULL && !is_beyond_jansson(&error)) {
        ASSERT(outcome == JSON_INVALID);
    } else if (expected != NULL && depth_of(expected) > JSON_MAX_DEPTH) {
        ASSERT(outcome == JSON_INVALID);
    } else if (expected != NULL) {
        ASSERT(outcome == (json_is_object(expected) ? JSON_OK : JSON_NOT_OBJECT));
    }
    if (outcome == JSON_OK) {
        check_object(written, expected, &error);
    }
    json_decref(expected);
}

static void check_no_memory(struct slice in, enum json_outcome expected)
{
    for (long n = 0; n < 3; n++) {
        struct buf out = BUF_INIT;
        bool has_members;
        mem_fail_after(n);
        enum json_outcome outcome = json_minify_object(in, &out, &has_members);
        ASSERT(outcome == (mem_has_failed() ? JSON_NO_MEMORY : expected));
        ASSERT(buf_ok(&out) != (outcome == JSON_NO_MEMORY));
        ASSERT(outcome == JSON_OK || out.len == 0);
        mem_fail_after(-1);
        buf_fini(&out);
    }
}

/* With "_kafka" kept, the same is refused, and the same is written where there is none. */
static void check_whole(struct slice in, enum json_outcome outcome, struct slice written)
{
    struct buf out = BUF_INIT;
    bool has_members;
    bool has_kafka = false;
    ASSERT(json_minify_whole_object(in, &out, &has_members, &has_kafka) == outcome);
    if (outcome == JSON_OK) {
        buf_append_char(&out, '}');
        ASSERT(has_members == (out.len > 2));
        ASSERT(has_kafka ? out.len > written.len : slice_eq(buf_slice(&out), written));
    }
    buf_fini(&out);
}

/* The reason of a refused value agrees with the minifier on whether it is JSON. */
static void check_reason(struct slice in, enum json_outcome outcome)
{
    enum undecodable reason = undecodable_json(in);
    ASSERT(reason <= UNDECODABLE_NO_JSON);
    bool is_json = reason == UNDECODABLE_NO_OBJECT || reason == UNDECODABLE_DOUBLY_ENCODED;
    ASSERT(is_json == (outcome == JSON_NOT_OBJECT));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = slice_of((const char *)data, size);
    struct buf repaired = BUF_INIT;
    fuzz_repair_utf8(data, size, &repaired);
    struct buf out = BUF_INIT;
    buf_append_str(&out, prefix);
    bool has_members;
    enum json_outcome outcome = json_minify_object(in, &out, &has_members);
    ASSERT(outcome != JSON_NO_MEMORY && buf_ok(&out));
    ASSERT(slice_starts_with(buf_slice(&out), prefix));
    struct slice written = slice_of(NULL, 0);
    if (outcome == JSON_OK) {
        buf_append_char(&out, '}');
        written = slice_of(out.data + strlen(prefix), out.len - strlen(prefix));
        ASSERT(has_members == (written.len > 2));
        check_line(written);
        check_again(written);
    } else {
        ASSERT(out.len == strlen(prefix));
        check_reason(in, outcome);
    }
    check_whole(in, outcome, written);
    check_outcome(outcome, written, buf_slice(&repaired));
    check_no_memory(in, outcome);
    buf_fini(&out);
    buf_fini(&repaired);
    return 0;
}
