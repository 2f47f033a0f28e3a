/* Headers of records of a mock cluster, as a reader gives them. */
#include "support/kafka_fixture.h"

#include "base/mem.h"
#include "kafka/headers.h"

#include <stdlib.h>

enum {
    MANY = 3000
};

static enum read_kind read_next(struct fixture *f, struct reader *reader, struct read_event *event)
{
    int64_t deadline_ms = clock_monotonic_ms() + DEADLINE_MS;
    enum read_kind kind;
    while ((kind = reader_next(reader, event)) == READ_NOTHING) {
        assert_true(clock_monotonic_ms() < deadline_ms);
        fixture_turn(f, deadline_ms);
    }
    return kind;
}

static void produce(struct fixture *f, const struct record_header *headers, size_t count)
{
    rd_kafka_headers_t *list = rd_kafka_headers_new(count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(rd_kafka_header_add(list, headers[i].name, -1, headers[i].value.data,
                                             (ssize_t)headers[i].value.len),
                         0);
    }
    assert_int_equal(rd_kafka_producev(f->producer, RD_KAFKA_V_TOPIC("b"), RD_KAFKA_V_PARTITION(0),
                                       RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                       RD_KAFKA_V_VALUE((void *)(uintptr_t) "v", 1),
                                       RD_KAFKA_V_KEY("k", 1), RD_KAFKA_V_HEADERS(list),
                                       RD_KAFKA_V_END),
                     0);
}

static void expect(struct reader *reader, const struct record_header *expected, size_t expected_len)
{
    const struct record_header *headers;
    size_t count = 77;
    assert_int_equal(reader_headers(reader, &headers, &count), 0);
    assert_int_equal(count, expected_len);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(headers[i].name, expected[i].name);
        assert_true(slice_eq(headers[i].value, expected[i].value));
        assert_int_equal(headers[i].value.data == NULL, expected[i].value.data == NULL);
    }
}

static struct reader *open_at_zero(struct fixture *f)
{
    fixture_flush(f);
    struct reader *reader = source_open_reader(f->source, READER_REPLAY);
    assert_non_null(reader);
    assert_int_equal(reader_start(reader, "b", 0, 0, NULL), 0);
    return reader;
}

static const struct record_header several[] = {
    {"trace", {"abc", 3}}, {"empty", {"", 0}},    {"null", {NULL, 0}},
    {"", {"nameless", 8}}, {"trace", {"def", 3}}, {"binary", {"\x00\xff\x80", 3}}};

static void test_headers_come_as_they_were_sent(void **state)
{
    struct fixture f;
    struct read_event event;
    (void)state;
    fixture_start(&f);
    fixture_produce(&f, "b", 0, NULL, "none");
    produce(&f, several, ARRAY_LEN(several));
    produce(&f, several, 1);
    struct reader *reader = open_at_zero(&f);
    assert_int_equal(read_next(&f, reader, &event), READ_RECORD);
    expect(reader, NULL, 0);
    assert_int_equal(read_next(&f, reader, &event), READ_RECORD);
    expect(reader, several, ARRAY_LEN(several));
    /* Asked again, they are the same, and the record is still there. */
    expect(reader, several, ARRAY_LEN(several));
    assert_true(slice_eq_str(event.key, "k"));
    assert_true(slice_eq_str(event.value, "v"));
    assert_int_equal(read_next(&f, reader, &event), READ_RECORD);
    expect(reader, several, 1);
    fixture_stop(&f);
}

static void test_very_many_headers(void **state)
{
    struct fixture f;
    struct read_event event;
    static struct record_header headers[MANY];
    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        headers[i] = several[i % ARRAY_LEN(several)];
    }
    fixture_start(&f);
    produce(&f, headers, MANY);
    produce(&f, several, 2);
    struct reader *reader = open_at_zero(&f);
    assert_int_equal(read_next(&f, reader, &event), READ_RECORD);
    expect(reader, headers, MANY);
    assert_int_equal(read_next(&f, reader, &event), READ_RECORD);
    expect(reader, several, 2);
    fixture_stop(&f);
}

static void test_no_memory_is_told_and_passes(void **state)
{
    struct fixture f;
    struct read_event event;
    const struct record_header *headers = several;
    size_t count = 5;
    (void)state;
    fixture_start(&f);
    produce(&f, several, ARRAY_LEN(several));
    struct reader *reader = open_at_zero(&f);
    assert_int_equal(read_next(&f, reader, &event), READ_RECORD);
    mem_fail_after(0);
    assert_int_equal(reader_headers(reader, &headers, &count), KSSE_ENOMEM);
    mem_fail_after(-1);
    assert_ptr_equal(headers, several);
    assert_int_equal(count, 5);
    expect(reader, several, ARRAY_LEN(several));
    fixture_stop(&f);
}

static void test_memory_is_kept_and_given_back(void **state)
{
    struct fixture f;
    static struct record_header headers[MANY];
    struct headers own = {NULL, 0};
    rd_kafka_message_t *message;
    const struct record_header *out;
    size_t count;
    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        headers[i] = several[0];
    }
    fixture_start(&f);
    produce(&f, several, 1);
    produce(&f, headers, MANY);
    fixture_flush(&f);
    char error[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
    rd_kafka_brokers_add(rk, rd_kafka_mock_cluster_bootstraps(f.mock));
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, "b", NULL);
    assert_int_equal(rd_kafka_consume_start(topic, 0, 0), 0);
    for (int i = 0; i < 2; i++) {
        message = rd_kafka_consume(topic, 0, DEADLINE_MS);
        assert_non_null(message);
        assert_int_equal(message->err, 0);
        assert_int_equal(headers_read(&own, message, &out, &count), 0);
        assert_int_equal(count, i == 0 ? 1 : MANY);
        headers_trim(&own);
        assert_int_equal(own.items == NULL, i == 1);
        rd_kafka_message_destroy(message);
    }
    headers_fini(&own);
    rd_kafka_consume_stop(topic, 0);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(rk);
    fixture_stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers_come_as_they_were_sent),
        cmocka_unit_test(test_very_many_headers),
        cmocka_unit_test(test_no_memory_is_told_and_passes),
        cmocka_unit_test(test_memory_is_kept_and_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
