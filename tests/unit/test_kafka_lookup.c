/* Look-ups, metadata and up/down of a source against a mock cluster, or against none. */
#include "support/kafka_fixture.h"

#include "base/mem.h"

#include <stdlib.h>

#define UNREASONED "Kafka does not answer: Local: Broker transport failure"

enum {
    START_TRIES = 20
};

struct asked {
    struct offset_lookup *lookup;
    bool is_done;
};

static void on_done(struct offset_lookup *lookup)
{
    struct asked *asked = lookup->opaque;
    assert_false(asked->is_done);
    asked->is_done = true;
}

static void on_done_never(struct offset_lookup *lookup)
{
    (void)lookup;
    fail();
}

static struct offset_lookup *new_lookup(struct asked *asked, size_t count)
{
    asked->lookup = offset_lookup_new(count);
    asked->is_done = false;
    assert_non_null(asked->lookup);
    asked->lookup->on_done = on_done;
    asked->lookup->opaque = asked;
    return asked->lookup;
}

static void set_query(struct offset_lookup *lookup, size_t index, const char *topic,
                      int32_t partition, int64_t at_ms)
{
    lookup->queries[index].topic = topic;
    lookup->queries[index].partition = partition;
    lookup->queries[index].at_ms = at_ms;
}

static void test_ends_of_partitions(void **state)
{
    static const struct {
        const char *topic;
        int32_t partition;
        int64_t at_ms;
        bool is_known;
        int64_t offset;
    } cases[] = {
        {"b", 0, OFFSET_AT_LATEST, true, 7},       {"a", 2, OFFSET_AT_EARLIEST, true, 0},
        {"a", 0, OFFSET_AT_LATEST, true, 20},      {"a", 1, OFFSET_AT_LATEST, true, 20},
        {"a", 0, OFFSET_AT_EARLIEST, true, 0},     {"a", 0, OFFSET_AT_LATEST, true, 20},
        {"nosuch", 0, OFFSET_AT_LATEST, false, 0}, {"a", 3, OFFSET_AT_LATEST, false, 0},
        {"a", -1, OFFSET_AT_EARLIEST, false, 0},   {"a", INT32_MAX, OFFSET_AT_LATEST, false, 0},
        {"", 0, OFFSET_AT_LATEST, false, 0},       {"b", INT32_MIN, OFFSET_AT_LATEST, false, 0},
    };
    struct fixture f;
    struct asked asked;
    (void)state;
    fixture_start(&f);
    fixture_fill(&f, "a", 3, 20);
    fixture_fill(&f, "b", 1, 7);
    struct offset_lookup *lookup = new_lookup(&asked, ARRAY_LEN(cases));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        set_query(lookup, i, strdup(cases[i].topic), cases[i].partition, cases[i].at_ms);
    }
    source_lookup(f.source, lookup);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        free((void *)(uintptr_t)lookup->queries[i].topic); /* borrowed until the call returned */
    }
    TURN_UNTIL(&f, asked.is_done);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(lookup->queries[i].is_known, cases[i].is_known);
        if (cases[i].is_known) {
            assert_int_equal(lookup->queries[i].offset, cases[i].offset);
        }
    }
    offset_lookup_free(lookup);
    fixture_stop(&f);
}

/* Many at once, of the same partition and of others, all with their own answer. */
static void test_many_lookups_at_once(void **state)
{
    struct fixture f;
    struct asked asked[60];
    (void)state;
    fixture_start(&f);
    fixture_fill(&f, "a", 3, 9);
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        struct offset_lookup *lookup = new_lookup(&asked[i], 2);
        int64_t at_ms = i % 2 == 0 ? OFFSET_AT_LATEST : OFFSET_AT_EARLIEST;
        set_query(lookup, 0, "a", (int32_t)(i % 3), at_ms);
        set_query(lookup, 1, "a", (int32_t)(i % 5), at_ms); /* 3 and 4 do not exist */
        source_lookup(f.source, lookup);
    }
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        TURN_UNTIL(&f, asked[i].is_done);
        const struct offset_query *queries = asked[i].lookup->queries;
        assert_true(queries[0].is_known);
        assert_int_equal(queries[0].offset, i % 2 == 0 ? 9 : 0);
        assert_int_equal(queries[1].is_known, i % 5 < 3);
        offset_lookup_free(asked[i].lookup);
    }
    fixture_stop(&f);
}

