/* Channels: one rendering for many clients, slow ones, new partitions, ends, gaps and no memory. */
#include "feed/channel/channel.h"

#include "feed/replay/replay.h"
#include "support/fixture.h"
#include "support/unit.h"

static struct fixture f;
static struct test_client one;
static struct test_client two;
static const struct view sse = {.format = FORMAT_SSE};

static void begin(size_t channel_bytes)
{
    struct feed_options options = fixture_options;
    options.channel_bytes = channel_bytes;
    options.heartbeat_ms = 1000;
    fixture_init(&f, &options);
}

static void attach_live(struct test_client *c, const char *id, const struct view *view)
{
    assert_int_equal(fixture_attach(&f, c, id, view), 0);
    fixture_run(&f, 50);
    assert_non_null(c->client.channel);
    assert_null(c->client.replay);
}

static void one_rendering_for_all(void **state)
{
    (void)state;
    begin(1 << 20);
    attach_live(&one, "[\"t\"]", &sse);
    attach_live(&two, "[\"t\"]", &sse);
    assert_ptr_equal(one.client.channel, two.client.channel);
    fixture_produce(&f, "t", 0, 3);
    fixture_run(&f, 50);
    assert_int_equal(f.feed->context.counters.frames_rendered, 3);
    assert_int_equal(test_client_count(&one, "event: message\n"), 3);
    assert_string_equal(one.got, two.got);
    feed_detach(&one.client, NULL);
    feed_detach(&two.client, NULL);
    feed_detach(&two.client, NULL); /* again: fine */
    fixture_run(&f, 10);
    assert_true(list_is_empty(&f.feed->channels.all));
    fixture_fini(&f);
}

static void another_view_is_another_channel(void **state)
{
    (void)state;
    begin(1 << 20);
    struct view chunked = {.format = FORMAT_SSE, .is_chunked = true};
    attach_live(&one, "[\"t\"]", &sse);
    attach_live(&two, "[\"t\"]", &chunked);
    assert_ptr_not_equal(one.client.channel, two.client.channel);
    feed_detach(&one.client, NULL);
    feed_detach(&two.client, NULL);
    fixture_fini(&f);
}

static void a_slow_client_goes_on_where_it_was(void **state)
{
    (void)state;
    begin(1 << 20);
    attach_live(&one, "[\"u\"]", &sse);
    attach_live(&two, "[\"u\"]", &sse);
    two.room = 30;
    fixture_produce(&f, "u", 0, 100);
    fixture_run(&f, 50);
    assert_int_equal(two.len, 30);
    assert_true(two.is_wanted);
    assert_non_null(two.client.segment);
    test_client_unblock(&two);
    assert_false(two.is_wanted);
    assert_null(two.client.segment);
    assert_string_equal(one.got, two.got);
    feed_detach(&one.client, NULL);
    feed_detach(&two.client, NULL);
    fixture_fini(&f);
}

static void channels_together_are_bounded(void **state)
{
    (void)state;
    static const struct view ndjson = {.format = FORMAT_NDJSON};
    begin(1 << 20);
    f.feed->context.options.channels_bytes = 5000;
    attach_live(&one, "[\"u\"]", &sse);
    attach_live(&two, "[\"u\"]", &ndjson);
    one.room = 30;
    two.room = 30;
    fixture_produce(&f, "u", 0, 300);
    fixture_run(&f, 50);
    assert_int_equal(f.feed->context.counters.demotions, 2);
    fixture_run(&f, 5000);
    test_client_unblock(&one);
    fixture_run(&f, 50);
    assert_null(one.client.replay);
    assert_int_equal(test_client_count(&one, "event: message\n"), 300);
    feed_detach(&one.client, NULL);
    feed_detach(&two.client, NULL);
    fixture_run(&f, 50);
    assert_int_equal(f.feed->channels.bytes, 0);
    fixture_fini(&f);
}

/* Channels are many: what each keeps of its last large frame would be beyond all bounds. */
static void a_large_frame_is_not_kept(void **state)
{
    (void)state;
    static const size_t large = 200 * 1000;
    static const size_t rooms[] = {SIZE_MAX / 2, 30}; /* takes all of it, becomes a replay */
    for (size_t i = 0; i < ARRAY_LEN(rooms); i++) {
        begin(100 * 1000);
        attach_live(&one, "[\"u\"]", &sse);
        one.room = rooms[i];
        fake_kafka_produce(&f.kafka, &fake_kafka_topic(&f.kafka, "u")->partitions[0], FAKE_JSON,
                           large);
        fixture_run(&f, 50);
        assert_int_equal(f.feed->context.counters.frames_rendered, 1);
        assert_int_equal(f.feed->context.counters.demotions, i);
        assert_true(f.feed->channels.bytes < large / 2);
        feed_detach(&one.client, NULL);
        fixture_fini(&f);
    }
}

