/*
 * `?since=`: whatever is taken lies in the years 0000..9999, and the C library's calendar, asked to
 * write the moment down, gives a text that means the same. The first eight bytes of an input are a
 * moment of their own, written in every form.
 */
#include "core/stream/since.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FIRST_MS INT64_C(-62167219200000)
#define LAST_MS INT64_C(253402300799999)
#define NOW_MS INT64_C(1795720599123)

static void check_text(int64_t expected_ms, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void check_text(int64_t expected_ms, const char *format, ...)
{
    char text[128];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    ASSERT(len > 0 && (size_t)len < sizeof(text));
    int64_t ms = 0;
    ASSERT(since_parse(slice_of(text, (size_t)len), NOW_MS, &ms) == 0 && ms == expected_ms);
}

/* RFC 9110's date, RFC 2822's, Date.toString()'s and asctime's. */
static void check_names(int64_t ms, const struct tm *tm, const char *clock)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const char *day = days[tm->tm_wday];
    const char *month = months[tm->tm_mon];
    int year = tm->tm_year + 1900;
    check_text(ms, "%s, %02d %s %04d %s GMT", day, tm->tm_mday, month, year, clock);
    check_text(ms, "%s, %02d %s %04d %s +0000", day, tm->tm_mday, month, year, clock);
    check_text(ms, "%d %s %04d %s", tm->tm_mday, month, year, clock);
    check_text(ms, "%s %s %02d %04d %s GMT+0000 (UTC)", day, month, tm->tm_mday, year, clock);
    check_text(ms, "%s %s %2d %s %04d", day, month, tm->tm_mday, clock, year);
}

static void check_moment(int64_t ms)
{
    int64_t below = ((ms % 1000) + 1000) % 1000;
    time_t second = (time_t)((ms - below) / 1000);
    struct tm tm;
    ASSERT(gmtime_r(&second, &tm) != NULL);
    char date[32];
    char clock[32];
    snprintf(date, sizeof(date), "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
    ASSERT(strftime(clock, sizeof(clock), "%H:%M:%S", &tm) == 8);
    int64_t day = ms - below - (tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec) * INT64_C(1000);

    check_text(ms, "%lld", (long long)ms);
    check_text(ms, "%sT%s.%03dZ", date, clock, (int)below);
    check_text(ms, "%s %s,%03d999", date, clock, (int)below);
    check_text(ms - below, "%sT%s", date, clock);
    check_text(day, "%s", date);
    if (day + 86400000 <= LAST_MS) {
        check_text(day + 86400000, "%sT24:00:00", date);
    }
    check_text(day, "%04d/%d/%d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
    check_text(ms, "%lld.%03d", (long long)ms, (int)below);
    check_names(ms - below, &tm, clock);
    int minutes = (int)(below % 60);
    int hours = (int)(below % 24);
    int64_t offset = (hours * 60 + minutes) * INT64_C(60000);
    if (ms - offset >= FIRST_MS && ms + offset <= LAST_MS) {
        check_text(ms - offset, "%sT%s.%03d+%02d:%02d", date, clock, (int)below, hours, minutes);
        check_text(ms - offset, "%sT%s.%03d %02d%02d", date, clock, (int)below, hours, minutes);
        check_text(ms - offset, "%sT%s.%03d GMT+%02d%02d", date, clock, (int)below, hours, minutes);
        check_text(ms + offset, "%sT%s.%03d-%02d%02d", date, clock, (int)below, hours, minutes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t ms = INT64_MIN;
    if (since_parse(slice_of((const char *)data, size), NOW_MS, &ms) == 0) {
        ASSERT(ms >= FIRST_MS && ms <= LAST_MS);
        check_moment(ms);
    } else {
        ASSERT(ms == INT64_MIN);
    }
    int64_t age_ms = size == 0 ? 0 : data[0] * INT64_C(60000);
    check_text(NOW_MS - age_ms, "-%lldm", (long long)(age_ms / 60000));
    check_text(NOW_MS - age_ms / 60, "-%llds", (long long)(age_ms / 60000));
    if (size >= 8) {
        uint64_t bits;
        memcpy(&bits, data, sizeof(bits));
        check_moment(FIRST_MS + (int64_t)(bits % (uint64_t)(LAST_MS - FIRST_MS + 1)));
    }
    return 0;
}