static void test_a_time_after_the_last_record_gives_the_end(void **state)
{
    struct fixture f;
    struct asked asked;
    (void)state;
    fixture_start(&f);
    fixture_fill(&f, "b", 1, 4);
    struct offset_lookup *lookup = new_lookup(&asked, 1);
    set_query(lookup, 0, "b", 0, INT64_C(4102444800000));
    source_lookup(f.source, lookup);
    TURN_UNTIL(&f, asked.is_done);
    assert_true(lookup->queries[0].is_known);
    assert_int_equal(lookup->queries[0].offset, 4);
    offset_lookup_free(lookup);
    fixture_stop(&f);
}

/* Its place is free at once, wherever it stands: a sanitizer sees what is not freed. */
static void test_cancelled_at_any_moment(void **state)
{
    struct fixture f;
    struct asked asked;
    (void)state;
    fixture_start(&f);
    fixture_fill(&f, "a", 3, 6);
    for (int i = 0; i < 500; i++) {
        struct offset_lookup *lookup = new_lookup(&asked, 2);
        lookup->on_done = on_done_never;
        lookup->requester = 1;
        set_query(lookup, 0, "a", i % 3, i);
        set_query(lookup, 1, "a", i % 3, OFFSET_AT_EARLIEST);
        source_lookup(f.source, lookup);
        struct pollfd answered = {kafka_source_fd(f.kafka), POLLIN, 0};
        poll(&answered, 1, i % 4);
        source_cancel(f.source, lookup);
    }
    struct offset_lookup *lookup = new_lookup(&asked, 1);
    set_query(lookup, 0, "a", 0, OFFSET_AT_LATEST);
    source_lookup(f.source, lookup);
    TURN_UNTIL(&f, asked.is_done);
    assert_int_equal(lookup->queries[0].offset, 6);
    offset_lookup_free(lookup);
    fixture_stop(&f);
}

static void test_a_cancelled_lookup_is_not_answered(void **state)
{
    struct fixture f;
    struct asked asked;
    (void)state;
    fixture_start(&f);
    struct offset_lookup *cancelled = new_lookup(&asked, 1);
    cancelled->on_done = on_done_never;
    set_query(cancelled, 0, "a", 0, OFFSET_AT_LATEST);
    source_lookup(f.source, cancelled);
    source_cancel(f.source, cancelled);
    struct offset_lookup *lookup = new_lookup(&asked, 1);
    set_query(lookup, 0, "a", 0, OFFSET_AT_LATEST);
    source_lookup(f.source, lookup);
    TURN_UNTIL(&f, asked.is_done);
    offset_lookup_free(lookup);
    fixture_stop(&f);
}

static void test_an_unanswered_lookup_at_the_end_is_freed(void **state)
{
    struct fixture f;
    struct asked asked;
    (void)state;
    fixture_start(&f);
    struct offset_lookup *lookup = new_lookup(&asked, 1);
    lookup->on_done = on_done_never;
    set_query(lookup, 0, "a", 0, OFFSET_AT_LATEST);
    source_lookup(f.source, lookup);
    fixture_stop(&f);
}

static void test_a_lookup_without_memory_is_answered_unknown(void **state)
{
    struct fixture f;
    struct asked asked;
    (void)state;
    fixture_start(&f);
    struct offset_lookup *lookup = new_lookup(&asked, 1);
    set_query(lookup, 0, "a", 0, OFFSET_AT_LATEST);
    mem_fail_after(0);
    source_lookup(f.source, lookup);
    mem_fail_after(-1);
    TURN_UNTIL(&f, asked.is_done);
    assert_false(lookup->queries[0].is_known);
    offset_lookup_free(lookup);
    fixture_stop(&f);
}

