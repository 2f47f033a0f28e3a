/*
 * Live channels and their selections: a turn ends by the clock, in the midst of a record if need
 * be, and whoever has no selection, or a cheap one, does not wait for others. On the fixture's
 * clock a filter takes the time that it says it costs.
 */
#include "feed/channel/channel_select.h"
#include "feed/feed.h"
#include "support/fixture.h"
#include "support/unit.h"

enum {
    DEAR_CLIENTS = 8,
    PADDING = 5000,         /* of a record */
    DEAR_LOOK_US = 80 * 10, /* one of a dear filter at it, about */
    VIEWS = 12,
    VIEW_RECORDS = 80,
    SLOWER = 10 /* than the fixture's clock tells */
};

static struct fixture f;
static struct test_client dear[DEAR_CLIENTS];
static struct test_client plain;
static struct test_client other;
static const struct view sse = {.format = FORMAT_SSE};

static void begin(size_t log_bytes)
{
    struct feed_options options = fixture_options;
    options.log_bytes = log_bytes;
    options.channel_bytes = 8 << 20;
    options.replay_bytes = 8 << 20;
    fixture_init(&f, &options);
}

static void end(void)
{
    for (size_t i = 0; i < DEAR_CLIENTS; i++) {
        feed_detach(&dear[i].client, NULL);
    }
    feed_detach(&plain.client, NULL);
    feed_detach(&other.client, NULL);
    fixture_fini(&f);
}

static void attach_at(struct test_client *c, const char *id, const char *filter)
{
    f.selection = filter == NULL ? NULL : fixture_selection(filter);
    assert_int_equal(fixture_attach(&f, c, id, &sse), 0);
    selection_unref(f.selection);
    f.selection = NULL;
}

static void attach(struct test_client *c, const char *filter)
{
    attach_at(c, "[\"u\"]", filter);
}

/* Keeps everything, and takes its time for that. Each number makes another channel. */
static const char *dear_filter(int number)
{
    static char text[2000];
    int len = snprintf(text, sizeof(text), "_kafka.offset != -%d && !(x.contains('y')", number + 1);
    for (int i = 1; i < 80; i++) {
        len += snprintf(text + len, sizeof(text) - (size_t)len, " || x.contains('y')");
    }
    snprintf(text + len, sizeof(text) - (size_t)len, ")");
    return text;
}

static void attach_all(void)
{
    for (int i = 0; i < DEAR_CLIENTS; i++) {
        attach(&dear[i], dear_filter(i));
    }
    attach(&plain, NULL);
    attach(&other, "n >= 0");
    fixture_run(&f, 50);
}

static void produce(int count)
{
    struct fake_topic *u = fake_kafka_topic(&f.kafka, "u");
    for (int i = 0; i < count; i++) {
        fake_kafka_produce(&f.kafka, &u->partitions[0], FAKE_JSON, PADDING);
    }
}

static int64_t now_us(void)
{
    return (int64_t)(selection_scratch_cost_ns(&f.feed->channels.scratch) / 1000);
}

/* One turn; returns how long it took. */
static int64_t turn(bool *has_more)
{
    int64_t before_us = now_us();
    fake_kafka_dispatch(&f.kafka);
    *has_more = feed_run(f.feed, f.kafka.now_ms);
    return now_us() - before_us;
}

static size_t records_of(const struct test_client *c)
{
    return test_client_count(c, "event: message\n");
}

/* Of u, one after the other. */
static void check_records(const struct test_client *c, size_t first, size_t count)
{
    assert_int_equal(records_of(c), count);
    const char *at = c->got;
    for (size_t i = 0; i < count; i++) {
        char offset[40];
        snprintf(offset, sizeof(offset), "\"partition\":0,\"offset\":%zu,\"time", first + i);
        at = strstr(at, offset);
        assert_non_null(at);
    }
}

