/* Percent-encoding, there and back, and queries. */
#include "http/url.h"
#include "api/error.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void assert_buf(const struct buf *b, struct slice expected, const char *of)
{
    if (!slice_eq(buf_slice(b), expected)) {
        fail_msg("'%.*s' is not '%.*s', of: %s", SLICE_ARG(buf_slice(b)), SLICE_ARG(expected), of);
    }
}

static void test_decode(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *path;  /* decoded with '+' as it is */
        const char *query; /* decoded with '+' as a space */
    } cases[] = {
        {"", "", ""},
        {"abc", "abc", "abc"},
        {"a%20b", "a b", "a b"},
        {"a+b", "a+b", "a b"},
        {"a%2Bb%2bb", "a+b+b", "a+b+b"},
        {"%25%32%30", "%20", "%20"},
        {"%C3%A4\xc3\xa4%ff", "\xc3\xa4\xc3\xa4\xff", "\xc3\xa4\xc3\xa4\xff"},
        {"%01%7f", "\x01\x7f", "\x01\x7f"},
        {"a/b?c&d=e", "a/b?c&d=e", "a/b?c&d=e"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out = BUF_INIT;
        assert_int_equal(url_decode(slice_str(cases[i].in), false, &out), 0);
        assert_buf(&out, slice_str(cases[i].path), cases[i].in);
        buf_clear(&out);
        assert_int_equal(url_decode(slice_str(cases[i].in), true, &out), 0);
        assert_buf(&out, slice_str(cases[i].query), cases[i].in);
        buf_fini(&out);
    }
}

static void test_decode_bad(void **state)
{
    (void)state;
    static const char *const cases[] = {"%",   "a%",   "%2",   "a%2",  "%zz",    "%2g",
                                        "%g2", "% 20", "%%20", "abc%", "%u0041", "%+1",
                                        "%-1", "%0x",  "%00",  "a%00", "%00abc", "%2%30"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out = BUF_INIT;
        buf_append_str(&out, "kept");
        if (url_decode(slice_str(cases[i]), false, &out) != KSSE_EVALUE) {
            fail_msg("taken: %s", cases[i]);
        }
        assert_buf(&out, slice_str("kept"), cases[i]);
        assert_true(buf_ok(&out));
        buf_fini(&out);
    }
    struct buf out = BUF_INIT;
    assert_int_equal(url_decode(slice_of("a\0b", 3), false, &out), KSSE_EVALUE);
    /* The digits of a cut-off triple may lie behind the slice. */
    assert_int_equal(url_decode(slice_of("a%41", 3), false, &out), KSSE_EVALUE);
    buf_fini(&out);
}

static void test_encode(void **state)
{
    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        char c = (char)byte;
        struct buf encoded = BUF_INIT;
        struct buf decoded = BUF_INIT;
        url_encode(slice_of(&c, 1), &encoded);
        bool is_plain = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~",
                               byte) != NULL;
        assert_int_equal(encoded.len, is_plain ? 1 : 3);
        assert_int_equal(url_decode(buf_slice(&encoded), true, &decoded), 0);
        assert_buf(&decoded, slice_of(&c, 1), "a byte");
        buf_fini(&encoded);
        buf_fini(&decoded);
    }
    struct buf out = BUF_INIT;
    url_encode(slice_of("a b/\xc3\xa4\0", 7), &out);
    assert_buf(&out, slice_str("a%20b%2F%C3%A4%00"), "a mixed text");
    buf_fini(&out);
}

static const struct {
    const char *query;
    const char *name;
    int found;
    const char *value;
} query_cases[] = {
    {"since=1", "since", 1, "1"},
    {"a=b&since=1&since=2", "since", 1, "1"},
    {"since=", "since", 1, ""},
    {"since", "since", 1, ""},
    {"a&since", "since", 1, ""},
    {"since=a=b", "since", 1, "a=b"},
    {"s%69nce=x", "since", 1, "x"},
    {"a+b=c+d%2B", "a b", 1, "c d+"},
    {"&&since=1&&", "since", 1, "1"},
    {"=x", "", 1, "x"},
    {"%zz=1&since=2", "since", 1, "2"},
    {"lastEventId=%5B%7B%22topic%22%3A%22a%22%7D%5D", "lastEventId", 1, "[{\"topic\":\"a\"}]"},
    {"", "since", 0, ""},
    {"&", "since", 0, ""},
    {"&", "", 0, ""},
    {"Since=1", "since", 0, ""},
    {"since1=1", "since", 0, ""},
    {"sinc=1", "since", 0, ""},
    {"a=since=1", "since", 0, ""},
    {"since%00=1", "since", 0, ""},
    {"since%=1", "since", 0, ""},
    {"since%3D1", "since", 0, ""},
    {"a;since=1", "since", 0, ""},
    {"since=%", "since", KSSE_EVALUE, ""},
    {"since=abc%4", "since", KSSE_EVALUE, ""},
    {"since=%00", "since", KSSE_EVALUE, ""},
    {"since=%zz&since=1", "since", KSSE_EVALUE, ""},
};

static void test_query(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(query_cases); i++) {
        struct buf out = BUF_INIT;
        int found = url_query_get(slice_str(query_cases[i].query), query_cases[i].name, &out);
        if (found != query_cases[i].found) {
            fail_msg("%d, not %d: %s", found, query_cases[i].found, query_cases[i].query);
        }
        assert_buf(&out, slice_str(query_cases[i].value), query_cases[i].query);
        buf_fini(&out);
    }
    struct buf out = BUF_INIT;
    assert_int_equal(url_query_get(slice_of(NULL, 0), "since", &out), 0);
    buf_fini(&out);
}

/* The buffer says that memory ran out; the answer is the same as ever. */
static void test_no_memory(void **state)
{
    (void)state;
    struct slice query = slice_str("x=1&since=0123456789012345678901234567890123456789"
                                   "01234567890123456789012345678901234567890123456789");
    for (long n = 0;; n++) {
        struct buf out = BUF_INIT;
        mem_fail_after(n);
        int found = url_query_get(query, "since", &out);
        url_encode(slice_str("a b"), &out);
        bool has_failed = mem_has_failed();
        mem_fail_after(-1);
        assert_int_equal(found, 1);
        assert_int_equal(buf_ok(&out), !has_failed);
        buf_fini(&out);
        if (!has_failed) {
            assert_true(n >= 2);
            break;
        }
    }
    struct buf out = BUF_INIT;
    mem_fail_after(0);
    assert_int_equal(url_decode(slice_str("abc%"), false, &out), KSSE_EVALUE);
    mem_fail_after(-1);
    assert_int_equal(out.len, 0);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),    cmocka_unit_test(test_decode_bad),
        cmocka_unit_test(test_encode),    cmocka_unit_test(test_query),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