static void a_very_slow_client_becomes_a_replay(void **state)
{
    (void)state;
    begin(1000);
    attach_live(&one, "[\"u\"]", &sse);
    attach_live(&two, "[\"u\"]", &sse);
    two.room = 30;
    fixture_produce(&f, "u", 0, 300);
    fixture_run(&f, 50);
    assert_non_null(two.client.replay);
    assert_int_equal(f.feed->context.counters.demotions, 1);
    fixture_run(&f, 5000);
    test_client_unblock(&two);
    fixture_run(&f, 50);
    assert_null(two.client.replay);
    assert_int_equal(test_client_count(&two, "event: message\n"), 300);
    assert_memory_equal(one.got, two.got, 30000);
    feed_detach(&one.client, NULL);
    feed_detach(&two.client, NULL);
    fixture_fini(&f);
}

/* A channel without clients follows its logs: who comes later must not get what nobody was shown.
 */
static void who_joins_a_quiet_channel_gets_new_records_only(void **state)
{
    (void)state;
    begin(1000);
    attach_live(&one, "[\"t\"]", &sse);
    fixture_produce(&f, "t", 0, 1);
    fixture_run(&f, 50);
    /* Held by a replay that cannot go on, while nobody is attached. */
    assert_int_equal(
        fixture_attach(&f, &two, "[{\"topic\":\"t\",\"partition\":0,\"offset\":0},\"t\"]", &sse),
        0);
    two.room = 10;
    fixture_run(&f, 50);
    feed_detach(&one.client, NULL);
    fixture_produce(&f, "t", 0, 5);
    fixture_run(&f, 50);
    attach_live(&one, "[\"t\"]", &sse);
    one.room = 5;
    fixture_produce(&f, "t", 1, 100); /* one is demoted behind records of the other partition */
    fixture_run(&f, 50);
    assert_int_equal(f.feed->context.counters.demotions, 1);
    test_client_unblock(&one);
    fixture_run(&f, 50);
    assert_int_equal(test_client_count(&one, "\"partition\":1,\"offset\":1,\"timestamp\""), 1);
    assert_int_equal(test_client_count(&one, "\"partition\":0,\"offset\":5,\"timestamp\""), 0);
    assert_int_equal(test_client_count(&one, "event: message\n"), 100);
    feed_detach(&one.client, NULL);
    feed_detach(&two.client, NULL);
    fixture_fini(&f);
}

/* Who joined has no id yet, and who has one is told when it moved past what is not shown. */
static void heartbeats_tell_quiet_moves(void **state)
{
    (void)state;
    static const char first[] = "event: position\nid: "
                                "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]\ndata: \n\n";
    static const char beat[] = ":heartbeat\n\n";
    static const char moved[] = "event: position\nid: "
                                "[{\"topic\":\"u\",\"partition\":0,\"offset\":1}]\ndata: \n\n";
    begin(1 << 20);
    attach_live(&one, "[\"u\"]", &sse);
    fixture_run(&f, 1500);
    assert_string_equal(one.got, first);
    one.len = 0;
    fixture_run(&f, 1000);
    assert_string_equal(one.got, beat);
    one.len = 0;
    fake_kafka_produce(&f.kafka, &fake_kafka_topic(&f.kafka, "u")->partitions[0], FAKE_BROKEN, 0);
    fixture_run(&f, 1000);
    assert_string_equal(one.got, moved);
    feed_detach(&one.client, NULL);
    fixture_fini(&f);
}

static void a_client_that_is_gone_is_told_once(void **state)
{
    (void)state;
    begin(1 << 20);
    attach_live(&one, "[\"u\"]", &sse);
    one.is_gone = true;
    fixture_produce(&f, "u", 0, 1);
    fixture_run(&f, 50);
    assert_true(one.is_ended);
    assert_int_equal(one.reason, END_GONE);
    assert_null(one.client.channel);
    fixture_fini(&f);
}

static void detaching_ends_on_a_whole_frame(void **state)
{
    (void)state;
    begin(1 << 20);
    attach_live(&one, "[\"u\"]", &sse);
    one.room = 30;
    fixture_produce(&f, "u", 0, 2);
    fixture_run(&f, 50);
    struct buf rest = BUF_INIT;
    feed_detach(&one.client, &rest);
    assert_true(rest.len > 2);
    assert_memory_equal(rest.data + rest.len - 3, "}\n\n", 3);
    buf_append_char(&rest, '\0');
    assert_null(strstr(rest.data, "event")); /* of that frame only */
    buf_fini(&rest);
    fixture_fini(&f);
}

