/*
 * The pull parser against the minifier (same verdict on well-formed UTF-8, same tokens before and
 * behind it), the unescaper against the escaper, and numbers against strtold().
 */
#include "fuzz_json.h"

#include "core/json/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum {
    EXACT_NUMBER_LEN = 18 /* as many characters never round to an integer in 64 bits of mantissa */
};

static void check_number(struct slice number)
{
    char *text = strndup(number.data, number.len);
    ASSERT(text != NULL);
    errno = 0;
    long double about = strtold(text, NULL);
    int64_t value;
    if (json_number_is_int64(number, &value)) {
        ASSERT(about == (long double)value);
    } else if (number.len <= EXACT_NUMBER_LEN && errno == 0) {
        ASSERT(about != truncl(about) || about >= 0x1p63L || about < -0x1p63L);
    }
    free(text);
}

/* Unescaped and escaped again, a text says the same; so do both spellings of it. */
static void check_text(struct slice escaped)
{
    struct buf plain = BUF_INIT;
    struct buf quoted = BUF_INIT;
    struct buf again = BUF_INIT;
    json_unescape(escaped, &plain);
    for (int is_ascii = 0; is_ascii < 2; is_ascii++) {
        buf_clear(&quoted);
        buf_clear(&again);
        (is_ascii ? json_append_string_ascii : json_append_string)(&quoted, buf_slice(&plain));
        struct json_reader r;
        json_reader_init(&r, buf_slice(&quoted));
        ASSERT(json_reader_next(&r) == JSON_TOKEN_STRING);
        json_unescape(r.text, &again);
        ASSERT(json_reader_next(&r) == JSON_TOKEN_END);
        ASSERT(slice_eq(buf_slice(&plain), buf_slice(&again)));
    }
    buf_append_char(&plain, '\0');
    ASSERT(buf_ok(&plain) && buf_ok(&quoted) && buf_ok(&again));
    ASSERT(json_text_eq(escaped, plain.data) == (strlen(plain.data) + 1 == plain.len));
    buf_fini(&plain);
    buf_fini(&quoted);
    buf_fini(&again);
}

/* Reads all of it; true when the last token was END. */
static bool read_all(struct slice in)
{
    struct json_reader r;
    json_reader_init(&r, in);
    for (;;) {
        enum json_token token = json_reader_next(&r);
        ASSERT(r.at <= in.len);
        switch (token) {
        case JSON_TOKEN_END:
        case JSON_TOKEN_ERROR:
            ASSERT(json_reader_next(&r) == token);
            return token == JSON_TOKEN_END;
        case JSON_TOKEN_NAME:
        case JSON_TOKEN_STRING:
            check_text(r.text);
            break;
        case JSON_TOKEN_NUMBER:
            check_number(r.text);
            break;
        default:
            break;
        }
    }
}

static bool is_text_same(struct slice a, struct slice b)
{
    struct buf plain[2] = {BUF_INIT, BUF_INIT};
    json_unescape(a, &plain[0]);
    json_unescape(b, &plain[1]);
    bool is_same = slice_eq(buf_slice(&plain[0]), buf_slice(&plain[1]));
    buf_fini(&plain[0]);
    buf_fini(&plain[1]);
    return is_same;
}

/* The next token of the record that the minifier keeps. */
static enum json_token next_kept(struct json_reader *r)
{
    enum json_token token = json_reader_next(r);
    while (token == JSON_TOKEN_NAME && r->depth == 1 && json_text_eq(r->text, "_kafka")) {
        ASSERT(json_reader_skip(r, json_reader_next(r)) == 0);
        token = json_reader_next(r);
    }
    return token;
}

static void check_same_tokens(struct slice in, struct slice written)
{
    struct json_reader before;
    struct json_reader behind;
    json_reader_init(&before, in);
    json_reader_init(&behind, written);
    enum json_token token;
    do {
        token = next_kept(&before);
        ASSERT(token == json_reader_next(&behind));
        if (token == JSON_TOKEN_NUMBER) {
            ASSERT(slice_eq(before.text, behind.text));
        } else if (token == JSON_TOKEN_NAME || token == JSON_TOKEN_STRING) {
            ASSERT(is_text_same(before.text, behind.text));
        }
    } while (token != JSON_TOKEN_END);
}

static void check_against_minifier(struct slice in, bool is_valid)
{
    struct buf out = BUF_INIT;
    bool has_members;
    enum json_outcome outcome = json_minify_object(in, &out, &has_members);
    ASSERT(is_valid == (outcome == JSON_OK || outcome == JSON_NOT_OBJECT));
    if (outcome == JSON_OK) {
        buf_append_char(&out, '}');
        check_same_tokens(in, buf_slice(&out));
    }
    buf_fini(&out);
}

/* Skipping the whole value must say what reading it says. */
static void check_skip(struct slice in, bool is_valid)
{
    struct json_reader r;
    json_reader_init(&r, in);
    bool is_skipped = json_reader_skip(&r, json_reader_next(&r)) == 0;
    ASSERT(is_valid == (is_skipped && json_reader_next(&r) == JSON_TOKEN_END));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = slice_of((const char *)data, size);
    struct buf repaired = BUF_INIT;
    fuzz_repair_utf8(data, size, &repaired);
    bool is_utf8 = slice_eq(in, buf_slice(&repaired));
    buf_fini(&repaired);
    bool is_valid = read_all(in);
    check_skip(in, is_valid);
    if (is_utf8) {
        check_against_minifier(in, is_valid);
    } else {
        ASSERT(!is_valid);
    }
    /* Neither of these may trip over a text that no reader has checked. */
    struct buf plain = BUF_INIT;
    int64_t number;
    json_unescape(in, &plain);
    ASSERT(buf_ok(&plain));
    ASSERT(!json_text_eq(in, "_kafka") || is_text_same(in, slice_str("_kafka")));
    ASSERT(!json_number_is_int64(in, &number) || is_valid);
    buf_fini(&plain);
    return 0;
}
