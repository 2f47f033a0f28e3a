/* What time does to replays: who waits for memory gets some, whatever slow clients do; and
 * heartbeats. */
#include "feed/replay/replay_parts.h"

#include "support/fixture.h"
#include "support/unit.h"

enum {
    LARGE_BYTES = 60 * 1000, /* of a record: one fills the memory for frames */
    LARGE_RECORDS = 3,
    SLOW = 3,
    DRIP_BYTES = 10,     /* in 100 ms: it never counts as stalled */
    WAIT_MS = 1000 + 250 /* a slow client's turn, and a tick */
};

static struct fixture f;
static struct test_client slow[SLOW];
static struct test_client one;
static const struct view sse = {.format = FORMAT_SSE};

static void begin(void)
{
    struct feed_options options = fixture_options;
    options.replay_bytes = LARGE_BYTES;
    fixture_init(&f, &options);
    f.kafka.pool_size = SLOW + 1;
    fixture_produce(&f, "u", 0, 1);
    for (int i = 0; i < LARGE_RECORDS; i++) {
        fake_kafka_produce(&f.kafka, &fake_kafka_topic(&f.kafka, "u")->partitions[0], FAKE_JSON,
                           LARGE_BYTES);
    }
}

static void attach(struct test_client *c, int offset, size_t room)
{
    char id[100];
    snprintf(id, sizeof(id), "[{\"topic\":\"u\",\"partition\":0,\"offset\":%d}]", offset);
    assert_int_equal(fixture_attach(&f, c, id, &sse), 0);
    c->room = room;
}

/* So long, or until all records have come to `one`. */
static void drip(size_t count, int64_t ms)
{
    for (int64_t end_ms = f.kafka.now_ms + ms; f.kafka.now_ms < end_ms;) {
        fixture_run(&f, 100);
        for (size_t i = 0; i < count; i++) {
            slow[i].room = DRIP_BYTES;
            if (slow[i].is_wanted) {
                feed_on_writable(&slow[i].client);
            }
        }
        if (test_client_count(&one, "event: message\n") == 1 + LARGE_RECORDS) {
            return;
        }
    }
}

static void end(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        feed_detach(&slow[i].client, NULL);
    }
    feed_detach(&one.client, NULL);
    fixture_run(&f, 10);
    assert_int_equal(replays_usage(f.feed->replays).frame_bytes, 0);
    fixture_fini(&f);
}

/* Each second it takes something, and yet it does not keep the memory. */
static void a_slow_client_keeps_memory_for_a_second(void **state)
{
    (void)state;
    begin();
    attach(&slow[0], 1, DRIP_BYTES);
    fixture_run(&f, 100);
    assert_true(replays_are_over_budget(f.feed->replays));
    attach(&one, 0, SIZE_MAX / 2);
    drip(1, 2 * WAIT_MS);
    assert_int_equal(test_client_count(&one, "event: message\n"), 1 + LARGE_RECORDS);
    assert_true(slow[0].len < LARGE_BYTES);
    end(1);
}

/* They are within torn frames again and again, and so they are urgent; others get their turn. */
static void slow_clients_keep_memory_from_nobody(void **state)
{
    (void)state;
    begin();
    for (size_t i = 0; i < SLOW; i++) {
        attach(&slow[i], 1, DRIP_BYTES);
    }
    memset(&one, 0, sizeof(one));
    drip(SLOW, 5 * WAIT_MS);
    attach(&one, 0, SIZE_MAX / 2);
    drip(SLOW, 20 * WAIT_MS);
    assert_int_equal(test_client_count(&one, "event: message\n"), 1 + LARGE_RECORDS);
    end(SLOW);
}

/* Its last sign of life came from the channel, and the next one is due as if it were there. */
static void a_demoted_client_has_its_heartbeat_when_it_is_due(void **state)
{
    (void)state;
    begin();
    assert_int_equal(fixture_attach(&f, &one, "[\"u\"]", &sse), 0);
    fixture_run(&f, 50);
    assert_null(one.client.replay);
    int64_t heard_ms = one.client.channel->last_frame_ms;
    fixture_run(&f, f.feed->context.options.heartbeat_ms - 1000);
    replay_demote(f.feed->replays, &one.client);
    assert_int_equal(one.client.replay->last_frame_ms, heard_ms);
    end(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_client_keeps_memory_for_a_second),
        cmocka_unit_test(slow_clients_keep_memory_from_nobody),
        cmocka_unit_test(a_demoted_client_has_its_heartbeat_when_it_is_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
