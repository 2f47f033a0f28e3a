/* Topics: found, grown, gone, back again, and no memory. */
#include "feed/log/topic.h"
#include "feed/channel/channel.h"

#include "support/feed_of_each_test.h"

static struct test_client one;
static const struct view sse = {.format = FORMAT_SSE};

static void found_by_name(void **state)
{
    (void)state;
    assert_string_equal(feed_find_topic(f.feed, 0, "t")->name, "t");
    assert_int_equal(feed_find_topic(f.feed, 0, "t")->partition_count, 2);
    assert_null(feed_find_topic(f.feed, 0, ""));
    assert_null(feed_find_topic(f.feed, 0, "T"));
    assert_null(feed_find_topic(f.feed, 0, "tt"));
}

static void gone_and_back(void **state)
{
    (void)state;
    const struct topic *t = feed_find_topic(f.feed, 0, "t");
    feed_update_topics(f.feed, NULL, 0);
    assert_false(t->is_listed);
    assert_ptr_equal(feed_find_topic(f.feed, 0, "t"), t); /* never forgotten */
    fixture_tell_topics(&f);
    assert_true(t->is_listed);
    assert_ptr_equal(feed_find_topic(f.feed, 0, "t"), t);
}

/*
 * A topic that was made anew with fewer partitions: streams that run keep their partitions, those
 * that come are not held up by partitions that are gone. They may come back later.
 */
static void fewer_partitions(void **state)
{
    (void)state;
    static struct test_client two;
    static const struct topic_info fewer[] = {{"t", 1}, {"u", 0}};
    static const struct topic_info more[] = {{"t", 3}, {"u", 1}};
    assert_int_equal(fixture_attach(&f, &one, "[\"t\"]", &sse), 0);
    fixture_run(&f, 50);
    feed_update_topics(f.feed, fewer, 2);
    assert_int_equal(feed_find_topic(f.feed, 0, "t")->partition_count, 1);
    assert_int_equal(feed_find_topic(f.feed, 0, "u")->partition_count, 1); /* none is no answer */
    assert_int_equal(fixture_attach(&f, &two, "[\"t\"]", &sse), 0);
    fixture_run(&f, 50);
    assert_ptr_not_equal(one.client.channel, two.client.channel);
    assert_int_equal(one.client.channel->writer.position.count, 2);
    assert_int_equal(two.client.channel->writer.position.count, 1);
    feed_update_topics(f.feed, more, 2);
    assert_int_equal(one.client.channel->writer.position.count, 3);
    assert_int_equal(two.client.channel->writer.position.count, 3);
    feed_detach(&one.client, NULL);
    feed_detach(&two.client, NULL);
}

/* New partitions join running streams of the whole topic from their beginning, and no others. */
static void new_partitions_join(void **state)
{
    (void)state;
    static struct test_client two;
    assert_int_equal(fixture_attach(&f, &one, "[\"t\"]", &sse), 0);
    assert_int_equal(
        fixture_attach(&f, &two, "[{\"topic\":\"t\",\"partition\":0,\"offset\":-1}]", &sse), 0);
    fixture_run(&f, 50);
    fake_kafka_topic(&f.kafka, "t")->partition_count = 3;
    fixture_produce(&f, "t", 2, 3); /* before the feed has heard of it */
    fixture_tell_topics(&f);
    fixture_run(&f, 50);
    assert_int_equal(test_client_count(&one, "event: message\n"), 3);
    assert_non_null(strstr(one.got, "{\"topic\":\"t\",\"partition\":2,\"offset\":1}]"));
    assert_int_equal(two.len, 0);
    feed_detach(&one.client, NULL);
    feed_detach(&two.client, NULL);
}

/* A replay on its way takes them, too, and keeps them when it gives its chunk back. */
static void new_partitions_join_replays(void **state)
{
    (void)state;
    fixture_produce(&f, "t", 0, 100);
    assert_int_equal(
        fixture_attach(&f, &one, "[\"t\",{\"topic\":\"t\",\"partition\":0,\"offset\":0}]", &sse),
        0);
    one.room = 500;
    fixture_run(&f, 50);
    assert_non_null(one.client.replay);
    fake_kafka_topic(&f.kafka, "t")->partition_count = 3;
    fixture_tell_topics(&f);
    fixture_produce(&f, "t", 2, 3);
    fixture_run(&f, 3000);
    test_client_unblock(&one);
    fixture_run(&f, 50);
    assert_null(one.client.replay);
    assert_int_equal(test_client_count(&one, "event: message\n"), 103);
    feed_detach(&one.client, NULL);
}

static const struct topic_info grown[] = {{"t", 4}, {"u", 1}, {"v", 2}};

static bool attempt(void)
{
    feed_update_topics(f.feed, grown, ARRAY_LEN(grown));
    const struct topic *t = feed_find_topic(f.feed, 0, "t");
    const struct topic *v = feed_find_topic(f.feed, 0, "v");
    assert_in_range(t->partition_count, 2, 4);
    for (int32_t i = 0; i < t->partition_count; i++) {
        assert_int_equal(t->logs[i]->partition, i);
    }
    return t->partition_count == 4 && v != NULL && v->partition_count == 2;
}

static void no_memory_leaves_it_to_the_next_time(void **state)
{
    (void)state;
    for (long n = 0; n < 6; n++) {
        mem_fail_after(n);
        attempt();
        mem_fail_after(-1);
        assert_true(attempt());
        fixture_fini(&f);
        fixture_init(&f, &fixture_options);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(found_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(gone_and_back, setup, teardown),
        cmocka_unit_test_setup_teardown(fewer_partitions, setup, teardown),
        cmocka_unit_test_setup_teardown(new_partitions_join, setup, teardown),
        cmocka_unit_test_setup_teardown(new_partitions_join_replays, setup, teardown),
        cmocka_unit_test_setup_teardown(no_memory_leaves_it_to_the_next_time, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
