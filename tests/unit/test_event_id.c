/* Event ids: their text, updates in partition, and no memory. */
#include "core/stream/event_id.h"

#include "support/unit.h"

static struct partition_position partitions[3];
static struct position position = {partitions, 3};

static void reset(void)
{
    partitions[0] = (struct partition_position){"a", 0, 0, -1, NULL};
    partitions[1] = (struct partition_position){"a", 1, 99, 1000, NULL};
    partitions[2] = (struct partition_position){"b\"\xc3\xa9", 7, 5, -1, NULL};
}

static void assert_text(const struct event_id *id, const char *expected)
{
    struct slice text = event_id_text(id);
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.data, expected, text.len);
}

static void writes_all_partitions(void **state)
{
    (void)state;
    reset();
    struct event_id id = EVENT_ID_INIT(ID_OFFSET);
    assert_int_equal(event_id_write(&id, &position), 0);
    assert_text(&id, "[{\"topic\":\"a\",\"partition\":0,\"offset\":0},"
                     "{\"topic\":\"a\",\"partition\":1,\"offset\":99},"
                     "{\"topic\":\"b\\\"\\u00e9\",\"partition\":7,\"offset\":5}]");
    event_id_fini(&id);
}

/* After any change of one partition the text is what a whole write makes. */
static void updates_as_a_write(enum id_format format)
{
    static const struct {
        int64_t offset;
        int64_t timestamp_ms;
    } changes[] = {
        {1, -1},           {9, -1},    {10, -1},   {11, 5},        {8, 9},
        {INT64_MAX, 9999}, {0, 10000}, {5, 99998}, {5, INT64_MAX}, {7, -1},
    };
    reset();
    struct event_id id = EVENT_ID_INIT(format);
    struct event_id whole = EVENT_ID_INIT(format);
    assert_int_equal(event_id_write(&id, &position), 0);
    for (size_t i = 0; i < 3 * ARRAY_LEN(changes); i++) {
        size_t partition = i % 3;
        partitions[partition].offset = changes[i / 3].offset;
        partitions[partition].timestamp_ms = changes[i / 3].timestamp_ms;
        assert_int_equal(event_id_update(&id, &position, partition), 0);
        assert_int_equal(event_id_write(&whole, &position), 0);
        assert_true(slice_eq(event_id_text(&id), event_id_text(&whole)));
    }
    event_id_fini(&id);
    event_id_fini(&whole);
}

static void updates_offsets(void **state)
{
    (void)state;
    updates_as_a_write(ID_OFFSET);
}

static void updates_timestamps(void **state)
{
    (void)state;
    updates_as_a_write(ID_TIMESTAMP);
}

static void shows_timestamps(void **state)
{
    (void)state;
    static const struct {
        int64_t offset;
        int64_t timestamp_ms;
        const char *text;
    } cases[] = {
        {4, -1, "[{\"topic\":\"a\",\"partition\":0,\"offset\":4}]"}, /* nothing sent: exact */
        {4, 0, "[{\"topic\":\"a\",\"partition\":0,\"timestamp\":1}]"},
        {4, 41, "[{\"topic\":\"a\",\"partition\":0,\"timestamp\":42}]"},
        {4, INT64_MAX, "[{\"topic\":\"a\",\"partition\":0,\"timestamp\":9223372036854775807}]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct partition_position partition = {"a", 0, cases[i].offset, cases[i].timestamp_ms,
                                               NULL};
        struct position one = {&partition, 1};
        struct event_id id = EVENT_ID_INIT(ID_TIMESTAMP);
        assert_int_equal(event_id_write(&id, &one), 0);
        assert_text(&id, cases[i].text);
        event_id_fini(&id);
    }
}

/* However far offsets and times grow, within what JavaScript counts to. */
static void none_is_longer_than_the_longest(void **state)
{
    (void)state;
    struct partition_position far[] = {{"a", 0, 9007199254740992, -1, NULL},
                                       {"a", 2147483647, 9007199254740992, 9007199254740990, NULL},
                                       {"a-topic.of_many_letters", 17, 5, 9007199254740990, NULL}};
    struct position all = {far, ARRAY_LEN(far)};
    for (int format = 0; format < 2; format++) {
        struct event_id id = EVENT_ID_INIT(format == 0 ? ID_OFFSET : ID_TIMESTAMP);
        assert_int_equal(event_id_write(&id, &all), 0);
        assert_in_range(event_id_text(&id).len, event_id_longest(&all) - 100,
                        event_id_longest(&all));
        event_id_fini(&id);
    }
    size_t sum = 2;
    for (size_t i = 0; i < all.count; i++) {
        sum += event_id_longest_partition(far[i].topic, far[i].partition);
    }
    assert_int_equal(sum, event_id_longest(&all));
}

static bool attempt_write(void)
{
    reset();
    struct event_id id = EVENT_ID_INIT(ID_OFFSET);
    bool is_done = event_id_write(&id, &position) == 0;
    event_id_fini(&id);
    return is_done;
}

static void no_memory(void **state)
{
    (void)state;
    fail_each_allocation(attempt_write, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_all_partitions),
        cmocka_unit_test(updates_offsets),
        cmocka_unit_test(updates_timestamps),
        cmocka_unit_test(shows_timestamps),
        cmocka_unit_test(none_is_longer_than_the_longest),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