static void a_turn_ends_by_the_clock(void **state)
{
    (void)state;
    begin(8 << 20);
    attach_all();
    for (int round = 1; round <= 2; round++) {
        bool has_more;
        size_t turns = 0;
        produce(40);
        do {
            assert_true(turn(&has_more) <= TURN_US + 2 * DEAR_LOOK_US);
            /* Nobody waits for others' filters, in the first turn either. */
            assert_int_equal(records_of(&plain), 40 * round);
            /* Only that they are dear has to be found out. */
            assert_true(turns + round == 1 || records_of(&other) == (size_t)(40 * round));
            assert_true(turns > 0 || records_of(&dear[DEAR_CLIENTS - 1]) < (size_t)(40 * round));
            assert_int_equal(has_more, channels_lag(&f.feed->channels));
            turns++;
        } while (has_more);
        assert_true(turns >= DEAR_CLIENTS * 40 * DEAR_LOOK_US / TURN_US);
        for (size_t i = 0; i < DEAR_CLIENTS; i++) {
            check_records(&dear[i], 0, (size_t)(40 * round));
            assert_null(dear[i].client.replay);
        }
        assert_true(f.feed->context.counters.looks_put_off >= turns - 1);
    }
    assert_int_equal(f.feed->context.counters.demotions, 0);
    end();
}

static int64_t slow_clock_us(void *opaque)
{
    (void)opaque;
    return SLOWER * now_us();
}

/* Channels of one topic without selections: each has another view. */
static void attach_views(struct test_client *clients)
{
    for (int i = 0; i < VIEWS; i++) {
        struct view view = {.format = FORMAT_SSE,
                            .id_format = i & 1 ? ID_TIMESTAMP : ID_OFFSET,
                            .is_chunked = (i & 2) != 0,
                            .gap = (enum gap_policy)(i / 4)};
        assert_int_equal(fixture_attach(&f, &clients[i], "[\"u\"]", &view), 0);
    }
    fixture_run(&f, 50);
}

/* There are so many of them that rendering a batch takes longer than a turn. */
static void those_without_a_selection_end_by_the_clock_too(void **state)
{
    static struct test_client clients[VIEWS];
    (void)state;
    begin(8 << 20);
    f.feed->context.options.clock_us = slow_clock_us;
    attach_views(clients);
    for (size_t round = 1; round <= 2; round++) {
        bool has_more;
        size_t turns = 0;
        size_t least = SIZE_MAX;
        produce(VIEW_RECORDS);
        do {
            assert_true(SLOWER * turn(&has_more) <= TURN_US + SHOW_US);
            for (size_t i = 0; turns == 0 && i < VIEWS; i++) {
                least = records_of(&clients[i]) < least ? records_of(&clients[i]) : least;
            }
            turns++;
        } while (has_more);
        assert_true(turns >= 2);
        assert_true(least < VIEW_RECORDS * round);
        for (size_t i = 0; i < VIEWS; i++) {
            check_records(&clients[i], 0, VIEW_RECORDS * round);
            assert_null(clients[i].client.replay);
        }
    }
    assert_int_equal(f.feed->context.counters.demotions, 0);
    for (size_t i = 0; i < VIEWS; i++) {
        feed_detach(&clients[i].client, NULL);
    }
    fixture_fini(&f);
}

/* All of them look at one record, and there is no time for that. */
static void a_turn_ends_within_a_record(void **state)
{
    (void)state;
    begin(8 << 20);
    attach_all();
    f.feed->context.options.clock_cost_ns = 0;
    produce(1);
    bool has_more;
    struct fake_topic *u = fake_kafka_topic(&f.kafka, "u");
    for (int i = 0; i < 2; i++) {
        turn(&has_more);
    }
    assert_int_equal(u->partitions[0].end, 1);
    assert_int_equal(records_of(&plain), 1);
    size_t done = 0;
    for (size_t i = 0; i < DEAR_CLIENTS; i++) {
        done += records_of(&dear[i]);
    }
    assert_true(done > 0 && done <= DEAR_CLIENTS);
    fixture_run(&f, 50);
    for (size_t i = 0; i < DEAR_CLIENTS; i++) {
        check_records(&dear[i], 0, 1);
    }
    end();
}

/* One turn has passed, in which the dear filters have not seen all records. */
static void begin_lagging(size_t log_bytes, int records)
{
    bool has_more;
    begin(log_bytes);
    attach_all();
    produce(records);
    turn(&has_more);
    assert_true(has_more);
}

