/* Replays: every way to begin, from logs and from Kafka, leases, gaps, and no memory. What is on
 * the way to a client: test_replay_out.c. */
#include "feed/replay/replay_parts.h"

#include "support/fixture.h"
#include "support/unit.h"

static struct fixture f;
static struct test_client one;
static struct test_client two;
static const struct view sse = {.format = FORMAT_SSE};

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

static void begins_where_it_is_asked_to(void **state)
{
    (void)state;
    static const struct {
        const char *start;
        size_t messages;
        size_t gaps;
    } cases[] = {
        {"\"offset\":-1", 0, 0},
        {"\"offset\":-2", 90, 0},
        {"\"offset\":50", 50, 0},
        {"\"offset\":10", 90, 0},
        {"\"offset\":0", 90, 1},
        {"\"offset\":100", 0, 0},
        {"\"offset\":500", 0, 1},
        {"\"timestamp\":0", 90, 0},
        {"\"timestamp\":2000", 50, 0},
        {"\"timestamp\":9999999", 0, 0},
        {"\"offset\":9223372036854775807", 0, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        begin(&fixture_options);
        fixture_produce(&f, "u", 0, 50);
        f.kafka.now_ms = 2000;
        fixture_produce(&f, "u", 0, 50);
        fake_kafka_expire(partition(), 10);
        char id[100];
        snprintf(id, sizeof(id), "[{\"topic\":\"u\",\"partition\":0,%s}]", cases[i].start);
        assert_int_equal(fixture_attach(&f, &one, id, &sse), 0);
        fixture_run(&f, 100);
        assert_int_equal(test_client_count(&one, "event: message\n"), cases[i].messages);
        assert_int_equal(test_client_count(&one, "event: gap\n"), cases[i].gaps);
        assert_null(one.client.replay); /* live */
        assert_int_equal(f.kafka.replay_readers, 0);
        end();
    }
}

static void logs_are_read_where_they_reach(void **state)
{
    (void)state;
    begin(&fixture_options);
    assert_int_equal(fixture_attach(&f, &one, "[\"u\"]", &sse), 0);
    fixture_run(&f, 50);
    fixture_produce(&f, "u", 0, 20);
    fixture_run(&f, 50);
    assert_int_equal(
        fixture_attach(&f, &two, "[{\"topic\":\"u\",\"partition\":0,\"offset\":5}]", &sse), 0);
    fixture_run(&f, 50);
    assert_int_equal(test_client_count(&two, "event: message\n"), 15);
    assert_int_equal(f.feed->context.counters.replays_from_kafka, 0);
    feed_detach(&two.client, NULL);
    end();
}

/* The first id shows where quiet partitions really stand. */
static void the_first_id_is_true(void **state)
{
    (void)state;
    begin(&fixture_options);
    fixture_produce(&f, "t", 0, 9);
    fixture_produce(&f, "t", 1, 1);
    assert_int_equal(fixture_attach(&f, &one,
                                    "[{\"topic\":\"t\",\"partition\":0,\"offset\":9},"
                                    "{\"topic\":\"t\",\"partition\":1,\"offset\":0}]",
                                    &sse),
                     0);
    fixture_run(&f, 50);
    assert_non_null(strstr(one.got, "id: [{\"topic\":\"t\",\"partition\":0,\"offset\":9},"
                                    "{\"topic\":\"t\",\"partition\":1,\"offset\":1}]"));
    end();
}

/* One reader of each kind, two partitions far apart: who stalls gives it back. */
static void readers_are_shared_in_turn(void **state)
{
    (void)state;
    begin(&fixture_options);
    fixture_produce(&f, "u", 0, 2000);
    fixture_produce(&f, "t", 0, 2000);
    assert_int_equal(
        fixture_attach(&f, &one, "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]", &sse), 0);
    assert_int_equal(
        fixture_attach(&f, &two, "[{\"topic\":\"t\",\"partition\":0,\"offset\":0}]", &sse), 0);
    one.room = 1000;
    fixture_run(&f, 50);
    assert_int_not_equal(two.len, 0);
    fixture_run(&f, 3000);
    assert_int_equal(test_client_count(&two, "event: message\n"), 2000);
    test_client_unblock(&one);
    fixture_run(&f, 1000);
    assert_int_equal(test_client_count(&one, "event: message\n"), 2000);
    feed_detach(&two.client, NULL);
    end();
}

static const char *const from_start = "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]";

/* Kafka is read once for both, also while the one that began it takes nothing. */
static void who_comes_the_same_way_shares(void **state)
{
    (void)state;
    begin(&fixture_options);
    fixture_produce(&f, "u", 0, 1000);
    assert_int_equal(fixture_attach(&f, &one, from_start, &sse), 0);
    assert_int_equal(fixture_attach(&f, &two, from_start, &sse), 0);
    one.room = 1000;
    fixture_run(&f, 150); /* sooner than a stalled one is taken the reader from */
    assert_int_equal(test_client_count(&two, "event: message\n"), 1000);
    test_client_unblock(&one);
    fixture_run(&f, 1000);
    assert_string_equal(one.got, two.got);
    assert_int_equal(f.feed->context.counters.replays_from_kafka, 1);
    assert_int_equal(f.feed->context.counters.records_fetched_for_replays, 1000);
    feed_detach(&two.client, NULL);
    end();
}

/* ... and a second one that comes when the first has gone, for a while. */
static void what_was_read_is_kept_for_a_while(void **state)
{
    (void)state;
    begin(&fixture_options);
    fixture_produce(&f, "u", 0, 500);
    assert_int_equal(fixture_attach(&f, &one, from_start, &sse), 0);
    fixture_run(&f, 100);
    assert_int_equal(fixture_attach(&f, &two, from_start, &sse), 0);
    fixture_run(&f, 100);
    assert_string_equal(one.got, two.got);
    assert_int_equal(f.feed->context.counters.replays_from_kafka, 1);
    feed_detach(&two.client, NULL);
    fixture_run(&f, 7000);
    assert_int_equal(replays_usage(f.feed->replays).cached_bytes, 0);
    assert_int_equal(fixture_attach(&f, &two, from_start, &sse), 0);
    fixture_run(&f, 100);
    assert_int_equal(test_client_count(&two, "event: message\n"), 500);
    assert_int_equal(f.feed->context.counters.replays_from_kafka, 2);
    feed_detach(&two.client, NULL);
    end();
}

/* The one that owns the reader leaves in the middle: the other goes on with it. */
static void the_reader_is_inherited(void **state)
{
    (void)state;
    begin(&fixture_options);
    f.kafka.largest_batch = 50;
    fixture_produce(&f, "u", 0, 3000);
    assert_int_equal(fixture_attach(&f, &one, from_start, &sse), 0);
    assert_int_equal(fixture_attach(&f, &two, from_start, &sse), 0);
    one.client.replay->pace.is_fast = true; /* readers of that kind are kept */
    two.client.replay->pace.is_fast = true;
    fixture_run(&f, 30);
    assert_true(two.len > 0 && two.client.replay != NULL);
    feed_detach(&one.client, NULL);
    fixture_run(&f, 2000);
    assert_int_equal(test_client_count(&two, "event: message\n"), 3000);
    assert_int_equal(f.feed->context.counters.replays_from_kafka, 1);
    feed_detach(&two.client, NULL);
    end();
}

/* The one that comes from further back stops where the other began. */
static void cached_ranges_meet(void **state)
{
    (void)state;
    begin(&fixture_options);
    fixture_produce(&f, "u", 0, 900);
    assert_int_equal(
        fixture_attach(&f, &one, "[{\"topic\":\"u\",\"partition\":0,\"offset\":600}]", &sse), 0);
    fixture_run(&f, 100);
    assert_int_equal(f.feed->context.counters.records_fetched_for_replays, 300);
    assert_int_equal(fixture_attach(&f, &two, from_start, &sse), 0);
    fixture_run(&f, 100);
    assert_int_equal(test_client_count(&two, "event: message\n"), 900);
    assert_in_range(f.feed->context.counters.records_fetched_for_replays, 900, 901);
    feed_detach(&two.client, NULL);
    end();
}

/* A partition that cannot be read holds no reader that others could use. */
static void a_lost_partition_holds_up_nobody(void **state)
{
    (void)state;
    begin(&fixture_options);
    fixture_produce(&f, "t", 0, 10);
    fixture_produce(&f, "t", 1, 10);
    assert_int_equal(fixture_attach(&f, &two, "[\"t\"]", &sse), 0);
    fixture_run(&f, 50);
    fake_kafka_topic(&f.kafka, "t")->partition_count = 1; /* cut short: the feed keeps both */
    assert_int_equal(fixture_attach(&f, &one,
                                    "[{\"topic\":\"t\",\"partition\":0,\"offset\":0},"
                                    "{\"topic\":\"t\",\"partition\":1,\"offset\":0}]",
                                    &sse),
                     0);
    fixture_run(&f, 50);
    assert_int_equal(test_client_count(&one, "event: message\n"), 10);
    assert_int_equal(f.kafka.replay_readers, 0);
    fixture_produce(&f, "t", 0, 1);
    fixture_run(&f, 50);
    assert_int_equal(test_client_count(&one, "event: message\n"), 11);
    feed_detach(&two.client, NULL);
    end();
}

/* Kafka's end is beyond the last record, at a transaction's marker that the tail never tells of. */
static void holes_at_the_end_hold_up_nobody(void **state)
{
    (void)state;
    begin(&fixture_options);
    fixture_produce(&f, "u", 0, 5);
    assert_int_equal(fixture_attach(&f, &two, "[\"u\"]", &sse), 0);
    fixture_run(&f, 50);
    fake_kafka_produce(&f.kafka, partition(), FAKE_HOLE, 0);
    const char *id = "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]";
    assert_int_equal(fixture_attach(&f, &one, id, &sse), 0);
    fixture_run(&f, 50);
    assert_int_equal(test_client_count(&one, "event: message\n"), 5);
    assert_null(one.client.replay);
    feed_detach(&two.client, NULL);
    end();
}

/* Where latest is was decided while a heartbeat was stuck: giving that back forgets nothing. */
static void a_stuck_heartbeat_takes_no_decision_with_it(void **state)
{
    (void)state;
    begin(&fixture_options);
    fixture_produce(&f, "u", 0, 7);
    f.kafka.is_down = true;
    assert_int_equal(fixture_attach(&f, &one, "[\"u\"]", &sse), 0);
    one.room = 0;
    fixture_run(&f, 15500);
    assert_true(one.is_wanted);
    f.kafka.is_down = false;
    fixture_run(&f, 5000);
    test_client_unblock(&one);
    fixture_produce(&f, "u", 0, 1);
    fixture_run(&f, 50);
    assert_int_equal(test_client_count(&one, "event: message\n"), 1);
    assert_non_null(strstr(one.got, "\"partition\":0,\"offset\":8}]"));
    end();
}

static void heartbeats_while_waiting(void **state)
{
    (void)state;
    begin(&fixture_options);
    f.kafka.is_down = true;
    assert_int_equal(
        fixture_attach(&f, &one, "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]", &sse), 0);
    fixture_run(&f, 31000);
    assert_string_equal(one.got, ":heartbeat\n\n:heartbeat\n\n");
    f.kafka.is_down = false;
    fixture_produce(&f, "u", 0, 1);
    fixture_run(&f, 3000);
    assert_int_equal(test_client_count(&one, "event: message\n"), 1);
    assert_null(one.client.replay);
    end();
}

static void a_gap_that_is_an_error_ends(void **state)
{
    (void)state;
    struct view view = {.format = FORMAT_SSE, .gap = GAP_ERROR};
    begin(&fixture_options);
    fixture_produce(&f, "u", 0, 20);
    fake_kafka_expire(partition(), 10);
    assert_int_equal(
        fixture_attach(&f, &one, "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]", &view), 0);
    fixture_run(&f, 100);
    assert_true(one.is_ended);
    assert_int_equal(one.reason, END_GAP);
    assert_int_equal(one.len, 0);
    end();
}

static void no_memory(void **state)
{
    (void)state;
    for (long n = 0; n < 80; n++) {
        begin(&fixture_options);
        fixture_produce(&f, "u", 0, 20);
        mem_fail_after(n);
        const char *id = "[{\"topic\":\"u\",\"partition\":0,\"timestamp\":0}]";
        int result = fixture_attach(&f, &one, id, &sse);
        if (result == 0) {
            fixture_run(&f, 2500);
            size_t messages = test_client_count(&one, "event: message\n");
            assert_true(one.is_ended || messages == 20);
        }
        mem_fail_after(-1);
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_where_it_is_asked_to),
        cmocka_unit_test(logs_are_read_where_they_reach),
        cmocka_unit_test(the_first_id_is_true),
        cmocka_unit_test(readers_are_shared_in_turn),
        cmocka_unit_test(who_comes_the_same_way_shares),
        cmocka_unit_test(what_was_read_is_kept_for_a_while),
        cmocka_unit_test(the_reader_is_inherited),
        cmocka_unit_test(cached_ranges_meet),
        cmocka_unit_test(a_lost_partition_holds_up_nobody),
        cmocka_unit_test(holes_at_the_end_hold_up_nobody),
        cmocka_unit_test(a_stuck_heartbeat_takes_no_decision_with_it),
        cmocka_unit_test(heartbeats_while_waiting),
        cmocka_unit_test(a_gap_that_is_an_error_ends),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
