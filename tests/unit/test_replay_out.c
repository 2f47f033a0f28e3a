/* What a replay has on its way to its client: torn frames, and memory. */
#include "feed/replay/replay_parts.h"

#include "support/fixture.h"
#include "support/unit.h"

enum {
    LARGE_BYTES = 100 * 1000
};

static struct fixture f;
static struct test_client one;
static struct test_client two;
static const struct view sse = {.format = FORMAT_SSE};
static const char *const from_start = "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]";

static void begin(const struct feed_options *options)
{
    fixture_init(&f, options);
    f.kafka.pool_size = 1;
}

static void end(void)
{
    feed_detach(&one.client, NULL);
    fixture_run(&f, 10);
    assert_int_equal(f.kafka.replay_readers, 0);
    fixture_fini(&f);
}

static struct fake_partition *partition(void)
{
    return &fake_kafka_topic(&f.kafka, "u")->partitions[0];
}

static void produce_large(int count)
{
    for (int i = 0; i < count; i++) {
        fake_kafka_produce(&f.kafka, partition(), FAKE_JSON, LARGE_BYTES);
    }
}

static void unblock_for(struct test_client *c, size_t room)
{
    c->room = room;
    if (c->is_wanted) {
        feed_on_writable(&c->client);
    }
}

/* A client that takes a large frame in small pieces, with pauses, gets its very bytes, and nothing
 * of it is kept meanwhile. */
static void a_torn_frame_goes_on_where_it_was_torn(void **state)
{
    (void)state;
    begin(&fixture_options);
    produce_large(5);
    assert_int_equal(fixture_attach(&f, &two, from_start, &sse), 0);
    fixture_run(&f, 100);
    assert_int_equal(test_client_count(&two, "event: message\n"), 5);
    assert_int_equal(fixture_attach(&f, &one, from_start, &sse), 0);
    for (size_t room = 10; one.len < two.len; room += 30011) {
        unblock_for(&one, room);
        fixture_run(&f, 1500);
        assert_int_equal(replays_usage(f.feed->replays).frame_bytes, 0);
    }
    assert_string_equal(one.got, two.got);
    feed_detach(&two.client, NULL);
    end();
}

/* A live client that is demoted within a large frame is torn, too. */
static void a_demoted_client_keeps_no_large_rest(void **state)
{
    (void)state;
    struct feed_options options = fixture_options;
    options.channel_bytes = LARGE_BYTES / 2;
    begin(&options);
    assert_int_equal(fixture_attach(&f, &one, "[\"u\"]", &sse), 0);
    assert_int_equal(fixture_attach(&f, &two, "[\"u\"]", &sse), 0);
    fixture_run(&f, 50);
    one.room = 777;
    produce_large(3);
    fixture_run(&f, 100);
    assert_int_equal(f.feed->context.counters.demotions, 1);
    assert_int_equal(replays_usage(f.feed->replays).frame_bytes, 0);
    test_client_unblock(&one);
    fixture_run(&f, 500);
    assert_string_equal(one.got, two.got);
    assert_int_equal(test_client_count(&one, "event: message\n"), 3);
    feed_detach(&two.client, NULL);
    end();
}

/* What cannot be finished is broken off: the client comes back with its last whole id. */
static void a_torn_frame_whose_record_is_gone_is_broken_off(void **state)
{
    (void)state;
    begin(&fixture_options);
    produce_large(1);
    assert_int_equal(fixture_attach(&f, &one, from_start, &sse), 0);
    one.room = 500;
    fixture_run(&f, 8000); /* longer than the cached range is kept */
    fixture_produce(&f, "u", 0, 3);
    fake_kafka_expire(partition(), 1);
    f.feed->context.options.log_bytes = 0; /* the log keeps nothing, either */
    fixture_run(&f, 100);
    test_client_unblock(&one);
    fixture_run(&f, 3000);
    assert_true(one.is_ended);
    assert_int_equal(one.reason, END_GONE);
    assert_int_equal(one.len, 500);
    end();
}

static void a_torn_frame_has_no_rest_to_end_with(void **state)
{
    (void)state;
    begin(&fixture_options);
    produce_large(1);
    assert_int_equal(fixture_attach(&f, &one, from_start, &sse), 0);
    one.room = 500;
    fixture_run(&f, 1500);
    struct buf rest = BUF_INIT;
    feed_detach(&one.client, &rest);
    assert_false(buf_ok(&rest));
    buf_fini(&rest);
    end();
}

/* Over the budget one after the other gets memory, also while others take little or nothing. */
static void tiny_budget(void **state)
{
    (void)state;
    static struct test_client clients[5];
    struct feed_options options = fixture_options;
    options.replay_bytes = LARGE_BYTES;
    begin(&options);
    f.kafka.pool_size = 2;
    produce_large(5);
    for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
        assert_int_equal(fixture_attach(&f, &clients[i], from_start, &sse), 0);
        clients[i].room = i < 3 ? 10 : SIZE_MAX / 2;
    }
    for (int i = 0; i < 30; i++) {
        fixture_run(&f, 250);
        assert_true(replays_usage(f.feed->replays).frame_bytes < LARGE_BYTES / 2 + 3 * LARGE_BYTES);
    }
    assert_int_equal(test_client_count(&clients[3], "event: message\n"), 5);
    assert_string_equal(clients[3].got, clients[4].got);
    for (size_t i = 0; i < 3; i++) {
        test_client_unblock(&clients[i]);
        fixture_run(&f, 3000);
        assert_string_equal(clients[i].got, clients[4].got);
    }
    for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
        feed_detach(&clients[i].client, NULL);
    }
    memset(&one, 0, sizeof(one));
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_torn_frame_goes_on_where_it_was_torn),
        cmocka_unit_test(a_demoted_client_keeps_no_large_rest),
        cmocka_unit_test(a_torn_frame_whose_record_is_gone_is_broken_off),
        cmocka_unit_test(a_torn_frame_has_no_rest_to_end_with),
        cmocka_unit_test(tiny_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
