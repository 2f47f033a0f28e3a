/* Metadata answers made by hand. */
#include "kafka/snapshot.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

/* Out of order, and one with an id that cannot be. */
static rd_kafka_metadata_partition_t partitions[] = {
    {.id = 1, .leader = 11}, {.id = 0, .leader = 10}, {.id = 99, .leader = 5},
    {.id = 3, .leader = -1}, {.id = 4, .leader = 14}, {.id = 5, .leader = 15},
    {.id = 6, .leader = 16},
};

static rd_kafka_metadata_topic_t topics[] = {
    {.topic = (char *)(uintptr_t) "b", .partition_cnt = 2, .partitions = partitions},
    {.topic = (char *)(uintptr_t) "forbidden",
     .partition_cnt = 1,
     .err = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED},
    {.topic = (char *)(uintptr_t) "a", .partition_cnt = 1, .partitions = partitions},
    {.topic = (char *)(uintptr_t) "empty", .partition_cnt = 0},
    {.topic = (char *)(uintptr_t) "B", .partition_cnt = 7, .partitions = partitions},
};

static void test_sorted_without_what_cannot_be_read(void **state)
{
    rd_kafka_metadata_t metadata = {.topics = topics, .topic_cnt = ARRAY_LEN(topics)};
    (void)state;
    struct snapshot *snapshot = snapshot_new(&metadata);
    assert_non_null(snapshot);
    assert_int_equal(snapshot->count, 3);
    assert_string_equal(snapshot->topics[0].name, "B");
    assert_string_equal(snapshot->topics[1].name, "a");
    assert_string_equal(snapshot->topics[2].name, "b");
    assert_int_equal(snapshot_find(snapshot, "b")->partition_count, 2);
    assert_int_equal(snapshot_find(snapshot, "B")->partition_count, 7);
    assert_null(snapshot_find(snapshot, "forbidden"));
    assert_null(snapshot_find(snapshot, "empty"));
    assert_null(snapshot_find(snapshot, "aa"));
    assert_null(snapshot_find(snapshot, ""));
    assert_int_equal(snapshot_leader(snapshot, "b", 0), 10);
    assert_int_equal(snapshot_leader(snapshot, "b", 1), 11);
    assert_int_equal(snapshot_leader(snapshot, "b", 2), -1);
    assert_int_equal(snapshot_leader(snapshot, "b", -1), -1);
    assert_int_equal(snapshot_leader(snapshot, "a", 0), -1);
    assert_int_equal(snapshot_leader(snapshot, "B", 2), -1);
    assert_int_equal(snapshot_leader(snapshot, "B", 3), -1);
    assert_int_equal(snapshot_leader(snapshot, "B", 6), 16);
    assert_int_equal(snapshot_leader(snapshot, "nosuch", 0), -1);
    snapshot_free(snapshot);
}

static void test_empty_and_without_memory(void **state)
{
    rd_kafka_metadata_t metadata = {.topics = NULL, .topic_cnt = 0};
    (void)state;
    struct snapshot *snapshot = snapshot_new(&metadata);
    assert_non_null(snapshot);
    assert_int_equal(snapshot->count, 0);
    assert_null(snapshot_find(snapshot, "a"));
    snapshot_free(snapshot);
    for (long n = 0; n < 2; n++) {
        mem_fail_after(n);
        snapshot = snapshot_new(&metadata);
        mem_fail_after(-1);
        assert_null(snapshot);
    }
    snapshot_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sorted_without_what_cannot_be_read),
        cmocka_unit_test(test_empty_and_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
