/*
 * A partition log: the cached newest part of one partition, as rendered data texts. One writer
 * (ingest), many readers (channels take what is new, replays read what is old). One thread.
 *
 * Its range's end is where the tail reader will read on.
 */
#ifndef FEED_LOG_PARTITION_LOG_H
#define FEED_LOG_PARTITION_LOG_H

#include "feed/log/record_wait.h"
#include "feed/log/record_range.h"

#include <kafkasse/record.h>

struct offset_lookup;
struct plogs;
struct read_event;
struct reader;
struct topic;

enum plog_state {
    LOG_COLD,     /* nobody watches it: no records, no offsets */
    LOG_WANTED,   /* its end offset is to be asked for */
    LOG_STARTING, /* ... and has been asked for */
    LOG_LIVE,     /* the tail reader reads it */
    LOG_JUMPING,  /* as live, but what stands at `end` cannot be read: it goes on at `jump_to` */
    LOG_PAUSED,   /* as live, but the tail reader has to be started again at `end` */
    LOG_CHECKING  /* as paused, and its range has been asked for first */
};

struct partition_log {
    struct plogs *plogs;
    struct topic *topic;
    int32_t partition;
    enum plog_state state;
    struct record_range range;
    struct list node;             /* plogs->logs, unless COLD */
    struct list dirty_node;       /* plogs->dirty */
    struct offset_lookup *lookup; /* of its range, under way; or NULL */
    size_t watch_count;           /* those who watch it: it is followed while there are any */
    int64_t unused_since_ms;      /* without them */
    int64_t retry_at_ms;          /* WANTED, PAUSED: not before */
    int64_t jump_to;              /* JUMPING */
    struct record_wait wait;

    /* For feed/channel, which alone writes these: */
    struct list links;                 /* struct channel_link: the channels that show it */
    struct range_cursor fresh;         /* the first record that channels have not taken yet */
    struct range_cursor select_cursor; /* the same of those that apply their selections together */
    struct list select_node;           /* channels->select_logs: they are not at its end */

    /* For feed/replay, which alone writes this: */
    struct list cached_ranges; /* what replays have read of its past, in no order */
};

/* Their order is used: what comes after LOG_LIVE has offsets. */
_Static_assert(LOG_COLD < LOG_WANTED && LOG_WANTED < LOG_STARTING && LOG_STARTING < LOG_LIVE,
               "a log without offsets is not live");
_Static_assert(LOG_LIVE < LOG_JUMPING && LOG_LIVE < LOG_PAUSED && LOG_LIVE < LOG_CHECKING,
               "what was live has offsets");

/* Returns a new cold log, or NULL without memory. */
CHECKED struct partition_log *plog_new(struct plogs *plogs, struct topic *topic, int32_t partition);

/* Nobody may watch it. NULL is fine. */
void plog_free(struct partition_log *log);

/* What is being asked about it is not wanted any more. */
void plog_forget_lookup(struct partition_log *log);

/* Whether it has offsets: a position can be compared with it. */
static inline bool plog_has_offsets(const struct partition_log *log)
{
    return log->state >= LOG_LIVE;
}

/* Whether everything from `offset` on that is older than its end can be read from it. */
static inline bool plog_covers(const struct partition_log *log, int64_t offset)
{
    return plog_has_offsets(log) && offset >= log->range.start;
}

/*
 * Renders a record of the log's partition, which `reader` has just returned, and appends it to
 * `range`: the log's own, or a cached range's. One that is not to be shown is counted and only
 * moves the range's end. 0, or with nothing changed KSSE_ENOMEM or KSSE_EAGAIN: its deserializer
 * cannot tell yet. The record is to be read again then.
 */
CHECKED int plog_render(struct partition_log *log, struct reader *reader,
                        const struct read_event *event, struct record_range *range);

/* A record of one of its ranges, as filters see it: borrows the record and the topic. */
struct ksse_event plog_event(const struct partition_log *log, const struct range_record *record);

/* Empties it and lets it begin and end at `offset`, and calls on_restart(). */
void plog_restart(struct partition_log *log, int64_t offset);

#endif
