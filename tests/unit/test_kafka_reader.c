/* Readers against a mock cluster: order, ends, errors, and that nothing stale is ever handed out.
 */
#include "support/kafka_fixture.h"

#include "base/mem.h"

#include <stdlib.h>

/* Turns until the reader has something. */
static enum read_kind read_next(struct fixture *f, struct reader *reader, struct read_event *event)
{
    int64_t deadline_ms = clock_monotonic_ms() + DEADLINE_MS;
    enum read_kind kind;
    while ((kind = reader_next(reader, event)) == READ_NOTHING) {
        assert_true(clock_monotonic_ms() < deadline_ms);
        fixture_turn(f, deadline_ms);
    }
    assert_int_equal(kind, event->kind);
    return kind;
}

static struct reader *open_replay(struct fixture *f)
{
    struct reader *reader = source_open_reader(f->source, READER_REPLAY);
    assert_non_null(reader);
    return reader;
}

static void expect_record(struct fixture *f, struct reader *reader, void *tag, int64_t offset)
{
    struct read_event event;
    char value[32];
    assert_int_equal(read_next(f, reader, &event), READ_RECORD);
    assert_ptr_equal(event.tag, tag);
    assert_int_equal(event.offset, offset);
    snprintf(value, sizeof(value), "%d", (int)offset);
    assert_true(slice_eq_str(event.value, value));
    assert_true(event.timestamp_ms > 0);
}

static void test_reads_every_partition_to_its_end(void **state)
{
    struct fixture f;
    int64_t next[3] = {0, 10, 499};
    int ends = 0;
    (void)state;
    fixture_start(&f);
    fixture_fill(&f, "a", 3, 500);
    struct reader *reader = open_replay(&f);
    for (int32_t i = 0; i < 3; i++) {
        assert_int_equal(reader_start(reader, "a", i, next[i], &next[i]), 0);
    }
    while (ends < 3) {
        struct read_event event;
        enum read_kind kind = read_next(&f, reader, &event);
        int64_t *expected = event.tag;
        assert_int_equal(event.offset, *expected);
        if (kind == READ_END) {
            assert_int_equal(event.offset, 500);
            ends++;
        } else {
            assert_int_equal(kind, READ_RECORD);
            (*expected)++;
        }
    }
    reader_close(reader);
    fixture_stop(&f);
}

static void test_null_and_empty_are_told_apart(void **state)
{
    static const struct {
        const char *key;
        const char *value;
    } cases[] = {{NULL, "v"}, {"", "v"}, {"k", NULL}, {"k", ""}, {NULL, ""}, {"k", "v"}};
    struct fixture f;
    (void)state;
    fixture_start(&f);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        fixture_produce(&f, "b", 0, cases[i].key, cases[i].value);
    }
    fixture_flush(&f);
    struct reader *reader = open_replay(&f);
    assert_int_equal(reader_start(reader, "b", 0, 0, NULL), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct read_event event;
        assert_int_equal(read_next(&f, reader, &event), READ_RECORD);
        assert_int_equal(event.key.data == NULL, cases[i].key == NULL);
        assert_int_equal(event.value.data == NULL, cases[i].value == NULL);
        assert_true(slice_eq(event.key, slice_str(cases[i].key)));
        assert_true(slice_eq(event.value, slice_str(cases[i].value)));
    }
    fixture_stop(&f);
}

/* Two partitions, one of which is stopped and started anew all the time, in every state of it. */
static void test_nothing_stale_after_restarts(void **state)
{
    struct fixture f;
    int steady_tag = 0;
    int tags[200];
    int64_t steady_next = 0;
    (void)state;
    fixture_start(&f);
    fixture_fill(&f, "a", 2, 3000);
    struct reader *reader = open_replay(&f);
    assert_int_equal(reader_start(reader, "a", 0, 0, &steady_tag), 0);
    srand(7);
    for (size_t round = 0; round < ARRAY_LEN(tags); round++) {
        int64_t next = rand() % 2900;
        int64_t wanted = next + rand() % 300;
        assert_int_equal(reader_start(reader, "a", 1, next, &tags[round]), 0);
        while (next < wanted && next < 3000) {
            struct read_event event;
            enum read_kind kind = read_next(&f, reader, &event);
            if (event.tag == &steady_tag) {
                assert_int_equal(event.offset, steady_next);
                steady_next += kind == READ_RECORD;
                continue;
            }
            assert_int_equal(kind, READ_RECORD);
            assert_ptr_equal(event.tag, &tags[round]);
            assert_int_equal(event.offset, next++);
        }
        reader_stop(reader, "a", 1);
    }
    reader_close(reader);
    fixture_stop(&f);
}

