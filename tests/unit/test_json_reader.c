/*
 * The pull parser: the tokens of good texts, the place of the error in bad ones, skipping, and
 * which numbers are integers. Tokens are written as one letter each, as in `{nV}`.
 */
#include "core/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

/* In the order of enum json_token: End, Error, n(ame), s(tring), i (number), t(rue), f(alse), 0. */
static const char letters[] = "E!{}[]nsitf0";

/* Appends the tokens' letters, names, strings and numbers followed by their text. */
static size_t read_all(struct slice in, struct buf *out)
{
    struct json_reader r;
    json_reader_init(&r, in);
    enum json_token token;
    do {
        token = json_reader_next(&r);
        buf_append_char(out, letters[token]);
        if (token >= JSON_TOKEN_NAME && token <= JSON_TOKEN_NUMBER) {
            buf_append_slice(out, r.text);
            buf_append_char(out, ' ');
        }
    } while (token != JSON_TOKEN_END && token != JSON_TOKEN_ERROR);
    size_t at = r.at;
    assert_true(at <= in.len);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(json_reader_next(&r), token);
        assert_int_equal(r.at, at);
    }
    return at;
}

static struct buf read_copy(struct slice in, size_t *at)
{
    struct buf tokens = BUF_INIT;
    char *copy = malloc(in.len + (in.len == 0));
    memcpy(copy, in.data, in.len);
    *at = read_all(slice_of(copy, in.len), &tokens);
    free(copy);
    return tokens;
}

static void good_texts(void **state)
{
    (void)state;
    static const struct {
        struct slice in;
        const char *tokens;
    } cases[] = {
        {BYTES("{}"), "{}E"},
        {BYTES("[]"), "[]E"},
        {BYTES(" \t\r\n[ \t\r\n] \t\r\n"), "[]E"},
        {BYTES("null"), "0E"},
        {BYTES(" true "), "tE"},
        {BYTES("false"), "fE"},
        {BYTES("-1.5e+400"), "i-1.5e+400 E"},
        {BYTES("9007199254740993"), "i9007199254740993 E"},
        {BYTES("\"\""), "s E"},
        {BYTES("\"a\\\"\\u0000\\ud83d\""), "sa\\\"\\u0000\\ud83d E"},
        {BYTES("\"\x7f\xc2\x85\xe2\x80\xa8\xf0\x9f\x98\x80\""),
         "s\x7f\xc2\x85\xe2\x80\xa8\xf0\x9f\x98\x80 E"},
        {BYTES("[1,\"a\",null,true,false,[],{}]"), "[i1 sa 0tf[]{}]E"},
        {BYTES("{\"a\":1,\"b\":{\"c\":[{}]},\"a\":2}"), "{na i1 nb {nc [{}]}na i2 }E"},
        {BYTES("{ \"a\" : 1 , \"b\" : [ 2 , 3 ] }"), "{na i1 nb [i2 i3 ]}E"},
        {BYTES("[{\"topic\":\"t\",\"partition\":0,\"offset\":-1},\"u\"]"),
         "[{ntopic st npartition i0 noffset i-1 }su ]E"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t at;
        struct buf tokens = read_copy(cases[i].in, &at);
        if (!slice_eq_str(buf_slice(&tokens), cases[i].tokens)) {
            fail_msg("%.*s: %.*s", SLICE_ARG(cases[i].in), SLICE_ARG(buf_slice(&tokens)));
        }
        assert_int_equal(at, cases[i].in.len);
        buf_fini(&tokens);
    }
}

static const struct {
    struct slice in;
    size_t at; /* the place of the error */
    const char *tokens;
} bad_cases[] = {
    {BYTES(""), 0, "!"},
    {BYTES("  "), 2, "!"},
    {BYTES("\0"), 0, "!"},
    {BYTES("[]\0"), 2, "[]!"},
    {BYTES("\xef\xbb\xbf[]"), 0, "!"},
    {BYTES("[] []"), 3, "[]!"},
    {BYTES("1 2"), 2, "i1 !"},
    {BYTES("nul"), 0, "!"},
    {BYTES("nulll"), 4, "0!"},
    {BYTES("True"), 0, "!"},
    {BYTES("["), 1, "[!"},
    {BYTES("[1"), 2, "[i1 !"},
    {BYTES("[1,"), 3, "[i1 !"},
    {BYTES("[1,]"), 3, "[i1 !"},
    {BYTES("[,1]"), 1, "[!"},
    {BYTES("[1 2]"), 3, "[i1 !"},
    {BYTES("[1}"), 2, "[i1 !"},
    {BYTES("]"), 0, "!"},
    {BYTES("}"), 0, "!"},
    {BYTES("{"), 1, "{!"},
    {BYTES("{]"), 1, "{!"},
    {BYTES("{\"a\""), 4, "{!"},
    {BYTES("{\"a\":"), 5, "{na !"},
    {BYTES("{\"a\":}"), 5, "{na !"},
    {BYTES("{\"a\" 1}"), 5, "{!"},
    {BYTES("{\"a\":1,}"), 7, "{na i1 !"},
    {BYTES("{\"a\":1]"), 6, "{na i1 !"},
    {BYTES("{1:1}"), 1, "{!"},
    {BYTES("{,}"), 1, "{!"},
    {BYTES("[01]"), 2, "[i0 !"},
    {BYTES("[1.]"), 1, "[!"},
    {BYTES("[+1]"), 1, "[!"},
    {BYTES("[-]"), 1, "[!"},
    {BYTES("[1e]"), 1, "[!"},
    {BYTES("[NaN]"), 1, "[!"},
    {BYTES("\"a"), 2, "!"},
    {BYTES("\"a\\\""), 4, "!"},
    {BYTES("\"\\x\""), 1, "!"},
    {BYTES("\"\\u12\""), 1, "!"},
    {BYTES("\"a\n\""), 2, "!"},
    {BYTES("\"\0\""), 1, "!"},
    {BYTES("\"\x1f\""), 1, "!"},
    {BYTES("'a'"), 0, "!"},
    {BYTES("[1]//"), 3, "[i1 ]!"},
    {BYTES("[\v1]"), 1, "[!"},
    /* Ill-formed UTF-8 is an error here: truncated, CESU-8, overlong, out of range, stray. */
    {BYTES("\"a\xe2\x80\""), 2, "!"},
    {BYTES("\"a\xe2\x80"), 2, "!"},
    {BYTES("\"\xed\xa0\xbd\xed\xb8\x80\""), 1, "!"},
    {BYTES("\"\xc0\x80\""), 1, "!"},
    {BYTES("\"\xf4\x90\x80\x80\""), 1, "!"},
    {BYTES("\"\x80\""), 1, "!"},
    {BYTES("{\"\xff\":1}"), 2, "{!"},
};

static void bad_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad_cases); i++) {
        size_t at;
        struct buf tokens = read_copy(bad_cases[i].in, &at);
        if (!slice_eq_str(buf_slice(&tokens), bad_cases[i].tokens) || at != bad_cases[i].at) {
            fail_msg("%.*s: %.*s at %zu", SLICE_ARG(bad_cases[i].in), SLICE_ARG(buf_slice(&tokens)),
                     at);
        }
        buf_fini(&tokens);
    }
}

