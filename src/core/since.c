/*
 * The text of `?since=`, read by a cursor that takes one piece after the other. The calendar is
 * the proleptic Gregorian one. Not a general date parser: what it does not know, it refuses, and
 * the client is told.
 */
#include "core/since.h"

enum {
    MS_PER_SECOND = 1000,
    MS_PER_MINUTE = 60 * MS_PER_SECOND,
    MS_PER_HOUR = 60 * MS_PER_MINUTE,
    MS_PER_DAY = 24 * MS_PER_HOUR
};

/* 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z. */
static const int64_t since_min_ms = INT64_C(-62167219200000);
static const int64_t since_max_ms = INT64_C(253402300799999);

struct date {
    int year;
    int month; /* 1..12 */
    int day;   /* 1..31 */
};

static bool take(struct slice *rest, char c)
{
    if (rest->len == 0 || rest->data[0] != c) {
        return false;
    }
    *rest = slice_of(rest->data + 1, rest->len - 1);
    return true;
}

static bool take_word(struct slice *rest, const char *word)
{
    size_t len = strlen(word);
    if (rest->len < len || !slice_eq_nocase(slice_of(rest->data, len), word)) {
        return false;
    }
    *rest = slice_of(rest->data + len, rest->len - len);
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Exactly `count` digits. */
static bool take_number(struct slice *rest, size_t count, int *out)
{
    if (rest->len < count) {
        return false;
    }
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_digit(rest->data[i])) {
            return false;
        }
        value = value * 10 + (rest->data[i] - '0');
    }
    *rest = slice_of(rest->data + count, rest->len - count);
    *out = value;
    return true;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool date_is_valid(const struct date *d)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (d->month < 1 || d->month > 12 || d->day < 1) {
        return false;
    }
    return d->day <= lengths[d->month - 1] + (d->month == 2 && is_leap(d->year) ? 1 : 0);
}

/* Days from 1970-01-01; negative before it. */
static int64_t date_days(const struct date *d)
{
    static const int before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    static const int64_t days_to_1970 = 719528; /* from 0000-01-01, which is a leap year */
    /* Year 0 has a leap day, so the leap days of the years before `year` are counted from 1. */
    int past = d->year - 1;
    int leap_days = d->year == 0 ? 0 : past / 4 - past / 100 + past / 400 + 1;
    int leap_day = d->month > 2 && is_leap(d->year) ? 1 : 0;
    int64_t days = (int64_t)d->year * 365 + leap_days;
    return days + before_month[d->month - 1] + leap_day + d->day - 1 - days_to_1970;
}

/* ":05" and its fraction, both of which may be missing. */
static bool take_seconds(struct slice *rest, int *ms)
{
    int second = 0;
    *ms = 0;
    if (!take(rest, ':')) {
        return true;
    }
    if (!take_number(rest, 2, &second) || second > 59) {
        return false;
    }
    *ms = second * MS_PER_SECOND;
    if (!take(rest, '.') && !take(rest, ',')) {
        return true;
    }
    int digit;
    int worth = 100;
    if (!take_number(rest, 1, &digit)) {
        return false;
    }
    do {
        *ms += digit * worth;
        worth /= 10;
    } while (take_number(rest, 1, &digit));
    return true;
}

/* The time of day. ISO 8601 lets a day end at 24:00:00. */
static bool take_time(struct slice *rest, int *ms)
{
    int hour;
    int minute;
    int second_ms;
    if (!take_number(rest, 2, &hour) || !take(rest, ':') || !take_number(rest, 2, &minute) ||
        !take_seconds(rest, &second_ms) || minute > 59) {
        return false;
    }
    *ms = hour * MS_PER_HOUR + minute * MS_PER_MINUTE + second_ms;
    return *ms <= MS_PER_DAY;
}

/* Takes Z, an offset or nothing, up to the end of the text. */
static bool take_zone(struct slice *rest, int *offset_ms)
{
    int hours;
    int minutes = 0;
    *offset_ms = 0;
    if (rest->len == 0) {
        return true;
    }
    bool has_space = take(rest, ' ');
    if (take_word(rest, "Z")) {
        return rest->len == 0;
    }
    bool is_west = take(rest, '-');
    if (!is_west && !take(rest, '+') && !has_space) {
        return false;
    }
    if (!take_number(rest, 2, &hours) || hours > 23) {
        return false;
    }
    if (rest->len > 0) {
        (void)take(rest, ':');
        if (!take_number(rest, 2, &minutes) || minutes > 59 || rest->len > 0) {
            return false;
        }
    }
    int ms = hours * MS_PER_HOUR + minutes * MS_PER_MINUTE;
    *offset_ms = is_west ? -ms : ms;
    return true;
}

static bool parse_iso(struct slice rest, int64_t *out)
{
    struct date d = {.day = 1};
    int time_ms = 0;
    int offset_ms = 0;
    if (!take_number(&rest, 4, &d.year) || !take(&rest, '-') || !take_number(&rest, 2, &d.month)) {
        return false;
    }
    if (rest.len > 0) {
        if (!take(&rest, '-') || !take_number(&rest, 2, &d.day)) {
            return false;
        }
    }
    if (!date_is_valid(&d)) {
        return false;
    }
    if (rest.len > 0) {
        if ((!take_word(&rest, "T") && !take(&rest, ' ')) || !take_time(&rest, &time_ms) ||
            !take_zone(&rest, &offset_ms)) {
            return false;
        }
    }
    *out = date_days(&d) * MS_PER_DAY + time_ms - offset_ms;
    return true;
}

static bool take_name(struct slice *rest, const char *const *names, int count, int *index)
{
    for (int i = 0; i < count; i++) {
        if (take_word(rest, names[i])) {
            *index = i;
            return true;
        }
    }
    return false;
}

/* RFC 9110, 5.6.7: IMF-fixdate, which is what JavaScript's toUTCString() makes as well. */
static bool parse_http_date(struct slice rest, int64_t *out)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct date d;
    int weekday;
    int month;
    int hour;
    int minute;
    int second;
    if (!take_name(&rest, days, ARRAY_LEN(days), &weekday) || !take_word(&rest, ", ") ||
        !take_number(&rest, 2, &d.day) || !take(&rest, ' ') ||
        !take_name(&rest, months, ARRAY_LEN(months), &month) || !take(&rest, ' ') ||
        !take_number(&rest, 4, &d.year) || !take(&rest, ' ')) {
        return false;
    }
    d.month = month + 1;
    if (!take_number(&rest, 2, &hour) || !take(&rest, ':') || !take_number(&rest, 2, &minute) ||
        !take(&rest, ':') || !take_number(&rest, 2, &second) || !take_word(&rest, " GMT") ||
        rest.len > 0) {
        return false;
    }
    if (!date_is_valid(&d) || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    *out = date_days(&d) * MS_PER_DAY + hour * MS_PER_HOUR + minute * MS_PER_MINUTE +
           second * MS_PER_SECOND;
    return true;
}

bool since_parse(struct slice text, int64_t *out_ms)
{
    int64_t ms;
    if (!slice_to_int64(text, &ms) && !parse_iso(text, &ms) && !parse_http_date(text, &ms)) {
        return false;
    }
    if (ms < since_min_ms || ms > since_max_ms) {
        return false;
    }
    *out_ms = ms;
    return true;
}
