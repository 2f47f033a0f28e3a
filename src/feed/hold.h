/*
 * A hold: the record of a partition that its decoder cannot tell yet, for want of a schema, for
 * example. Nothing behind it is shown meanwhile. It is remembered for whoever watches the server;
 * who waits for it tries again in any case. One thread.
 */
#ifndef FEED_HOLD_H
#define FEED_HOLD_H

#include <stdbool.h>
#include <stdint.h>

struct feed;
struct partition_log;

enum {
    HOLD_FORGET_MS = 5000 /* attempts are a second apart: nobody waits for it any more */
};

struct hold {
    bool is_there; /* perhaps for nobody: see hold_is_on() */
    int64_t offset;
    int64_t since_ms;
    int64_t tried_ms;
};

/* The record at `offset` had to wait. Of several, as a replay may wait elsewhere than the tail, the
 * one that waits longest counts. */
void hold_begin(struct hold *hold, int64_t offset, int64_t now_ms);

/* The record at `offset` did not have to wait, or no longer. */
static inline void hold_end(struct hold *hold, int64_t offset)
{
    if (hold->is_there && hold->offset == offset) {
        hold->is_there = false;
    }
}

/* Whether somebody waits for it at `now_ms`. */
bool hold_is_on(const struct hold *hold, int64_t now_ms);

/* How many partitions of the feed are held; the one that is so for the longest time goes to
 * *longest if there is any. */
int64_t holds_count(const struct feed *feed, const struct partition_log **longest);

#endif
