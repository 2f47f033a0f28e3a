/* What others may know of a feed: topics, followed partitions, what it holds and what waits. */
#include "feed/feed.h"

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
    fixture_run(&f, 50);
    fixture_fini(&f);
    return 0;
}

static size_t followed(void)
{
    const struct partition_log *log = NULL;
    size_t count = 0;
    while ((log = feed_next_followed(f.feed, log)) != NULL) {
        assert_string_equal(log->topic->name, "t");
        count++;
    }
    return count;
}

static void topics_are_gone_through(void **state)
{
    (void)state;
    const struct topic *topic;
    size_t at = 0;
    size_t count = 0;
    while ((topic = feed_next_topic(f.feed, &at)) != NULL) {
        assert_ptr_equal(feed_find_topic(f.feed, 0, topic->name), topic);
        count++;
    }
    assert_int_equal(count, 2);
    assert_int_equal(feed_topic_count(f.feed), 2);
    assert_null(feed_find_topic(f.feed, 0, "nobody's"));
}

static void what_it_holds_is_told(void **state)
{
    (void)state;
    struct feed_usage usage = feed_usage(f.feed);
    assert_int_equal(usage.channels + usage.partitions_followed + usage.replays, 0);
    assert_int_equal(usage.log_bytes + usage.channel_bytes + usage.replay_bytes, 0);
    assert_int_equal(followed(), 0);
    assert_int_equal(fixture_attach(&f, &one, "[\"t\"]", &sse), 0);
    usage = feed_usage(f.feed);
    assert_int_equal(usage.channels, 1);
    assert_int_equal(usage.replays, 1);
    fixture_run(&f, 2000);
    fixture_produce(&f, "t", 0, 10);
    fixture_run(&f, 100);
    usage = feed_usage(f.feed);
    assert_int_equal(usage.replays, 0);
    assert_int_equal(usage.partitions_followed, 2);
    assert_int_equal(followed(), 2);
    assert_true(usage.log_bytes > 0 && usage.channel_bytes > 0);
    assert_int_equal(feed_counters(f.feed)->records_read, 10);
}

static void the_longest_wait_is_told(void **state)
{
    (void)state;
    const struct partition_log *longest = NULL;
    assert_int_equal(fixture_attach(&f, &one, "[\"t\"]", &sse), 0);
    fixture_run(&f, 2000);
    assert_int_equal(feed_record_waits(f.feed, &longest), 0);
    assert_null(longest);
    record_wait_begin(&fixture_log(&f, "t", 0)->wait, 7, f.kafka.now_ms - 200);
    record_wait_begin(&fixture_log(&f, "t", 1)->wait, 8, f.kafka.now_ms - 300);
    feed_run(f.feed, f.kafka.now_ms);
    assert_int_equal(feed_record_waits(f.feed, &longest), 2);
    assert_ptr_equal(longest, fixture_log(&f, "t", 1));
    assert_int_equal(feed_waited_ms(f.feed, longest), 300);
}

static void a_client_is_between_frames_or_not(void **state)
{
    (void)state;
    assert_int_equal(fixture_attach(&f, &one, "[\"t\"]", &sse), 0);
    fixture_run(&f, 2000);
    assert_true(feed_is_between_frames(&one.client));
    one.room = 10;
    fixture_produce(&f, "t", 0, 1);
    fixture_run(&f, 100);
    assert_false(feed_is_between_frames(&one.client));
    test_client_unblock(&one);
    assert_true(feed_is_between_frames(&one.client));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(topics_are_gone_through, setup, teardown),
        cmocka_unit_test_setup_teardown(what_it_holds_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(the_longest_wait_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_client_is_between_frames_or_not, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
