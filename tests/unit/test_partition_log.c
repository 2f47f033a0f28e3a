/* Partition logs: appended to, read by cursors, evicted from, restarted. */
#include "feed/partition_log.h"

#include "support/fixture.h"
#include "support/unit.h"

static struct fixture f;
static struct partition_log *tested;

static int setup(void **state)
{
    (void)state;
    fixture_init(&f, &fixture_options);
    tested = fixture_log(&f, "t", 0);
    log_restart(tested, 10);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    log_restart(tested, 0);
    assert_int_equal(f.feed->log_bytes, 0);
    fixture_fini(&f);
    return 0;
}

static int append(int64_t offset, size_t len)
{
    char *text = malloc(len + 1);
    memset(text, 'x', len);
    int result = log_append(tested, RECORD_MESSAGE, offset, offset * 10, slice_of(text, len));
    free(text);
    return result;
}

static int64_t seek(int64_t offset)
{
    struct log_cursor cursor;
    log_seek(tested, offset, &cursor);
    const struct log_record *record = log_peek(tested, &cursor);
    return record == NULL ? -1 : record->offset;
}

static void reads_what_was_appended(void **state)
{
    (void)state;
    struct log_cursor cursor = LOG_CURSOR_INIT;
    assert_null(log_peek(tested, &cursor));
    for (int64_t i = 0; i < 1000; i++) { /* with holes, over several blocks */
        assert_int_equal(append(10 + 2 * i, (size_t)(i % 100)), 0);
    }
    for (int64_t i = 0; i < 1000; i++) {
        const struct log_record *record = log_peek(tested, &cursor);
        assert_non_null(record);
        assert_int_equal(record->offset, 10 + 2 * i);
        assert_int_equal(record->timestamp_ms, record->offset * 10);
        assert_int_equal(record->len, i % 100);
        log_advance(&cursor, record);
    }
    assert_null(log_peek(tested, &cursor));
    assert_int_equal(tested->end, 10 + 2 * 999 + 1);
    assert_int_equal(append(5000, 1), 0); /* a cursor at the end goes on */
    assert_int_equal(log_peek(tested, &cursor)->offset, 5000);
}

static void seeks_the_first_at_or_behind(void **state)
{
    (void)state;
    assert_int_equal(seek(10), -1);
    for (int64_t i = 0; i < 1000; i++) {
        assert_int_equal(append(10 + 2 * i, 100), 0);
    }
    for (int64_t offset = 0; offset < 2100; offset++) {
        int64_t expected = offset < 10 ? 10 : offset + offset % 2;
        assert_int_equal(seek(offset), expected > 10 + 2 * 999 ? -1 : expected);
    }
}

static void eviction_moves_the_start(void **state)
{
    (void)state;
    struct log_cursor cursor;
    for (int64_t i = 0; i < 1000; i++) {
        assert_int_equal(append(10 + 2 * i, 100), 0);
    }
    log_seek_end(tested, &tested->fresh);
    log_seek(tested, 10, &cursor);
    assert_true(log_cursor_is_valid(tested, &cursor));
    size_t before = f.feed->log_bytes;
    log_evict(f.feed, before);
    assert_int_equal(tested->start, 10); /* fits: nothing goes */
    log_evict(f.feed, before - 1);
    assert_true(f.feed->log_bytes < before);
    assert_true(tested->start > 10);
    assert_false(log_cursor_is_valid(tested, &cursor));
    assert_int_equal(seek(0), tested->start);
    log_evict(f.feed, 0);
    assert_int_equal(f.feed->log_bytes, 0);
    assert_int_equal(tested->start, tested->end);
    assert_int_equal(append(9000, 1), 0);
    assert_int_equal(log_peek(tested, &tested->fresh)->offset, 9000); /* nothing was skipped */
}

static void skips_are_not_stored(void **state)
{
    (void)state;
    log_skip(tested, 10);
    assert_int_equal(tested->end, 11);
    assert_null(tested->first);
    log_skip(tested, 20);
    assert_int_equal(tested->end, 21);
}

static void no_memory_changes_nothing(void **state)
{
    (void)state;
    for (long n = 0; n < 2; n++) {
        mem_fail_after(n);
        assert_int_equal(append(10, 5000), -1);
        mem_fail_after(-1);
        assert_int_equal(tested->end, 10);
        assert_int_equal(f.feed->log_bytes, 0);
    }
    mem_fail_after(0);
    assert_null(log_new(f.feed, tested->topic, 7));
    mem_fail_after(-1);
    log_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_what_was_appended, setup, teardown),
        cmocka_unit_test_setup_teardown(seeks_the_first_at_or_behind, setup, teardown),
        cmocka_unit_test_setup_teardown(eviction_moves_the_start, setup, teardown),
        cmocka_unit_test_setup_teardown(skips_are_not_stored, setup, teardown),
        cmocka_unit_test_setup_teardown(no_memory_changes_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
