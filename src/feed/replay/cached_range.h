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
struct replay;
struct replay_partition;
struct replays;

struct cached_range {
    struct list node;     /* log->cached_ranges */
    struct list all_node; /* replays->ranges */
    struct replays *replays;
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
CHECKED struct cached_range *cached_range_new(struct replays *replays, struct partition_log *log,
                                              int64_t offset);

/* It grows no more: wakes its followers, and frees it if it shows nothing. */
void cached_range_settle(struct cached_range *s);

/* Frees one that does not grow. */
void cached_range_free(struct cached_range *s);

/* The partition stands at its end, and is woken when it has grown, or grows no more. */
void cached_range_follow(struct cached_range *s, struct replay_partition *p);
void cached_range_unfollow(struct replay_partition *p);

/* No partition of the replay follows any. */
void replay_unfollow(struct replay *r);

/* Makes room for `bytes` in the budget: the oldest blocks go. */
void cached_ranges_make_room(struct replays *replays, size_t bytes);

/* Whether what they hold is above their budget. */
bool cached_ranges_are_full(const struct replays *replays);

/* Those that nobody used for a while go. */
void cached_ranges_tick(struct replays *replays);

/* Asserts what is true of all of them between turns. */
void cached_ranges_check(const struct replays *replays);

#endif
