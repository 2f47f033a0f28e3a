/*
 * A stretch: consecutive records of a partition that are older than its log, as they were read from
 * Kafka for a replay. It is kept for a while and within a budget, so that others who come the same
 * way need not ask Kafka again. While a fetcher appends to it, it grows, and whoever stands at its
 * end can follow it. One thread.
 */
#ifndef FEED_STRETCH_H
#define FEED_STRETCH_H

#include "feed/partition_log.h"
#include "feed/run.h"

struct fetcher;

struct stretch {
    struct list node; /* log->stretches */
    struct partition_log *log;
    struct run run;
    int64_t next_start;       /* no other stretch begins between its end and here */
    struct fetcher *fetcher;  /* appends to it; NULL: it does not grow */
    struct list fetcher_node; /* fetcher->stretches */
    struct list followers;    /* struct replay_place.follow_node: stand at its end */
    int64_t used_ms;
};

/* The one that shows what is at `offset`, or NULL. */
struct stretch *stretch_covering(const struct partition_log *log, int64_t offset);

/* The one that ends at `offset` and grows, or else ends there, or NULL. */
struct stretch *stretch_ending(const struct partition_log *log, int64_t offset);

/* Returns a new empty one that begins at `offset`, or NULL without memory. */
CHECKED struct stretch *stretch_new(struct partition_log *log, int64_t offset);

/* It grows no more: wakes its followers, and frees it if it shows nothing. */
void stretch_settle(struct stretch *s);

/* All stretches of a log go, also those that grow. */
void stretches_forget(struct partition_log *log);

/* Makes room for `bytes` in the budget: the oldest blocks go. */
void stretches_make_room(struct feed *feed, size_t bytes);

/* Whether what they hold is above their budget. */
bool stretches_are_full(const struct feed *feed);

/* Those that nobody used for a while go. */
void stretches_tick(struct feed *feed);

#endif
