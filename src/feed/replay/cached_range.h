/*
 * A cached range: consecutive records of a partition that are older than its log, as they were read
 * from Kafka for a replay. It is kept for a while and within a budget, so that others who come the
 * same way need not ask Kafka again. While a fetcher appends to it, it grows, and whoever stands at
 * its end can follow it. One thread.
 */
#ifndef FEED_REPLAY_CACHED_RANGE_H
#define FEED_REPLAY_CACHED_RANGE_H

#include "feed/log/partition_log.h"
#include "feed/log/record_range.h"

struct fetcher;

struct cached_range {
    struct list node; /* log->cached_ranges */
    struct partition_log *log;
    struct record_range range;
    int64_t next_start;       /* no other cached range begins between its end and here */
    struct fetcher *fetcher;  /* appends to it; NULL: it does not grow */
    struct list fetcher_node; /* fetcher->cached_ranges */
    struct list followers;    /* struct replay_partition.follow_node: stand at its end */
    int64_t used_ms;
};

/* The one that shows what is at `offset`, or NULL. */
struct cached_range *cached_range_covering(const struct partition_log *log, int64_t offset);

/* The one that ends at `offset` and grows, or else ends there, or NULL. */
struct cached_range *cached_range_ending(const struct partition_log *log, int64_t offset);

/* Returns a new empty one that begins at `offset`, or NULL without memory. */
CHECKED struct cached_range *cached_range_new(struct partition_log *log, int64_t offset);

/* It grows no more: wakes its followers, and frees it if it shows nothing. */
void cached_range_settle(struct cached_range *s);

/* All cached ranges of a log go, also those that grow. */
void cached_ranges_forget(struct partition_log *log);

/* Makes room for `bytes` in the budget: the oldest blocks go. */
void cached_ranges_make_room(struct feed *feed, size_t bytes);

/* Whether what they hold is above their budget. */
bool cached_ranges_are_full(const struct feed *feed);

/* Those that nobody used for a while go. */
void cached_ranges_tick(struct feed *feed);

#endif
