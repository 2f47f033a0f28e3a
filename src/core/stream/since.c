/*
 * The forms of `?since=`. For each there is a function that tells whether the text has that form
 * and which moment it is, taking one piece after the other. Not a general date parser: unknown
 * texts are refused, and so are ambiguous ones, such as 01/02/2026.
 */
#include "core/stream/since.h"
#include "core/stream/moment.h"

/* 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z. */
static const int64_t since_min_ms = INT64_C(-62167219200000);
static const int64_t since_max_ms = INT64_C(253402300799999);

/* ---- numbers ---- */

/* Python's time.time() * 1000 has a fraction. */
static bool is_ms(struct slice rest, int64_t *out)
{
    struct slice whole = slice_cut(&rest, '.');
    int unused;
    if (rest.data != NULL && (!moment_take_fraction(&rest, &unused) || rest.len > 0)) {
        return false;
    }
    return slice_is_int64(whole, out);
}

static bool take_unit(struct slice *rest, int64_t *ms)
{
    static const struct {
        char letter;
        int64_t ms;
    } units[] = {{'s', MS_PER_SECOND}, {'m', MS_PER_MINUTE}, {'h', MS_PER_HOUR}, {'d', MS_PER_DAY}};
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (moment_take_char(rest, units[i].letter)) {
            *ms = units[i].ms;
            return true;
        }
    }
    return false;
}

/* -15m, -1.5h */
static bool is_age(struct slice rest, int64_t now_ms, int64_t *out)
{
    int count;
    int thousandths = 0;
    int64_t unit_ms;
    if (!moment_take_char(&rest, '-') || !moment_take_number(&rest, 1, 9, &count) ||
        (moment_take_char(&rest, '.') && !moment_take_fraction(&rest, &thousandths)) ||
        !take_unit(&rest, &unit_ms)) {
        return false;
    }
    *out = now_ms - count * unit_ms - thousandths * unit_ms / 1000;
    return rest.len == 0;
}

/* ---- dates of digits ---- */

/* The time and zone after a date, up to the end of the text. */
static bool take_clock(struct slice *rest, struct moment *m)
{
    return moment_take_time(rest, m) && moment_take_zone(rest, m) && rest->len == 0;
}

static bool is_iso(struct slice rest, int64_t *out)
{
    struct moment m = {.day = 1};
    if (!moment_take_number(&rest, 4, 4, &m.year) || !moment_take_char(&rest, '-') ||
        !moment_take_number(&rest, 2, 2, &m.month)) {
        return false;
    }
    if (rest.len > 0 &&
        (!moment_take_char(&rest, '-') || !moment_take_number(&rest, 2, 2, &m.day))) {
        return false;
    }
    if (rest.len > 0 && ((!moment_take_word(&rest, "T") && !moment_take_char(&rest, ' ')) ||
                         !take_clock(&rest, &m))) {
        return false;
    }
    return moment_to_ms(&m, out);
}

/* 2026/01/02: unlike 01/02/2026 it means one day only. */
static bool is_slashes(struct slice rest, int64_t *out)
{
    struct moment m = {0};
    if (!moment_take_number(&rest, 4, 4, &m.year) || !moment_take_char(&rest, '/') ||
        !moment_take_number(&rest, 1, 2, &m.month) || !moment_take_char(&rest, '/') ||
        !moment_take_number(&rest, 1, 2, &m.day)) {
        return false;
    }
    if (rest.len > 0 && (!moment_take_spaces(&rest) || !take_clock(&rest, &m))) {
        return false;
    }
    return moment_to_ms(&m, out);
}

/* ---- dates with names ---- */

/* "02 Jan" or "Jan 02", with the weekday before it or not. */
static bool take_day(struct slice *rest, struct moment *m)
{
    if (moment_take_weekday(rest)) {
        moment_take_char(rest, ',');
        if (!moment_take_spaces(rest)) {
            return false;
        }
    }
    if (moment_take_month(rest, m)) {
        bool has_day = moment_take_spaces(rest) && moment_take_number(rest, 1, 2, &m->day);
        moment_take_char(rest, ',');
        return has_day;
    }
    return moment_take_number(rest, 1, 2, &m->day) && moment_take_spaces(rest) &&
           moment_take_month(rest, m);
}

/* A year and, perhaps, a time with its zone. */
static bool take_year_first(struct slice *rest, struct moment *m)
{
    if (!moment_take_number(rest, 4, 4, &m->year)) {
        return false;
    }
    moment_take_char(rest, ',');
    return rest->len == 0 ||
           (moment_take_spaces(rest) && moment_take_time(rest, m) && moment_take_zone(rest, m));
}

/* A time and the year, in asctime's order, with the zone after them as git writes it, or between
 * them as date(1) does. */
static bool take_time_first(struct slice *rest, struct moment *m)
{
    if (!moment_take_time(rest, m) || !moment_take_spaces(rest)) {
        return false;
    }
    bool has_zone = moment_take_zone_name(rest, m);
    if ((has_zone && !moment_take_spaces(rest)) || !moment_take_number(rest, 4, 4, &m->year)) {
        return false;
    }
    return has_zone || moment_take_zone(rest, m);
}

/* " (Coordinated Universal Time)", which only repeats what the zone says. */
static bool take_comment(struct slice *rest)
{
    if (!moment_take_spaces(rest) || !moment_take_char(rest, '(')) {
        return false;
    }
    (void)slice_cut(rest, ')');
    return rest->data != NULL && rest->len == 0;
}

static bool is_named(struct slice rest, int64_t *out)
{
    struct moment m = {0};
    if (!take_day(&rest, &m) || !moment_take_spaces(&rest)) {
        return false;
    }
    struct slice again = rest;
    if (!take_year_first(&rest, &m)) {
        rest = again;
        if (!take_time_first(&rest, &m)) {
            return false;
        }
    }
    if (rest.len > 0 && !take_comment(&rest)) {
        return false;
    }
    return moment_to_ms(&m, out);
}

int since_parse(struct slice text, int64_t now_ms, int64_t *out_ms)
{
    int64_t ms;
    if (!is_ms(text, &ms) && !is_age(text, now_ms, &ms) && !is_iso(text, &ms) &&
        !is_slashes(text, &ms) && !is_named(text, &ms)) {
        return KSSE_EVALUE;
    }
    if (ms < since_min_ms || ms > since_max_ms) {
        return KSSE_EVALUE;
    }
    *out_ms = ms;
    return 0;
}
