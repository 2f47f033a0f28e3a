/* Record ranges: appended to, read by cursors, dropped from the front, restarted. */
#include "base/mem.h"
#include "feed/log/record_range.h"

#include "support/unit.h"

#include <kafkasse/error.h>

static uint64_t next_id;
static struct range_pool pool;
static struct record_range range;

static int setup(void **state)
{
    (void)state;
    range_pool_init(&pool, &next_id);
    range_init(&range, &pool);
    range_restart(&range, 10);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    range_restart(&range, 0);
    assert_int_equal(pool.bytes, 0);
    assert_true(list_is_empty(&pool.blocks));
    return 0;
}

static int append(int64_t offset, size_t len)
{
    char *text = malloc(len + 1);
    memset(text, 'x', len);
    int result = range_append(&range, RECORD_MESSAGE, offset, offset * 10, slice_of(text, len));
    free(text);
    return result;
}

static int64_t seek(int64_t offset)
{
    struct range_cursor cursor;
    range_seek(&range, offset, &cursor);
    const struct range_record *record = range_peek(&range, &cursor);
    return record == NULL ? -1 : record->offset;
}

static void reads_what_was_appended(void **state)
{
    (void)state;
    struct range_cursor cursor = RANGE_CURSOR_INIT;
    assert_null(range_peek(&range, &cursor));
    for (int64_t i = 0; i < 1000; i++) { /* with holes, over several blocks */
        assert_int_equal(append(10 + 2 * i, (size_t)(i % 100)), 0);
    }
    for (int64_t i = 0; i < 1000; i++) {
        const struct range_record *record = range_peek(&range, &cursor);
        assert_non_null(record);
        assert_int_equal(record->offset, 10 + 2 * i);
        assert_int_equal(record->timestamp_ms, record->offset * 10);
        assert_int_equal(record->len, i % 100);
        range_advance(&cursor, record);
    }
    assert_null(range_peek(&range, &cursor));
    assert_int_equal(range.end, 10 + 2 * 999 + 1);
    assert_int_equal(append(5000, 1), 0); /* a cursor at the end goes on */
    assert_int_equal(range_peek(&range, &cursor)->offset, 5000);
}

static void fill(void)
{
    for (int64_t i = 0; i < 1000; i++) {
        assert_int_equal(append(10 + 2 * i, 100), 0);
    }
}

static void seeks_the_first_at_or_behind(void **state)
{
    (void)state;
    assert_int_equal(seek(10), -1);
    fill();
    for (int64_t offset = 0; offset < 2100; offset++) {
        int64_t expected = offset < 10 ? 10 : offset + offset % 2;
        assert_int_equal(seek(offset), expected > 10 + 2 * 999 ? -1 : expected);
    }
}

static void dropping_moves_the_start(void **state)
{
    (void)state;
    struct range_cursor cursor;
    struct range_cursor end;
    fill();
    range_seek(&range, 10, &cursor);
    range_seek_end(&range, &end);
    assert_true(range_cursor_is_valid(&range, &cursor));
    size_t before = pool.bytes;
    range_pool_drop_oldest(&pool);
    assert_true(pool.bytes < before);
    assert_true(range.start > 10);
    assert_false(range_cursor_is_valid(&range, &cursor));
    assert_true(range_cursor_is_valid(&range, &end));
    assert_int_equal(seek(0), range.start);
    while (pool.bytes > 0) {
        range_pool_drop_oldest(&pool);
    }
    assert_int_equal(range.start, range.end);
    assert_false(range_cursor_is_valid(&range, &end));
}

static void the_oldest_of_all_runs_goes_first(void **state)
{
    (void)state;
    struct record_range other;
    range_init(&other, &pool);
    assert_int_equal(append(10, 100), 0);
    assert_int_equal(range_append(&other, RECORD_MESSAGE, 3, 0, slice_str("{}")), 0);
    range_pool_drop_oldest(&pool);
    assert_null(range.first);
    assert_non_null(other.first);
    range_restart(&other, 0);
}

static void a_cursor_is_of_one_run_and_one_life(void **state)
{
    (void)state;
    struct record_range other;
    range_init(&other, &pool);
    assert_int_equal(append(10, 100), 0);
    assert_int_equal(range_append(&other, RECORD_MESSAGE, 10, 0, slice_str("{}")), 0);
    struct range_cursor cursor;
    range_seek(&range, 10, &cursor);
    assert_true(range_cursor_is_valid(&range, &cursor));
    assert_false(range_cursor_is_valid(&other, &cursor));
    range_restart(&range, 10);
    assert_int_equal(append(10, 100), 0);
    assert_false(range_cursor_is_valid(&range, &cursor));
    range_restart(&other, 0);
}

static void skips_are_not_stored(void **state)
{
    (void)state;
    range_skip_to(&range, 11);
    assert_int_equal(range.end, 11);
    assert_null(range.first);
    assert_int_equal(append(20, 1), 0);
    assert_int_equal(range.end, 21);
    assert_int_equal(range.start, 10);
}

static void no_memory_changes_nothing(void **state)
{
    (void)state;
    for (long n = 0; n < 2; n++) {
        mem_fail_after(n);
        assert_int_equal(append(10, 5000), KSSE_ENOMEM);
        mem_fail_after(-1);
        assert_int_equal(range.end, 10);
        assert_int_equal(pool.bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_what_was_appended, setup, teardown),
        cmocka_unit_test_setup_teardown(seeks_the_first_at_or_behind, setup, teardown),
        cmocka_unit_test_setup_teardown(dropping_moves_the_start, setup, teardown),
        cmocka_unit_test_setup_teardown(the_oldest_of_all_runs_goes_first, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cursor_is_of_one_run_and_one_life, setup, teardown),
        cmocka_unit_test_setup_teardown(skips_are_not_stored, setup, teardown),
        cmocka_unit_test_setup_teardown(no_memory_changes_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