static void a_gap_is_told_by_policy(void **state)
{
    (void)state;
    static const struct {
        enum gap_policy gap;
        size_t events;
        bool is_ended;
    } cases[] = {{GAP_EVENT, 1, false}, {GAP_SILENT, 0, false}, {GAP_ERROR, 0, true}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        begin(1 << 20);
        struct view view = {.format = FORMAT_SSE, .gap = cases[i].gap};
        struct fake_partition *p = &fake_kafka_topic(&f.kafka, "u")->partitions[0];
        attach_live(&one, "[\"u\"]", &view);
        fixture_produce(&f, "u", 0, 5);
        fake_kafka_expire(p, 4); /* before anybody read them */
        fixture_run(&f, 3000);
        assert_int_equal(test_client_count(&one, "event: gap\n"), cases[i].events);
        assert_int_equal(test_client_count(&one, "\"from\":0,\"to\":4,\"reason\":\"expired\""),
                         cases[i].events);
        assert_int_equal(one.is_ended, cases[i].is_ended);
        assert_int_equal(f.feed->context.counters.gaps, 1);
        assert_int_equal(test_client_count(&one, "event: message\n"), cases[i].is_ended ? 0 : 1);
        feed_detach(&one.client, NULL);
        fixture_fini(&f);
    }
}

/* A log may jump while only a replay is on its way to its channel: nobody was told. */
/* Who came back with the old id would miss what the partition has got since. */
static void a_silent_gap_still_moves_the_id(void **state)
{
    (void)state;
    begin(1 << 20);
    struct view view = {.format = FORMAT_SSE, .gap = GAP_SILENT};
    struct fake_partition *p = &fake_kafka_topic(&f.kafka, "u")->partitions[0];
    attach_live(&one, "[\"u\"]", &view);
    fixture_produce(&f, "u", 0, 5);
    fixture_run(&f, 100);
    assert_int_equal(test_client_count(&one, "event: message\n"), 5);
    fake_kafka_cut(p, 2);
    fixture_run(&f, 20000);
    assert_int_equal(f.feed->context.counters.gaps, 1);
    assert_int_equal(test_client_count(&one, "event: gap\n"), 0);
    assert_int_equal(test_client_count(&one, "event: position\nid: "
                                             "[{\"topic\":\"u\",\"partition\":0,\"offset\":2}]\n"),
                     1);
    feed_detach(&one.client, NULL);
    fixture_fini(&f);
}

static void a_gap_without_clients_is_not_counted(void **state)
{
    (void)state;
    begin(1 << 20);
    struct fake_partition *p = &fake_kafka_topic(&f.kafka, "u")->partitions[0];
    fixture_produce(&f, "u", 0, 50);
    assert_int_equal(
        fixture_attach(&f, &one, "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]", &sse), 0);
    one.room = 10;
    fixture_run(&f, 50);
    fixture_produce(&f, "u", 0, 10);
    fake_kafka_expire(p, 55);
    fixture_run(&f, 3000);
    assert_int_equal(f.feed->context.counters.gaps, 0);
    test_client_unblock(&one);
    fixture_run(&f, 100);
    assert_int_equal(f.feed->context.counters.gaps, 1);
    assert_int_equal(test_client_count(&one, "event: gap\n"), 1);
    feed_detach(&one.client, NULL);
    fixture_fini(&f);
}

/* A channel that a client has just left is no longer listed, but who comes at once gets it. */
static void a_dying_channel_takes_new_partitions(void **state)
{
    (void)state;
    begin(1 << 20);
    attach_live(&one, "[\"t\"]", &sse);
    feed_detach(&one.client, NULL);
    assert_int_equal(fixture_attach(&f, &two, "[\"t\"]", &sse), 0);
    fake_kafka_topic(&f.kafka, "t")->partition_count = 3;
    fixture_tell_topics(&f);
    fixture_run(&f, 50);
    attach_live(&one, "[\"t\"]", &sse);
    assert_ptr_equal(one.client.channel, two.client.channel);
    fixture_produce(&f, "t", 2, 1);
    fixture_run(&f, 50);
    assert_int_equal(test_client_count(&two, "\"partition\":2,\"offset\":0,"), 1);
    feed_detach(&one.client, NULL);
    feed_detach(&two.client, NULL);
    fixture_fini(&f);
}

