/*
 * The states of a replay, and the one function that moves it from one to another. One thread.
 *
 *  state          list      what moves it on
 *  NEW            none      its maker: to READY or BLOCKED
 *  READY          ready     its turn: to RUNNING
 *  RUNNING        none      the end of its step; whoever wakes it in the midst makes it READY
 *  BLOCKED        waiting   its client's socket takes bytes again; it is not woken before
 *  WAITS_OFFSETS  waiting   the answers of its look-up, the start of a log, a tick
 *  WAITS_READER   waiting   a reader, a cached range that has what it needs, a tick
 *  WAITS_RECORDS  waiting   a log or its channel that moves on, a fetcher that it follows, a tick
 *  WAITS_MEMORY   starved   its turn, once there is memory
 *  DEAD           dead      replays_reap() frees it at the end of the turn
 */
#ifndef FEED_REPLAY_REPLAY_STATE_H
#define FEED_REPLAY_REPLAY_STATE_H

#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>

struct replay;
struct replays;

enum replay_state {
    REPLAY_NEW,
    REPLAY_READY,
    REPLAY_RUNNING,
    REPLAY_BLOCKED,
    REPLAY_WAITS_OFFSETS,
    REPLAY_WAITS_READER,
    REPLAY_WAITS_RECORDS,
    REPLAY_WAITS_MEMORY,
    REPLAY_DEAD
};

/* Moves it to another state, and to the list of that state. */
void replay_move(struct replay *r, enum replay_state state);

/* The end of its step. What has woken it in the midst has made it ready, and that it stays. */
void replay_rest(struct replay *r, enum replay_state state);

/* It may be able to go on: makes it ready, if its client takes bytes and Kafka is to be asked. */
void replay_wake(struct replay *r);

/* Somebody waits for memory, and there is some. */
bool replays_have_memory(const struct replays *replays);

/* Whether some replay can have its turn. */
bool replays_are_ready(const struct replays *replays);

/* Returns the one whose turn it is, running. There must be one. */
struct replay *replays_next(struct replays *replays);

/*
 * Whether it, whose turn it is, has to wait for a step of somebody else, since its last one took
 * too long: then it is ready again.
 */
bool replay_yields(struct replay *r);

/* Whether a replay of that state is in that list. */
bool replay_belongs(const struct replay *r, const struct list *list);

#endif
