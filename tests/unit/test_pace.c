/* Paces: who is fast, and who has to wait a moment at the beginning. */
#include "feed/replay/pace.h"
#include "support/unit.h"

enum {
    KIB = 1024
};

static void who_takes_a_lot_without_being_stuck_is_fast(void **state)
{
    static const struct {
        int pieces;         /* of 64 KiB */
        int64_t blocked_ms; /* by each */
        bool is_fast;
    } cases[] = {
        {1, 0, false}, {7, 0, false},  {8, 0, true},    {9, 0, true},
        {8, 16, true}, {8, 17, false}, {8, 700, false}, {16, 16, true},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct pace p = {0};
        for (int n = 0; n < cases[i].pieces; n++) {
            pace_block(&p, cases[i].blocked_ms);
            pace_take(&p, 64 * KIB);
        }
        assert_int_equal(p.is_fast, cases[i].is_fast);
    }
}

/* What the kernels hold for a client that reads nothing does not make it fast. */
static void buffers_are_no_speed(void **state)
{
    struct pace p = {0};
    (void)state;
    pace_take(&p, 400 * KIB);
    assert_false(p.is_fast);
}

static void who_gets_stuck_is_fast_no_more(void **state)
{
    struct pace p = {0};
    (void)state;
    pace_take(&p, 600 * KIB);
    assert_true(p.is_fast);
    pace_block(&p, 100);
    assert_true(p.is_fast);
    pace_block(&p, 100);
    assert_false(p.is_fast);
    pace_take(&p, 600 * KIB); /* that was the pause */
    assert_false(p.is_fast);
    pace_take(&p, 600 * KIB);
    assert_true(p.is_fast);
}

static void the_beginning_is_small(void **state)
{
    struct pace p = {0};
    (void)state;
    assert_int_equal(pace_paused_until_ms(&p, 1000), 0);
    pace_give(&p, PACE_FIRST_BYTES - 1, 1000);
    assert_int_equal(pace_paused_until_ms(&p, 1000), 0);
    pace_give(&p, 1, 1010);
    assert_int_equal(pace_paused_until_ms(&p, 1010), 1000 + PACE_FIRST_MS);
    assert_int_equal(pace_paused_until_ms(&p, 999 + PACE_FIRST_MS), 1000 + PACE_FIRST_MS);
    assert_int_equal(pace_paused_until_ms(&p, 1000 + PACE_FIRST_MS), 0);
    pace_give(&p, PACE_FIRST_BYTES, 2000);
    assert_int_equal(pace_paused_until_ms(&p, 2000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_takes_a_lot_without_being_stuck_is_fast),
        cmocka_unit_test(buffers_are_no_speed),
        cmocka_unit_test(who_gets_stuck_is_fast_no_more),
        cmocka_unit_test(the_beginning_is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
