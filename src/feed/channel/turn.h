/*
 * The time of a turn: what the feed's owner gives it before others must be answered. Where long
 * expressions of strangers are evaluated, no estimate bounds that: a clock does. The clock is the
 * owner's. One thread.
 */
#ifndef FEED_CHANNEL_TURN_H
#define FEED_CHANNEL_TURN_H

#include <stdbool.h>
#include <stdint.h>

struct feed_options;
struct selection_scratch;

enum {
    TURN_US = 10 * 1000, /* of one turn: then others of the loop are answered */
    /* of it until live channels without a selection go on beside those with one */
    SHOW_US = 3 * 1000,
    SELECT_US = 5 * 1000, /* of it for applying the selections of live channels */
    LATE_US = 500,        /* that late ones have of it at least */
    REPLAYS_US = 2000     /* that replays have at least, also if it becomes longer */
};

struct turn {
    const struct feed_options *options;
    const struct selection_scratch *scratch;
    int64_t began_us;
    int64_t now_us;          /* as last read, since it began */
    int64_t show_left_us;    /* of SHOW_US */
    int64_t show_began_us;   /* by turn_begin_show() */
    int64_t show_until_us;   /* channels_take() puts off what comes later */
    int64_t select_left_us;  /* of SELECT_US */
    int64_t select_until_us; /* channels_select() ends ... */
    bool has_selected;       /* ... once some selection was applied */
    uint64_t read_after;     /* the scratch's cost at which the clock is read again */
};

/* The clock of the options is read; what the scratch counts tells when to read it again. Both are
 * borrowed. */
void turn_init(struct turn *turn, const struct feed_options *options,
               const struct selection_scratch *scratch);

/* It begins now. */
void turn_begin(struct turn *turn);

/* Reads the clock: how long the turn has lasted, in microseconds. 0 without a clock. */
int64_t turn_read_us(struct turn *turn);

/* The same, but not more often than applying selections makes it worthwhile. */
int64_t turn_now_us(struct turn *turn);

/* Around channels_take(): what lies between them is counted against SHOW_US. */
void turn_begin_show(struct turn *turn);
void turn_end_show(struct turn *turn);

#endif
