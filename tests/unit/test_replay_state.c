/* The states of a replay: what it waits for, and what wakes it. */
#include "feed/replay/replay_parts.h"

#include "support/fixture.h"
#include "support/unit.h"

enum {
    LARGE_BYTES = 60 * 1000 /* of a record: one fills the memory for frames */
};

static struct fixture f;
static struct test_client one;
static struct test_client two;
static const struct view sse = {.format = FORMAT_SSE};
static const char from_start[] = "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]";
static const char at_end[] = "[{\"topic\":\"u\",\"partition\":0,\"offset\":2}]";
static const char since[] = "[{\"topic\":\"u\",\"partition\":0,\"timestamp\":1}]";

static void begin(void)
{
    struct feed_options options = fixture_options;
    options.replay_bytes = LARGE_BYTES;
    fixture_init(&f, &options);
    for (int i = 0; i < 2; i++) {
        fake_kafka_produce(&f.kafka, &fake_kafka_topic(&f.kafka, "u")->partitions[0], FAKE_JSON,
                           LARGE_BYTES);
    }
    memset(&one, 0, sizeof(one));
    memset(&two, 0, sizeof(two));
}

static void end(void)
{
    feed_detach(&one.client, NULL);
    feed_detach(&two.client, NULL);
    fixture_run(&f, 10);
    fixture_fini(&f);
}

static void attach(struct test_client *c, const char *id, size_t room)
{
    assert_int_equal(fixture_attach(&f, c, id, &sse), 0);
    c->room = room;
    assert_int_equal(c->client.replay->state, REPLAY_READY);
}

static void assert_state(const struct test_client *c, enum replay_state state)
{
    assert_non_null(c->client.replay);
    assert_int_equal(c->client.replay->state, state);
    replays_check(f.feed->replays);
}

static void it_waits_for_offsets(void **state)
{
    (void)state;
    begin();
    attach(&one, since, SIZE_MAX / 2);
    feed_run(f.feed, f.kafka.now_ms); /* Kafka has not been asked to answer yet */
    assert_state(&one, REPLAY_WAITS_OFFSETS);
    fixture_run(&f, 100);
    assert_int_equal(test_client_count(&one, "event: message\n"), 2);
    assert_null(one.client.replay);
    end();
}

static void it_waits_for_a_reader(void **state)
{
    (void)state;
    begin();
    f.kafka.pool_size = 1;
    attach(&one, from_start, SIZE_MAX / 2);
    fixture_run(&f, 100);
    f.kafka.pool_size = 0;
    attach(&two, from_start, SIZE_MAX / 2);
    f.kafka.now_ms += 6000; /* what the first one has read goes */
    feed_tick(f.feed, f.kafka.now_ms);
    feed_run(f.feed, f.kafka.now_ms);
    assert_state(&two, REPLAY_WAITS_READER);
    assert_int_equal(two.client.replay->reader_wait.state, READER_WAIT_QUEUED);
    f.kafka.pool_size = 1;
    fixture_run(&f, 500);
    assert_null(two.client.replay);
    assert_string_equal(one.got, two.got);
    end();
}

static void it_waits_for_records(void **state)
{
    (void)state;
    begin();
    attach(&one, at_end, SIZE_MAX / 2);
    feed_run(f.feed, f.kafka.now_ms); /* its log has no offsets yet */
    assert_state(&one, REPLAY_WAITS_RECORDS);
    replays_channel_moved(one.client.channel);
    assert_state(&one, REPLAY_READY);
    fixture_run(&f, 100);
    assert_null(one.client.replay);
    end();
}

/* Who is blocked is woken by nobody but the client. */
static void it_waits_for_its_client(void **state)
{
    (void)state;
    begin();
    attach(&one, from_start, 100);
    fixture_run(&f, 100);
    assert_state(&one, REPLAY_BLOCKED);
    assert_true(one.is_wanted);
    replay_wake(one.client.replay);
    replays_retry(f.feed->replays);
    replays_channel_moved(one.client.channel);
    assert_state(&one, REPLAY_BLOCKED);
    one.room = SIZE_MAX / 2;
    feed_on_writable(&one.client);
    assert_state(&one, REPLAY_READY);
    assert_false(one.is_wanted);
    fixture_run(&f, 100);
    assert_null(one.client.replay);
    end();
}

/* ... and who waits for memory goes on when others give theirs back. */
static void it_waits_for_memory(void **state)
{
    (void)state;
    begin();
    f.kafka.pool_size = 2;
    attach(&one, from_start, 100);
    fixture_run(&f, 100);
    assert_true(replays_are_over_budget(f.feed->replays));
    attach(&two, from_start, SIZE_MAX / 2);
    two.client.replay->is_new = false; /* else it needs none for its first chunk */
    feed_run(f.feed, f.kafka.now_ms);
    assert_state(&two, REPLAY_WAITS_MEMORY);
    fixture_run(&f, 2000); /* the first one stalls */
    assert_null(two.client.replay);
    assert_int_equal(test_client_count(&two, "event: message\n"), 2);
    end();
}

static void it_keeps_its_place_when_it_is_woken_twice(void **state)
{
    (void)state;
    begin();
    attach(&one, from_start, SIZE_MAX / 2);
    attach(&two, from_start, SIZE_MAX / 2);
    replay_wake(one.client.replay);
    assert_ptr_equal(replays_next(f.feed->replays), one.client.replay);
    assert_int_equal(one.client.replay->state, REPLAY_RUNNING);
    assert_ptr_equal(replays_next(f.feed->replays), two.client.replay);
    replay_rest(two.client.replay, REPLAY_READY);
    replay_wake(one.client.replay); /* in the midst of its step: it stays ready */
    replay_rest(one.client.replay, REPLAY_WAITS_RECORDS);
    assert_state(&one, REPLAY_READY);
    end();
}

static void kafka_is_not_asked_too_soon(void **state)
{
    (void)state;
    begin();
    attach(&one, at_end, SIZE_MAX / 2);
    feed_run(f.feed, f.kafka.now_ms);
    one.client.replay->not_before_ms = f.kafka.now_ms + 1;
    replay_wake(one.client.replay);
    assert_state(&one, REPLAY_WAITS_RECORDS);
    f.kafka.now_ms++;
    feed_run(f.feed, f.kafka.now_ms);
    replay_wake(one.client.replay);
    assert_state(&one, REPLAY_READY);
    end();
}

static void a_dead_one_stays_dead(void **state)
{
    (void)state;
    begin();
    attach(&one, from_start, SIZE_MAX / 2);
    struct replay *r = one.client.replay;
    feed_detach(&one.client, NULL);
    assert_int_equal(r->state, REPLAY_DEAD);
    replay_wake(r);
    assert_int_equal(r->state, REPLAY_DEAD);
    assert_int_equal(replays_usage(f.feed->replays).count, 1);
    feed_run(f.feed, f.kafka.now_ms);
    assert_int_equal(replays_usage(f.feed->replays).count, 0);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_waits_for_offsets),
        cmocka_unit_test(it_waits_for_a_reader),
        cmocka_unit_test(it_waits_for_records),
        cmocka_unit_test(it_waits_for_its_client),
        cmocka_unit_test(it_waits_for_memory),
        cmocka_unit_test(it_keeps_its_place_when_it_is_woken_twice),
        cmocka_unit_test(kafka_is_not_asked_too_soon),
        cmocka_unit_test(a_dead_one_stays_dead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
