/*
 * The few readers of older records that replays share: whose turn it is, and for how long. There
 * are two kinds. A short one fetches little and is soon free again: replays begin with it, and slow
 * clients go on with it. A long one fetches ahead, for a client that has shown that it takes much.
 * A lease has a limit of time and of bytes, which counts when others wait; a replay whose socket
 * takes less than its reader gives does not keep it. One thread.
 *
 * Whatever else a replay does, it may wait for a reader:
 *
 *  state   list                     what moves it on
 *  NONE    none                     readers_ask(), readers_pause()
 *  QUEUED  a line's first, others   its turn: it is woken with a reader, or without one when a
 *                                   cached range has what it needs; readers_leave()
 *  PAUSED  paused                   time: it is woken; readers_ask(), readers_leave()
 */
#ifndef FEED_REPLAY_READERS_H
#define FEED_REPLAY_READERS_H

#include "base/list.h"
#include "feed/log/source.h"

struct fetcher;
struct replay;
struct replays;

enum reader_wait_state {
    READER_WAIT_NONE,
    READER_WAIT_QUEUED,
    READER_WAIT_PAUSED
};

/* A replay's part. */
struct reader_wait {
    struct list node;
    enum reader_wait_state state;
};

/* Who waits for one kind of reader. */
struct reader_line {
    struct list first;  /* struct reader_wait.node: those who have had nothing yet, and those who
                         * are within a frame and cannot even get a heartbeat */
    struct list others; /* who have had something */
    unsigned in_a_row;  /* how many of the first went before the others */
    bool has_free;      /* there may be a reader */
};

struct readers {
    struct list fetchers; /* struct fetcher.node: the open ones */
    struct reader_line lines[READER_KIND_COUNT];
    struct list paused;  /* struct reader_wait.node: get no more for a moment, see pace.h */
    int64_t due_ms;      /* the next time that readers_turn() has to be called; INT64_MAX: none */
    int64_t patience_ms; /* how long a lease may bring nothing */
};

void readers_init(struct readers *readers);

void reader_wait_init(struct reader_wait *wait);

/* Gives the replay a fetcher when it is its turn; else it waits in line. */
void readers_ask(struct replay *r);

/* Nothing is to be fetched for it before that. */
void readers_pause(struct replay *r, int64_t until_ms);

/* It does not wait for a reader any more. Fine for one that does not. */
void readers_leave(struct replay *r);

/* Whether somebody waits for a reader of which there may be one. */
bool readers_have_work(const struct replays *replays);

/* Hands readers out, and takes those back whose lease is over. */
void readers_turn(struct replays *replays);

/* The same after some time: handles that were being cleaned may be free now. */
void readers_tick(struct replays *replays);

/* Takes what has come for a fetcher, and tells those whom it concerns. False when there is nothing
 * now. */
bool readers_pump(struct fetcher *f);

/* The socket of the replay takes nothing now: it may not keep its reader for long. */
void readers_blocked(const struct replay *r);

/* Others get a long reader before a replay that has had it for long. */
void readers_yield(struct replay *r);

/* The replay gives its fetcher up: to a replay that fetches with it, if that may be (`to_heir`),
 * else for good. */
void readers_give_up(struct replay *r, bool to_heir);

/* Asserts what is true of leases and lines between turns. */
void readers_check(const struct replays *replays);

#endif