static void test_a_warm_reader_shows_nothing_of_its_past(void **state)
{
    struct fixture f;
    int old_tag;
    int new_tag;
    (void)state;
    fixture_start(&f);
    fixture_fill(&f, "a", 3, 1000);
    for (int round = 0; round < 50; round++) {
        struct reader *reader = open_replay(&f);
        assert_int_equal(reader_start(reader, "a", 0, 0, &old_tag), 0);
        assert_int_equal(reader_start(reader, "a", 1, 0, &old_tag), 0);
        struct read_event event;
        assert_int_equal(read_next(&f, reader, &event), READ_RECORD);
        assert_ptr_equal(event.tag, &old_tag);
        reader_close(reader);
        reader = open_replay(&f);
        assert_int_equal(reader_start(reader, "a", 1, 700 + round, &new_tag), 0);
        expect_record(&f, reader, &new_tag, 700 + round);
        expect_record(&f, reader, &new_tag, 701 + round);
        reader_close(reader);
    }
    fixture_stop(&f);
}

static void test_a_vanished_offset_is_told_once(void **state)
{
    static const int64_t offsets[] = {11, 500, INT64_MAX - 1};
    struct fixture f;
    int tag;
    (void)state;
    fixture_start(&f);
    fixture_fill(&f, "b", 1, 10);
    struct reader *reader = open_replay(&f);
    for (size_t i = 0; i < ARRAY_LEN(offsets); i++) {
        struct read_event event;
        assert_int_equal(reader_start(reader, "b", 0, offsets[i], &tag), 0);
        assert_int_equal(read_next(&f, reader, &event), READ_OUT_OF_RANGE);
        assert_ptr_equal(event.tag, &tag);
        assert_int_equal(event.offset, offsets[i]);
        /* It is stopped: it may be started again at once, and stopping it is fine. */
        reader_stop(reader, "b", 0);
        assert_int_equal(reader_start(reader, "b", 0, 9, &tag), 0);
        expect_record(&f, reader, &tag, 9);
        reader_stop(reader, "b", 0);
    }
    fixture_stop(&f);
}

/* Partitions only: the mock cluster makes any topic that it is asked about. */
static void test_what_does_not_exist_is_lost(void **state)
{
    static const struct {
        const char *topic;
        int32_t partition;
    } cases[] = {{"a", 3}, {"a", 100000}, {"b", 1}};
    struct fixture f;
    int tags[ARRAY_LEN(cases)];
    (void)state;
    fixture_start(&f);
    struct reader *reader = open_replay(&f);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(reader_start(reader, cases[i].topic, cases[i].partition, 0, &tags[i]), 0);
    }
    source_refresh(f.source);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct read_event event;
        assert_int_equal(read_next(&f, reader, &event), READ_LOST);
        assert_true(event.tag >= (void *)tags && event.tag < (void *)(tags + ARRAY_LEN(cases)));
        assert_non_null(event.message);
    }
    fixture_stop(&f);
}

