/* Batches that readers cannot read, against a mock cluster: tried again, passed over, waited for.
 */
#include "support/kafka_fixture.h"

#include <stdlib.h>

enum {
    FETCH_REQUEST = 1,
    GOOD = 3, /* records before and behind the bad batch, one batch each */
    BAD = 30  /* records of it */
};

static void start_source(struct fixture *f, bool waits)
{
    static char name[] = "receive.message.max.bytes";
    static char value[] = "9000000";
    static const struct kafka_property properties[] = {{name, value}};
    struct ksse_error error;
    struct kafka_options options = {.brokers = rd_kafka_mock_cluster_bootstraps(f->mock),
                                    .properties = properties,
                                    .property_count = 1,
                                    .replay_readers = 2,
                                    .refresh_ms = 60000,
                                    .waits_for_unreadable = waits};
    assert_int_equal(kafka_source_new(&options, &f->kafka, &error), 0);
    f->source = kafka_source_base(f->kafka);
    f->source->events = (struct source_events){fixture_on_metadata, fixture_on_up, fixture_on_down};
    f->source->opaque = f;
    TURN_UNTIL(f, f->metadata_count > 0);
}

/* One batch of 30 MB, which zstd makes tiny: more than the limit allows. */
static void produce_large_batch(struct fixture *f)
{
    static const char *const rows[][2] = {{"compression.codec", "zstd"},
                                          {"linger.ms", "60000"}, /* until it is full */
                                          {"batch.num.messages", "30"},
                                          {"batch.size", "100000000"},
                                          {"message.max.bytes", "100000000"}};
    char error[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(rd_kafka_conf_set(conf, rows[i][0], rows[i][1], error, sizeof(error)),
                         RD_KAFKA_CONF_OK);
    }
    rd_kafka_t *own = f->producer;
    f->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
    assert_non_null(f->producer);
    rd_kafka_brokers_add(f->producer, rd_kafka_mock_cluster_bootstraps(f->mock));
    /* What waits for the topic's partitions to be known is sent one by one while flushing. */
    rd_kafka_topic_t *topic = rd_kafka_topic_new(f->producer, "b", NULL);
    const struct rd_kafka_metadata *metadata;
    assert_int_equal(rd_kafka_metadata(f->producer, 0, topic, &metadata, DEADLINE_MS),
                     RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_metadata_destroy(metadata);
    char *value = calloc(1, 1000001);
    memset(value, 'x', 1000000);
    for (int i = 0; i < BAD; i++) {
        fixture_produce(f, "b", 0, NULL, value);
    }
    fixture_flush(f);
    free(value);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(f->producer);
    f->producer = own;
}

static void begin(struct fixture *f, bool waits)
{
    fixture_start_cluster(f);
    assert_int_equal(rd_kafka_mock_topic_create(f->mock, "b", 1, 1), 0);
    fixture_fill(f, "b", 1, GOOD);
    start_source(f, waits);
}

static enum read_kind read_next(struct fixture *f, struct reader *reader, struct read_event *event)
{
    TURN_UNTIL(f, reader_next(reader, event) != READ_NOTHING);
    return event->kind;
}

static struct reader *open_at(struct fixture *f, enum reader_kind kind, int64_t offset, void *tag)
{
    struct reader *reader = source_open_reader(f->source, kind);
    assert_non_null(reader);
    assert_int_equal(reader_start(reader, "b", 0, offset, tag), 0);
    return reader;
}

static void expect_records(struct fixture *f, struct reader *reader, int64_t from, int64_t to)
{
    struct read_event event;
    for (int64_t offset = from; offset < to; offset++) {
        assert_int_equal(read_next(f, reader, &event), READ_RECORD);
        assert_int_equal(event.offset, offset);
    }
}

static void expect_error(struct fixture *f, struct reader *reader, void *tag, int64_t offset)
{
    struct read_event event;
    assert_int_equal(read_next(f, reader, &event), READ_ERROR);
    assert_ptr_equal(event.tag, tag);
    assert_int_equal(event.offset, offset);
    assert_non_null(strstr(event.message, "ecompression"));
}

static void expect_unreadable(struct fixture *f, struct reader *reader, void *tag, int64_t from)
{
    struct read_event event;
    expect_error(f, reader, tag, from);
    assert_int_equal(read_next(f, reader, &event), READ_UNREADABLE);
    assert_ptr_equal(event.tag, tag);
    assert_int_equal(event.offset, from);
    assert_int_equal(event.to, GOOD + BAD);
}

/* The tail and a replay come to it, and each goes on at the same offset; so do those that come
 * later and begin within it. */
static void what_cannot_be_read_is_passed_over(void **state)
{
    struct fixture f;
    int tags[3];
    (void)state;
    begin(&f, false);
    produce_large_batch(&f);
    fixture_fill(&f, "b", 1, GOOD);
    struct reader *replay = open_at(&f, READER_REPLAY, 1, &tags[0]);
    struct reader *tail = open_at(&f, READER_TAIL, GOOD, &tags[1]);
    expect_records(&f, replay, 1, GOOD);
    expect_unreadable(&f, replay, &tags[0], GOOD);
    expect_unreadable(&f, tail, &tags[1], GOOD);
    int64_t started_ms = clock_monotonic_ms();
    struct reader *late = open_at(&f, READER_REPLAY, GOOD + 7, &tags[2]);
    expect_unreadable(&f, late, &tags[2], GOOD + 7);
    assert_true(clock_monotonic_ms() - started_ms < DEADLINE_MS / 2);
    assert_int_equal(reader_start(late, "b", 0, GOOD + BAD, &tags[2]), 0);
    expect_records(&f, late, GOOD + BAD, GOOD + BAD + GOOD);
    fixture_stop(&f);
}

static void it_is_waited_for_if_told_so(void **state)
{
    struct fixture f;
    struct read_event event;
    int tag;
    (void)state;
    begin(&f, true);
    produce_large_batch(&f);
    struct reader *reader = open_at(&f, READER_REPLAY, GOOD, &tag);
    for (int i = 0; i < 3; i++) {
        expect_error(&f, reader, &tag, GOOD);
        assert_int_equal(read_next(&f, reader, &event), READ_LOST);
        assert_ptr_equal(event.tag, &tag);
        assert_non_null(strstr(event.message, "unreadable = wait"));
        assert_int_equal(reader_start(reader, "b", 0, GOOD, &tag), 0);
    }
    fixture_stop(&f);
}

/* A broker that fails once is no reason to leave anything out. */
static void what_can_be_read_after_all_is_read(void **state)
{
    struct fixture f;
    struct read_event event;
    int tag;
    (void)state;
    begin(&f, false);
    rd_kafka_mock_push_request_errors(f.mock, FETCH_REQUEST, 2, RD_KAFKA_RESP_ERR_INVALID_MSG,
                                      RD_KAFKA_RESP_ERR_INVALID_MSG);
    struct reader *reader = open_at(&f, READER_REPLAY, 0, &tag);
    assert_int_equal(read_next(&f, reader, &event), READ_ERROR);
    assert_int_equal(event.offset, 0);
    assert_non_null(event.message);
    expect_records(&f, reader, 0, GOOD);
    assert_int_equal(read_next(&f, reader, &event), READ_END);
    fixture_stop(&f);
}

/* Trouble of the broker's is told, and nothing is given up for it. */
static void other_errors_are_told(void **state)
{
    struct fixture f;
    struct read_event event;
    int tag;
    (void)state;
    begin(&f, false);
    rd_kafka_mock_push_request_errors(f.mock, FETCH_REQUEST, 1, RD_KAFKA_RESP_ERR_POLICY_VIOLATION);
    struct reader *reader = open_at(&f, READER_REPLAY, 1, &tag);
    assert_int_equal(read_next(&f, reader, &event), READ_ERROR);
    assert_int_equal(event.offset, 1);
    expect_records(&f, reader, 1, GOOD);
    fixture_stop(&f);
}

/* Stopped, started elsewhere and closed while a probe is under way; and freed with it. */
static void nobody_waits_any_more(void **state)
{
    struct fixture f;
    int tags[2];
    (void)state;
    begin(&f, false);
    produce_large_batch(&f);
    fixture_fill(&f, "b", 1, GOOD);
    struct reader *reader = open_at(&f, READER_REPLAY, GOOD, &tags[0]);
    expect_error(&f, reader, &tags[0], GOOD);
    reader_stop(reader, "b", 0);
    assert_int_equal(reader_start(reader, "b", 0, GOOD + BAD, &tags[1]), 0);
    expect_records(&f, reader, GOOD + BAD, GOOD + BAD + GOOD);
    struct reader *closed = open_at(&f, READER_TAIL, GOOD, &tags[0]);
    expect_error(&f, closed, &tags[0], GOOD);
    reader_close(closed);
    struct read_event event;
    assert_int_equal(read_next(&f, reader, &event), READ_END);
    struct reader *open = open_at(&f, READER_TAIL, GOOD + 3, &tags[0]);
    expect_error(&f, open, &tags[0], GOOD + 3);
    fixture_stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_read_is_passed_over),
        cmocka_unit_test(it_is_waited_for_if_told_so),
        cmocka_unit_test(what_can_be_read_after_all_is_read),
        cmocka_unit_test(other_errors_are_told),
        cmocka_unit_test(nobody_waits_any_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
