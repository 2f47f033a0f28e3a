/*
 * A pace: how quickly a replay's client takes bytes. A replay begins small, since most clients take
 * little. Only a client that has taken much, and quickly, gets a reader that fetches megabytes
 * ahead. No clock: the time is an argument. One thread.
 */
#ifndef FEED_REPLAY_PACE_H
#define FEED_REPLAY_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PACE_FIRST_BYTES = 128 * 1024, /* from Kafka, until it has been there for ... */
    PACE_FIRST_MS = 25             /* ... so long: many leave after one event */
};

struct pace {
    int64_t begun_ms; /* when the first record came from Kafka; 0: none has yet */
    size_t given_bytes;
    size_t taken_bytes; /* by the socket, since it was judged last */
    int64_t blocked_ms; /* how long the socket took nothing meanwhile */
    bool is_fast;
};

/* A record of so many bytes was fetched for it. */
void pace_give(struct pace *p, size_t bytes, int64_t now_ms);

/* The socket has taken so much; or it took nothing for so long. */
void pace_take(struct pace *p, size_t bytes);
void pace_block(struct pace *p, int64_t ms);

/* Until when nothing more is fetched for it; 0: it may go on. */
int64_t pace_paused_until_ms(const struct pace *p, int64_t now_ms);

#endif