static void test_no_permission_is_lost(void **state)
{
    struct fixture f;
    struct read_event event;
    int tag;
    (void)state;
    fixture_start(&f);
    fixture_fill(&f, "b", 1, 5);
    rd_kafka_mock_push_request_errors(f.mock, 1 /* Fetch */, 1,
                                      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    struct reader *reader = open_replay(&f);
    assert_int_equal(reader_start(reader, "b", 0, 2, &tag), 0);
    assert_int_equal(read_next(&f, reader, &event), READ_LOST);
    assert_int_equal(event.offset, 2);
    assert_non_null(event.message);
    assert_int_equal(reader_start(reader, "b", 0, 2, &tag), 0);
    expect_record(&f, reader, &tag, 2);
    fixture_stop(&f);
}

static void test_passing_trouble_is_not_told(void **state)
{
    static const rd_kafka_resp_err_t errors[] = {
        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
        RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, RD_KAFKA_RESP_ERR__TRANSPORT};
    struct fixture f;
    int tag;
    (void)state;
    fixture_start(&f);
    fixture_fill(&f, "b", 1, 5);
    struct reader *reader = open_replay(&f);
    for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
        rd_kafka_mock_push_request_errors(f.mock, 1 /* Fetch */, 1, errors[i]);
        assert_int_equal(reader_start(reader, "b", 0, (int64_t)i, &tag), 0);
        expect_record(&f, reader, &tag, (int64_t)i);
        reader_stop(reader, "b", 0);
    }
    fixture_stop(&f);
}

static void test_the_tail_goes_on_with_new_records(void **state)
{
    struct fixture f;
    int tag;
    (void)state;
    fixture_start(&f);
    fixture_fill(&f, "b", 1, 2);
    struct reader *reader = source_open_reader(f.source, READER_TAIL);
    assert_non_null(reader);
    assert_int_equal(reader_start(reader, "b", 0, 1, &tag), 0);
    expect_record(&f, reader, &tag, 1);
    fixture_produce(&f, "b", 0, NULL, "2");
    fixture_flush(&f);
    /* No READ_END stands between. */
    expect_record(&f, reader, &tag, 2);
    reader_close(reader);
    assert_non_null(source_open_reader(f.source, READER_TAIL));
    fixture_stop(&f);
}

static void test_bad_calls_are_refused(void **state)
{
    struct fixture f;
    struct read_event event;
    (void)state;
    fixture_start(&f);
    struct reader *first = open_replay(&f);
    struct reader *second = open_replay(&f);
    assert_null(source_open_reader(f.source, READER_REPLAY));
    assert_int_equal(reader_start(first, "a", -1, 0, NULL), KSSE_EVALUE);
    assert_int_equal(reader_start(first, "a", INT32_MAX, 0, NULL), KSSE_EVALUE);
    assert_int_equal(reader_start(first, "a", 0, -1, NULL), KSSE_EVALUE);
    assert_int_equal(reader_start(first, "a", 0, -2, NULL), KSSE_EVALUE);
    reader_stop(first, "a", 0);
    reader_stop(first, "never", 0);
    reader_stop(first, "a", 77);
    assert_int_equal(reader_next(second, &event), READ_NOTHING);
    reader_close(second);
    assert_non_null(source_open_reader(f.source, READER_REPLAY));
    fixture_stop(&f);
}

static void test_no_memory_fails_one_start(void **state)
{
    struct fixture f;
    int tag;
    (void)state;
    fixture_start(&f);
    fixture_fill(&f, "a", 1, 3);
    struct reader *reader = open_replay(&f);
    int failed = 0;
    for (long n = 0;; n++) {
        mem_fail_after(n);
        int started = reader_start(reader, "a", 0, 1, &tag);
        bool has_failed = mem_has_failed();
        mem_fail_after(-1);
        if (!has_failed) {
            assert_int_equal(started, 0);
            break;
        }
        assert_int_equal(started, KSSE_ENOMEM);
        failed++;
    }
    assert_true(failed >= 3);
    expect_record(&f, reader, &tag, 1);
    fixture_stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_every_partition_to_its_end),
        cmocka_unit_test(test_null_and_empty_are_told_apart),
        cmocka_unit_test(test_nothing_stale_after_restarts),
        cmocka_unit_test(test_a_warm_reader_shows_nothing_of_its_past),
        cmocka_unit_test(test_a_vanished_offset_is_told_once),
        cmocka_unit_test(test_what_does_not_exist_is_lost),
        cmocka_unit_test(test_no_permission_is_lost),
        cmocka_unit_test(test_passing_trouble_is_not_told),
        cmocka_unit_test(test_the_tail_goes_on_with_new_records),
        cmocka_unit_test(test_bad_calls_are_refused),
        cmocka_unit_test(test_no_memory_fails_one_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
