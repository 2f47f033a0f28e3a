/* Which logs are followed: from the first look to long after the last, with everything going wrong
 * between. */
#include "feed/log/plog_watch.h"

#include "support/fixture.h"
#include "support/unit.h"

static struct fixture f;
static struct test_client one;
static const struct view sse = {.format = FORMAT_SSE};

static int setup(void **state)
{
    (void)state;
    fixture_init(&f, &fixture_options);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    feed_detach(&one.client, NULL);
    fixture_fini(&f);
    return 0;
}

static enum plog_state state_of_u(void)
{
    return fixture_log(&f, "u", 0)->state;
}

static void attach(void)
{
    assert_int_equal(fixture_attach(&f, &one, "[\"u\"]", &sse), 0);
}

static struct fake_partition *partition(void)
{
    return &fake_kafka_topic(&f.kafka, "u")->partitions[0];
}

static void from_cold_to_live_to_cold(void **state)
{
    (void)state;
    fixture_produce(&f, "u", 0, 7);
    assert_int_equal(state_of_u(), LOG_COLD);
    attach();
    assert_int_equal(state_of_u(), LOG_WANTED);
    feed_run(f.feed, f.kafka.now_ms);
    assert_int_equal(state_of_u(), LOG_STARTING);
    fake_kafka_dispatch(&f.kafka);
    assert_int_equal(state_of_u(), LOG_LIVE);
    assert_int_equal(fixture_log(&f, "u", 0)->range.end, 7);
    feed_detach(&one.client, NULL);
    fixture_run(&f, fixture_options.linger_ms - 1000);
    assert_int_equal(state_of_u(), LOG_LIVE); /* still warm */
    fixture_run(&f, 2000);
    assert_int_equal(state_of_u(), LOG_COLD);
    assert_true(list_is_empty(&f.feed->plogs.logs));
}

static void unknown_offsets_are_asked_for_again(void **state)
{
    (void)state;
    f.kafka.unknown_percent = 100;
    attach();
    fixture_run(&f, 3000);
    assert_true(state_of_u() == LOG_WANTED || state_of_u() == LOG_STARTING);
    assert_true(f.feed->context.counters.lookups_failed >= 2);
    f.kafka.unknown_percent = 0;
    fixture_run(&f, 2000);
    assert_int_equal(state_of_u(), LOG_LIVE);
}

static void a_reader_that_cannot_start_is_tried_again(void **state)
{
    (void)state;
    f.kafka.start_fails_percent = 100;
    attach();
    fixture_run(&f, 50);
    assert_int_equal(state_of_u(), LOG_PAUSED);
    assert_null(one.client.replay); /* live all the same */
    f.kafka.start_fails_percent = 0;
    fixture_produce(&f, "u", 0, 1);
    fixture_run(&f, 2000);
    assert_int_equal(state_of_u(), LOG_LIVE);
    assert_int_equal(test_client_count(&one, "event: message\n"), 1);
}

static void a_lost_partition_is_tried_again(void **state)
{
    (void)state;
    attach();
    fixture_run(&f, 50);
    fake_kafka_lose(&f.kafka, "u", 0);
    fixture_run(&f, 50);
    assert_int_equal(state_of_u(), LOG_PAUSED);
    fixture_produce(&f, "u", 0, 1);
    fixture_run(&f, 2000);
    assert_int_equal(test_client_count(&one, "event: message\n"), 1);
    assert_int_equal(test_client_count(&one, "event: gap\n"), 0);
}

static void out_of_range_is_looked_up_first(void **state)
{
    (void)state;
    fixture_produce(&f, "u", 0, 10);
    attach();
    fixture_run(&f, 50);
    fake_kafka_cut(partition(), 4);
    f.kafka.unknown_percent = 100;
    fixture_run(&f, 2000);
    assert_int_equal(state_of_u(), LOG_CHECKING);
    assert_int_equal(test_client_count(&one, "event: gap\n"), 0);
    f.kafka.unknown_percent = 0;
    fixture_run(&f, 2000);
    assert_int_equal(state_of_u(), LOG_LIVE);
    assert_int_equal(test_client_count(&one, "\"from\":10,\"to\":4,\"reason\":\"beyond-end\""), 1);
    fixture_produce(&f, "u", 0, 1);
    fixture_run(&f, 50);
    assert_int_equal(test_client_count(&one, "\"partition\":0,\"offset\":4,\"timestamp\""), 1);
}

static void a_known_offset_starts_once(void **state)
{
    (void)state;
    struct partition_log *log = fixture_log(&f, "u", 0);
    plog_start_at(log, 0);
    assert_int_equal(log->state, LOG_LIVE);
    plog_start_at(log, 5);
    assert_int_equal(log->range.end, 0);
    plog_watch(log); /* it has its offsets */
    assert_int_equal(log->state, LOG_LIVE);
    plog_unwatch(log);
    assert_int_equal(log->state, LOG_LIVE); /* for a while */
}

static void no_memory_is_tried_again(void **state)
{
    (void)state;
    attach();
    mem_fail_after(0);
    plogs_look_up(&f.feed->plogs);
    assert_true(mem_has_failed());
    mem_fail_after(-1);
    assert_null(fixture_log(&f, "u", 0)->lookup);
    plogs_tick(&f.feed->plogs);
    fixture_run(&f, 1000);
    assert_int_equal(state_of_u(), LOG_LIVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(from_cold_to_live_to_cold, setup, teardown),
        cmocka_unit_test_setup_teardown(unknown_offsets_are_asked_for_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reader_that_cannot_start_is_tried_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_partition_is_tried_again, setup, teardown),
        cmocka_unit_test_setup_teardown(out_of_range_is_looked_up_first, setup, teardown),
        cmocka_unit_test_setup_teardown(a_known_offset_starts_once, setup, teardown),
        cmocka_unit_test_setup_teardown(no_memory_is_tried_again, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
