/* What filters, projections and renderings do to channels and replays. */
#include "feed/channel/channel.h"
#include "feed/replay/replay.h"
#include "support/fixture.h"
#include "support/unit.h"

static struct fixture f;
static struct test_client one;
static struct test_client two;
static const struct view sse = {.format = FORMAT_SSE};

static void begin(const struct rendering *renderings, size_t count)
{
    struct feed_options options = fixture_options;
    options.heartbeat_ms = 1000;
    options.log_bytes = 8 << 20;
    options.replay_bytes = 8 << 20;
    options.renderings = renderings;
    options.rendering_count = count;
    fixture_init(&f, &options);
}

static void end(void)
{
    feed_detach(&one.client, NULL);
    feed_detach(&two.client, NULL);
    selection_unref(f.selection);
    f.selection = NULL;
    fixture_fini(&f);
}

static void attach(struct test_client *c, const char *id)
{
    assert_int_equal(fixture_attach(&f, c, id, &sse), 0);
    fixture_run(&f, 50);
}

/* Keeps offsets from `from` up to `to`, and fails at `fails_at`. */
struct window {
    int64_t from;
    int64_t to;
    int64_t fails_at;
    size_t calls;
};

static enum ksse_filtered in_window(void *opaque, const struct ksse_event *event,
                                    struct ksse_output *output)
{
    struct window *w = opaque;
    w->calls++;
    if (event->offset == w->fails_at) {
        output->append(output, "a bad day", 9);
        return KSSE_FILTER_FAIL;
    }
    return event->offset >= w->from && event->offset < w->to ? KSSE_FILTER_KEEP : KSSE_FILTER_DROP;
}

static struct selection *window_selection(struct window *w)
{
    struct selection *selection = selection_new();
    assert_int_equal(selection_add_call(selection, "window", in_window, w), 0);
    return selection;
}

static struct selection *fields_selection(const char *fields)
{
    struct selection *selection = selection_new();
    struct projection *projection;
    struct projection_fault fault;
    assert_int_equal(projection_new(slice_str(fields), slice_of("", 0), &projection, &fault), 0);
    selection_take_projection(selection, projection);
    return selection;
}

static void a_filter_is_asked_once_for_all_clients(void **state)
{
    (void)state;
    struct window w = {2, 4, -1, 0};
    begin(NULL, 0);
    f.selection = window_selection(&w);
    attach(&one, "[\"u\"]");
    attach(&two, "[\"u\"]");
    assert_ptr_equal(one.client.channel, two.client.channel);
    fixture_produce(&f, "u", 0, 10);
    fixture_run(&f, 50);
    assert_int_equal(w.calls, 10);
    assert_int_equal(test_client_count(&one, "event: message\n"), 2);
    assert_non_null(strstr(one.got, "\"offset\":2,"));
    assert_non_null(strstr(one.got, "\"offset\":3,"));
    assert_string_equal(one.got, two.got);
    assert_int_equal(f.feed->context.counters.records_filtered, 8);
    end();
}

static void what_is_dropped_still_moves_the_id(void **state)
{
    (void)state;
    struct window w = {0, 0, -1, 0};
    begin(NULL, 0);
    f.selection = window_selection(&w);
    attach(&one, "[\"u\"]");
    fixture_produce(&f, "u", 0, 5);
    fixture_run(&f, 1500);
    assert_int_equal(test_client_count(&one, "event: message\n"), 0);
    assert_non_null(strstr(one.got, "event: position\nid: "
                                    "[{\"topic\":\"u\",\"partition\":0,\"offset\":5}]\n"));
    end();
}

