/*
 * Numbers by their text: every pair of a sorted table, other spellings of the same, the one
 * spelling, and exponents without bounds. A locale with a decimal comma changes nothing.
 */
#include "core/json/json_number.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static int order_of(const char *a, const char *b)
{
    struct json_number x = json_number_of(slice_str(a));
    struct json_number y = json_number_of(slice_str(b));
    int order = json_number_order(&x, &y);
    return (order > 0) - (order < 0);
}

/* Ascending. Each row is a number in several spellings, first the one that is appended. */
static const char *const rows[][6] = {
    {"-1e1000000000000000000", "-1e99999999999999999999999", "-0.001e2000000000000000000"},
    {"-1e401", "-10e400", "-0.1e402"},
    {"-1e400", "-1E+400", "-1.000e400"},
    {"-9007199254740993", "-9007199254740993.0"},
    {"-9007199254740992", "-9.007199254740992e15"},
    {"-10.5", "-10.50", "-105e-1"},
    {"-10", "-1e1", "-10.0"},
    {"-1", "-1.0", "-10e-1"},
    {"-0.5", "-5e-1", "-0.50"},
    {"-1e-400"},
    {"0", "-0", "0.0", "0e5", "-0.000e-7", "0e99999999999999999999"},
    {"1e-1000000000000000001", "1e-99999999999999999999", "10e-99999999999999999999"},
    {"1e-400", "0.1e-399", "0.00001E-395"},
    {"1e-7", "0.0000001", "100e-9"},
    {"0.000001", "1e-6"},
    {"0.1", "1e-1", "0.10"},
    {"0.1000000000000000055511151231257827"},
    {"0.5", "5e-1"},
    {"1", "1.0", "10e-1", "0.1e1", "1e0", "1.000000000000000000000000"},
    {"1.0000000000000000000000001"},
    {"1.5", "15e-1"},
    {"9", "9.0"},
    {"10", "1e1", "1E1", "1e+1"},
    {"99999999999999999"},
    {"999999999999999999", "999999999999999999.0"},
    {"1000000000000000000", "1e18"},
    {"1000000000000000001"},
    {"9223372036854775807"},
    {"9223372036854775808"},
    {"18446744073709551616"},
    {"100000000000000000000000000000000000000.5"},
    {"1e400", "10e399", "1000e397"},
    {"1e+401", "0.00001e406"},
};

static void every_pair(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows) * 6; i++) {
        for (size_t j = 0; j < ARRAY_LEN(rows) * 6; j++) {
            const char *a = rows[i / 6][i % 6];
            const char *b = rows[j / 6][j % 6];
            if (a != NULL && b != NULL) {
                int wanted = (i / 6 > j / 6) - (i / 6 < j / 6);
                if (order_of(a, b) != wanted) {
                    fail_msg("%s and %s: %d", a, b, order_of(a, b));
                }
            }
        }
    }
}

/* All spellings of a row become the same text, which is not longer than need be and is its own. */
static void one_spelling(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf first = BUF_INIT;
        json_number_append(slice_str(rows[i][0]), &first);
        assert_int_equal(order_of(rows[i][0], rows[i][0]), 0);
        for (size_t j = 0; j < 6 && rows[i][j] != NULL; j++) {
            struct buf text = BUF_INIT;
            struct buf again = BUF_INIT;
            json_number_append(slice_str(rows[i][j]), &text);
            json_number_append(buf_slice(&text), &again);
            if (!slice_eq(buf_slice(&text), buf_slice(&first)) ||
                !slice_eq(buf_slice(&text), buf_slice(&again))) {
                fail_msg("%s: %.*s, %.*s", rows[i][j], SLICE_ARG(buf_slice(&text)),
                         SLICE_ARG(buf_slice(&again)));
            }
            buf_fini(&text);
            buf_fini(&again);
        }
        buf_fini(&first);
    }
}

static void spellings(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"-0.0", "0"},
        {"1.50", "1.5"},
        {"-1.50", "-1.5"},
        {"12.0e1", "120"},
        {"1e3", "1000"},
        {"1e20", "1e20"},
        {"12345678901234567890", "12345678901234567890"},
        {"123456789012345678901", "1.23456789012345678901e20"},
        {"0.00001", "0.00001"},
        {"0.000000123", "1.23e-7"},
        {"1200e400", "1.2e403"},
        {"120.034", "120.034"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf text = BUF_INIT;
        json_number_append(slice_str(cases[i].in), &text);
        if (!slice_eq_str(buf_slice(&text), cases[i].out)) {
            fail_msg("%s: %.*s", cases[i].in, SLICE_ARG(buf_slice(&text)));
        }
        buf_fini(&text);
    }
}

static void long_texts(void **state)
{
    (void)state;
    struct buf a = BUF_INIT;
    struct buf b = BUF_INIT;
    buf_append_char(&a, '1');
    buf_append_str(&b, "1.");
    for (int i = 0; i < 100000; i++) {
        buf_append_char(&a, '0');
        buf_append_char(&b, '0');
    }
    buf_append_str(&b, "e100000");
    struct json_number x = json_number_of(buf_slice(&a));
    struct json_number y = json_number_of(buf_slice(&b));
    assert_int_equal(json_number_order(&x, &y), 0);
    b.data[50000] = '1';
    assert_true(json_number_order(&x, &y) < 0);
    buf_fini(&a);
    buf_fini(&b);
}

int main(void)
{
    setlocale(LC_ALL, "de_DE.UTF-8"); /* where there is one, its decimal comma must not matter */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair),
        cmocka_unit_test(one_spelling),
        cmocka_unit_test(spellings),
        cmocka_unit_test(long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
