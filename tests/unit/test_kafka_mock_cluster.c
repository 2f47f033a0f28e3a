/* The demo's cluster, read through a source as the server does it. */
#include "support/kafka_fixture.h"

#include "kafka/demo/demo_feed.h"
#include "kafka/demo/mock_cluster.h"

enum {
    BACKLOG = 300
};

static void start_all(struct reader *reader)
{
    for (size_t i = 0; i < DEMO_TOPIC_COUNT; i++) {
        for (int32_t partition = 0; partition < demo_topics[i].partitions; partition++) {
            assert_int_equal(reader_start(reader, demo_topics[i].name, partition, 0, NULL), 0);
        }
    }
}

/* Counts records until there are `count`; nothing else may come but ends. */
static void read_records(struct fixture *f, struct reader *reader, int count)
{
    int64_t deadline_ms = clock_monotonic_ms() + DEADLINE_MS;
    while (count > 0) {
        struct read_event event;
        assert_true(clock_monotonic_ms() < deadline_ms);
        switch (reader_next(reader, &event)) {
        case READ_NOTHING:
            fixture_turn(f, deadline_ms);
            break;
        case READ_RECORD:
            assert_true(event.timestamp_ms > 0);
            count--;
            break;
        default:
            fail();
        }
    }
}

static void test_has_a_backlog_and_goes_on(void **state)
{
    struct mock_options options = {.seed = 5, .backlog = BACKLOG, .records_per_second = 100};
    struct mock_cluster *cluster;
    struct fixture f;
    struct ksse_error error;
    (void)state;
    memset(&f, 0, sizeof(f));
    assert_int_equal(mock_cluster_start(&options, &cluster, &error), 0);
    fixture_start_source(&f, mock_cluster_brokers(cluster), 60000);
    TURN_UNTIL(&f, f.metadata_count > 0);
    assert_string_equal(f.topics, "demo.page-create/2 demo.recentchange/4 demo.revision-score/3 ");
    struct reader *reader = source_open_reader(f.source, READER_TAIL);
    assert_non_null(reader);
    start_all(reader);
    read_records(&f, reader, BACKLOG + 20);
    fixture_stop(&f);
    int64_t started_ms = clock_monotonic_ms();
    mock_cluster_stop(cluster);
    assert_true(clock_monotonic_ms() - started_ms < 5000);
}

static void test_starts_and_stops_without_records(void **state)
{
    struct mock_options options = {.seed = 0, .backlog = 0, .records_per_second = 0};
    struct mock_cluster *cluster;
    struct ksse_error error;
    (void)state;
    assert_int_equal(mock_cluster_start(&options, &cluster, &error), 0);
    assert_memory_equal(mock_cluster_brokers(cluster), "127.0.0.1:", 10);
    mock_cluster_stop(cluster);
    mock_cluster_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_has_a_backlog_and_goes_on),
        cmocka_unit_test(test_starts_and_stops_without_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
