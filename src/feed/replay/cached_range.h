/*
 * A cached range: consecutive records of a partition, older than its log, that were read from Kafka
 * for a replay. It is kept for a while, within a budget, so that other replays of the same records
 * do not read Kafka again. It grows while a fetcher appends to it; a partition that stands at its
 * end can follow it then. One thread.
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

/* The cached range that has `offset`, or NULL. */
struct cached_range *cached_range_covering(const struct partition_log *log, int64_t offset);

/* A cached range that ends at `offset`, if possible one that grows; or NULL. */
struct cached_range *cached_range_ending(const struct partition_log *log, int64_t offset);

/* Returns a new, empty cached range that begins at `offset`, or NULL without memory. */
CHECKED struct cached_range *cached_range_new(struct replays *replays, struct partition_log *log,
                                              int64_t offset);

/* It grows no more: wakes its followers, and frees it if it is empty. */
void cached_range_settle(struct cached_range *cached);

/* It must not grow any more. */
void cached_range_free(struct cached_range *cached);

/* The partition, which stands at its end, follows it: its replay is woken when it has grown, and
 * when it grows no more. */
void cached_range_follow(struct cached_range *cached, struct replay_partition *p);
void cached_range_unfollow(struct replay_partition *p);

/* The same for all partitions of a replay. */
void replay_unfollow(struct replay *r);

/* Drops the oldest blocks of all cached ranges, until there is room for `bytes` in the budget. */
void cached_ranges_make_room(struct replays *replays, size_t bytes);

/* Whether they hold more than their budget. */
bool cached_ranges_are_full(const struct replays *replays);

/* Frees those that nobody has used for a while. */
void cached_ranges_tick(struct replays *replays);

/* Asserts what is true of all of them between turns. */
void cached_ranges_check(const struct replays *replays);

#endif
