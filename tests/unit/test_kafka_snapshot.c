/* Metadata answers made by hand. */
#include "kafka/snapshot.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

static rd_kafka_metadata_topic_t topics[] = {
    {.topic = (char *)(uintptr_t) "b", .partition_cnt = 2},
    {.topic = (char *)(uintptr_t) "forbidden",
     .partition_cnt = 1,
     .err = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED},
    {.topic = (char *)(uintptr_t) "a", .partition_cnt = 1},
    {.topic = (char *)(uintptr_t) "empty", .partition_cnt = 0},
    {.topic = (char *)(uintptr_t) "B", .partition_cnt = 7},
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
    mem_fail_after(0);
    snapshot = snapshot_new(&metadata);
    mem_fail_after(-1);
    assert_null(snapshot);
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
