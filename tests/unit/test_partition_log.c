/* Partition logs: evicted from within one budget, restarted. */
#include "feed/partition_log.h"

#include "support/fixture.h"
#include "support/unit.h"

static struct fixture f;

static int setup(void **state)
{
    (void)state;
    fixture_init(&f, &fixture_options);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_fini(&f);
    return 0;
}

static void fill(struct partition_log *log)
{
    log_restart(log, 10);
    for (int64_t i = 0; i < 1000; i++) {
        assert_int_equal(
            run_append(&log->run, RECORD_MESSAGE, 10 + i, i, slice_str("{\"n\":\"some text\"}")),
            0);
    }
}

static void eviction_stops_at_the_budget(void **state)
{
    (void)state;
    struct partition_log *older = fixture_log(&f, "t", 0);
    struct partition_log *newer = fixture_log(&f, "t", 1);
    fill(older);
    fill(newer);
    size_t before = f.feed->log_pool.bytes;
    logs_evict(f.feed, before);
    assert_int_equal(older->run.start, 10); /* fits: nothing goes */
    logs_evict(f.feed, before - 1);
    assert_true(f.feed->log_pool.bytes < before);
    assert_true(older->run.start > 10);
    assert_int_equal(newer->run.start, 10);
    logs_evict(f.feed, 0);
    assert_int_equal(f.feed->log_pool.bytes, 0);
    assert_int_equal(newer->run.start, newer->run.end);
    assert_int_equal(newer->run.end, 1010);
}

static void a_restart_forgets_what_is_fresh(void **state)
{
    (void)state;
    struct partition_log *log = fixture_log(&f, "t", 0);
    fill(log);
    run_seek_end(&log->run, &log->fresh);
    log_restart(log, 5);
    assert_int_equal(log->run.start, 5);
    assert_int_equal(log->run.end, 5);
    assert_null(log->fresh.block);
    assert_int_equal(f.feed->log_pool.bytes, 0);
}

static void no_memory_makes_no_log(void **state)
{
    (void)state;
    struct topic *topic = fixture_log(&f, "t", 0)->topic;
    mem_fail_after(0);
    assert_null(log_new(f.feed, topic, 7));
    mem_fail_after(-1);
    log_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(eviction_stops_at_the_budget, setup, teardown),
        cmocka_unit_test_setup_teardown(a_restart_forgets_what_is_fresh, setup, teardown),
        cmocka_unit_test_setup_teardown(no_memory_makes_no_log, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
