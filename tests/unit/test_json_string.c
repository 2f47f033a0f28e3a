/* JSON strings: escaping both ways, comparing, and what is done with ill-formed text. */
#include "core/json/json.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
#define FFFD "\xef\xbf\xbd"

struct pair {
    struct slice in, out;
};

static void check(void (*append)(struct buf *out, struct slice text), const struct pair *cases,
                  size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct buf out = BUF_INIT;
        buf_append_str(&out, "x");
        append(&out, cases[i].in);
        if (!slice_eq(slice_of(out.data + 1, out.len - 1), cases[i].out)) {
            fail_msg("case %zu: got %.*s", i, SLICE_ARG(buf_slice(&out)));
        }
        assert_true(buf_ok(&out) && out.data[0] == 'x');
        buf_fini(&out);
    }
}

static void appends_a_string(void **state)
{
    (void)state;
    static const struct pair cases[] = {
        {{NULL, 0}, BYTES("\"\"")},
        {BYTES(""), BYTES("\"\"")},
        {BYTES("topic"), BYTES("\"topic\"")},
        {BYTES("a\"b\\c/d"), BYTES("\"a\\\"b\\\\c/d\"")},
        {BYTES("\b\f\n\r\t"), BYTES("\"\\b\\f\\n\\r\\t\"")},
        {BYTES("\x00\x01\x0b\x1f\x7f"), BYTES("\"\\u0000\\u0001\\u000b\\u001f\\u007f\"")},
        {BYTES("\xc2\x84\xc2\x85\xc2\x86"), BYTES("\"\xc2\x84\\u0085\xc2\x86\"")},
        {BYTES("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9"), BYTES("\"\xe2\x80\xa7\\u2028\\u2029\"")},
        {BYTES("Caf\xc3\xa9 \xf0\x9f\x98\x80"), BYTES("\"Caf\xc3\xa9 \xf0\x9f\x98\x80\"")},
        {BYTES("a\xff\xc3"), BYTES("\"a" FFFD FFFD "\"")},
        {BYTES("\xe2\x80"), BYTES("\"" FFFD "\"")},
        {BYTES("\xf0\x9f\x98"
               "b"),
         BYTES("\"" FFFD "b\"")},
        {BYTES("\xed\xa0\xbd"), BYTES("\"" FFFD FFFD FFFD "\"")},
        {BYTES("\xc0\x80"), BYTES("\"" FFFD FFFD "\"")},
        {BYTES(FFFD "\xef\xbb\xbf"), BYTES("\"" FFFD "\xef\xbb\xbf\"")},
    };
    check(json_append_string, cases, ARRAY_LEN(cases));
}

static void appends_an_ascii_string(void **state)
{
    (void)state;
    static const struct pair cases[] = {
        {{NULL, 0}, BYTES("\"\"")},
        {BYTES(" topic~"), BYTES("\" topic~\"")},
        {BYTES("\"\\\n\x7f"), BYTES("\"\\\"\\\\\\n\\u007f\"")},
        {BYTES("\xc2\x80\xc2\x85\xc3\xa9"), BYTES("\"\\u0080\\u0085\\u00e9\"")},
        {BYTES("\xe2\x82\xac\xe2\x80\xa8\xef\xbf\xbf"), BYTES("\"\\u20ac\\u2028\\uffff\"")},
        {BYTES("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), BYTES("\"\\ud800\\udc00\\udbff\\udfff\"")},
        {BYTES("\xf0\x9f\x98\x80"), BYTES("\"\\ud83d\\ude00\"")},
        {BYTES("\xff"
               "a"),
         BYTES("\"\\ufffda\"")},
        {BYTES("\xf0\x9f\x98"), BYTES("\"\\ufffd\"")},
        {BYTES("\xed\xb8\x80"), BYTES("\"\\ufffd\\ufffd\\ufffd\"")},
        {BYTES("\0"), BYTES("\"\\u0000\"")},
    };
    check(json_append_string_ascii, cases, ARRAY_LEN(cases));
}

static void unescape_to(struct buf *out, struct slice text)
{
    json_unescape(text, out);
}

static void unescapes(void **state)
{
    (void)state;
    static const struct pair cases[] = {
        {{NULL, 0}, BYTES("")},
        {BYTES("topic"), BYTES("topic")},
        {BYTES("\\\"\\\\\\/\\b\\f\\n\\r\\t"), BYTES("\"\\/\b\f\n\r\t")},
        {BYTES("\\u0041\\u00e9\\u20AC\\uffff"), BYTES("A\xc3\xa9\xe2\x82\xac\xef\xbf\xbf")},
        {BYTES("a\\u0000b"), BYTES("a\0b")},
        {BYTES("\\ud83d\\ude00"), BYTES("\xf0\x9f\x98\x80")},
        {BYTES("\\uD800\\uDC00\\udbff\\udfff"), BYTES("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")},
        {BYTES("\xc3\xa9\xf0\x9f\x98\x80\x7f"), BYTES("\xc3\xa9\xf0\x9f\x98\x80\x7f")},
        {BYTES("\\\\u0041"), BYTES("\\u0041")},
        /* Lone surrogates, and halves in the wrong order. */
        {BYTES("\\ud83d"), BYTES(FFFD)},
        {BYTES("\\ude00"), BYTES(FFFD)},
        {BYTES("\\ud83dx"), BYTES(FFFD "x")},
        {BYTES("\\ud83d\\n"), BYTES(FFFD "\n")},
        {BYTES("\\ud83d\\u0041"), BYTES(FFFD "A")},
        {BYTES("\\ude00\\ud83d"), BYTES(FFFD FFFD)},
        {BYTES("\\ude00\\ude00"), BYTES(FFFD FFFD)},
        {BYTES("\\ud83d\\ud83d\\ude00"), BYTES(FFFD "\xf0\x9f\x98\x80")},
        /* No reader lets these through; they must do no harm. */
        {BYTES("\\"), BYTES("\\")},
        {BYTES("\\x"), BYTES("\\x")},
        {BYTES("\\u12"), BYTES("\\u12")},
        {BYTES("\\ud83d\\u"), BYTES(FFFD "\\u")},
        {BYTES("\xff\x01"), BYTES(FFFD "\x01")},
    };
    check(unescape_to, cases, ARRAY_LEN(cases));
}

