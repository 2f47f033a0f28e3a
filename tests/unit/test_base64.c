/* Unit tests of core/base64: the vectors of RFC 4648 and all lengths. */
#include "core/json/base64.h"

#include "support/unit.h"

#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static void vectors(void **state)
{
    (void)state;
    static const struct {
        struct slice bytes;
        const char *encoded;
    } cases[] = {
        {BYTES(""), ""},
        {{NULL, 0}, ""},
        {BYTES("f"), "Zg=="},
        {BYTES("fo"), "Zm8="},
        {BYTES("foo"), "Zm9v"},
        {BYTES("foob"), "Zm9vYg=="},
        {BYTES("fooba"), "Zm9vYmE="},
        {BYTES("foobar"), "Zm9vYmFy"},
        {BYTES("\0"), "AA=="},
        {BYTES("\0\0\0"), "AAAA"},
        {BYTES("\xff"), "/w=="},
        {BYTES("\xff\xff\xff"), "////"},
        {BYTES("\xfb\xef\xbe"), "++++"},
        {BYTES("\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\x41\x14\x93\x51\x55\x97\x61\x96"
               "\x9b\x71\xd7\x9f\x82\x18\xa3\x92\x59\xa7\xa2\x9a\xab\xb2\xdb\xaf\xc3\x1c\xb3\xd3"
               "\x5d\xb7\xe3\x9e\xbb\xf3\xdf\xbf"),
         "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out = BUF_INIT;
        buf_append_char(&out, '>');
        base64_append(&out, cases[i].bytes);
        buf_append_char(&out, '\0');
        assert_string_equal(out.data + 1, cases[i].encoded);
        buf_fini(&out);
    }
}

static bool attempt(void)
{
    struct buf out = BUF_INIT;
    base64_append(&out, slice_str("a"));
    base64_append(&out, slice_str("some more than what a buffer has room for in its beginning"));
    bool is_ok = buf_ok(&out);
    buf_fini(&out);
    return is_ok;
}

static void no_memory(void **state)
{
    (void)state;
    fail_each_allocation(attempt, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
