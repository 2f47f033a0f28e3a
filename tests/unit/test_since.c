/* `?since=`: every form, every day there is, and what is none. Figures are Python's and
 * JavaScript's. */
#include "core/stream/since.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define JAN_2 INT64_C(1767312000000)  /* 2026-01-02T00:00Z */
#define MOMENT INT64_C(1767323045000) /* 2026-01-02T03:04:05Z */
#define YEAR_0 INT64_C(-62167219200000)
#define LAST_MS INT64_C(253402300799999)
#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define NOW INT64_C(1795720599123) /* 2026-11-26T19:16:39.123Z */

static const struct {
    const char *text;
    int64_t ms;
} good[] = {
    {"0", 0},
    {"-0", 0},
    {"-1", -1},
    {"2026", 2026},
    {"0002026", 2026},
    {"20260102", 20260102},
    {"1767323045678", MOMENT + 678},
    {"-62167219200000", YEAR_0},
    {"253402300799999", LAST_MS},
    {"2026-01", JAN_2 - DAY},
    {"2026-01-02", JAN_2},
    {"2026-01-02T03:04", MOMENT - 5000},
    {"2026-01-02T03:04Z", MOMENT - 5000},
    {"2026-01-02T03:04:05", MOMENT},
    {"2026-01-02T03:04:05Z", MOMENT},
    {"2026-01-02t03:04:05z", MOMENT},
    {"2026-01-02 03:04:05", MOMENT},
    {"2026-01-02T03:04:05.6", MOMENT + 600},
    {"2026-01-02T03:04:05.67Z", MOMENT + 670},
    {"2026-01-02T03:04:05.678Z", MOMENT + 678},
    {"2026-01-02T03:04:05,678Z", MOMENT + 678},
    {"2026-01-02T03:04:05.678999", MOMENT + 678},
    {"2026-01-02T03:04:05.00000000000000000000000009", MOMENT},
    {"2026-01-02T03:04:05.678+00:00", MOMENT + 678},
    {"2026-01-02T03:04:05+02:00", MOMENT - 2 * HOUR},
    {"2026-01-02T03:04:05+0200", MOMENT - 2 * HOUR},
    {"2026-01-02T03:04:05+02", MOMENT - 2 * HOUR},
    {"2026-01-02T03:04:05 02:00", MOMENT - 2 * HOUR},
    {"2026-01-02T03:04:05-02:30", MOMENT + 5 * HOUR / 2},
    {"2026-01-02T03:04:05-0000", MOMENT},
    {"2026-01-02T03:04:05+23:59", MOMENT - DAY + 60000},
    {"2026-01-02 03:04:05 +0200", MOMENT - 2 * HOUR},
    {"2026-01-02 03:04:05 -02", MOMENT + 2 * HOUR},
    {"2026-01-02 03:04:05 Z", MOMENT},
    {"2026-01-02T03:04-23", MOMENT - 5000 + 23 * HOUR},
    {"2026-01-01T24:00", JAN_2},
    {"2026-01-01T24:00:00.000Z", JAN_2},
    {"2026-01-01T24:00:00+01:00", JAN_2 - HOUR},
    {"1970-01-01", 0},
    {"1970-01-01T00:00:00.001Z", 1},
    {"1969-12-31T23:59:59.999Z", -1},
    {"1969-12-31T23:00-01", 0},
    {"2024-02-29", INT64_C(1709164800000)},
    {"2000-02-29", INT64_C(951782400000)},
    {"1900-03-01", INT64_C(-2203891200000)},
    {"1600-02-29", INT64_C(-11670998400000)},
    {"0004-02-29", INT64_C(-62035891200000)},
    {"0001-01-01", INT64_C(-62135596800000)},
    {"0000-01-01", YEAR_0},
    {"0000-02-29", INT64_C(-62162121600000)},
    {"0000-03-01", INT64_C(-62162035200000)},
    {"0000-01-01T00:00-01:00", YEAR_0 + HOUR},
    {"9999-12-31T23:59:59.999Z", LAST_MS},
    {"9999-12-31T24:00+00:01", LAST_MS + 1 - 60000},
    {"Fri, 02 Jan 2026 03:04:05 GMT", MOMENT},
    {"Mon, 02 Jan 2026 03:04:05 GMT", MOMENT},
    {"fri, 02 jan 2026 03:04:05 gmt", MOMENT},
    {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
    {"Thu, 29 Feb 2024 00:00:00 GMT", INT64_C(1709164800000)},
    {"Fri, 31 Dec 9999 23:59:59 GMT", LAST_MS - 999},
    {"1.5", 1},
    {"1767323045678.9004", MOMENT + 678},
    {"-62167219200000.5", YEAR_0},
    {"-0s", NOW},
    {"-1s", NOW - 1000},
    {"-90s", NOW - 90000},
    {"-15m", NOW - 15 * 60000},
    {"-1h", NOW - HOUR},
    {"-1.5h", NOW - 3 * HOUR / 2},
    {"-0.25d", NOW - 6 * HOUR},
    {"-007d", NOW - 7 * DAY},
    {"-60000d", NOW - 60000 * DAY},
    {"2026-01-02T03:04:05  02:00", MOMENT - 2 * HOUR},
    {"2026-01-02T03:04:05 GMT", MOMENT},
    {"2026-01-02 03:04:05 UTC", MOMENT},
    {"2026-01-02 03:04:05 EST", MOMENT + 5 * HOUR},
    {"2026/01/02", JAN_2},
    {"2026/1/2", JAN_2},
    {"2026/11/26", INT64_C(1795651200000)},
    {"2026/01/02 03:04", MOMENT - 5000},
    {"2026/01/02 03:04:05", MOMENT},
    {"2026/01/02 03:04:05.678 +0200", MOMENT + 678 - 2 * HOUR},
    {"2024/02/29", INT64_C(1709164800000)},
    /* RFC 2822, as email.utils and `date -R` write it. */
    {"Fri, 02 Jan 2026 03:04:05 +0000", MOMENT},
    {"Fri, 02 Jan 2026 03:04:05 -0000", MOMENT},
    {"Fri, 2 Jan 2026 03:04:05 +0200", MOMENT - 2 * HOUR},
    {"Fri, 02 Jan 2026 03:04:05 -0230", MOMENT + 5 * HOUR / 2},
    {"Fri, 02 Jan 2026 03:04:05  0200", MOMENT - 2 * HOUR},
    {"Fri, 02 Jan 2026 03:04:05 +00", MOMENT},
    {"02 Jan 2026 03:04 +0000", MOMENT - 5000},
    {"02 Jan 2026 03:04:05 GMT", MOMENT},
    {"Fri, 02 Jan 2026 03:04:05 EST", MOMENT + 5 * HOUR},
    {"Fri, 02 Jan 2026 03:04:05 PDT", MOMENT + 7 * HOUR},
    {"Fri, 02 Jan 2026 03:04:05 UT", MOMENT},
    {"Fri, 02 Jan 2026 03:04:05 Z", MOMENT},
    {"Fri, 02 Jan 2026 03:04:05 +0000 (UTC)", MOMENT},
    {"Fri, 02 Jan 2026 03:04:05", MOMENT},
    {"Fri,  02 Jan 2026  03:04:05  GMT", MOMENT},
    {"Fri, 02 Jan 2026 24:00:00 GMT", JAN_2 + DAY},
    {"Friday, 02 January 2026 03:04:05 UTC", MOMENT},
    {"Fri 02 Jan 2026 03:04:05 GMT", MOMENT},
    {"2 Jan 2026", JAN_2},
    {"02 May 2026", INT64_C(1777680000000)},
    /* Date.toString() of several browsers and zones, toDateString(), and a '+' that got lost. */
    {"Fri Jan 02 2026 03:04:05 GMT+0000 (Coordinated Universal Time)", MOMENT},
    {"Fri Jan 02 2026 03:04:05 GMT+0200 (Eastern European Standard Time)", MOMENT - 2 * HOUR},
    {"Fri Jan 02 2026 03:04:05 GMT-0800 (PST)", MOMENT + 8 * HOUR},
    {"Fri Jan 02 2026 03:04:05 GMT 0200 (EET)", MOMENT - 2 * HOUR},
    {"Fri Jan 02 2026 03:04:05 GMT+0530", MOMENT - 11 * HOUR / 2},
    {"Fri Jan 02 2026 03:04:05 GMT+02:00", MOMENT - 2 * HOUR},
    {"Fri Jan 02 2026 03:04:05 GMT", MOMENT},
    {"Fri Jan 02 2026 03:04:05 GMT (UTC)", MOMENT},
    {"fri jan 02 2026 03:04:05 gmt+0000", MOMENT},
    {"Fri Jan 02 2026", JAN_2},
    {"January 2, 2026 03:04:05", MOMENT},
    {"Jan 2, 2026, 03:04:05 GMT", MOMENT},
    /* asctime(), date(1), git. */
    {"Fri Jan  2 03:04:05 2026", MOMENT},
    {"Fri Jan  2 03:04:05 UTC 2026", MOMENT},
    {"Fri Jan  2 03:04:05 EST 2026", MOMENT + 5 * HOUR},
    {"Fri Jan 2 03:04:05 2026 +0200", MOMENT - 2 * HOUR},
};

static const char *const bad[] = {
    "1.",
    ".5",
    "-.5",
    "1.5.5",
    "1,5",
    "1.5e3",
    "1.-5",
    "253402300800000.5",
    "1h",
    "15m",
    "+1h",
    "-h",
    "-1w",
    "-1y",
    "-1H",
    "-1M",
    "-1ms",
    "-1hour",
    "-1h ",
    "-1 h",
    "--1h",
    "-1.h",
    "-.5h",
    "-1h30m",
    "-1000000000d",
    "-9999999d",
    "01/02/2026",
    "2026/01",
    "2026/13/01",
    "2026/02/29",
    "2026/00/01",
    "2026/01/00",
    "2026/001/02",
    "2026/01/002",
    "2026/01-02",
    "2026-01/02",
    "26/01/02",
    "2026/01/02T03:04",
    "2026/01/02 ",
    "2026/01/02 03",
    "2026/01/02 3:04",
    "2026/01/02Z",
    "Fri, 02 Jan 2026 ",
    "Fri, 02 Jan 2026 03:04:05 CET",
    "Fri, 02 Jan 2026 03:04:05 +00000",
    "Fri, 02 Jan 2026 03:04:05 +2400",
    "Fri, 02 Jan 2026 03:04:05 +0060",
    "Fri, 02 Jan 2026 03:04:05 GMT+",
    "Fri, 02 Jan 2026 03:04:05 EST+0200",
    "Fri, 02 Jan 2026 03:04:05 +0000 (",
    "Fri, 02 Jan 2026 03:04:05 +0000 (a) b",
    "Fri, 02 Jan 2026 03:04:05 +0000(UTC)",
    "Fri, 02 Jan 2026 03:04:05 GMT (UTC) ",
    "Fri, 02 Jan 2026 3:04:05 GMT",
    "Fri, 02 Jan 2026 03:04:05 PM",
    "Fri, 30 Feb 2026 03:04:05 GMT",
    "Fri, 002 Jan 2026 03:04:05 GMT",
    "Fri,02 Jan 2026 03:04:05 GMT",
    "Fri,",
    "Fri",
    "Jan",
    "Jan 2",
    "2 Jan",
    "Fri Jan 02",
    "Fri Jan 02 26",
    "Fri Jan 02 2026 03:04:05 GMT+0000 (Coordinated",
    "Fri Jan 02 2026 03:04:05 GMT  0200",
    "Fri Jan 2 03:04:05",
    "Fri Jan 2 03:04:05 26",
    "Fri Jan 2 03:04:05 CET 2026",
    "Fri Jan 2 03:04:05 UTC 2026 +0200",
    "Fri Fri 2 Jan 2026",
    "2 2 Jan 2026",
    "2 Jan Jan 2026",
    "1/2/2026, 3:04:05 AM",
    "",
    " ",
    "-",
    "+1",
    " 1",
    "1 ",
    "1e3",
    "0x10",
    "--1",
    "now",
    "latest",
    "yesterday",
    "-62167219200001",
    "253402300800000",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "99999999999999999999999",
    "2026-",
    "2026-1",
    "2026-1-2",
    "2026-00",
    "2026-13",
    "2026-01-",
    "2026-01-00",
    "2026-01-32",
    "2026-02-29",
    "2026-02-30",
    "1900-02-29",
    "2100-02-29",
    "2024-02-30",
    "2026-04-31",
    "2026-01-2",
    "2026-01-002",
    "26-01-02",
    "12026-01-02",
    "+2026-01-02",
    "-2026-01-02",
    "2026-01-02Z",
    "2026-01-02+02:00",
    "2026-01T03:04",
    "2026-W01-1",
    "2026-002",
    "20260102T030405Z",
    "2026-01-02T",
    "2026-01-02 ",
    "2026-01-02T03",
    "2026-01-02T03:",
    "2026-01-02T3:04",
    "2026-01-02T03:4",
    "2026-01-02T0304",
    "2026-01-02  03:04",
    "2026-01-02TT03:04",
    "2026-01-02T03:04:",
    "2026-01-02T03:04:5",
    "2026-01-02T03:04:60",
    "2026-01-02T23:59:60Z",
    "2026-01-02T03:60",
    "2026-01-02T24:01",
    "2026-01-02T24:00:00.001",
    "2026-01-02T25:00",
    "2026-01-02T99:99:99",
    "2026-01-02T-1:00",
    "2026-01-02T03:04:05.",
    "2026-01-02T03:04:05.Z",
    "2026-01-02T03:04.5",
    "2026-01-02T03:04:05 ",
    "2026-01-02T03:04:05ZZ",
    "2026-01-02T03:04:05Z ",
    "2026-01-02T03:04:05+",
    "2026-01-02T03:04:05+2",
    "2026-01-02T03:04:05+24:00",
    "2026-01-02T03:04:05+02:60",
    "2026-01-02T03:04:05+02:",
    "2026-01-02T03:04:05+02:0",
    "2026-01-02T03:04:05+020",
    "2026-01-02T03:04:05+02:00:00",
    "2026-01-02T03:04:05+-2",
    "2026-01-02T03:04:05CET",
    "2026-01-02T03:04:05 +02:00[UTC]",
    "0000-01-01T00:00+00:01",
    "9999-12-31T24:00",
    "9999-12-31T23:59:59.999-00:01",
    "Fri, 02 Jan 2026 03:04:05 GMT ",
    "Fri, 02 Jan 2026 03:04:60 GMT",
    "Fri, 02 Jan 2026 03:60:00 GMT",
    "Fri, 02 Jan 26 03:04:05 GMT",
    "Fry, 02 Jan 2026 03:04:05 GMT",
    "Fri, 02 Jam 2026 03:04:05 GMT",
    "Sun, 29 Feb 2026 00:00:00 GMT",
    "Fri, 00 Jan 2026 00:00:00 GMT",
    "Fri, 02-Jan-26 03:04:05 GMT",
    "Friday, 02-Jan-26 03:04:05 GMT",
    "2026-01-02T03:04:05\n",
    "\xef\xbb\xbf"
    "2026-01-02",
    "2026\xe2\x88\x92"
    "01-02",
};

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        int64_t ms = 77;
        if (since_parse(slice_str(good[i].text), NOW, &ms) < 0 || ms != good[i].ms) {
            fail_msg("%lld, not %lld: %s", (long long)ms, (long long)good[i].ms, good[i].text);
        }
    }
}

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        int64_t ms = 77;
        if (since_parse(slice_str(bad[i]), NOW, &ms) == 0) {
            fail_msg("taken: %s", bad[i]);
        }
        assert_int_equal(ms, 77);
    }
    int64_t ms;
    assert_int_equal(since_parse(slice_of(NULL, 0), NOW, &ms), KSSE_EVALUE);
    assert_int_equal(since_parse(slice_of("1\0", 2), NOW, &ms), KSSE_EVALUE);
    assert_int_equal(since_parse(slice_of("2026-01-02\0", 11), NOW, &ms), KSSE_EVALUE);
    /* Bytes after the slice do not count. */
    assert_int_equal(since_parse(slice_of("2026-01-02x", 10), NOW, &ms), 0);
    assert_int_equal(ms, JAN_2);
}

/* The days in a month, said in the words of the calendar's decree. */
static int month_days(int year, int month)
{
    if (month == 2) {
        bool is_common = year % 4 != 0 || (year % 100 == 0 && year % 400 != 0);
        return is_common ? 28 : 29;
    }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* Counts the days from year 0 on: no arithmetic of dates that could have the same fault. */
static void test_every_day(void **state)
{
    (void)state;
    int64_t expected = YEAR_0;
    for (int year = 0; year <= 9999; year++) {
        for (int month = 0; month <= 13; month++) {
            char text[32];
            snprintf(text, sizeof(text), "%04d-%02d-", year, month);
            for (int day = 0; day <= 32; day++) {
                text[8] = (char)('0' + day / 10);
                text[9] = (char)('0' + day % 10);
                int64_t ms = 77;
                bool exists =
                    month >= 1 && month <= 12 && day >= 1 && day <= month_days(year, month);
                if ((since_parse(slice_of(text, 10), NOW, &ms) == 0) != exists ||
                    (exists && ms != expected)) {
                    fail_msg("%lld, not %lld: %s", (long long)ms, (long long)expected, text);
                }
                expected += exists ? DAY : 0;
            }
        }
    }
    assert_int_equal(expected, LAST_MS + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_every_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