/* Who could not come back with the new id is told; the others, live or not, have the partition. */
static void new_partitions_that_make_an_id_too_long(void **state)
{
    (void)state;
    begin(1 << 20);
    attach_live(&one, "[\"t\"]", &sse);
    attach_live(&two, "[\"t\"]", &sse);
    one.client.max_id_len = 2 + 2 * event_id_longest_partition("t", 0);
    two.client.max_id_len = 2 + 3 * event_id_longest_partition("t", 0);
    fake_kafka_topic(&f.kafka, "t")->partition_count = 3;
    fixture_tell_topics(&f);
    assert_true(one.is_ended && one.reason == END_ID);
    assert_false(two.is_ended);
    fixture_produce(&f, "t", 2, 1);
    fixture_run(&f, 50);
    assert_int_equal(test_client_count(&two, "\"partition\":2,\"offset\":0,"), 1);
    feed_detach(&two.client, NULL);
    fixture_fini(&f);
}

static void nor_do_replays_get_them(void **state)
{
    (void)state;
    begin(1 << 20);
    fixture_produce(&f, "t", 0, 100);
    static const char from_start[] = "[\"t\",{\"topic\":\"t\",\"partition\":0,\"offset\":0}]";
    assert_int_equal(fixture_attach(&f, &one, from_start, &sse), 0);
    one.room = 100;
    one.client.max_id_len = 2 + 2 * event_id_longest_partition("t", 0);
    fixture_run(&f, 50);
    assert_non_null(one.client.replay);
    fake_kafka_topic(&f.kafka, "t")->partition_count = 3;
    fixture_tell_topics(&f);
    assert_true(one.is_ended && one.reason == END_ID);
    assert_memory_equal(one.got + one.len - 2, "\n\n", 2);
    fixture_run(&f, 50);
    fixture_fini(&f);
}

/* Without memory streams end, on a whole frame, and the feed goes on. */
static void live_through_a_fault(void)
{
    bool is_attached = fixture_attach(&f, &one, "[\"u\"]", &sse) == 0;
    fixture_produce(&f, "u", 0, 2);
    fixture_run(&f, 1500);
    bool is_cut = one.is_ended && one.reason == END_GONE;
    if (is_attached && !is_cut && one.len > 0) {
        assert_memory_equal(one.got + one.len - 2, "\n\n", 2);
    }
    mem_fail_after(-1);
    feed_detach(&one.client, NULL);
    fixture_run(&f, 50);
}

static void no_memory(void **state)
{
    (void)state;
    for (long n = 0; n < 60; n++) {
        begin(1 << 20);
        mem_fail_after(n);
        live_through_a_fault();
        assert_int_equal(fixture_attach(&f, &one, "[\"u\"]", &sse), 0);
        fixture_run(&f, 2000);
        fixture_produce(&f, "u", 0, 1);
        fixture_run(&f, 2000);
        assert_int_equal(test_client_count(&one, "event: message\n"), 1);
        feed_detach(&one.client, NULL);
        fixture_fini(&f);
    }
}

/* Half a gap event would move the id over the gap, and say nothing. */
static void a_gap_without_memory_is_told_later(void **state)
{
    (void)state;
    for (long n = 0; n < 12; n++) {
        begin(1 << 20);
        struct fake_partition *p = &fake_kafka_topic(&f.kafka, "u")->partitions[0];
        attach_live(&one, "[\"u\"]", &sse);
        fixture_produce(&f, "u", 0, 5);
        fake_kafka_expire(p, 4); /* before anybody read them */
        mem_fail_after(n);
        fixture_run(&f, 3000);
        mem_fail_after(-1);
        assert_int_equal(test_client_count(&one, "event: gap\n"),
                         test_client_count(&one, "\"reason\":\"expired\"}\n"));
        assert_true(one.is_ended || test_client_count(&one, "event: gap\n") == 1);
        feed_detach(&one.client, NULL);
        fixture_fini(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rendering_for_all),
        cmocka_unit_test(another_view_is_another_channel),
        cmocka_unit_test(a_slow_client_goes_on_where_it_was),
        cmocka_unit_test(channels_together_are_bounded),
        cmocka_unit_test(a_large_frame_is_not_kept),
        cmocka_unit_test(a_very_slow_client_becomes_a_replay),
        cmocka_unit_test(who_joins_a_quiet_channel_gets_new_records_only),
        cmocka_unit_test(heartbeats_tell_quiet_moves),
        cmocka_unit_test(a_client_that_is_gone_is_told_once),
        cmocka_unit_test(detaching_ends_on_a_whole_frame),
        cmocka_unit_test(a_gap_is_told_by_policy),
        cmocka_unit_test(a_silent_gap_still_moves_the_id),
        cmocka_unit_test(a_gap_without_clients_is_not_counted),
        cmocka_unit_test(a_dying_channel_takes_new_partitions),
        cmocka_unit_test(new_partitions_that_make_an_id_too_long),
        cmocka_unit_test(nor_do_replays_get_them),
        cmocka_unit_test(no_memory),
        cmocka_unit_test(a_gap_without_memory_is_told_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
