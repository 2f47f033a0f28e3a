/* Ids that hold times: wherever a client is cut off, nothing is missing when it comes back with its
 * last id, and little comes twice. */
#include "feed/replay/replay.h"
#include "support/fixture.h"
#include "support/unit.h"

static struct fixture f;
static struct test_client one;
static const struct view times = {.format = FORMAT_SSE, .id_format = ID_TIMESTAMP};

enum {
    MOST = 8
};

#define DAY INT64_C(86400000)

static struct fake_partition *partition(void)
{
    return &fake_kafka_topic(&f.kafka, "u")->partitions[0];
}

static void produce(int64_t timestamp_ms)
{
    fixture_produce(&f, "u", 0, 1);
    partition()->records[partition()->end - 1].timestamp_ms = timestamp_ms;
}

static void leave(void)
{
    feed_detach(&one.client, NULL);
    fixture_run(&f, 10);
}

/* Comes with an id and copies what it is after event `count`. */
static void come(const char *id, size_t count, char *last_id, size_t size)
{
    assert_int_equal(fixture_attach(&f, &one, id, &times), 0);
    fixture_run(&f, 100);
    const char *at = one.got;
    for (size_t i = 0; i < count; i++) {
        at = strstr(at, "\nid: ");
        assert_non_null(at);
        at += 5;
    }
    snprintf(last_id, size, "%.*s", (int)strcspn(at, "\n"), at);
    leave();
}

/* The offset of the first record that comes; all behind it must come, each once. */
static int64_t first_after(const char *id)
{
    assert_int_equal(fixture_attach(&f, &one, id, &times), 0);
    fixture_run(&f, 100);
    const char *at = strstr(one.got, "\"_kafka\":");
    int64_t first =
        at == NULL ? partition()->end : strtoll(strstr(at, "\"offset\":") + 9, NULL, 10);
    size_t count = (size_t)(partition()->end - first);
    assert_int_equal(test_client_count(&one, "event: message\n"), count);
    leave();
    return first;
}

#define FROM_START "[{\"topic\":\"u\",\"partition\":0,\"timestamp\":0}]"

