/* Allocation and its fault seam: exactly the n-th allocation fails, and only that one. */
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void allocates(void **state)
{
    (void)state;
    char *zeroed = mem_zalloc(100);
    assert_non_null(zeroed);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(zeroed[i], 0);
    }
    strcpy(zeroed, "text");
    char *longer = mem_realloc(zeroed, 1000);
    assert_non_null(longer);
    assert_string_equal(longer, "text");
    mem_free(longer);
    char *fresh = mem_realloc(NULL, 10);
    assert_non_null(fresh);
    mem_free(fresh);
    mem_free(NULL);
}

static void copies_text(void **state)
{
    (void)state;
    char *copy = mem_strndup("topic,other", 5);
    assert_string_equal(copy, "topic");
    mem_free(copy);
    copy = mem_strndup("a\0b", 3);
    assert_memory_equal(copy, "a\0b", 4);
    mem_free(copy);
    copy = mem_strndup("x", 0);
    assert_string_equal(copy, "");
    mem_free(copy);
}

static void *by_alloc(void)
{
    return mem_alloc(8);
}

static void *by_zalloc(void)
{
    return mem_zalloc(8);
}

static void *by_realloc(void)
{
    return mem_realloc(NULL, 8);
}

static void *by_strndup(void)
{
    return mem_strndup("12345678", 8);
}

static void only_the_chosen_allocation_fails(void **state)
{
    (void)state;
    void *(*const ways[])(void) = {by_alloc, by_zalloc, by_realloc, by_strndup};
    for (size_t way = 0; way < ARRAY_LEN(ways); way++) {
        for (long n = 0; n < 4; n++) {
            mem_fail_after(n);
            for (long i = 0; i < 8; i++) {
                assert_int_equal(mem_has_failed(), i > n);
                void *got = ways[way]();
                assert_int_equal(got == NULL, i == n);
                mem_free(got);
            }
        }
    }
    mem_fail_after(-1);
    assert_false(mem_has_failed());
}

static void the_fault_can_be_taken_back(void **state)
{
    (void)state;
    mem_fail_after(1);
    mem_fail_after(-1);
    for (int i = 0; i < 4; i++) {
        void *got = mem_alloc(1);
        assert_non_null(got);
        mem_free(got);
    }
    assert_false(mem_has_failed());
}

static void a_failed_realloc_keeps_the_old(void **state)
{
    (void)state;
    char *text = mem_strndup("still here", 10);
    mem_fail_after(0);
    assert_null(mem_realloc(text, 1000));
    mem_fail_after(-1);
    assert_string_equal(text, "still here");
    mem_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocates),
        cmocka_unit_test(copies_text),
        cmocka_unit_test(only_the_chosen_allocation_fails),
        cmocka_unit_test(the_fault_can_be_taken_back),
        cmocka_unit_test(a_failed_realloc_keeps_the_old),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
