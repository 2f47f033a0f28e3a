/* Partition logs: evicted from within one budget, restarted. */
#include "feed/log/partition_log.h"

#include "support/feed_of_each_test.h"

static void fill(struct partition_log *log)
{
    plog_restart(log, 10);
    for (int64_t i = 0; i < 1000; i++) {
        assert_int_equal(range_append(&log->range, RECORD_MESSAGE, 10 + i, i,
                                      slice_str("{\"n\":\"some text\"}")),
                         0);
    }
}

static void evict_to(size_t budget)
{
    f.feed->context.options.log_bytes = budget;
    plogs_evict(&f.feed->plogs);
}

static void eviction_stops_at_the_budget(void **state)
{
    (void)state;
    struct partition_log *older = fixture_log(&f, "t", 0);
    struct partition_log *newer = fixture_log(&f, "t", 1);
    fill(older);
    fill(newer);
    size_t before = f.feed->plogs.pool.bytes;
    evict_to(before);
    assert_int_equal(older->range.start, 10); /* fits: nothing goes */
    evict_to(before - 1);
    assert_true(f.feed->plogs.pool.bytes < before);
    assert_true(older->range.start > 10);
    assert_int_equal(newer->range.start, 10);
    evict_to(0);
    assert_int_equal(f.feed->plogs.pool.bytes, 0);
    assert_int_equal(newer->range.start, newer->range.end);
    assert_int_equal(newer->range.end, 1010);
}

static void a_restart_forgets_what_is_fresh(void **state)
{
    (void)state;
    struct partition_log *log = fixture_log(&f, "t", 0);
    fill(log);
    range_seek_end(&log->range, &log->fresh);
    plog_restart(log, 5);
    assert_int_equal(log->range.start, 5);
    assert_int_equal(log->range.end, 5);
    assert_null(log->fresh.block);
    assert_int_equal(f.feed->plogs.pool.bytes, 0);
}

static enum undecodable told;

static void note(void *opaque, const struct record *record, const struct deserializer_fault *fault)
{
    (void)opaque;
    (void)record;
    told = fault->reason;
}

/* Renders a record of that value as the log's next one. Returns the length of its text, 0 if it was
 * skipped. */
static size_t render(struct partition_log *log, struct slice value)
{
    struct read_event event = {
        .kind = READ_RECORD, .offset = log->range.end, .timestamp_ms = -1, .value = value};
    told = UNDECODABLE_REASONS;
    assert_int_equal(plog_render(log, NULL, &event, &log->range), 0);
    assert_int_equal(log->range.end, event.offset + 1);
    struct range_cursor cursor;
    range_seek(&log->range, event.offset, &cursor);
    const struct range_record *record = range_peek(&log->range, &cursor);
    return record == NULL ? 0 : record->len;
}

static void records_are_measured_before_and_after(void **state)
{
    static char spaces[] =
        "{}                                                                      "
        "                                                                        ";
    struct slice grows = slice_str("{\"a\":\"\u2028\"}"); /* it is escaped */
    (void)state;
    struct partition_log *log = fixture_log(&f, "t", 0);
    plog_restart(log, 10);
    f.feed->context.options.events.on_undecodable = note;
    size_t len = render(log, grows);
    assert_true(len > grows.len);
    f.feed->context.options.record_bytes = len;
    assert_int_equal(render(log, grows), len);
    f.feed->context.options.record_bytes = len - 1;
    assert_int_equal(render(log, grows), 0);
    assert_int_equal(told, UNDECODABLE_RECORD_TOO_LARGE);
    assert_int_equal(f.feed->context.counters.records_undecodable[UNDECODABLE_RECORD_TOO_LARGE], 1);
    assert_int_equal(f.feed->context.counters.records_skipped, 0);
    /* What is too large is not looked at, although its text would be shorter. */
    f.feed->context.options.record_bytes = sizeof(spaces) - 1;
    assert_int_not_equal(render(log, slice_str(spaces)), 0);
    f.feed->context.options.record_bytes = sizeof(spaces) - 2;
    assert_int_equal(render(log, slice_str(spaces)), 0);
    assert_int_equal(told, UNDECODABLE_RECORD_TOO_LARGE);
}

static void no_memory_makes_no_log(void **state)
{
    (void)state;
    struct topic *topic = fixture_log(&f, "t", 0)->topic;
    mem_fail_after(0);
    assert_null(plog_new(&f.feed->plogs, topic, 7));
    mem_fail_after(-1);
    plog_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(eviction_stops_at_the_budget, setup, teardown),
        cmocka_unit_test_setup_teardown(a_restart_forgets_what_is_fresh, setup, teardown),
        cmocka_unit_test_setup_teardown(records_are_measured_before_and_after, setup, teardown),
        cmocka_unit_test_setup_teardown(no_memory_makes_no_log, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
