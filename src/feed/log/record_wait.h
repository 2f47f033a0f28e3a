/*
 * A record wait: the record of a partition that its deserializer cannot tell yet, for want of a
 * schema, for example. Nothing behind it is shown meanwhile. It is remembered for whoever watches
 * the server; who waits for it tries again in any case. One thread.
 */
#ifndef FEED_LOG_RECORD_WAIT_H
#define FEED_LOG_RECORD_WAIT_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RECORD_WAIT_FORGET_MS = 5000 /* attempts are a second apart: nobody waits for it any more */
};

struct record_wait {
    bool is_there; /* perhaps for nobody: see record_wait_is_on() */
    int64_t offset;
    int64_t since_ms;
    int64_t tried_ms;
};

/* The record at `offset` had to wait. Of several, as a replay may wait elsewhere than the tail, the
 * one that waits longest counts. */
void record_wait_begin(struct record_wait *wait, int64_t offset, int64_t now_ms);

/* The record at `offset` did not have to wait, or no longer. */
static inline void record_wait_end(struct record_wait *wait, int64_t offset)
{
    if (wait->is_there && wait->offset == offset) {
        wait->is_there = false;
    }
}

/* Whether somebody waits for it at `now_ms`. */
bool record_wait_is_on(const struct record_wait *wait, int64_t now_ms);

#endif
