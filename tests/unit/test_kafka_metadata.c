/* Metadata answers made by hand. */
#include "kafka/metadata.h"
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
    rd_kafka_metadata_t rd_metadata = {.topics = topics, .topic_cnt = ARRAY_LEN(topics)};
    (void)state;
    struct metadata *metadata = metadata_new(&rd_metadata);
    assert_non_null(metadata);
    assert_int_equal(metadata->count, 3);
    assert_string_equal(metadata->topics[0].name, "B");
    assert_string_equal(metadata->topics[1].name, "a");
    assert_string_equal(metadata->topics[2].name, "b");
    assert_int_equal(metadata_find(metadata, "b")->partition_count, 2);
    assert_int_equal(metadata_find(metadata, "B")->partition_count, 7);
    assert_null(metadata_find(metadata, "forbidden"));
    assert_null(metadata_find(metadata, "empty"));
    assert_null(metadata_find(metadata, "aa"));
    assert_null(metadata_find(metadata, ""));
    assert_int_equal(metadata_leader(metadata, "b", 0), 10);
    assert_int_equal(metadata_leader(metadata, "b", 1), 11);
    assert_int_equal(metadata_leader(metadata, "b", 2), -1);
    assert_int_equal(metadata_leader(metadata, "b", -1), -1);
    assert_int_equal(metadata_leader(metadata, "a", 0), -1);
    assert_int_equal(metadata_leader(metadata, "B", 2), -1);
    assert_int_equal(metadata_leader(metadata, "B", 3), -1);
    assert_int_equal(metadata_leader(metadata, "B", 6), 16);
    assert_int_equal(metadata_leader(metadata, "nosuch", 0), -1);
    metadata_free(metadata);
}

static void test_empty_and_without_memory(void **state)
{
    rd_kafka_metadata_t rd_metadata = {.topics = NULL, .topic_cnt = 0};
    (void)state;
    struct metadata *metadata = metadata_new(&rd_metadata);
    assert_non_null(metadata);
    assert_int_equal(metadata->count, 0);
    assert_null(metadata_find(metadata, "a"));
    metadata_free(metadata);
    for (long n = 0; n < 2; n++) {
        mem_fail_after(n);
        metadata = metadata_new(&rd_metadata);
        mem_fail_after(-1);
        assert_null(metadata);
    }
    metadata_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sorted_without_what_cannot_be_read),
        cmocka_unit_test(test_empty_and_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
