/* Pieces of dates and times: what is taken, and what stays. What they make together: test_since.c.
 */
#include "core/stream/moment.h"

#include "support/unit.h"

static void zones(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int minutes;
        const char *rest;
    } good[] = {
        {"", 0, ""},
        {"Z", 0, ""},
        {" z!", 0, "!"},
        {"UTC", 0, ""},
        {" GMT (x)", 0, " (x)"},
        {"GMT+0130", 90, ""},
        {"GMT-01:30", -90, ""},
        {" UTC 0130", 90, ""},
        {"+02", 120, ""},
        {" 02:30", 150, ""},
        {"   +0230", 150, ""},
        {"-0230 2026", -150, " 2026"},
        {" pdt", -420, ""},
        {"EST 0100", -300, " 0100"},
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct slice rest = slice_str(good[i].text);
        struct moment m = {.offset_ms = 77};
        assert_true(moment_take_zone(&rest, &m));
        assert_int_equal(m.offset_ms, good[i].minutes * MS_PER_MINUTE);
        assert_true(slice_eq_str(rest, good[i].rest));
    }
    static const char *const bad[] = {" ",    "0200",  "+",     "+2",   "+24",      "+0060",
                                      "+02:", "+02:6", "+0260", " CET", "GMT+2:00", "GMT-"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct slice rest = slice_str(bad[i]);
        struct moment m = {0};
        if (moment_take_zone(&rest, &m) && rest.len == 0) {
            fail_msg("taken: \"%s\"", bad[i]);
        }
    }
}

static void numbers(void **state)
{
    (void)state;
    int number = 77;
    struct slice rest = slice_str("12345");
    assert_false(moment_take_number(&rest, 6, 9, &number));
    assert_int_equal(number, 77);
    assert_true(moment_take_number(&rest, 1, 2, &number));
    assert_int_equal(number, 12);
    assert_true(slice_eq_str(rest, "345"));
    rest = slice_str("999999999");
    assert_true(moment_take_number(&rest, 1, 9, &number));
    assert_int_equal(number, 999999999);
    assert_false(moment_take_number(&rest, 1, 9, &number));
    rest = slice_str("0009x");
    assert_true(moment_take_fraction(&rest, &number));
    assert_int_equal(number, 0);
    assert_true(slice_eq_str(rest, "x"));
    assert_false(moment_take_fraction(&rest, &number));
}

static void names(void **state)
{
    (void)state;
    struct moment m = {0};
    struct slice rest = slice_str("SeptemberSEPmayMarch");
    static const int months[] = {9, 9, 5, 3};
    for (size_t i = 0; i < ARRAY_LEN(months); i++) {
        assert_true(moment_take_month(&rest, &m));
        assert_int_equal(m.month, months[i]);
    }
    assert_false(moment_take_month(&rest, &m));
    rest = slice_str("sunThursdayFry");
    assert_true(moment_take_weekday(&rest) && moment_take_weekday(&rest));
    assert_false(moment_take_weekday(&rest));
    assert_true(slice_eq_str(rest, "Fry"));
}

static void days_that_are_none(void **state)
{
    (void)state;
    static const struct moment bad[] = {
        {2026, 0, 1, 0, 0},  {2026, 13, 1, 0, 0}, {2026, 1, 0, 0, 0},  {2026, 4, 31, 0, 0},
        {2026, 2, 29, 0, 0}, {1900, 2, 29, 0, 0}, {2024, 2, 30, 0, 0}, {2026, 12, 99, 0, 0}};
    int64_t ms = 77;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_false(moment_to_ms(&bad[i], &ms));
    }
    assert_int_equal(ms, 77);
    struct moment leap = {2024, 2, 29, MS_PER_HOUR, 2 * MS_PER_HOUR};
    assert_true(moment_to_ms(&leap, &ms));
    assert_int_equal(ms, INT64_C(1709164800000) - MS_PER_HOUR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones),
        cmocka_unit_test(numbers),
        cmocka_unit_test(names),
        cmocka_unit_test(days_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
