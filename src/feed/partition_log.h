/*
 * A partition log: the cached newest part of one partition, as rendered data texts. One writer
 * (ingest), many readers (channels take what is new, replays read what is old). One thread.
 *
 * Its run's end is where the tail reader will read on.
 */
#ifndef FEED_PARTITION_LOG_H
#define FEED_PARTITION_LOG_H

#include "feed/hold.h"
#include "feed/run.h"

#include <kafkasse.h>

struct feed;
struct offset_lookup;
struct read_event;
struct reader;
struct topic;

enum log_state {
    LOG_COLD,     /* nobody watches it: no records, no offsets */
    LOG_WANTED,   /* its end offset is to be asked for */
    LOG_STARTING, /* ... and has been asked for */
    LOG_LIVE,     /* the tail reader reads it */
    LOG_JUMPING,  /* as live, but what stands at `end` cannot be read: it goes on at `jump_to` */
    LOG_PAUSED,   /* as live, but the tail reader has to be started again at `end` */
    LOG_CHECKING  /* as paused, and its range has been asked for first */
};

struct partition_log {
    struct feed *feed;
    struct topic *topic;
    int32_t partition;
    enum log_state state;
    struct run run;
    struct run_cursor fresh; /* the first record that channels have not taken yet */
    struct run_cursor look;  /* the same of those that look at it together through lenses */
    struct list look_node;   /* feed->look_logs: they are not at its end */
    bool is_dirty;           /* in feed->dirty_logs */
    struct list dirty_node;
    struct list node;             /* feed->logs, unless COLD */
    struct list links;            /* struct channel_link: the channels that show it */
    struct list stretches;        /* what replays have read of its past, in no order */
    struct offset_lookup *lookup; /* of its range, under way; or NULL */
    int64_t unused_since_ms;
    int64_t retry_at_ms; /* WANTED, PAUSED: not before */
    int64_t jump_to;     /* JUMPING */
    struct hold hold;
};

/* Returns a new cold log, or NULL without memory. */
CHECKED struct partition_log *log_new(struct feed *feed, struct topic *topic, int32_t partition);
void log_free(struct partition_log *log);

/* What is being asked about it is not wanted any more. */
void log_forget_lookup(struct partition_log *log);

/* Whether it has offsets: a position can be compared with it. */
static inline bool log_has_offsets(const struct partition_log *log)
{
    return log->state >= LOG_LIVE;
}

/* Whether everything from `offset` on that is older than its end can be read from it. */
static inline bool log_covers(const struct partition_log *log, int64_t offset)
{
    return log_has_offsets(log) && offset >= log->run.start;
}

/*
 * Renders a record of the log's partition, which `reader` has just returned, and appends it to
 * `run`: the log's own, or a stretch's. One that is not to be shown is counted and only moves the
 * run's end. 0, or -1 without memory or when its decoder cannot tell yet (nothing changed): the
 * record is to be read again.
 */
CHECKED int log_render(struct partition_log *log, struct reader *reader,
                       const struct read_event *event, struct run *run);

/* A record of one of its runs, as filters see it: borrows the record and the topic. */
struct ksse_event log_event(const struct partition_log *log, const struct run_record *record);

/* Empties it and lets it begin and end at `offset`; its stretches go, too. */
void log_restart(struct partition_log *log, int64_t offset);

/* Drops blocks, oldest of all logs first, until they fit into `budget_bytes`. Channels must have
 * taken everything, and offered it; clients of those that have not looked at it become replays. */
void logs_evict(struct feed *feed, size_t budget_bytes);

#endif
