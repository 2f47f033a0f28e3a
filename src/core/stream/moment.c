/* Pieces of dates and times, and the calendar: see the header. */
#include "core/stream/moment.h"

bool moment_take_char(struct slice *rest, char c)
{
    if (rest->len == 0 || rest->data[0] != c) {
        return false;
    }
    *rest = slice_of(rest->data + 1, rest->len - 1);
    return true;
}

bool moment_take_word(struct slice *rest, const char *word)
{
    size_t len = strlen(word);
    if (rest->len < len || !slice_eq_nocase(slice_of(rest->data, len), word)) {
        return false;
    }
    *rest = slice_of(rest->data + len, rest->len - len);
    return true;
}

bool moment_take_spaces(struct slice *rest)
{
    bool has_any = false;
    while (moment_take_char(rest, ' ')) {
        has_any = true;
    }
    return has_any;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool moment_take_number(struct slice *rest, size_t low, size_t high, int *out)
{
    ASSERT(low > 0 && high <= 9);
    size_t len = 0;
    int value = 0;
    while (len < high && len < rest->len && is_digit(rest->data[len])) {
        value = value * 10 + (rest->data[len++] - '0');
    }
    if (len < low) {
        return false;
    }
    *rest = slice_of(rest->data + len, rest->len - len);
    *out = value;
    return true;
}

/* ---- time ---- */

bool moment_take_fraction(struct slice *rest, int *thousandths)
{
    int digit;
    int worth = 100;
    *thousandths = 0;
    if (!moment_take_number(rest, 1, 1, &digit)) {
        return false;
    }
    do {
        *thousandths += digit * worth;
        worth /= 10;
    } while (moment_take_number(rest, 1, 1, &digit));
    return true;
}

/* ":05" and its fraction, which may both be missing. */
static bool take_seconds(struct slice *rest, int *ms)
{
    int second = 0;
    *ms = 0;
    if (!moment_take_char(rest, ':')) {
        return true;
    }
    if (!moment_take_number(rest, 2, 2, &second) || second > 59) {
        return false;
    }
    int fraction_ms = 0;
    bool has_fraction = moment_take_char(rest, '.') || moment_take_char(rest, ',');
    if (has_fraction && !moment_take_fraction(rest, &fraction_ms)) {
        return false;
    }
    *ms = second * MS_PER_SECOND + fraction_ms;
    return true;
}

bool moment_take_time(struct slice *rest, struct moment *m)
{
    int hour;
    int minute;
    int second_ms;
    if (!moment_take_number(rest, 2, 2, &hour) || !moment_take_char(rest, ':') ||
        !moment_take_number(rest, 2, 2, &minute) || !take_seconds(rest, &second_ms) ||
        minute > 59) {
        return false;
    }
    m->time_ms = hour * MS_PER_HOUR + minute * MS_PER_MINUTE + second_ms;
    return m->time_ms <= MS_PER_DAY; /* ISO 8601 lets a day end at 24:00:00 */
}

/* +02:00, +0200 or +02, whose sign was taken. */
static bool take_offset(struct slice *rest, bool is_west, struct moment *m)
{
    int hours;
    int minutes = 0;
    if (!moment_take_number(rest, 2, 2, &hours) || hours > 23) {
        return false;
    }
    bool has_colon = moment_take_char(rest, ':');
    if (!moment_take_number(rest, 2, 2, &minutes) && has_colon) {
        return false;
    }
    int ms = hours * MS_PER_HOUR + minutes * MS_PER_MINUTE;
    m->offset_ms = is_west ? -ms : ms;
    return minutes <= 59;
}

/* Other abbreviations mean several zones each. */
bool moment_take_zone_name(struct slice *rest, struct moment *m)
{
    static const struct {
        const char *name;
        int hours;
    } zones[] = {
        {"UTC", 0},  {"UT", 0},   {"GMT", 0},  {"EDT", -4}, {"EST", -5}, {"CDT", -5},
        {"CST", -6}, {"MDT", -6}, {"MST", -7}, {"PDT", -7}, {"PST", -8}, {"Z", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
        if (moment_take_word(rest, zones[i].name)) {
            m->offset_ms = zones[i].hours * MS_PER_HOUR;
            return true;
        }
    }
    return false;
}

/* Whether a space was a '+': digits follow it. */
static bool is_lost_plus(struct slice rest)
{
    return rest.len > 1 && rest.data[0] == ' ' && is_digit(rest.data[1]);
}

bool moment_take_zone(struct slice *rest, struct moment *m)
{
    m->offset_ms = 0;
    if (rest->len == 0) {
        return true;
    }
    bool has_plus = moment_take_spaces(rest);
    if (moment_take_zone_name(rest, m)) {
        bool is_all = m->offset_ms != 0 || rest->len == 0;
        has_plus = is_lost_plus(*rest);
        if (is_all || (rest->data[0] != '+' && rest->data[0] != '-' && !has_plus)) {
            return true;
        }
        moment_take_spaces(rest);
    }
    bool is_west = moment_take_char(rest, '-');
    if (!is_west && !moment_take_char(rest, '+') && !has_plus) {
        return false;
    }
    return take_offset(rest, is_west, m);
}

/* ---- dates ---- */

static bool take_name(struct slice *rest, const char *const *names, size_t count, size_t *index)
{
    for (size_t i = 0; i < count; i++) {
        char begin[4] = {names[i][0], names[i][1], names[i][2], '\0'};
        if (moment_take_word(rest, names[i]) || moment_take_word(rest, begin)) {
            *index = i;
            return true;
        }
    }
    return false;
}

bool moment_take_weekday(struct slice *rest)
{
    static const char *const days[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};
    size_t unused;
    return take_name(rest, days, ARRAY_LEN(days), &unused);
}

bool moment_take_month(struct slice *rest, struct moment *m)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    size_t index;
    if (!take_name(rest, months, ARRAY_LEN(months), &index)) {
        return false;
    }
    m->month = (int)index + 1;
    return true;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_valid(const struct moment *m)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (m->month < 1 || m->month > 12 || m->day < 1) {
        return false;
    }
    return m->day <= lengths[m->month - 1] + (m->month == 2 && is_leap(m->year) ? 1 : 0);
}

/* Days from 1970-01-01; negative before it. */
static int64_t days_since_1970(const struct moment *m)
{
    static const int before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    static const int64_t days_to_1970 = 719528; /* from 0000-01-01, which is a leap year */
    /* Year 0 has a leap day, so the leap days of the years before `year` are counted from 1. */
    int past = m->year - 1;
    int leap_days = m->year == 0 ? 0 : past / 4 - past / 100 + past / 400 + 1;
    int leap_day = m->month > 2 && is_leap(m->year) ? 1 : 0;
    int64_t days = (int64_t)m->year * 365 + leap_days;
    return days + before_month[m->month - 1] + leap_day + m->day - 1 - days_to_1970;
}

bool moment_to_ms(const struct moment *m, int64_t *out_ms)
{
    if (!is_valid(m)) {
        return false;
    }
    *out_ms = days_since_1970(m) * MS_PER_DAY + m->time_ms - m->offset_ms;
    return true;
}