static void nothing_is_missing(void **state)
{
    (void)state;
    static const struct {
        size_t count;
        int64_t ms[MOST];
        size_t twice[MOST]; /* by where it is cut: how many come again */
    } cases[] = {
        {5, {1000, 1001, 1005, 2000, 2001}, {0}},
        {4, {1000, 6000, 2000, 3000}, {0, 0, 1, 2}},          /* a little ahead of its time */
        {5, {1000, 900, 1100, 800, 1200}, {0, 1, 0, 1, 0}},   /* late ones */
        {5, {1000, 1000, 1000, 1001, 1001}, {0, 1, 2, 0, 1}}, /* of one millisecond */
        {3, {0, 0, 1}, {0, 1, 0}},
        {4, {5000, -1, -1, 5001}, {0, 1, 2, 0}}, /* without a time */
        /* From the future: all behind it comes again, with it, until its time has come. */
        {4, {1000, 5 * DAY, 2000, 3000}, {0, 1, 2, 3}},
        {3, {5 * DAY, 5 * DAY, 1000}, {1, 2, 3}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        fixture_init(&f, &fixture_options);
        feed_set_time_of_day(f.feed, 10000);
        for (size_t n = 0; n < cases[i].count; n++) {
            produce(cases[i].ms[n]);
        }
        for (size_t n = 0; n < cases[i].count; n++) {
            char id[200];
            come(FROM_START, n + 1, id, sizeof(id));
            int64_t next = (int64_t)n + 1;
            assert_int_equal(first_after(id), next - (int64_t)cases[i].twice[n]);
        }
        fixture_fini(&f);
    }
}

/* The same, of a stream that is live when the records come. */
static void nothing_is_missing_of_live_streams(void **state)
{
    (void)state;
    static const int64_t ms[] = {1000, 6000, 2000, 2000, 5 * DAY, 7000, 7000};
    static const int64_t twice[] = {0, 0, 1, 2, 1, 2, 3};
    for (size_t cut = 0; cut < ARRAY_LEN(ms); cut++) {
        fixture_init(&f, &fixture_options);
        feed_set_time_of_day(f.feed, 10000);
        assert_int_equal(fixture_attach(&f, &one, "[\"u\"]", &times), 0);
        fixture_run(&f, 100);
        for (size_t n = 0; n <= cut; n++) {
            produce(ms[n]);
            fixture_run(&f, 50);
        }
        char id[200];
        const char *at = one.got;
        for (const char *next = at; (next = strstr(next, "\nid: ")) != NULL; next += 5) {
            at = next + 5;
        }
        snprintf(id, sizeof(id), "%.*s", (int)strcspn(at, "\n"), at);
        leave();
        for (size_t n = cut + 1; n < ARRAY_LEN(ms); n++) {
            produce(ms[n]);
        }
        assert_int_equal(first_after(id), (int64_t)cut + 1 - twice[cut]);
        fixture_fini(&f);
    }
}

/* What lies in the future may be deleted long before its time comes. */
static void a_record_from_the_future_goes(void **state)
{
    (void)state;
    fixture_init(&f, &fixture_options);
    feed_set_time_of_day(f.feed, 10000);
    produce(9000);
    produce(5 * DAY);
    char id[200];
    come(FROM_START, 2, id, sizeof(id));
    fake_kafka_expire(partition(), 2);
    produce(10001);
    produce(10002);
    assert_int_equal(first_after(id), 2);
    fixture_fini(&f);
}

/* Behind a gap, too: the record whose time the id had is gone. */
static void behind_a_gap_is_an_offset(void **state)
{
    (void)state;
    fixture_init(&f, &fixture_options);
    for (int i = 0; i < 5; i++) {
        produce(1000 - i);
    }
    fake_kafka_expire(partition(), 3);
    char id[200];
    come("[{\"topic\":\"u\",\"partition\":0,\"offset\":1}]", 1, id, sizeof(id));
    assert_string_equal(id, "[{\"topic\":\"u\",\"partition\":0,\"offset\":3}]");
    fixture_fini(&f);
}

/* A time that a client asks for is no record's: one in the future must not stay in its ids. */
static void an_asked_time_does_not_stay(void **state)
{
    (void)state;
    static const char future[] = "[{\"topic\":\"u\",\"partition\":0,\"timestamp\":90000}]";
    fixture_init(&f, &fixture_options);
    produce(1000);
    assert_int_equal(fixture_attach(&f, &one, future, &times), 0);
    one.room = 0;
    fixture_run(&f, 100);
    produce(2000);
    produce(2001);
    fixture_run(&f, 100);
    test_client_unblock(&one);
    fixture_run(&f, 100);
    assert_non_null(
        strstr(one.got, "id: [{\"topic\":\"u\",\"partition\":0,\"timestamp\":2001}]\n"));
    assert_null(strstr(one.got, "90000"));
    leave();
    fixture_fini(&f);
}

/* Somebody who asks for a time gets all of it, also when it is that of no record. */
static void a_time_of_ones_own(void **state)
{
    (void)state;
    fixture_init(&f, &fixture_options);
    produce(1000);
    produce(1005);
    produce(1010);
    assert_int_equal(first_after("[{\"topic\":\"u\",\"partition\":0,\"timestamp\":1005}]"), 1);
    assert_int_equal(first_after("[{\"topic\":\"u\",\"partition\":0,\"timestamp\":1003}]"), 1);
    assert_int_equal(first_after("[{\"topic\":\"u\",\"partition\":0,\"timestamp\":1006}]"), 2);
    assert_int_equal(first_after("[{\"topic\":\"u\",\"partition\":0,\"timestamp\":2000}]"), 3);
    fixture_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_missing),
        cmocka_unit_test(nothing_is_missing_of_live_streams),
        cmocka_unit_test(a_record_from_the_future_goes),
        cmocka_unit_test(behind_a_gap_is_an_offset),
        cmocka_unit_test(an_asked_time_does_not_stay),
        cmocka_unit_test(a_time_of_ones_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
