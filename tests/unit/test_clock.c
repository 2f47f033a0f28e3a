/* The clocks: their units, that they go on, and the form for time-outs. */
#include "base/clock.h"
#include "support/unit.h"

static void test_the_monotonic_clock_goes_on(void **state)
{
    (void)state;
    int64_t first_us = clock_monotonic_us();
    int64_t ms = clock_monotonic_ms();
    int64_t last_us = clock_monotonic_us();
    assert_true(first_us / 1000 <= ms && ms <= last_us / 1000);
    while (clock_monotonic_us() == last_us) {
    }
    assert_true(clock_monotonic_us() > last_us);
}

static void test_the_wall_clock_is_that_of_the_system(void **state)
{
    (void)state;
    int64_t before_s = (int64_t)time(NULL);
    int64_t ms = clock_wall_ms();
    /* time() may be a tick behind. */
    assert_true(ms / 1000 >= before_s && ms / 1000 <= (int64_t)time(NULL) + 1);
}

static void test_timespec(void **state)
{
    static const struct {
        int64_t ms;
        int64_t seconds;
        long nanoseconds;
    } cases[] = {
        {0, 0, 0}, {999, 0, 999000000}, {1000, 1, 0}, {5000000001234, 5000000001, 234000000}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct timespec made = clock_timespec(cases[i].ms);
        assert_int_equal(made.tv_sec, cases[i].seconds);
        assert_int_equal(made.tv_nsec, cases[i].nanoseconds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_monotonic_clock_goes_on),
        cmocka_unit_test(test_the_wall_clock_is_that_of_the_system),
        cmocka_unit_test(test_timespec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