static void other_selections_are_other_channels(void **state)
{
    (void)state;
    begin(NULL, 0);
    f.selection = fixture_selection("_kafka.offset == 1");
    attach(&one, "[\"u\"]");
    selection_unref(f.selection);
    f.selection = fixture_selection("  (_kafka.offset)==2");
    attach(&two, "[\"u\"]");
    assert_ptr_not_equal(one.client.channel, two.client.channel);
    fixture_produce(&f, "u", 0, 4);
    fixture_run(&f, 50);
    assert_int_equal(test_client_count(&one, "event: message\n"), 1);
    assert_int_equal(test_client_count(&two, "event: message\n"), 1);
    assert_non_null(strstr(one.got, "\"offset\":1,"));
    assert_non_null(strstr(two.got, "\"offset\":2,"));
    feed_detach(&one.client, NULL);
    selection_unref(f.selection);
    f.selection = fixture_selection("_kafka.offset  == 2");
    attach(&one, "[\"u\"]");
    assert_ptr_equal(one.client.channel, two.client.channel);
    end();
}

static void a_failing_filter_ends_the_stream_after_what_it_kept(void **state)
{
    (void)state;
    struct window w = {0, 100, 3, 0};
    begin(NULL, 0);
    f.selection = window_selection(&w);
    attach(&one, "[\"u\"]");
    fixture_produce(&f, "u", 0, 6);
    fixture_run(&f, 50);
    assert_true(one.is_ended);
    assert_int_equal(one.reason, END_FILTER);
    assert_int_equal(test_client_count(&one, "event: message\n"), 3);
    assert_int_equal(w.calls, 4);
    assert_string_equal(one.why, "a bad day");
    end();
}

/* Its channel is about to be freed, and in use again. */
static void a_filter_fails_for_who_comes_as_the_last_one_leaves(void **state)
{
    (void)state;
    struct window w = {0, 100, 1, 0};
    begin(NULL, 0);
    f.selection = window_selection(&w);
    attach(&one, "[\"u\"]");
    feed_detach(&one.client, NULL);
    assert_int_equal(fixture_attach(&f, &two, "[\"u\"]", &sse), 0);
    fixture_produce(&f, "u", 0, 3);
    fixture_run(&f, 50);
    assert_int_equal(test_client_count(&two, "event: message\n"), 1);
    assert_true(two.is_ended);
    assert_int_equal(two.reason, END_FILTER);
    end();
}

static void a_replay_looks_through_the_selection(void **state)
{
    (void)state;
    begin(NULL, 0);
    fixture_produce(&f, "u", 0, 50);
    f.selection = fixture_selection("_kafka.offset >= 40 && _kafka.offset < 45");
    attach(&one, "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]");
    fixture_run(&f, 500);
    assert_null(one.client.replay);
    assert_int_equal(test_client_count(&one, "event: message\n"), 5);
    assert_int_equal(test_client_count(&one, "event: position\n"), 0); /* the channel tells it */
    fixture_run(&f, 1500);
    assert_int_equal(test_client_count(&one, "event: position\n"), 1);
    assert_non_null(strstr(one.got, "\"offset\":50}]"));
    end();
}

/* It must not keep the loop for itself, and its client must hear something. */
static void a_replay_that_shows_nothing_gives_signs_of_life(void **state)
{
    (void)state;
    struct window w = {1 << 20, 1 << 20, -1, 0};
    begin(NULL, 0);
    f.kafka.pool_size = 1;
    struct fake_topic *u = fake_kafka_topic(&f.kafka, "u");
    for (int i = 0; i < 400; i++) {
        fake_kafka_produce(&f.kafka, &u->partitions[0], FAKE_JSON, 5000);
    }
    f.kafka.largest_batch = 1;
    f.selection = window_selection(&w);
    attach(&one, "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]");
    fixture_run(&f, 2500);
    assert_non_null(one.client.replay);
    assert_true(w.calls < 400);
    assert_true(test_client_count(&one, "event: position\n") >= 1);
    f.kafka.largest_batch = 0;
    fixture_run(&f, 3000);
    assert_null(one.client.replay);
    assert_int_equal(w.calls, 400);
    assert_non_null(strstr(one.got, "\"offset\":400}]"));
    end();
}

