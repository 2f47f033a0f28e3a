/* Doubles, floats and decimals as JSON: exactly, shortest, and whatever the locale. */
#include "avro/number.h"
#include "support/unit.h"

#include <float.h>
#include <locale.h>
#include <math.h>

static const struct {
    double value;
    const char *text;
} doubles[] = {
    {0.0, "0"},
    {-0.0, "-0"},
    {1, "1"},
    {-17, "-17"},
    {0.1, "0.1"},
    {-0.000001, "-0.000001"},
    {0.5, "0.5"},
    {19.99, "19.99"},
    {1234.5, "1234.5"},
    {100.25, "100.25"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1.0 / 3, "0.3333333333333333"},
    {999999999999999, "999999999999999"},
    {1e15, "1e+15"},
    {9007199254740993.0, "9007199254740992"},
    {123456789012345680, "1.2345678901234568e+17"},
    {1e22, "1e+22"},
    {1e-7, "1e-07"},
    {1.7976931348623157e308, "1.7976931348623157e+308"},
    {2.2250738585072014e-308, "2.2250738585072014e-308"},
    {5e-324, "4.94065645841247e-324"},
    {NAN, "\"NaN\""},
    {INFINITY, "\"Infinity\""},
    {-INFINITY, "\"-Infinity\""},
};

static void doubles_are_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(doubles); i++) {
        struct buf out = BUF_INIT;
        number_append_double(&out, doubles[i].value);
        if (!slice_eq_str(buf_slice(&out), doubles[i].text)) {
            fail_msg("%g: %.*s", doubles[i].value, SLICE_ARG(buf_slice(&out)));
        }
        buf_fini(&out);
    }
}

static void floats_are_written(void **state)
{
    static const struct {
        float value;
        const char *text;
    } cases[] = {
        {0.0F, "0"},
        {-0.0F, "-0"},
        {0.1F, "0.1"},
        {-19.99F, "-19.99"},
        {16777216.0F, "16777216"},
        {3.4028235e38F, "3.4028235e+38"},
        {1e-45F, "1.4013e-45"},
        {1.0F / 3, "0.33333334"},
        {1e10F, "1e+10"},
        {NAN, "\"NaN\""},
        {INFINITY, "\"Infinity\""},
        {-INFINITY, "\"-Infinity\""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out = BUF_INIT;
        number_append_float(&out, cases[i].value);
        if (!slice_eq_str(buf_slice(&out), cases[i].text)) {
            fail_msg("%g: %.*s", (double)cases[i].value, SLICE_ARG(buf_slice(&out)));
        }
        buf_fini(&out);
    }
}

/* A million doubles and floats of any bits, and as many with few decimals, read back the same. */
static void what_is_written_reads_back(void **state)
{
    uint64_t bits = 88172645463325252U;
    struct buf out = BUF_INIT;
    (void)state;
    for (int i = 0; i < 1000000; i++) {
        double value;
        float single;
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        memcpy(&value, &bits, sizeof(value));
        memcpy(&single, &bits, sizeof(single));
        if (i % 2 == 0) {
            value = (double)(int64_t)(bits >> 20) / 1000;
            single = (float)(int32_t)(bits >> 48) / 100;
        }
        if (!isfinite(value) || !isfinite(single)) {
            continue;
        }
        buf_clear(&out);
        number_append_double(&out, value);
        buf_append_char(&out, '\0');
        assert_true(strtod(out.data, NULL) == value);
        buf_clear(&out);
        number_append_float(&out, single);
        buf_append_char(&out, '\0');
        assert_true(strtof(out.data, NULL) == single);
    }
    buf_fini(&out);
}

/* Whichever of these the machine has; all of them write a comma. */
static void a_locale_changes_nothing(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "ru_RU.UTF-8", "de_DE"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (setlocale(LC_ALL, names[i]) != NULL) {
            doubles_are_written(NULL);
            setlocale(LC_ALL, "C");
            return;
        }
    }
    skip();
}

#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static void decimals_are_written(void **state)
{
    static const struct {
        struct slice unscaled;
        int scale;
        const char *text;
    } cases[] = {
        {BYTES("\x00"), 0, "\"0\""},
        {BYTES("\x00"), 2, "\"0.00\""},
        {BYTES("\x7b"), 0, "\"123\""},
        {BYTES("\x30\x39"), 2, "\"123.45\""},
        {BYTES("\x00\x00\x30\x39"), 2, "\"123.45\""},
        {BYTES("\x05"), 2, "\"0.05\""},
        {BYTES("\xff"), 0, "\"-1\""},
        {BYTES("\xff"), 1, "\"-0.1\""},
        {BYTES("\xcf\xc7"), 2, "\"-123.45\""},
        {BYTES("\x80"), 0, "\"-128\""},
        {BYTES("\xff\xff\xff\xff\xff"), 3, "\"-0.001\""},
        {BYTES("\x7f\xff\xff\xff\xff\xff\xff\xff"), 0, "\"9223372036854775807\""},
        {BYTES("\x80\x00\x00\x00\x00\x00\x00\x00"), 18, "\"-9.223372036854775808\""},
        {BYTES("\x01\x00\x00\x00\x00\x00\x00\x00\x00"), 0, "\"18446744073709551616\""},
        {BYTES("\x3b\x9a\xca\x00"), 9, "\"1.000000000\""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out = BUF_INIT;
        assert_int_equal(number_append_decimal(&out, cases[i].unscaled, cases[i].scale), 0);
        if (!slice_eq_str(buf_slice(&out), cases[i].text)) {
            fail_msg("case %zu: %.*s", i, SLICE_ARG(buf_slice(&out)));
        }
        buf_fini(&out);
    }
}

static void the_longest_decimals(void **state)
{
    char bytes[DECIMAL_MAX_BYTES + 1];
    struct buf out = BUF_INIT;
    (void)state;
    memset(bytes, 0x7f, sizeof(bytes));
    assert_int_equal(number_append_decimal(&out, slice_of(bytes, DECIMAL_MAX_BYTES), 0), 0);
    assert_int_equal(out.len, 2 + 308);
    buf_clear(&out);
    memset(bytes, 0xff, sizeof(bytes));
    assert_int_equal(
        number_append_decimal(&out, slice_of(bytes, DECIMAL_MAX_BYTES), DECIMAL_MAX_DIGITS), 0);
    assert_int_equal(out.len, 2 + 3 + DECIMAL_MAX_DIGITS);
    assert_memory_equal(out.data, "\"-0.000", 7);
    buf_clear(&out);
    memset(bytes, 0, sizeof(bytes));
    bytes[0] = (char)0x80;
    assert_int_equal(number_append_decimal(&out, slice_of(bytes, DECIMAL_MAX_BYTES), 0), 0);
    assert_memory_equal(out.data, "\"-898846567431157953", 20); /* 2^1023 */
    buf_clear(&out);
    assert_int_equal(number_append_decimal(&out, slice_of(bytes, DECIMAL_MAX_BYTES + 1), 0),
                     KSSE_EVALUE);
    assert_int_equal(number_append_decimal(&out, slice_of(NULL, 0), 2), KSSE_EVALUE);
    assert_int_equal(out.len, 0);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_are_written),        cmocka_unit_test(floats_are_written),
        cmocka_unit_test(what_is_written_reads_back), cmocka_unit_test(a_locale_changes_nothing),
        cmocka_unit_test(decimals_are_written),       cmocka_unit_test(the_longest_decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