static void compares(void **state)
{
    (void)state;
    static const struct {
        struct slice escaped;
        const char *plain;
        bool is_same;
    } cases[] = {
        {{NULL, 0}, "", true},
        {BYTES("topic"), "topic", true},
        {BYTES("\\u0074opic"), "topic", true},
        {BYTES("t\\u006f\\u0070\\u0069\\u0063"), "topic", true},
        {BYTES("\\u00e9"), "\xc3\xa9", true},
        {BYTES("\\ud83d\\ude00"), "\xf0\x9f\x98\x80", true},
        {BYTES("a\\/b"), "a/b", true},
        {BYTES("\\ud83d"), FFFD, true},
        {{NULL, 0}, "a", false},
        {BYTES("topic"), "", false},
        {BYTES("topi"), "topic", false},
        {BYTES("topics"), "topic", false},
        {BYTES("Topic"), "topic", false},
        {BYTES("\\u0054opic"), "topic", false},
        {BYTES("topic\\u0000"), "topic", false},
        {BYTES("topic\0"), "topic", false},
        {BYTES("\\\\u0074opic"), "topic", false},
        {BYTES("\\u00c3\\u00a9"), "\xc3\xa9", false},
        {BYTES("\\u00e9"), "\xc3", false},
        {BYTES("\\"), "", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(json_text_eq(cases[i].escaped, cases[i].plain), cases[i].is_same);
    }
    /* A text with a NUL can only be compared as a slice. */
    struct slice with_nul = BYTES("a\0b");
    assert_true(json_text_eq_slice(slice_str("a\\u0000b"), with_nul));
    assert_false(json_text_eq_slice(slice_str("a"), with_nul));
    assert_false(json_text_eq_slice(slice_str("a\\u0000"), with_nul));
    assert_true(json_text_eq_slice(slice_of(NULL, 0), slice_of(NULL, 0)));
}

static void utf8(void **state)
{
    (void)state;
    static const struct {
        struct slice text;
        bool is_utf8;
    } utf8_cases[] = {
        {{NULL, 0}, true},
        {BYTES(""), true},
        {BYTES("a\0\x7f\n"), true},
        {BYTES("12345678"), true},
        {BYTES("1234567890123456"), true},
        {BYTES("\xc3\xa9"), true},
        {BYTES("1234567\xe2\x82\xac"), true},
        {BYTES("12345678\xf0\x9f\x98\x80 1234567890"), true},
        {BYTES("\xff"), false},
        {BYTES("1234567\xff"), false},
        {BYTES("12345678\xff"), false},
        {BYTES("\xff 234567890"), false},
        {BYTES("1234567\xe2\x82"), false},
        {BYTES("\xe2\x82 34567890"), false},
        {BYTES("\xed\xa0\x80"), false},
        {BYTES("\xf4\x90\x80\x80"), false},
        {BYTES("\xc0\xaf"), false},
    };
    for (size_t i = 0; i < ARRAY_LEN(utf8_cases); i++) {
        char *copy = malloc(utf8_cases[i].text.len + 1);
        if (utf8_cases[i].text.len > 0) {
            memcpy(copy + 1, utf8_cases[i].text.data, utf8_cases[i].text.len);
        }
        assert_int_equal(json_is_utf8(slice_of(copy + 1, utf8_cases[i].text.len)),
                         utf8_cases[i].is_utf8);
        free(copy);
    }
}

static void fails_at_every_allocation(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    for (int i = 0; i < 300; i++) {
        buf_append_str(&text, "a\n\xe2\x80\xa8\xff");
    }
    void (*const ways[])(struct buf *, struct slice) = {json_append_string,
                                                        json_append_string_ascii, unescape_to};
    for (size_t way = 0; way < ARRAY_LEN(ways); way++) {
        bool has_failed;
        long n = 0;
        do {
            struct buf out = BUF_INIT;
            mem_fail_after(n++);
            ways[way](&out, buf_slice(&text));
            has_failed = mem_has_failed();
            mem_fail_after(-1);
            assert_int_equal(buf_ok(&out), !has_failed);
            buf_fini(&out);
        } while (has_failed);
        assert_true(n > 3);
    }
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_a_string),
        cmocka_unit_test(appends_an_ascii_string),
        cmocka_unit_test(unescapes),
        cmocka_unit_test(compares),
        cmocka_unit_test(utf8),
        cmocka_unit_test(fails_at_every_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
