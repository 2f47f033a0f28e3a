/* What cannot be read, as the feed's streams see it: live ones, replays, and each kind of gap. */
#include "feed/log/partition_log.h"

#include "support/fixture.h"
#include "support/unit.h"

static struct fixture f;
static struct test_client live;
static struct test_client late;
static const struct view event = {.format = FORMAT_SSE, .gap = GAP_EVENT};
static const struct view silent = {.format = FORMAT_SSE, .gap = GAP_SILENT};
static const struct view error = {.format = FORMAT_SSE, .gap = GAP_ERROR};
static int errors;
static int ranges;
static int64_t from;
static int64_t to;

static void note_error(void *opaque, const char *topic, int32_t partition, int64_t offset,
                       const char *why)
{
    assert_ptr_equal(opaque, &f);
    assert_string_equal(topic, "u");
    assert_int_equal(partition, 0);
    assert_string_equal(why, "bad");
    errors++;
    from = offset;
}

static void note_range(void *opaque, const char *topic, int32_t partition, int64_t range_from,
                       int64_t range_to)
{
    assert_ptr_equal(opaque, &f);
    assert_string_equal(topic, "u");
    assert_int_equal(partition, 0);
    ranges++;
    from = range_from;
    to = range_to;
}

static int setup(void **state)
{
    (void)state;
    errors = 0;
    ranges = 0;
    fixture_init(&f, &fixture_options);
    f.feed->context.options.events.on_read_error = note_error;
    f.feed->context.options.events.on_unreadable = note_range;
    f.feed->context.options.events.opaque = &f;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_fini(&f);
    return 0;
}

static void damage(int64_t first, int64_t end)
{
    fake_kafka_damage(&fake_kafka_topic(&f.kafka, "u")->partitions[0], first, end, true);
}

/* Ten records, of which 3 to 5 cannot be read, all in one batch. */
static void produce(void)
{
    fixture_produce(&f, "u", 0, 10);
    damage(3, 6);
}

static void attach(struct test_client *c, const char *id, const struct view *view)
{
    assert_int_equal(fixture_attach(&f, c, id, view), 0);
    fixture_run(&f, 2000);
}

static void expect_gap(const struct test_client *c, const char *text)
{
    assert_int_equal(test_client_count(c, "event: gap\n"), 1);
    assert_int_equal(test_client_count(c, text), 1);
}

static void a_live_stream_is_told_behind_what_came_before(void **state)
{
    (void)state;
    attach(&live, "[\"u\"]", &event);
    produce();
    fixture_run(&f, 2000);
    assert_int_equal(test_client_count(&live, "event: message\n"), 7);
    expect_gap(&live, "\"from\":3,\"to\":6,\"reason\":\"unreadable\"");
    const char *gap = strstr(live.got, "event: gap\n");
    assert_non_null(strstr(gap, "\"offset\":9"));
    assert_null(strstr(gap, "\"offset\":2,"));
    assert_int_equal(errors, 2);
    assert_int_equal(ranges, 1);
    assert_int_equal(from, 3);
    assert_int_equal(to, 6);
    assert_int_equal(f.feed->context.counters.read_errors, 2);
    assert_int_equal(f.feed->context.counters.unreadable_ranges, 1);
    assert_int_equal(fixture_log(&f, "u", 0)->state, LOG_LIVE);
    feed_detach(&live.client, NULL);
}

/* An old id, one from within what cannot be read, and a live stream stand at the same partition
 * then.
 */
static void replays_become_live_behind_it(void **state)
{
    static const char *const ids[] = {"[{\"topic\":\"u\",\"partition\":0,\"offset\":1}]",
                                      "[{\"topic\":\"u\",\"partition\":0,\"offset\":4}]"};
    static const char *const gaps[] = {"\"from\":3,\"to\":6,\"reason\":\"unreadable\"",
                                       "\"from\":4,\"to\":6,\"reason\":\"unreadable\""};
    static const size_t messages[] = {6, 4};
    (void)state;
    produce();
    attach(&live, "[\"u\"]", &event);
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        attach(&late, ids[i], &event);
        assert_int_equal(test_client_count(&late, "event: message\n"), messages[i]);
        expect_gap(&late, gaps[i]);
        assert_null(late.client.replay);
        feed_detach(&late.client, NULL);
    }
    feed_detach(&live.client, NULL);
}

static void up_to_the_end(void **state)
{
    (void)state;
    fixture_produce(&f, "u", 0, 10);
    damage(8, 10);
    attach(&late, "[{\"topic\":\"u\",\"partition\":0,\"offset\":7}]", &event);
    expect_gap(&late, "\"from\":8,\"to\":10,\"reason\":\"unreadable\"");
    fixture_produce(&f, "u", 0, 1);
    fixture_run(&f, 2000);
    assert_int_equal(test_client_count(&late, "event: message\n"), 2);
    feed_detach(&late.client, NULL);
}

static void in_silence(void **state)
{
    (void)state;
    produce();
    attach(&late, "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]", &silent);
    assert_int_equal(test_client_count(&late, "event: message\n"), 7);
    assert_int_equal(test_client_count(&late, "event: gap\n"), 0);
    feed_detach(&late.client, NULL);
}

/* What was before it is sent first, or a client would come back to it for ever. */
static void as_an_error(void **state)
{
    (void)state;
    attach(&live, "[\"u\"]", &error);
    produce();
    fixture_run(&f, 2000);
    assert_int_equal(test_client_count(&live, "event: message\n"), 3);
    assert_true(live.is_ended);
    assert_int_equal(live.reason, END_GAP);
    attach(&late, "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]", &error);
    assert_int_equal(test_client_count(&late, "event: message\n"), 3);
    assert_true(late.is_ended);
    assert_int_equal(late.reason, END_GAP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_live_stream_is_told_behind_what_came_before, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(replays_become_live_behind_it, setup, teardown),
        cmocka_unit_test_setup_teardown(up_to_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(in_silence, setup, teardown),
        cmocka_unit_test_setup_teardown(as_an_error, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