static void nesting_has_its_limit(void **state)
{
    (void)state;
    for (size_t depth = JSON_MAX_DEPTH - 1; depth <= JSON_MAX_DEPTH + 1; depth++) {
        struct buf text = BUF_INIT;
        struct buf tokens = BUF_INIT;
        for (size_t i = 0; i < depth; i++) {
            buf_append_str(&text, i % 3 == 0 ? "{\"\":" : "[");
        }
        buf_append_str(&text, "0");
        for (size_t i = depth; i-- > 0;) {
            buf_append_char(&text, i % 3 == 0 ? '}' : ']');
        }
        size_t at = read_all(buf_slice(&text), &tokens);
        bool is_good = depth <= JSON_MAX_DEPTH;
        assert_int_equal(tokens.data[tokens.len - 1], is_good ? 'E' : '!');
        assert_int_equal(at == text.len, is_good);
        buf_fini(&text);
        buf_fini(&tokens);
    }
}

static void skips(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        bool is_good;
        const char *behind;
    } cases[] = {
        {"{\"a\":[{\"b\":[]},2],\"c\":1}", true, "E"},
        {"[]", true, "E"},
        {"1", true, "E"},
        {"\"a\"", true, "E"},
        {"[1] 2", true, "!"},
        {"[1", false, "!"},
        {"[{]", false, "!"},
        {"{\"a\":[1,}", false, "!"},
        {"", false, "!"},
        {"?", false, "!"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct json_reader r;
        json_reader_init(&r, slice_str(cases[i].in));
        assert_int_equal(json_reader_skip(&r, json_reader_next(&r)) == 0, cases[i].is_good);
        assert_int_equal(letters[json_reader_next(&r)], cases[i].behind[0]);
    }
}

