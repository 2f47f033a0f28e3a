/* Tokens: every byte there is. */
#include "http/token.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_every_byte(void **state)
{
    (void)state;
    static const char allowed[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (int byte = 0; byte < 256; byte++) {
        char text[] = {'a', (char)byte, 'z'};
        bool is_allowed = memchr(allowed, byte, sizeof(allowed) - 1) != NULL;
        assert_int_equal(http_is_token(slice_of(text, 3)), is_allowed);
        assert_int_equal(http_is_token(slice_of(text + 1, 1)), is_allowed);
    }
}

static void test_empty(void **state)
{
    (void)state;
    assert_false(http_is_token(slice_of(NULL, 0)));
    assert_false(http_is_token(slice_str("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_byte),
                                       cmocka_unit_test(test_empty)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
