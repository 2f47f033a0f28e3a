/*
 * A moment: a date and a time of day as people and programs write them, taken piece by piece from
 * the beginning of a text. Each moment_take_* function tells whether the text begins with its
 * piece, and takes it. If it does not, how much of the text was taken is undefined. No I/O, no
 * clock; any thread.
 */
#ifndef CORE_STREAM_MOMENT_H
#define CORE_STREAM_MOMENT_H

#include "base/assert.h"
#include "base/slice.h"

enum {
    MS_PER_SECOND = 1000,
    MS_PER_MINUTE = 60 * MS_PER_SECOND,
    MS_PER_HOUR = 60 * MS_PER_MINUTE,
    MS_PER_DAY = 24 * MS_PER_HOUR
};

/* With month and day 1 and all else 0, it is the first moment of the year 0, in UTC. */
struct moment {
    int year;
    int month;     /* 1..12 */
    int day;       /* 1..31 */
    int time_ms;   /* of the day */
    int offset_ms; /* of its zone: how much that is ahead of UTC */
};

/* A single character. */
bool moment_take_char(struct slice *rest, char c);

/* A word, letters in either case. */
CHECKED bool moment_take_word(struct slice *rest, const char *word);

/* Spaces, one at least. */
bool moment_take_spaces(struct slice *rest);

/* At least `low` digits and at most `high`, no more than 9. */
CHECKED bool moment_take_number(struct slice *rest, size_t low, size_t high, int *out);

/* The digits after a point, at least one; all after the third are cut off. */
CHECKED bool moment_take_fraction(struct slice *rest, int *thousandths);

/* 03:04, 03:04:05, 03:04:05.678 (or a comma), up to 24:00:00. Seconds 60 are refused. */
CHECKED bool moment_take_time(struct slice *rest, struct moment *m);

/* UTC, UT, GMT, Z, or a North American zone (EST, EDT, CST, ...) as RFC 2822, 4.3, has them. */
bool moment_take_zone_name(struct slice *rest, struct moment *m);

/*
 * The zone after a time: such a name, +02:00, +0200, +02, GMT+0200, or nothing, which is UTC.
 * Spaces may come before it. A space also counts as a '+' before digits: a '+' in a query that was
 * not encoded becomes a space.
 */
CHECKED bool moment_take_zone(struct slice *rest, struct moment *m);

/* The name of a day of the week, or its first three letters. */
CHECKED bool moment_take_weekday(struct slice *rest);

/* The name of a month, or its first three letters. */
CHECKED bool moment_take_month(struct slice *rest, struct moment *m);

/* Whether the proleptic Gregorian calendar has that day; *out_ms is in milliseconds since 1970. */
CHECKED bool moment_to_ms(const struct moment *m, int64_t *out_ms);

#endif
