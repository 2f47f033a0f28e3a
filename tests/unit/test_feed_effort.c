/* How much a turn of the feed does where filters are long, or many. */
#include "feed/feed.h"
#include "support/fixture.h"
#include "support/unit.h"

static struct fixture f;
static struct test_client one;
static const struct view sse = {.format = FORMAT_SSE};

static void begin(void)
{
    struct feed_options options = fixture_options;
    options.log_bytes = 8 << 20;
    options.replay_bytes = 8 << 20;
    fixture_init(&f, &options);
}

static void end(void)
{
    feed_detach(&one.client, NULL);
    selection_unref(f.selection);
    f.selection = NULL;
    fixture_fini(&f);
}

/* How many records a replay looks at in one turn of the feed. */
static size_t records_of_a_turn(const char *filter)
{
    begin();
    struct fake_topic *u = fake_kafka_topic(&f.kafka, "u");
    for (int i = 0; i < 400; i++) {
        fake_kafka_produce(&f.kafka, &u->partitions[0], FAKE_JSON, 5000);
    }
    f.selection = fixture_selection(filter);
    assert_int_equal(
        fixture_attach(&f, &one, "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]", &sse), 0);
    size_t most = 0;
    for (size_t before = 0; before < 400; before = f.feed->context.counters.records_filtered) {
        fake_kafka_dispatch(&f.kafka);
        f.kafka.now_ms += 10;
        feed_run(f.feed, f.kafka.now_ms);
        size_t looked = f.feed->context.counters.records_filtered - before;
        most = looked > most ? looked : most;
    }
    end();
    return most;
}

/* The live clients' turn comes between: it must not wait longer because somebody's filter is long.
 */
static void a_long_filter_has_shorter_turns(void **state)
{
    (void)state;
    struct buf filter = BUF_INIT;
    for (int i = 0; i < 80; i++) {
        buf_append_str(&filter, i == 0 ? "x.contains('y')" : " || x.contains('y')");
    }
    buf_append_char(&filter, '\0');
    size_t of_long = records_of_a_turn(filter.data);
    size_t of_short = records_of_a_turn("missing == 1");
    buf_fini(&filter);
    assert_true(of_long > 0);
    assert_true(of_long * 10 < of_short);
}

/* It has made the other one wait, and does so no longer than that one makes it wait. */
static void a_dear_step_is_waited_for_afterwards(void **state)
{
    (void)state;
    static struct test_client two;
    static const char id[] = "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]";
    struct buf filter = BUF_INIT;
    begin();
    struct fake_topic *u = fake_kafka_topic(&f.kafka, "u");
    for (int i = 0; i < 100; i++) {
        fake_kafka_produce(&f.kafka, &u->partitions[0], FAKE_JSON, 10000);
    }
    for (int i = 0; i < 80; i++) {
        buf_append_str(&filter, i == 0 ? "x.contains('y')" : " || x.contains('y')");
    }
    buf_append_char(&filter, '\0');
    f.selection = fixture_selection(filter.data);
    assert_int_equal(fixture_attach(&f, &one, id, &sse), 0);
    selection_unref(f.selection);
    f.selection = NULL;
    assert_int_equal(fixture_attach(&f, &two, id, &sse), 0);
    two.room = 900 * 1000;
    for (int i = 0; two.len < 900 * 1000; i++) {
        assert_true(i < 1000);
        fake_kafka_dispatch(&f.kafka);
        feed_run(f.feed, f.kafka.now_ms += 10);
    }
    /* 30 steps of 32 KiB. */
    assert_true(f.feed->context.counters.records_filtered >= 5);
    assert_true(f.feed->context.counters.records_filtered <= 25);
    feed_detach(&two.client, NULL);
    buf_fini(&filter);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_filter_has_shorter_turns),
        cmocka_unit_test(a_dear_step_is_waited_for_afterwards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
