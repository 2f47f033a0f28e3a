/* Holds: which record is taken for the one that waits, and for how long. */
#include "feed/hold.h"
#include "support/unit.h"

static void one_record(void **state)
{
    struct hold hold = {0};
    (void)state;
    assert_false(hold_is_on(&hold, 0));
    hold_end(&hold, 0); /* nothing to end */
    hold_begin(&hold, 0, 0);
    assert_true(hold_is_on(&hold, 0));
    for (int64_t ms = 1000; ms <= 20000; ms += 1000) {
        hold_begin(&hold, 0, ms);
        assert_true(hold_is_on(&hold, ms));
        assert_int_equal(hold.since_ms, 0);
    }
    hold_end(&hold, 1);
    assert_true(hold_is_on(&hold, 20000));
    hold_end(&hold, 0);
    assert_false(hold_is_on(&hold, 20000));
}

/* As when its client has gone. */
static void nobody_tries_any_more(void **state)
{
    struct hold hold = {0};
    (void)state;
    hold_begin(&hold, 7, 1000);
    assert_true(hold_is_on(&hold, 1000 + HOLD_FORGET_MS - 1));
    assert_false(hold_is_on(&hold, 1000 + HOLD_FORGET_MS));
    hold_begin(&hold, 7, 1000 + HOLD_FORGET_MS); /* another one */
    assert_int_equal(hold.since_ms, 1000 + HOLD_FORGET_MS);
}

static void the_longest_one_counts(void **state)
{
    struct hold hold = {0};
    (void)state;
    hold_begin(&hold, 7, 1000);
    hold_begin(&hold, 3, 2000);
    hold_begin(&hold, 7, 3000);
    assert_int_equal(hold.offset, 7);
    assert_int_equal(hold.since_ms, 1000);
    hold_end(&hold, 3);
    assert_true(hold_is_on(&hold, 3000));
    /* Its own attempts keep it, not those at another offset. */
    hold_begin(&hold, 3, 3000 + HOLD_FORGET_MS);
    assert_int_equal(hold.offset, 3);
    assert_int_equal(hold.since_ms, 3000 + HOLD_FORGET_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_record),
        cmocka_unit_test(nobody_tries_any_more),
        cmocka_unit_test(the_longest_one_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
