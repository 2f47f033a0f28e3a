/*
 * `?since=`: whatever is taken lies in the years 0000..9999, and the C library's calendar, asked to
 * write the moment down, gives a text that means the same. The first eight bytes of an input are a
 * moment of their own, written in every form.
 */
#include "core/since.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FIRST_MS INT64_C(-62167219200000)
#define LAST_MS INT64_C(253402300799999)

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
    ASSERT(since_parse(slice_of(text, (size_t)len), &ms) && ms == expected_ms);
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
    char imf[64];
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    snprintf(imf, sizeof(imf), "%s, %02d %s %04d %s GMT", days[tm.tm_wday], tm.tm_mday,
             months[tm.tm_mon], tm.tm_year + 1900, clock);
    check_text(ms - below, "%s", imf);
    int minutes = (int)(below % 60);
    int hours = (int)(below % 24);
    int64_t offset = (hours * 60 + minutes) * INT64_C(60000);
    if (ms - offset >= FIRST_MS && ms + offset <= LAST_MS) {
        check_text(ms - offset, "%sT%s.%03d+%02d:%02d", date, clock, (int)below, hours, minutes);
        check_text(ms - offset, "%sT%s.%03d %02d%02d", date, clock, (int)below, hours, minutes);
        check_text(ms + offset, "%sT%s.%03d-%02d%02d", date, clock, (int)below, hours, minutes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t ms = INT64_MIN;
    if (since_parse(slice_of((const char *)data, size), &ms)) {
        ASSERT(ms >= FIRST_MS && ms <= LAST_MS);
        check_moment(ms);
    } else {
        ASSERT(ms == INT64_MIN);
    }
    if (size >= 8) {
        uint64_t bits;
        memcpy(&bits, data, sizeof(bits));
        check_moment(FIRST_MS + (int64_t)(bits % (uint64_t)(LAST_MS - FIRST_MS + 1)));
    }
    return 0;
}