/* A bad answer of the broker costs some tries, not the answer. */
static void test_a_failed_request_is_asked_again_in_halves(void **state)
{
    struct fixture f;
    struct asked asked;
    (void)state;
    fixture_start(&f);
    fixture_fill(&f, "a", 3, 6);
    rd_kafka_mock_push_request_errors(f.mock, 2 /* ListOffsets */, 1,
                                      RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    struct offset_lookup *lookup = new_lookup(&asked, 3);
    for (int32_t i = 0; i < 3; i++) {
        set_query(lookup, (size_t)i, "a", i, OFFSET_AT_LATEST);
    }
    source_lookup(f.source, lookup);
    TURN_UNTIL(&f, asked.is_done);
    for (size_t i = 0; i < 3; i++) {
        assert_true(lookup->queries[i].is_known);
        assert_int_equal(lookup->queries[i].offset, 6);
    }
    offset_lookup_free(lookup);
    fixture_stop(&f);
}

/* The partitions of the others are answered all the same. */
static void test_one_leader_is_away(void **state)
{
    struct fixture f;
    struct asked asked;
    (void)state;
    fixture_start(&f);
    fixture_fill(&f, "a", 3, 6);
    for (int32_t i = 0; i < 3; i++) {
        rd_kafka_mock_partition_set_leader(f.mock, "a", i, i + 1);
    }
    int seen = f.metadata_count;
    source_refresh(f.source);
    TURN_UNTIL(&f, f.metadata_count > seen);
    rd_kafka_mock_broker_set_down(f.mock, 2);
    struct offset_lookup *lookup = new_lookup(&asked, 3);
    for (int32_t i = 0; i < 3; i++) {
        set_query(lookup, (size_t)i, "a", i, OFFSET_AT_LATEST);
    }
    source_lookup(f.source, lookup);
    TURN_UNTIL(&f, asked.is_done);
    assert_true(lookup->queries[0].is_known);
    assert_false(lookup->queries[1].is_known);
    assert_true(lookup->queries[2].is_known);
    assert_int_equal(f.down_count, 0);
    offset_lookup_free(lookup);
    fixture_stop(&f);
}

/* Partition n of "a" is led by broker n + 1; the second one takes its time. */
static void start_with_a_mute_leader(struct fixture *f)
{
    fixture_start(f);
    fixture_fill(f, "a", 3, 6);
    for (int32_t i = 0; i < 3; i++) {
        rd_kafka_mock_partition_set_leader(f->mock, "a", i, i + 1);
    }
    int seen = f->metadata_count;
    source_refresh(f->source);
    TURN_UNTIL(f, f->metadata_count > seen);
    rd_kafka_mock_broker_set_rtt(f->mock, 2, 60000);
}

static void test_a_mute_leader_delays_its_own_questions_only(void **state)
{
    struct fixture f;
    struct asked mute;
    struct asked others[50];
    (void)state;
    start_with_a_mute_leader(&f);
    struct offset_lookup *lookup = new_lookup(&mute, 1);
    set_query(lookup, 0, "a", 1, OFFSET_AT_LATEST);
    source_lookup(f.source, lookup);
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        lookup = new_lookup(&others[i], 1);
        lookup->requester = i;
        set_query(lookup, 0, "a", i % 2 == 0 ? 0 : 2, OFFSET_AT_LATEST);
        source_lookup(f.source, lookup);
        TURN_UNTIL(&f, others[i].is_done);
        assert_true(lookup->queries[0].is_known);
        offset_lookup_free(lookup);
    }
    assert_false(mute.is_done);
    TURN_UNTIL(&f, mute.is_done);
    assert_false(mute.lookup->queries[0].is_known);
    offset_lookup_free(mute.lookup);
    fixture_stop(&f);
}

static void test_it_ends_while_a_leader_is_mute(void **state)
{
    struct fixture f;
    struct asked asked;
    (void)state;
    start_with_a_mute_leader(&f);
    for (int i = 0; i < 2000; i++) {
        struct offset_lookup *lookup = new_lookup(&asked, 1);
        lookup->requester = (uint64_t)i % 100;
        lookup->on_done = on_done_never;
        set_query(lookup, 0, "a", 1, i);
        source_lookup(f.source, lookup);
    }
    int64_t started_ms = clock_monotonic_ms();
    fixture_stop(&f);
    assert_true(clock_monotonic_ms() - started_ms < 5000);
}

static void test_metadata_is_sorted_and_refreshed(void **state)
{
    struct fixture f;
    (void)state;
    fixture_start(&f);
    assert_string_equal(f.topics, "a/3 b/1 ");
    assert_int_equal(f.up_count, 1);
    assert_int_equal(rd_kafka_mock_topic_create(f.mock, "aa", 2, 1), 0);
    int seen = f.metadata_count;
    source_refresh(f.source);
    source_refresh(f.source);
    TURN_UNTIL(&f, f.metadata_count > seen);
    assert_string_equal(f.topics, "a/3 aa/2 b/1 ");
    assert_int_equal(f.up_count, 1);
    assert_int_equal(f.down_count, 0);
    fixture_stop(&f);
}