static void a_failing_filter_ends_a_replay_after_what_it_kept(void **state)
{
    (void)state;
    struct window w = {0, 100, 20, 0};
    begin(NULL, 0);
    fixture_produce(&f, "u", 0, 50);
    f.selection = window_selection(&w);
    attach(&one, "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]");
    fixture_run(&f, 500);
    assert_true(one.is_ended);
    assert_int_equal(one.reason, END_FILTER);
    assert_int_equal(test_client_count(&one, "event: message\n"), 20);
    /* Who comes back to it gets the same answer at once. */
    attach(&one, "[{\"topic\":\"u\",\"partition\":0,\"offset\":20}]");
    fixture_run(&f, 500);
    assert_true(one.is_ended);
    assert_int_equal(test_client_count(&one, "event: message\n"), 0);
    end();
}

static void a_projection_is_shown_live_and_in_replays(void **state)
{
    (void)state;
    begin(NULL, 0);
    f.selection = fields_selection("n");
    fixture_produce(&f, "u", 0, 3);
    attach(&one, "[\"u\"]");
    fixture_produce(&f, "u", 0, 3);
    fixture_run(&f, 50);
    attach(&two, "[{\"topic\":\"u\",\"partition\":0,\"offset\":3}]");
    fixture_run(&f, 500);
    assert_int_equal(test_client_count(&one, "event: message\n"), 3);
    assert_int_equal(test_client_count(&two, "event: message\n"), 3);
    assert_int_equal(test_client_count(&one, "data: {\"n\":"), 3);
    assert_int_equal(test_client_count(&one, "\"x\":"), 0);
    assert_int_equal(test_client_count(&two, "\"x\":"), 0);
    end();
}

static void a_topic_in_two_renderings(void **state)
{
    (void)state;
    struct rendering renderings[] = {{deserializer_builtin("json"), false},
                                     {deserializer_builtin("text"), false}};
    begin(renderings, 2);
    assert_int_equal(f.kafka.tail_readers, 2);
    attach(&one, "[\"u\"]");
    f.rendering = 1;
    attach(&two, "[\"u\"]");
    assert_ptr_not_equal(one.client.channel, two.client.channel);
    fixture_produce(&f, "u", 0, 2);
    fixture_run(&f, 50);
    assert_int_equal(test_client_count(&one, "data: {\"n\":"), 2);
    assert_int_equal(test_client_count(&two, "data: {\"value\":\"{\\\"n\\\": "), 2);
    assert_int_equal(f.feed->context.counters.records_read, 4);
    end();
}

/* A deserializer that has to wait for something. */
static struct waiting {
    struct deserializer deserializer;
    bool is_ready;
    size_t calls;
} waiting;

static enum deserializer_outcome decode_when_ready(struct deserializer *deserializer,
                                                   const struct record *record, struct buf *out,
                                                   bool *has_members)
{
    (void)deserializer;
    waiting.calls++;
    if (!waiting.is_ready) {
        return DECODE_LATER;
    }
    return deserializer_decode(deserializer_builtin("json"), record, out, has_members);
}

static void begin_waiting(void)
{
    static const struct deserializer_ops ops = {decode_when_ready, NULL};
    waiting = (struct waiting){.deserializer = {.ops = &ops}};
    struct rendering rendering = {&waiting.deserializer, false};
    begin(&rendering, 1);
}

static void records_wait_for_their_deserializer(void **state)
{
    (void)state;
    begin_waiting();
    f.kafka.pool_size = 1;
    fixture_produce(&f, "u", 0, 3);
    attach(&one, "[\"u\"]");
    attach(&two, "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]");
    fixture_produce(&f, "u", 0, 3);
    fixture_run(&f, 5000);
    assert_int_equal(test_client_count(&one, "event: message\n"), 0);
    assert_int_equal(test_client_count(&two, "event: message\n"), 0);
    assert_true(test_client_count(&one, "\n\n") > 2); /* heartbeats go on */
    assert_true(waiting.calls > 2 && waiting.calls < 30);
    const struct partition_log *longest = NULL;
    assert_int_equal(feed_record_waits(f.feed, &longest), 1);
    assert_ptr_equal(longest, fixture_log(&f, "u", 0));
    assert_in_range(f.feed->context.now_ms - longest->wait.since_ms, 4000, 5100);
    waiting.is_ready = true;
    feed_retry(f.feed, f.kafka.now_ms);
    fixture_run(&f, 300);
    longest = NULL;
    assert_int_equal(feed_record_waits(f.feed, &longest), 0);
    assert_null(longest);
    assert_int_equal(test_client_count(&one, "event: message\n"), 3);
    assert_int_equal(test_client_count(&two, "event: message\n"), 6);
    assert_null(two.client.replay);
    assert_true(f.feed->context.counters.records_held > 0);
    end();
}

