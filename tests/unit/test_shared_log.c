/* The shared log: what is said once for all workers, and how often lines come. */
#include "serve/worker/shared_log.h"
#include "support/unit.h"

static void test_the_first_and_the_last_tell_of_schemas(void **state)
{
    struct shared_log log;
    (void)state;
    shared_log_init(&log);
    for (int i = 0; i < 2; i++) {
        assert_true(shared_log_loses_schemas(&log));
        assert_false(shared_log_loses_schemas(&log));
        assert_false(shared_log_has_schemas(&log));
        assert_false(shared_log_loses_schemas(&log));
        assert_false(shared_log_has_schemas(&log));
        assert_true(shared_log_has_schemas(&log));
    }
    shared_log_fini(&log);
}

static void test_the_first_and_the_last_tell_of_a_broker(void **state)
{
    struct shared_log log;
    (void)state;
    shared_log_init(&log);
    assert_false(shared_log_has_broker(&log, 1));
    assert_true(shared_log_loses_broker(&log, 1));
    assert_false(shared_log_loses_broker(&log, 1));
    assert_true(shared_log_loses_broker(&log, NO_LEADER));
    assert_false(shared_log_has_broker(&log, 1));
    assert_true(shared_log_has_broker(&log, NO_LEADER));
    assert_true(shared_log_has_broker(&log, 1));
    assert_false(shared_log_has_broker(&log, 1));
    for (int32_t id = 0; id <= MOST_BROKERS; id++) {
        assert_int_equal(shared_log_loses_broker(&log, id), id < MOST_BROKERS);
    }
    shared_log_fini(&log);
}

static void test_lines(void **state)
{
    static const struct {
        int64_t at_ms;
        bool is_due;
    } moments[] = {{5, true},    {5, false},   {104, false},
                   {105, true},  {204, false}, {100, false} /* a clock that was read earlier */,
                   {1000, true}, {1001, false}};
    struct line_limit line = {0};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
        assert_int_equal(line_is_due(&line, moments[i].at_ms, 100), moments[i].is_due);
    }
}

static void test_what_was_not_told_is_counted(void **state)
{
    struct line_limit line = {0};
    (void)state;
    assert_int_equal(line_take_count(&line), 0);
    line_count(&line);
    line_count(&line);
    assert_int_equal(line_take_count(&line), 2);
    assert_int_equal(line_take_count(&line), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_and_the_last_tell_of_schemas),
        cmocka_unit_test(test_the_first_and_the_last_tell_of_a_broker),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_what_was_not_told_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
