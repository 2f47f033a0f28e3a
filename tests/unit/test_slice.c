/* Slices: comparing, trimming, cutting, integers. */
#include "base/slice.h"

#include "base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void slice_of_nothing(void **state)
{
    (void)state;
    struct slice none = slice_str(NULL);
    assert_null(none.data);
    assert_int_equal(none.len, 0);
    assert_true(slice_eq(none, slice_str("")));
    assert_true(slice_eq(none, none));
    assert_false(slice_eq(none, slice_str("a")));
    assert_true(slice_eq_str(none, ""));
    assert_true(slice_eq_nocase(none, ""));
    assert_true(slice_starts_with(none, ""));
    assert_false(slice_starts_with(none, "a"));
}

static void equality(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool is_same, is_same_nocase, is_prefix;
    } cases[] = {
        {"topic", "topic", true, true, true},    {"Topic", "tOPIC", false, true, false},
        {"topic", "topi", false, false, true},   {"topi", "topic", false, false, false},
        {"topic", "topid", false, false, false}, {"topic", "", false, false, true},
        {"", "t", false, false, false},          {"\xc3\x84", "\xc3\xa4", false, false, false},
        {"[", "{", false, false, false},         {"@", "`", false, false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct slice a = slice_str(cases[i].a);
        assert_int_equal(slice_eq_str(a, cases[i].b), cases[i].is_same);
        assert_int_equal(slice_eq(a, slice_str(cases[i].b)), cases[i].is_same);
        assert_int_equal(slice_eq_nocase(a, cases[i].b), cases[i].is_same_nocase);
        assert_int_equal(slice_starts_with(a, cases[i].b), cases[i].is_prefix);
    }
    /* A NUL is a byte like any other. */
    assert_false(slice_eq(slice_of("a\0b", 3), slice_of("a\0c", 3)));
    assert_false(slice_eq_str(slice_of("a\0", 2), "a"));
}

static void trimming(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {" ", ""},
        {" \t \t", ""},
        {"a", "a"},
        {" a", "a"},
        {"a\t", "a"},
        {"\t a b \t", "a b"},
        {"\na\r", "\na\r"},
        {"\va", "\va"},
        {"\xc2\xa0", "\xc2\xa0"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_true(slice_eq_str(slice_trim(slice_str(cases[i][0])), cases[i][1]));
    }
    assert_int_equal(slice_trim(slice_str(NULL)).len, 0);
}

static void cutting(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *parts[5];
    } cases[] = {
        {"a,b,c", {"a", "b", "c"}}, {"a", {"a"}},      {",", {"", ""}},
        {"a,", {"a", ""}},          {",a", {"", "a"}}, {"", {""}},
        {",,", {"", "", ""}},       {"a;b", {"a;b"}},  {"a,,b", {"a", "", "b"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct slice rest = slice_str(cases[i].text);
        for (size_t part = 0; cases[i].parts[part] != NULL; part++) {
            assert_non_null(rest.data);
            struct slice head = slice_cut(&rest, ',');
            assert_true(slice_eq_str(head, cases[i].parts[part]));
        }
        assert_null(rest.data);
        assert_int_equal(rest.len, 0);
    }
    struct slice rest = slice_of("a,b", 1); /* must not look behind its end */
    assert_int_equal(slice_cut(&rest, ',').len, 1);
    assert_null(rest.data);
}

static const struct {
    const char *text;
    bool is_good;
    int64_t value;
} integer_texts[] = {
    {"0", true, 0},
    {"-0", true, 0},
    {"-1", true, -1},
    {"007", true, 7},
    {"9223372036854775807", true, INT64_MAX},
    {"-9223372036854775808", true, INT64_MIN},
    {"9223372036854775808", false, 0},
    {"-9223372036854775809", false, 0},
    {"18446744073709551616", false, 0},
    {"99999999999999999999999999999999", false, 0},
    {"", false, 0},
    {"-", false, 0},
    {"--1", false, 0},
    {"+1", false, 0},
    {" 1", false, 0},
    {"1 ", false, 0},
    {"1.0", false, 0},
    {"1e3", false, 0},
    {"0x10", false, 0},
    {"12a", false, 0},
    {"\xd9\xa1", false, 0},
};

static void integers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(integer_texts); i++) {
        int64_t value = 4711;
        assert_int_equal(slice_is_int64(slice_str(integer_texts[i].text), &value),
                         integer_texts[i].is_good);
        assert_true(value == (integer_texts[i].is_good ? integer_texts[i].value : 4711));
    }
    int64_t value;
    assert_false(slice_is_int64(slice_of("1\0", 2), &value));
    assert_false(slice_is_int64(slice_str(NULL), &value));
    assert_true(slice_is_int64(slice_of("123", 2), &value));
    assert_int_equal(value, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slice_of_nothing), cmocka_unit_test(equality), cmocka_unit_test(trimming),
        cmocka_unit_test(cutting),          cmocka_unit_test(integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
