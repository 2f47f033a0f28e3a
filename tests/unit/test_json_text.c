/*
 * Texts with escapes: each case is tried in every spelling of its texts, as they are and with one,
 * all or no characters escaped, and must come out the same.
 */
#include "core/json/json_text.h"
#include "base/buf.h"
#include "base/mem.h"
#include "core/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum {
    SPELLINGS = 4
};

/* 0: as it is; 1: all ASCII as \u00XX; 2: every second character; 3: what must be, as in JSON. */
static struct json_text spell(const char *plain, int spelling, struct buf *out)
{
    buf_clear(out);
    if (spelling == 3) {
        json_append_string_ascii(out, slice_str(plain));
        return json_text_of(slice_of(out->data + 1, out->len - 2), true);
    }
    for (size_t i = 0; plain[i] != '\0'; i++) {
        bool is_ascii = (plain[i] & 0x80) == 0;
        if (is_ascii && (spelling == 1 || (spelling == 2 && i % 2 == 1))) {
            buf_printf(out, "\\u%04x", (unsigned)plain[i]);
        } else {
            buf_append_char(out, plain[i]);
        }
    }
    return json_text_of(buf_slice(out), spelling != 0);
}

/* No backslashes but in spellings: these are read in another way by the second of them. */
static const char *const texts[] = {
    "",  "a",  "aa", "ab", "abab", "ababac", "abc",        "b",           "ba",
    "é", "éa", "z",  "~",  "日本", "日本語", "\U0001F600", "\U0001F600x",
};

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    return len >= strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

static void check_pair(const char *a, const char *b, const struct json_text *x,
                       const struct json_text *y)
{
    struct json_needle needle;
    assert_int_equal(json_needle_init(&needle, slice_str(b)), 0);
    int order = sign(strcmp(a, b));
    bool starts = strncmp(a, b, strlen(b)) == 0;
    if (sign(json_text_order(x, y)) != order || json_text_is_same(x, y) != (order == 0) ||
        json_text_starts_with(x, slice_str(b)) != starts ||
        json_text_ends_with(x, slice_str(b)) != ends_with(a, b) ||
        json_text_contains(x, &needle) != (strstr(a, b) != NULL)) {
        fail_msg("%s and %s, as %.*s and %.*s", a, b, SLICE_ARG(x->bytes), SLICE_ARG(y->bytes));
    }
    json_needle_fini(&needle);
}

static void every_pair_in_every_spelling(void **state)
{
    (void)state;
    struct buf left = BUF_INIT;
    struct buf right = BUF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(texts) * ARRAY_LEN(texts) * SPELLINGS * SPELLINGS; i++) {
        const char *a = texts[i / SPELLINGS / SPELLINGS % ARRAY_LEN(texts)];
        const char *b = texts[i / SPELLINGS / SPELLINGS / ARRAY_LEN(texts)];
        struct json_text x = spell(a, (int)(i % SPELLINGS), &left);
        struct json_text y = spell(b, (int)(i / SPELLINGS % SPELLINGS), &right);
        check_pair(a, b, &x, &y);
    }
    buf_fini(&left);
    buf_fini(&right);
}

static void counts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool has_escapes;
        size_t count;
    } cases[] = {
        {"", false, 0},
        {"abc", false, 3},
        {"日本語", false, 3},
        {"\U0001F600", false, 1},
        {"\\n", true, 1},
        {"\\n", false, 2},
        {"\\ud83d\\ude00", true, 1},
        {"\\ud83d", true, 1},
        {"\\ude00\\ud83d", true, 2},
        {"a\\u00e9\\\\b", true, 4},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct json_text text = json_text_of(slice_str(cases[i].text), cases[i].has_escapes);
        assert_int_equal(json_text_count(&text), cases[i].count);
    }
}

static void odd_escapes(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b; /* both with escapes */
        int order;
    } cases[] = {
        {"\\/", "/", 0},
        {"\\u0041", "A", 0},
        {"\\u00E9", "\xc3\xa9", 0},
        {"\\ud83d\\ude00", "\U0001F600", 0},
        {"\\ud83d", "\xef\xbf\xbd", 0}, /* a lone one is U+FFFD */
        {"\\ude00x", "\xef\xbf\xbdx", 0},
        {"\\ud83dx", "\\ud83e\\u0078", 0},
        {"\\u0000", "", 1},
        {"\\u0000", "\\u0001", -1},
        {"\\uffff", "\\ud800\\udc00", -1}, /* by code points, not by units of UTF-16 */
        {"\\\\n", "\\n", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct json_text a = json_text_of(slice_str(cases[i].a), true);
        struct json_text b = json_text_of(slice_str(cases[i].b), true);
        assert_int_equal(sign(json_text_order(&a, &b)), cases[i].order);
        assert_int_equal(sign(json_text_order(&b, &a)), -cases[i].order);
        assert_int_equal(json_text_is_same(&a, &b), cases[i].order == 0);
    }
}

/* Each miss falls back as far as it must and no further. */
static void needles_that_repeat(void **state)
{
    (void)state;
    static const struct {
        const char *text, *needle;
        bool is_found;
    } cases[] = {
        {"\\u0061aaaaaab", "aaab", true},
        {"aaaaaa\\u0061", "aaab", false},
        {"abababa\\u0062abac", "ababac", true},
        {"\\\\aabaabaaab", "aabaaab", true},
        {"xx\\nyy", "\n", true},
        {"xx\\nyy", "x\ny", true},
        {"xx\\nyy", "\\n", false},
        {"\\ud83d\\ude00", "\xf0\x9f\x98\x80", true},
        {"abc\\t", "abc\tabc", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct json_needle needle;
        struct json_text text = json_text_of(slice_str(cases[i].text), true);
        assert_int_equal(json_needle_init(&needle, slice_str(cases[i].needle)), 0);
        if (json_text_contains(&text, &needle) != cases[i].is_found) {
            fail_msg("%s in %s", cases[i].needle, cases[i].text);
        }
        json_needle_fini(&needle);
    }
}

static void no_memory_for_a_needle(void **state)
{
    (void)state;
    struct json_needle needle;
    mem_fail_after(0);
    assert_int_equal(json_needle_init(&needle, slice_str("abc")), KSSE_ENOMEM);
    mem_fail_after(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_in_every_spelling),
        cmocka_unit_test(counts),
        cmocka_unit_test(odd_escapes),
        cmocka_unit_test(needles_that_repeat),
        cmocka_unit_test(no_memory_for_a_needle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
