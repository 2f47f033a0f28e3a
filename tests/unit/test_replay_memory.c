/* What replays hold beside slow clients of large records: who has had nothing yet waits for nobody.
 */
#include "feed/feed.h"
#include "feed/replay/replay_parts.h"
#include "support/fixture.h"
#include "support/unit.h"

enum {
    LARGE_BYTES = 100 * 1000
};

static struct fixture f;
static struct test_client one;
static const struct view sse = {.format = FORMAT_SSE};
static const char *const from_start = "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]";

/* One large record is more than all frames of replays may hold. */
static void begin(void)
{
    struct feed_options options = fixture_options;
    options.replay_bytes = LARGE_BYTES;
    fixture_init(&f, &options);
    f.kafka.pool_size = 1;
    struct fake_topic *u = fake_kafka_topic(&f.kafka, "u");
    fake_kafka_produce(&f.kafka, &u->partitions[0], FAKE_JSON, LARGE_BYTES);
}

/* Clients that take nothing of large records hold the whole budget for a second. */
static void who_has_had_nothing_does_not_wait_for_memory(void **state)
{
    (void)state;
    static struct test_client mute[3];
    begin();
    fixture_produce(&f, "t", 0, 3);
    for (size_t i = 0; i < ARRAY_LEN(mute); i++) {
        assert_int_equal(fixture_attach(&f, &mute[i], from_start, &sse), 0);
        mute[i].room = 10;
    }
    fixture_run(&f, 200);
    assert_true(replays_are_over_budget(f.feed->replays));
    const char *id = "[{\"topic\":\"t\",\"partition\":0,\"offset\":0}]";
    assert_int_equal(fixture_attach(&f, &one, id, &sse), 0);
    fixture_run(&f, 200);
    assert_int_equal(test_client_count(&one, "event: message\n"), 3);
    feed_detach(&one.client, NULL);
    for (size_t i = 0; i < ARRAY_LEN(mute); i++) {
        feed_detach(&mute[i].client, NULL);
    }
    fixture_fini(&f);
}

/* What they do not take at once is not kept: or all who come would hold a chunk beside the budget.
 */
static void who_has_had_nothing_keeps_nothing_beyond_the_budget(void **state)
{
    (void)state;
    static struct test_client mute[5];
    begin();
    for (size_t i = 0; i < ARRAY_LEN(mute); i++) {
        assert_int_equal(fixture_attach(&f, &mute[i], from_start, &sse), 0);
        mute[i].room = 10;
        fixture_run(&f, 100);
        assert_int_equal(mute[i].len, 10);
    }
    assert_true(replays_usage(f.feed->replays).frame_bytes < 2 * LARGE_BYTES);
    for (size_t i = 0; i < ARRAY_LEN(mute); i++) {
        test_client_unblock(&mute[i]);
        fixture_run(&f, 500);
        assert_int_equal(test_client_count(&mute[i], "event: message\n"), 1);
        assert_string_equal(mute[i].got, mute[0].got);
    }
    for (size_t i = 0; i < ARRAY_LEN(mute); i++) {
        feed_detach(&mute[i].client, NULL);
    }
    fixture_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_had_nothing_does_not_wait_for_memory),
        cmocka_unit_test(who_has_had_nothing_keeps_nothing_beyond_the_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
