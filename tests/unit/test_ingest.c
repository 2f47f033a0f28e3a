/* Ingest: tail reader to logs; what does not decode, what comes twice, and no memory. */
#include "core/stream/record.h"
#include "feed/log/ingest.h"

#include "support/fixture.h"
#include "support/unit.h"

static struct fixture f;
static struct test_client one;
static const struct view sse = {.format = FORMAT_SSE};
static int undecodable;
static int64_t undecodable_offset;

static void note_undecodable(void *opaque, const struct record *record,
                             const struct deserializer_fault *fault)
{
    assert_int_equal(fault->reason, UNDECODABLE_CUT_OFF);
    assert_string_equal(fault->why, "it ends in the middle");
    assert_ptr_equal(opaque, &f);
    assert_string_equal(record->topic, "u");
    assert_int_equal(record->partition, 0);
    undecodable++;
    undecodable_offset = record->offset;
}

static int lost;

static void note_lost(void *opaque, const char *topic, int32_t partition, const char *why)
{
    assert_ptr_equal(opaque, &f);
    assert_string_equal(topic, "u");
    assert_int_equal(partition, 0);
    assert_string_equal(why, "gone");
    lost++;
}

static int setup(void **state)
{
    (void)state;
    undecodable = 0;
    lost = 0;
    fixture_init(&f, &fixture_options);
    f.feed->context.options.events.on_undecodable = note_undecodable;
    f.feed->context.options.events.on_lost = note_lost;
    f.feed->context.options.events.opaque = &f;
    fixture_produce(&f, "u", 0, 7); /* before anybody looks: not read */
    assert_int_equal(fixture_attach(&f, &one, "[\"u\"]", &sse), 0);
    fixture_run(&f, 50);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    feed_detach(&one.client, NULL);
    fixture_fini(&f);
    return 0;
}

static struct fake_partition *partition(void)
{
    return &fake_kafka_topic(&f.kafka, "u")->partitions[0];
}

static void records_go_to_their_log(void **state)
{
    (void)state;
    struct partition_log *log = fixture_log(&f, "u", 0);
    assert_int_equal(log->range.start, 7);
    fixture_produce(&f, "u", 0, 5);
    fixture_run(&f, 50);
    /* Fetches begin before the offset asked for; nothing is taken twice. */
    assert_int_equal(f.feed->context.counters.records_read, 5);
    assert_int_equal(log->range.end, 12);
    assert_int_equal(test_client_count(&one, "event: message\n"), 5);
    assert_int_equal(fixture_log(&f, "t", 0)->range.end, 0);
}

static void undecodable_ones_are_skipped_and_told(void **state)
{
    (void)state;
    fixture_produce(&f, "u", 0, 1);
    fake_kafka_produce(&f.kafka, partition(), FAKE_BROKEN, 0);
    fake_kafka_produce(&f.kafka, partition(), FAKE_TOMBSTONE, 0);
    fixture_run(&f, 50);
    assert_int_equal(undecodable, 1);
    assert_int_equal(undecodable_offset, 8);
    assert_int_equal(f.feed->context.counters.records_undecodable[UNDECODABLE_CUT_OFF], 1);
    assert_int_equal(f.feed->context.counters.records_undecodable[UNDECODABLE_EMPTY], 0);
    assert_int_equal(fixture_log(&f, "u", 0)->range.end, 10);
    assert_int_equal(test_client_count(&one, "event: message\n"), 1);
    assert_int_equal(test_client_count(&one, "event: tombstone\n"), 1);
}

static void lost_partitions_are_told(void **state)
{
    (void)state;
    fake_kafka_lose(&f.kafka, "u", 0);
    fixture_run(&f, 50);
    assert_int_equal(lost, 1);
    assert_int_equal(fixture_log(&f, "u", 0)->state, LOG_PAUSED);
}

static void batches_are_bounded(void **state)
{
    (void)state;
    fixture_produce(&f, "u", 0, 2000);
    fake_kafka_dispatch(&f.kafka);
    ingest_run(&f.feed->plogs);
    assert_true(f.feed->plogs.tails[0].has_more);
    assert_in_range(f.feed->context.counters.records_read, 1, 512);
    int runs = 1;
    while (f.feed->plogs.tails[0].has_more) {
        ingest_run(&f.feed->plogs);
        runs++;
    }
    assert_in_range(runs, 3, 10);
    assert_int_equal(f.feed->context.counters.records_read, 2000);
}

static void logs_stay_within_their_budget(void **state)
{
    (void)state;
    f.feed->context.options.log_bytes = 10000;
    fixture_produce(&f, "u", 0, 2000);
    fixture_run(&f, 50);
    assert_true(f.feed->plogs.pool.bytes <= 10000);
    assert_true(f.feed->context.counters.log_blocks_evicted > 0);
    assert_int_equal(test_client_count(&one, "event: message\n"), 2000);
}

/* What could not be stored is read again. */
static void no_memory_loses_nothing(void **state)
{
    (void)state;
    for (long n = 0; n < 3; n++) {
        size_t before = test_client_count(&one, "event: message\n");
        f.feed->context.options.log_bytes = 0;
        plogs_evict(&f.feed->plogs);
        f.feed->context.options.log_bytes = fixture_options.log_bytes;
        buf_fini(&f.feed->plogs.scratch);
        fixture_produce(&f, "u", 0, 1);
        fake_kafka_dispatch(&f.kafka);
        mem_fail_after(n);
        ingest_run(&f.feed->plogs);
        assert_true(mem_has_failed());
        mem_fail_after(-1);
        assert_int_equal(test_client_count(&one, "event: message\n"), before);
        assert_int_equal(fixture_log(&f, "u", 0)->state, LOG_PAUSED);
        fixture_run(&f, 2000);
        assert_int_equal(test_client_count(&one, "event: message\n"), before + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records_go_to_their_log, setup, teardown),
        cmocka_unit_test_setup_teardown(undecodable_ones_are_skipped_and_told, setup, teardown),
        cmocka_unit_test_setup_teardown(lost_partitions_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(batches_are_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(logs_stay_within_their_budget, setup, teardown),
        cmocka_unit_test_setup_teardown(no_memory_loses_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