static void test_down_and_up_again(void **state)
{
    struct fixture f;
    (void)state;
    fixture_start(&f);
    for (int32_t broker = 1; broker <= BROKER_COUNT; broker++) {
        rd_kafka_mock_broker_set_down(f.mock, broker);
    }
    TURN_UNTIL(&f, f.down_count == 1);
    assert_true(strlen(f.reason) > 10);
    for (int32_t broker = 1; broker <= BROKER_COUNT; broker++) {
        rd_kafka_mock_broker_set_up(f.mock, broker);
    }
    TURN_UNTIL(&f, f.up_count == 2);
    assert_int_equal(f.down_count, 1);
    fixture_stop(&f);
}

/* Port 1 of loopback: nobody listens there. */
static void test_no_cluster_at_all(void **state)
{
    struct fixture f;
    struct asked asked;
    (void)state;
    memset(&f, 0, sizeof(f));
    fixture_start_source(&f, "127.0.0.1:1", 60000);
    struct reader *reader = source_open_reader(f.source, READER_REPLAY);
    assert_non_null(reader);
    assert_int_equal(reader_start(reader, "a", 0, 0, NULL), 0);
    struct offset_lookup *lookup = new_lookup(&asked, 1);
    set_query(lookup, 0, "a", 0, OFFSET_AT_LATEST);
    source_lookup(f.source, lookup);
    TURN_UNTIL(&f, asked.is_done);
    assert_false(lookup->queries[0].is_known);
    offset_lookup_free(lookup);
    assert_int_equal(f.down_count, 1);
    assert_int_equal(f.up_count, 0);
    int64_t started_ms = clock_monotonic_ms();
    fixture_stop(&f);
    assert_true(clock_monotonic_ms() - started_ms < 5000);
}

/*
 * on_down() comes after the second that metadata is waited for. On a machine with too much to do
 * librdkafka has not tried to connect by then, and nothing but that it failed can be told.
 */
static void test_the_reason_names_the_broker_and_its_error(void **state)
{
    struct fixture f = {.reason = UNREASONED};
    (void)state;
    for (int i = 0; i < START_TRIES && strcmp(f.reason, UNREASONED) == 0; i++) {
        memset(&f, 0, sizeof(f));
        fixture_start_source(&f, "127.0.0.1:1", 60000);
        TURN_UNTIL(&f, f.down_count > 0);
        fixture_stop(&f);
    }
    assert_non_null(strstr(f.reason, "127.0.0.1:1/"));
    assert_non_null(strstr(f.reason, "Connection refused"));
}

static void test_bad_properties_are_refused(void **state)
{
    static struct kafka_property cases[] = {
        {(char *)(uintptr_t) "no.such.property", (char *)(uintptr_t) "1"},
        {(char *)(uintptr_t) "fetch.error.backoff.ms", (char *)(uintptr_t) "soon"},
        {(char *)(uintptr_t) "isolation.level", (char *)(uintptr_t) "maybe"},
        {(char *)(uintptr_t) "ssl.ca.location", (char *)(uintptr_t) "/nonexistent"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ksse_error error;
        struct kafka_property properties[] = {
            {(char *)(uintptr_t) "security.protocol", (char *)(uintptr_t) "ssl"}, cases[i]};
        struct kafka_options options = {.brokers = "127.0.0.1:1",
                                        .properties = properties,
                                        .property_count = 2,
                                        .replay_readers = 1,
                                        .refresh_ms = 1000};
        struct kafka_source *kafka = NULL;
        assert_int_equal(kafka_source_new(&options, &kafka, &error), KSSE_EKAFKA);
        assert_null(kafka);
        assert_true(strlen(error.message) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_of_partitions),
        cmocka_unit_test(test_many_lookups_at_once),
        cmocka_unit_test(test_a_time_after_the_last_record_gives_the_end),
        cmocka_unit_test(test_cancelled_at_any_moment),
        cmocka_unit_test(test_a_cancelled_lookup_is_not_answered),
        cmocka_unit_test(test_an_unanswered_lookup_at_the_end_is_freed),
        cmocka_unit_test(test_a_lookup_without_memory_is_answered_unknown),
        cmocka_unit_test(test_a_failed_request_is_asked_again_in_halves),
        cmocka_unit_test(test_one_leader_is_away),
        cmocka_unit_test(test_a_mute_leader_delays_its_own_questions_only),
        cmocka_unit_test(test_it_ends_while_a_leader_is_mute),
        cmocka_unit_test(test_metadata_is_sorted_and_refreshed),
        cmocka_unit_test(test_down_and_up_again),
        cmocka_unit_test(test_no_cluster_at_all),
        cmocka_unit_test(test_the_reason_names_the_broker_and_its_error),
        cmocka_unit_test(test_bad_properties_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
