/* Whose turn it is with the readers of older records, and for how long. */
#include "feed/replay/replay_parts.h"

#include "support/fixture.h"
#include "support/unit.h"

enum {
    SLOW = 40,
    OLD_RECORDS = 6000,
    PADDING = 1000,
    ROOM_BYTES = 900 * 1000,
    DRIP_BYTES = 900 /* in 10 ms: 90 KB a second */
};

static struct fixture f;
static struct test_client slow[SLOW];
static struct test_client one;
static struct test_client two;
static const struct view sse = {.format = FORMAT_SSE};

static void begin(void)
{
    struct feed_options options = fixture_options;
    options.replay_bytes = 64 << 20;
    fixture_init(&f, &options);
    f.kafka.pool_size = 2;
    for (int i = 0; i < OLD_RECORDS; i++) {
        fake_kafka_produce(&f.kafka, &fake_kafka_topic(&f.kafka, "u")->partitions[0], FAKE_JSON,
                           PADDING);
    }
    f.kafka.largest_batch = 64; /* about as much as a short reader fetches */
}

static void end(void)
{
    feed_detach(&one.client, NULL);
    feed_detach(&two.client, NULL);
    fixture_run(&f, 10);
    assert_int_equal(f.kafka.replay_readers, 0);
    fixture_fini(&f);
}

static void attach(struct test_client *c, int offset)
{
    char id[100];
    snprintf(id, sizeof(id), "[{\"topic\":\"u\",\"partition\":0,\"offset\":%d}]", offset);
    assert_int_equal(fixture_attach(&f, c, id, &sse), 0);
    c->room = ROOM_BYTES;
}

static void attach_slow(void)
{
    for (int i = 0; i < SLOW; i++) {
        attach(&slow[i], i * 100);
        slow[i].room = DRIP_BYTES;
    }
}

static void drip_for(int64_t ms)
{
    for (int64_t until_ms = f.kafka.now_ms + ms; f.kafka.now_ms < until_ms;) {
        for (int i = 0; i < SLOW; i++) {
            slow[i].room = DRIP_BYTES;
            if (slow[i].is_wanted) {
                feed_on_writable(&slow[i].client);
            }
        }
        fixture_run(&f, 10);
    }
}

static void detach_slow(void)
{
    for (int i = 0; i < SLOW; i++) {
        feed_detach(&slow[i].client, NULL);
    }
}

static void slow_clients_hold_no_reader(void **state)
{
    (void)state;
    begin();
    attach_slow();
    drip_for(2000);
    for (int i = 0; i < SLOW; i++) { /* each its share */
        assert_in_range(slow[i].len, 40 * DRIP_BYTES, 201 * DRIP_BYTES);
    }
    attach(&one, 5500);
    drip_for(50);
    assert_true(test_client_count(&one, "event: message\n") > 0);
    detach_slow();
    end();
}

/* ... not even when they have only just come. */
static void the_last_to_come_does_not_wait_for_all(void **state)
{
    (void)state;
    begin();
    attach_slow();
    attach(&one, 5500);
    drip_for(100);
    assert_true(test_client_count(&one, "event: message\n") > 0);
    drip_for(1000);
    for (int i = 0; i < SLOW; i++) {
        assert_true(slow[i].len > 0);
    }
    detach_slow();
    end();
}

/* Who takes one record and goes has cost two small fetches. */
static void a_replay_begins_small(void **state)
{
    (void)state;
    begin();
    f.kafka.largest_batch = 200;
    attach(&one, 100);
    for (int i = 0; i < 5 && feed_due_ms(f.feed) == INT64_MAX; i++) {
        fixture_run(&f, 10);
    }
    uint64_t fetched = f.feed->context.counters.records_fetched_for_replays;
    assert_in_range(fetched * PADDING, PACE_FIRST_BYTES / 2, PACE_FIRST_BYTES + 200 * PADDING);
    assert_int_equal(f.kafka.replay_readers, 0);
    assert_true(test_client_count(&one, "event: message\n") > 0);
    int64_t due_ms = feed_due_ms(f.feed);
    assert_true(due_ms <= f.kafka.now_ms + PACE_FIRST_MS);
    fixture_run(&f, due_ms - f.kafka.now_ms - 1);
    assert_int_equal(f.feed->context.counters.records_fetched_for_replays, fetched);
    fixture_run(&f, 1000);
    assert_true(f.feed->context.counters.records_fetched_for_replays > 2 * fetched);
    end();
}

static void make_fast(struct test_client *c)
{
    c->client.replay->pace.is_fast = true;
}

/* A long lease ends with its time, or when its owner is stuck. */
static void long_readers_go_round(void **state)
{
    (void)state;
    for (int is_stuck = 0; is_stuck < 2; is_stuck++) {
        begin();
        f.kafka.pool_size = 1;
        f.kafka.largest_batch = 8;
        attach(&one, 0);
        make_fast(&one);
        if (is_stuck) {
            one.room = 5000;
        }
        fixture_run(&f, 20);
        assert_int_equal(f.kafka.open_readers[READER_REPLAY], 1);
        attach(&two, 3000);
        make_fast(&two);
        fixture_run(&f, is_stuck ? 100 : 300);
        assert_true(test_client_count(&two, "event: message\n") > 0);
        end();
    }
}

/* A lease that brings nothing is given up when others wait; the next may take longer. */
static void patience_has_an_end(void **state)
{
    (void)state;
    begin();
    f.kafka.pool_size = 1;
    f.kafka.slow_percent = 100;
    attach(&one, 100);
    fixture_run(&f, 100);
    attach(&two, 3000);
    fixture_run(&f, 800);
    assert_int_equal(f.feed->context.counters.replays_from_kafka, 1);
    fixture_run(&f, 400);
    assert_int_equal(f.feed->context.counters.replays_from_kafka, 2);
    assert_int_equal(f.feed->replays->readers.patience_ms, 2000);
    f.kafka.slow_percent = 0;
    fixture_run(&f, 100);
    assert_true(test_client_count(&two, "event: message\n") > 0);
    assert_int_equal(f.feed->replays->readers.patience_ms, 1000);
    fixture_run(&f, 2000);
    assert_true(test_client_count(&one, "event: message\n") > 0);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_clients_hold_no_reader),
        cmocka_unit_test(the_last_to_come_does_not_wait_for_all),
        cmocka_unit_test(a_replay_begins_small),
        cmocka_unit_test(long_readers_go_round),
        cmocka_unit_test(patience_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
