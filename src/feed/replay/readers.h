/*
 * The few readers of older records that a feed's replays share: whose turn it is, and for how long.
 * There are two kinds. Short ones fetch little and are soon free again: with these replays begin,
 * and slow clients go on. Long ones fetch ahead, for clients that have shown that they take much.
 * A lease has a limit of time and of bytes, which counts when others wait; nobody keeps a reader
 * whose socket takes less than the reader gives. One thread.
 */
#ifndef FEED_REPLAY_READERS_H
#define FEED_REPLAY_READERS_H

#include "base/list.h"
#include "feed/log/source.h"

struct feed;
struct fetcher;
struct replay;

/* Who waits for one kind of reader. */
struct reader_line {
    struct list first; /* struct replay.line_node: those who have had nothing yet, and those who are
                        * within a frame and cannot even get a heartbeat */
    struct list others; /* who have had something */
    unsigned in_a_row;  /* how many of the first went before the others */
    bool has_free;      /* there may be a reader */
};

struct readers {
    struct list fetchers; /* struct fetcher.node: the open ones */
    struct reader_line lines[READER_KIND_COUNT];
    struct list paused;  /* struct replay.line_node: get no more for a moment, see pace.h */
    int64_t due_ms;      /* the next time that readers_turn() has to be called; INT64_MAX: none */
    int64_t patience_ms; /* how long a lease may bring nothing */
};

void readers_init(struct readers *readers);

/* Gives the replay a fetcher, when it is its turn; else it waits in line: it is woken with one. */
void readers_ask(struct feed *feed, struct replay *r);

/* It is not to be fetched for before that. */
void readers_pause(struct feed *feed, struct replay *r, int64_t until_ms);

/* It waits for nothing here any more. Fine for one that does not. */
void readers_leave(struct replay *r);

bool readers_are_wanted(const struct feed *feed, enum reader_kind kind);

/* Whether somebody waits for a reader of which there may be one. */
bool readers_have_work(const struct feed *feed);

/* Hands readers out, and takes those back whose lease is over. */
void readers_turn(struct feed *feed);

/* The same after some time: handles that were being cleaned may be free now. */
void readers_tick(struct feed *feed);

/* It is closed: somebody else can have one. */
void readers_closed(struct feed *feed, enum reader_kind kind);

/* The socket of its owner takes nothing now: it may not keep it for long. */
void readers_blocked(const struct fetcher *f);

/* A lease has brought something. */
void readers_bring(struct feed *feed);

/* Whether the owner of a long one has had it for long enough, when others wait. */
bool readers_lease_is_over(const struct fetcher *f);

/* Cached ranges have grown: who waits and does not need a reader any more goes on. */
void readers_wake_covered(struct feed *feed);

#endif