/* Latest is where the log ends, not where a channel that lags has come to. */
static void who_comes_while_it_lags_gets_what_is_new(void **state)
{
    (void)state;
    begin_lagging(8 << 20, 40);
    feed_detach(&other.client, NULL);
    attach(&other, dear_filter(0));
    assert_ptr_equal(other.client.channel, dear[0].client.channel);
    assert_non_null(other.client.replay);
    produce(2);
    fixture_run(&f, 500);
    assert_null(other.client.replay);
    check_records(&other, 40, 2);
    check_records(&dear[0], 0, 42);
    end();
}

/* A replay goes no further than its channel, and attaches where that stands. */
static void an_older_id_catches_up_with_a_channel_that_lags(void **state)
{
    (void)state;
    bool has_more;
    begin(8 << 20);
    attach_all();
    feed_detach(&dear[0].client, NULL);
    attach_at(&dear[0], "[{\"topic\":\"u\",\"partition\":0,\"offset\":0}]", dear_filter(0));
    fixture_run(&f, 500);
    assert_null(dear[0].client.replay);
    produce(40);
    turn(&has_more);
    feed_detach(&other.client, NULL);
    attach_at(&other, "[{\"topic\":\"u\",\"partition\":0,\"offset\":1}]", dear_filter(0));
    assert_ptr_equal(other.client.channel, dear[0].client.channel);
    while (other.client.replay != NULL && has_more) {
        turn(&has_more);
        assert_true(records_of(&other) <= records_of(&dear[0]));
    }
    fixture_run(&f, 500);
    check_records(&other, 1, 39);
    check_records(&dear[0], 0, 40);
    end();
}

/* What it has not looked at goes out of the log: it is read again. */
static void nothing_is_lost_when_the_log_is_full(void **state)
{
    (void)state;
    begin_lagging(100 * 1000, 60);
    assert_true(f.feed->context.counters.demotions > 0);
    assert_int_equal(records_of(&plain), 60);
    fixture_run(&f, 3000);
    for (size_t i = 0; i < DEAR_CLIENTS; i++) {
        check_records(&dear[i], 0, 60);
        assert_null(dear[i].client.replay);
    }
    end();
}

static void a_gap_while_it_lags(void **state)
{
    (void)state;
    begin_lagging(8 << 20, 40);
    struct partition_log *log = fixture_log(&f, "u", 0);
    struct fake_topic *u = fake_kafka_topic(&f.kafka, "u");
    produce(20);
    fake_kafka_expire(&u->partitions[0], 50);
    channels_gap(&f.feed->channels, log, 50, "expired");
    plog_restart(log, 50);
    fixture_run(&f, 1000);
    assert_int_equal(test_client_count(&plain, "event: gap\n"), 1);
    for (size_t i = 0; i < DEAR_CLIENTS; i++) {
        /* It has the beginning, and was told of the rest. */
        assert_int_equal(test_client_count(&dear[i], "event: gap\n"), 1);
        assert_true(records_of(&dear[i]) >= 10);
        assert_non_null(strstr(dear[i].got, "\"offset\":59,"));
    }
    end();
}

static void a_channel_that_lags_ends_with_its_clients(void **state)
{
    (void)state;
    begin_lagging(8 << 20, 40);
    for (size_t i = 0; i < DEAR_CLIENTS; i++) {
        feed_detach(&dear[i].client, NULL);
    }
    fixture_run(&f, 50);
    assert_false(channels_lag(&f.feed->channels));
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_turn_ends_by_the_clock),
        cmocka_unit_test(those_without_a_selection_end_by_the_clock_too),
        cmocka_unit_test(a_turn_ends_within_a_record),
        cmocka_unit_test(who_comes_while_it_lags_gets_what_is_new),
        cmocka_unit_test(an_older_id_catches_up_with_a_channel_that_lags),
        cmocka_unit_test(nothing_is_lost_when_the_log_is_full),
        cmocka_unit_test(a_gap_while_it_lags),
        cmocka_unit_test(a_channel_that_lags_ends_with_its_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
