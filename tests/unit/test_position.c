/* Positions: order, doubles, copies, and no memory. */
#include "core/stream/position.h"

#include "support/unit.h"

static const char *const topics[] = {"a", "a.b", "b"};

static void insert_keeps_order(void **state)
{
    (void)state;
    static const struct {
        int topic;
        int32_t partition;
        long index;
    } cases[] = {
        {1, 3, 0}, {1, 1, 0}, {0, 9, 0}, {2, 0, 3}, {1, 2, 2}, {1, 2, 2}, {0, 9, 0}, {2, 0, 4},
    };
    struct position p = POSITION_INIT;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct partition_position partition = {topics[cases[i].topic], cases[i].partition,
                                               (int64_t)i, -1, NULL};
        assert_int_equal(position_insert(&p, partition), cases[i].index);
    }
    assert_int_equal(p.count, 5);
    assert_int_equal(p.partitions[2].offset, 4); /* doubles change nothing */
    for (size_t i = 1; i < p.count; i++) {
        int order = strcmp(p.partitions[i - 1].topic, p.partitions[i].topic);
        assert_true(order < 0 ||
                    (order == 0 && p.partitions[i - 1].partition < p.partitions[i].partition));
    }
    position_fini(&p);
}

static void find_by_name(void **state)
{
    (void)state;
    struct position p = POSITION_INIT;
    assert_int_equal(position_find(&p, "a", 0), -1);
    assert_int_equal(position_insert(&p, (struct partition_position){topics[0], 1, 0, -1, NULL}),
                     0);
    assert_int_equal(position_insert(&p, (struct partition_position){topics[2], 1, 0, -1, NULL}),
                     1);
    char name[] = "b"; /* another pointer */
    assert_int_equal(position_find(&p, name, 1), 1);
    assert_int_equal(position_find(&p, name, 0), -1);
    assert_int_equal(position_find(&p, name, 2), -1);
    assert_int_equal(position_find(&p, "a.b", 1), -1);
    assert_int_equal(position_find(&p, "", 1), -1);
    position_fini(&p);
}

static void order_is_told(void **state)
{
    (void)state;
    struct partition_position items[] = {
        {"a", 0, 0, -1, NULL}, {"a", 1, 0, -1, NULL}, {"b", 0, 0, -1, NULL}};
    struct position p = {items, ARRAY_LEN(items)};
    struct position none = POSITION_INIT;
    assert_true(position_is_sorted(&none));
    assert_true(position_is_sorted(&p));
    items[1].partition = 0; /* equal to the one before */
    assert_false(position_is_sorted(&p));
    items[1].topic = "c"; /* after the next one */
    assert_false(position_is_sorted(&p));
}

static void copy_is_apart(void **state)
{
    (void)state;
    struct position p = POSITION_INIT;
    struct position copy = POSITION_INIT;
    assert_int_equal(position_copy(&copy, &p), 0); /* of an empty one */
    assert_int_equal(copy.count, 0);
    assert_int_equal(position_insert(&p, (struct partition_position){topics[0], 1, 5, 6, &p}), 0);
    assert_int_equal(position_copy(&copy, &p), 0);
    assert_null(copy.partitions[0].extra);
    p.partitions[0].offset = 7;
    p.partitions[0].timestamp_ms = 8;
    assert_int_equal(copy.partitions[0].offset, 5);
    position_assign(&copy, &p);
    assert_int_equal(copy.partitions[0].offset, 7);
    assert_int_equal(copy.partitions[0].timestamp_ms, 8);
    assert_null(copy.partitions[0].extra);
    position_assign(&p, &copy);
    assert_ptr_equal(p.partitions[0].extra, &p);
    position_fini(&p);
    assert_int_equal(copy.count, 1);
    position_fini(&copy);
}

static void no_memory_changes_nothing(void **state)
{
    (void)state;
    struct position p = POSITION_INIT;
    struct position copy = POSITION_INIT;
    assert_int_equal(position_insert(&p, (struct partition_position){topics[0], 1, 5, 6, NULL}), 0);
    mem_fail_after(0);
    assert_int_equal(position_insert(&p, (struct partition_position){topics[0], 0, 5, 6, NULL}),
                     KSSE_ENOMEM);
    mem_fail_after(0);
    assert_int_equal(position_copy(&copy, &p), KSSE_ENOMEM);
    mem_fail_after(-1);
    assert_int_equal(p.count, 1);
    assert_int_equal(p.partitions[0].partition, 1);
    assert_null(copy.partitions);
    position_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(insert_keeps_order),
        cmocka_unit_test(find_by_name),
        cmocka_unit_test(order_is_told),
        cmocka_unit_test(copy_is_apart),
        cmocka_unit_test(no_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