static void without_being_told_they_are_tried_again(void **state)
{
    (void)state;
    begin_waiting();
    attach(&one, "[\"u\"]");
    fixture_produce(&f, "u", 0, 3);
    fixture_run(&f, 500);
    waiting.is_ready = true;
    fixture_run(&f, 2000);
    assert_int_equal(test_client_count(&one, "event: message\n"), 3);
    end();
}

static enum deserializer_outcome skip_all(struct deserializer *deserializer,
                                          const struct record *record, struct buf *out,
                                          bool *has_members)
{
    (void)deserializer;
    (void)record;
    (void)out;
    (void)has_members;
    return DECODE_SKIPPED;
}

/* It always has more to read at once, so that no tick finds it idle. */
static void a_replay_of_what_is_skipped_gives_signs_of_life(void **state)
{
    (void)state;
    static const struct deserializer_ops ops = {skip_all, NULL};
    struct deserializer deserializer = {.ops = &ops};
    struct rendering rendering = {&deserializer, false};
    begin(&rendering, 1);
    struct fake_topic *u = fake_kafka_topic(&f.kafka, "u");
    for (int i = 0; i < 10000; i++) {
        fake_kafka_produce(&f.kafka, &u->partitions[0], FAKE_JSON, 40000);
    }
    assert_int_equal(
        fixture_attach(&f, &one, "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]", &sse), 0);
    for (int i = 0; i < 9; i++) {
        fake_kafka_dispatch(&f.kafka);
        f.kafka.now_ms += 500;
        feed_run(f.feed, f.kafka.now_ms);
    }
    assert_non_null(one.client.replay);
    assert_true(f.feed->context.counters.records_skipped > 2000);
    assert_true(test_client_count(&one, "event: position\n") >= 2);
    end();
}

static bool attempt_streaming(void)
{
    struct selection *selection = selection_new();
    struct filter *filter = NULL;
    struct filter_fault fault;
    bool is_done = false;
    if (selection != NULL && filter_parse(slice_str("n >= 0"), NULL, NULL, &filter, &fault) == 0 &&
        selection_take_filter(selection, filter) == 0) {
        f.selection = selection;
        is_done = fixture_attach(&f, &one, "[\"u\"]", &sse) == 0;
        f.selection = NULL;
    }
    selection_unref(selection);
    fixture_run(&f, 100);
    feed_detach(&one.client, NULL);
    fixture_run(&f, 10);
    return is_done;
}

static void without_memory_nothing_is_left(void **state)
{
    (void)state;
    begin(NULL, 0);
    fail_each_allocation(attempt_streaming, true);
    assert_int_equal(f.feed->channels.by_key.count, 0);
    fixture_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_is_asked_once_for_all_clients),
        cmocka_unit_test(what_is_dropped_still_moves_the_id),
        cmocka_unit_test(other_selections_are_other_channels),
        cmocka_unit_test(a_failing_filter_ends_the_stream_after_what_it_kept),
        cmocka_unit_test(a_filter_fails_for_who_comes_as_the_last_one_leaves),
        cmocka_unit_test(a_replay_looks_through_the_selection),
        cmocka_unit_test(a_replay_that_shows_nothing_gives_signs_of_life),
        cmocka_unit_test(a_failing_filter_ends_a_replay_after_what_it_kept),
        cmocka_unit_test(a_projection_is_shown_live_and_in_replays),
        cmocka_unit_test(a_topic_in_two_renderings),
        cmocka_unit_test(records_wait_for_their_deserializer),
        cmocka_unit_test(without_being_told_they_are_tried_again),
        cmocka_unit_test(a_replay_of_what_is_skipped_gives_signs_of_life),
        cmocka_unit_test(without_memory_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
