/* Remembered ranges: found, too old, too many, no memory. */
#include "kafka/unreadable.h"

#include "base/mem.h"
#include "support/unit.h"

static void finds_the_range_around_an_offset(void **state)
{
    (void)state;
    struct unreadable u;
    unreadable_init(&u);
    assert_int_equal(unreadable_end(&u, "t", 0, 0, 5), -1);
    unreadable_add(&u, "t", 0, 10, 20, 5);
    unreadable_add(&u, "t", 1, 10, 30, 5);
    unreadable_add(&u, "tt", 0, 10, 40, 5);
    static const struct {
        const char *topic;
        int32_t partition;
        int64_t offset;
        int64_t end;
    } cases[] = {
        {"t", 0, 9, -1},  {"t", 0, 10, 20},  {"t", 0, 19, 20}, {"t", 0, 20, -1},
        {"t", 1, 20, 30}, {"tt", 0, 20, 40}, {"t", 2, 10, -1}, {"", 0, 10, -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(unreadable_end(&u, cases[i].topic, cases[i].partition, cases[i].offset, 5),
                         cases[i].end);
    }
    unreadable_fini(&u);
}

static void the_longest_one_counts(void **state)
{
    (void)state;
    struct unreadable u;
    unreadable_init(&u);
    unreadable_add(&u, "t", 0, 10, 20, 0);
    unreadable_add(&u, "t", 0, 12, 30, 0);
    unreadable_add(&u, "t", 0, 13, 25, 0);
    assert_int_equal(unreadable_end(&u, "t", 0, 15, 0), 30);
    assert_int_equal(unreadable_end(&u, "t", 0, 11, 0), 20);
    unreadable_fini(&u);
}

static void forgets(void **state)
{
    (void)state;
    struct unreadable u;
    unreadable_init(&u);
    unreadable_add(&u, "t", 0, 10, 20, 100);
    assert_int_equal(unreadable_end(&u, "t", 0, 10, 99 + UNREADABLE_KEPT_MS), 20);
    assert_int_equal(unreadable_end(&u, "t", 0, 10, 100 + UNREADABLE_KEPT_MS), -1);
    assert_int_equal(u.count, 0);
    for (int i = 0; i <= UNREADABLE_RANGES; i++) {
        unreadable_add(&u, "t", i, 10, 20, 0);
    }
    assert_int_equal(u.count, UNREADABLE_RANGES);
    assert_int_equal(unreadable_end(&u, "t", 0, 10, 0), -1);
    assert_int_equal(unreadable_end(&u, "t", 1, 10, 0), 20);
    mem_fail_after(0);
    unreadable_add(&u, "u", 0, 10, 20, 0);
    mem_fail_after(-1);
    assert_int_equal(unreadable_end(&u, "u", 0, 10, 0), -1);
    assert_int_equal(unreadable_end(&u, "t", 1, 10, 0), 20);
    unreadable_fini(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_range_around_an_offset),
        cmocka_unit_test(the_longest_one_counts),
        cmocka_unit_test(forgets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
