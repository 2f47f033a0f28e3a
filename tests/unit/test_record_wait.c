/* Holds: which record is taken for the one that waits, and for how long. */
#include "feed/log/record_wait.h"
#include "support/unit.h"

static void one_record(void **state)
{
    struct record_wait wait = {0};
    (void)state;
    assert_false(record_wait_is_on(&wait, 0));
    record_wait_end(&wait, 0); /* nothing to end */
    record_wait_begin(&wait, 0, 0);
    assert_true(record_wait_is_on(&wait, 0));
    for (int64_t ms = 1000; ms <= 20000; ms += 1000) {
        record_wait_begin(&wait, 0, ms);
        assert_true(record_wait_is_on(&wait, ms));
        assert_int_equal(wait.since_ms, 0);
    }
    record_wait_end(&wait, 1);
    assert_true(record_wait_is_on(&wait, 20000));
    record_wait_end(&wait, 0);
    assert_false(record_wait_is_on(&wait, 20000));
}

/* As when its client has gone. */
static void nobody_tries_any_more(void **state)
{
    struct record_wait wait = {0};
    (void)state;
    record_wait_begin(&wait, 7, 1000);
    assert_true(record_wait_is_on(&wait, 1000 + RECORD_WAIT_FORGET_MS - 1));
    assert_false(record_wait_is_on(&wait, 1000 + RECORD_WAIT_FORGET_MS));
    record_wait_begin(&wait, 7, 1000 + RECORD_WAIT_FORGET_MS); /* another one */
    assert_int_equal(wait.since_ms, 1000 + RECORD_WAIT_FORGET_MS);
}

static void the_longest_one_counts(void **state)
{
    struct record_wait wait = {0};
    (void)state;
    record_wait_begin(&wait, 7, 1000);
    record_wait_begin(&wait, 3, 2000);
    record_wait_begin(&wait, 7, 3000);
    assert_int_equal(wait.offset, 7);
    assert_int_equal(wait.since_ms, 1000);
    record_wait_end(&wait, 3);
    assert_true(record_wait_is_on(&wait, 3000));
    /* Its own attempts keep it, not those at another offset. */
    record_wait_begin(&wait, 3, 3000 + RECORD_WAIT_FORGET_MS);
    assert_int_equal(wait.offset, 3);
    assert_int_equal(wait.since_ms, 3000 + RECORD_WAIT_FORGET_MS);
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