/* Skipping a member's value leaves the reader at the next member. */
static void skips_within(void **state)
{
    (void)state;
    struct json_reader r;
    json_reader_init(&r, slice_str("[{\"a\":{\"b\":[1,{}]},\"c\":0},[2],3]"));
    assert_int_equal(json_reader_next(&r), JSON_TOKEN_ARRAY_BEGIN);
    assert_int_equal(json_reader_next(&r), JSON_TOKEN_OBJECT_BEGIN);
    assert_int_equal(json_reader_next(&r), JSON_TOKEN_NAME);
    /* A name is no value. */
    assert_int_equal(json_reader_skip(&r, JSON_TOKEN_NAME), KSSE_EVALUE);
    assert_int_equal(json_reader_skip(&r, json_reader_next(&r)), 0);
    assert_int_equal(json_reader_next(&r), JSON_TOKEN_NAME);
    assert_true(slice_eq_str(r.text, "c"));
    assert_int_equal(json_reader_skip(&r, json_reader_next(&r)), 0);
    assert_int_equal(json_reader_next(&r), JSON_TOKEN_OBJECT_END);
    assert_int_equal(json_reader_skip(&r, JSON_TOKEN_OBJECT_END), KSSE_EVALUE);
    assert_int_equal(json_reader_skip(&r, json_reader_next(&r)), 0);
    assert_int_equal(json_reader_next(&r), JSON_TOKEN_NUMBER);
    assert_true(slice_eq_str(r.text, "3"));
    assert_int_equal(json_reader_next(&r), JSON_TOKEN_ARRAY_END);
    assert_int_equal(json_reader_next(&r), JSON_TOKEN_END);
}

static void integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {
        {"0", 0},
        {"-0", 0},
        {"5", 5},
        {"-5", -5},
        {"5.0", 5},
        {"-5.000", -5},
        {"5e2", 500},
        {"5E+2", 500},
        {"5.25e2", 525},
        {"52500e-2", 525},
        {"-0.0005e4", -5},
        {"0.0e-7", 0},
        {"0e99999999999999999999999", 0},
        {"-0e-99999999999999999999999", 0},
        {"9007199254740993", 9007199254740993},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"-9223372036854775808.0", INT64_MIN},
        {"9.223372036854775807e18", INT64_MAX},
        {"-922337203685477580800e-2", INT64_MIN},
        {"1e18", 1000000000000000000},
        {"0.000000000000000000000000000001e30", 1},
        {"1000000000000000000000000000000e-30", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t value = 4711;
        if (!json_number_is_int64(slice_str(cases[i].text), &value) || value != cases[i].value) {
            fail_msg("%s: %lld", cases[i].text, (long long)value);
        }
    }
}

static const char *const texts_of_no_integer[] = {
    "0.5",
    "-0.5",
    "5e-1",
    "1.5",
    "15e-2",
    "9223372036854775808",
    "-9223372036854775809",
    "9223372036854775807.5",
    "1e19",
    "-1e19",
    "1e400",
    "1e-400",
    "1e99999999999999999999999",
    "1e-99999999999999999999999",
    "18446744073709551616",
    "99999999999999999999999999",
    "9007199254740993.00000000000000000000001",
    /* Not even numbers. */
    "",
    "-",
    "+5",
    "05",
    "5.",
    ".5",
    "5e",
    "5 ",
    " 5",
    "0x5",
    "5a",
    "null",
    "1e5e5",
};

static void no_integers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts_of_no_integer); i++) {
        int64_t value = 4711;
        if (json_number_is_int64(slice_str(texts_of_no_integer[i]), &value)) {
            fail_msg("%s: %lld", texts_of_no_integer[i], (long long)value);
        }
        assert_int_equal(value, 4711);
    }
    int64_t value;
    assert_false(json_number_is_int64(slice_of(NULL, 0), &value));
    assert_false(json_number_is_int64(slice_of("5\0", 2), &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_texts),
        cmocka_unit_test(bad_texts),
        cmocka_unit_test(nesting_has_its_limit),
        cmocka_unit_test(skips),
        cmocka_unit_test(skips_within),
        cmocka_unit_test(integers),
        cmocka_unit_test(no_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
