/* The growing buffer: what it holds, and that a failed append leaves it whole and marked. */
#include "base/buf.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void appends(void **state)
{
    (void)state;
    struct buf b = BUF_INIT;
    assert_true(buf_ok(&b));
    assert_int_equal(buf_slice(&b).len, 0);
    buf_append(&b, NULL, 0);
    assert_null(b.data);
    buf_append_str(&b, "id: ");
    buf_append_int(&b, -7);
    buf_append_char(&b, '\n');
    buf_append_slice(&b, slice_of("a\0b", 3));
    buf_append_slice(&b, slice_str(NULL));
    buf_printf(&b, "%s-%04d", "x", 42);
    buf_printf(&b, "%s", "");
    assert_true(buf_ok(&b));
    assert_true(slice_eq(buf_slice(&b), slice_of("id: -7\na\0bx-0042", 16)));
    buf_truncate(&b, 3);
    assert_true(slice_eq_str(buf_slice(&b), "id:"));
    buf_clear(&b);
    assert_int_equal(b.len, 0);
    assert_non_null(b.data);
    buf_fini(&b);
    assert_null(b.data);
    assert_int_equal(b.cap, 0);
    buf_fini(&b);
}

static void grows_and_keeps_its_bytes(void **state)
{
    (void)state;
    struct buf b = BUF_INIT;
    size_t growths = 0;
    for (int i = 0; i < 100000; i++) {
        size_t cap = b.cap;
        buf_append_char(&b, (char)(i % 251));
        growths += b.cap != cap;
    }
    assert_true(buf_ok(&b));
    assert_true(growths < 15); /* by doubling, not by steps */
    for (int i = 0; i < 100000; i++) {
        assert_int_equal((uint8_t)b.data[i], i % 251);
    }
    buf_fini(&b);
}

static void reserve_gives_room(void **state)
{
    (void)state;
    struct buf b = BUF_INIT;
    buf_append_str(&b, "ab");
    char *at = buf_reserve(&b, 1000);
    assert_ptr_equal(at, b.data + 2);
    assert_int_equal(b.len, 2);
    assert_true(b.cap - b.len >= 1000);
    memset(at, 'c', 1000);
    b.len += 1000;
    assert_true(slice_starts_with(buf_slice(&b), "abccc"));
    buf_fini(&b);
}

/* The length of a long printf is that of its text. */
static void printf_beyond_the_room(void **state)
{
    (void)state;
    struct buf b = BUF_INIT;
    buf_append_str(&b, "x");
    buf_printf(&b, "%0200d", 5);
    assert_int_equal(b.len, 201);
    assert_int_equal(b.data[200], '5');
    assert_int_equal(b.data[1], '0');
    buf_fini(&b);
}

static void integers(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {9, "9"},
        {10, "10"},
        {-1, "-1"},
        {1234567890123, "1234567890123"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[20];
        size_t len = int64_format(cases[i].value, text);
        assert_true(slice_eq_str(slice_of(text, len), cases[i].text));
    }
}

static void stays_failed_until_cleared(void **state)
{
    (void)state;
    struct buf b = BUF_INIT;
    buf_append_str(&b, "kept");
    mem_fail_after(0);
    buf_append(&b, "0123456789012345678901234567890123456789012345678901234567890123456789", 70);
    assert_true(mem_has_failed());
    mem_fail_after(-1);
    assert_false(buf_ok(&b));
    buf_append_str(&b, "no");
    buf_append_char(&b, 'n');
    buf_append_int(&b, 1);
    buf_printf(&b, "no");
    assert_null(buf_reserve(&b, 1));
    assert_true(slice_eq_str(buf_slice(&b), "kept"));
    buf_clear(&b);
    assert_true(buf_ok(&b));
    buf_append_str(&b, "yes");
    assert_true(slice_eq_str(buf_slice(&b), "yes"));
    buf_fini(&b);
}

static void fails_at_every_allocation(void **state)
{
    (void)state;
    long n = 0;
    bool has_failed;
    do {
        struct buf b = BUF_INIT;
        mem_fail_after(n++);
        for (int i = 0; i < 1000; i++) {
            buf_printf(&b, "%d,", i);
        }
        has_failed = mem_has_failed();
        mem_fail_after(-1);
        assert_int_equal(buf_ok(&b), !has_failed);
        assert_true(b.len <= b.cap);
        buf_fini(&b);
    } while (has_failed);
    assert_true(n > 5);
}

static void refuses_the_impossible(void **state)
{
    (void)state;
    struct buf b = BUF_INIT;
    buf_append_str(&b, "x");
    assert_null(buf_reserve(&b, SIZE_MAX));
    assert_false(buf_ok(&b));
    buf_clear(&b);
    buf_append_str(&b, "y");
    assert_true(slice_eq_str(buf_slice(&b), "y"));
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends),
        cmocka_unit_test(grows_and_keeps_its_bytes),
        cmocka_unit_test(reserve_gives_room),
        cmocka_unit_test(printf_beyond_the_room),
        cmocka_unit_test(integers),
        cmocka_unit_test(stays_failed_until_cleared),
        cmocka_unit_test(fails_at_every_allocation),
        cmocka_unit_test(refuses_the_impossible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
