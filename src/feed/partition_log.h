/*
 * A partition log: the cached newest part of one partition, as rendered data texts. One writer
 * (ingest), many readers (channels take what is new, replays read what is old). One thread.
 *
 * It holds every record of the partition from `start` up to `end`, both Kafka offsets; `end` is
 * where the tail reader will read on. Offsets have holes, and records that did not decode are not
 * stored: a reader that finds nothing more stands at `end`.
 */
#ifndef FEED_PARTITION_LOG_H
#define FEED_PARTITION_LOG_H

#include "base/list.h"
#include "core/record.h"

struct feed;
struct topic;

enum log_state {
    LOG_COLD,     /* nobody watches it: no records, no offsets */
    LOG_WANTED,   /* its end offset is to be asked for */
    LOG_STARTING, /* ... and has been asked for */
    LOG_LIVE,     /* the tail reader reads it */
    LOG_PAUSED,   /* as live, but the tail reader has to be started again at `end` */
    LOG_CHECKING  /* as paused, and its range has been asked for first */
};

struct log_record {
    int64_t offset;
    int64_t timestamp_ms;
    enum record_kind kind; /* RECORD_MESSAGE or RECORD_TOMBSTONE */
    uint32_t len;
    char data[];
};

/* A run of records in one allocation; append-only while it is its log's last one. */
struct block {
    struct list node; /* feed->blocks: oldest first, of all logs */
    struct partition_log *log;
    struct block *next; /* in its log */
    uint64_t number;    /* grows by one in its log */
    size_t len;
    size_t cap;
    char *data;
};

/* Where a reader of a log stands. It notices by itself when its block is gone. */
struct log_cursor {
    struct block *block;
    uint64_t number;
    size_t at;
};

#define LOG_CURSOR_INIT                                                                            \
    (struct log_cursor)                                                                            \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

struct partition_log {
    struct feed *feed;
    struct topic *topic;
    int32_t partition;
    enum log_state state;
    int64_t start;
    int64_t end;
    struct block *first;
    struct block *last;
    uint64_t next_number;
    struct log_cursor fresh; /* the first record that channels have not taken yet */
    bool is_dirty;           /* in feed->dirty_logs */
    struct list dirty_node;
    struct list node;  /* feed->logs, unless COLD */
    struct list links; /* struct channel_link: the channels that show it */
    int64_t unused_since_ms;
    int64_t retry_at_ms; /* WANTED, PAUSED: not before */
};

/* Returns a new cold log, or NULL without memory. */
CHECKED struct partition_log *log_new(struct feed *feed, struct topic *topic, int32_t partition);
void log_free(struct partition_log *log);

/* Whether it has offsets: a position can be compared with it. */
static inline bool log_has_offsets(const struct partition_log *log)
{
    return log->state >= LOG_LIVE;
}

/* Whether everything from `offset` on that is older than its end can be read from it. */
static inline bool log_covers(const struct partition_log *log, int64_t offset)
{
    return log_has_offsets(log) && offset >= log->start;
}

/* Empties it and lets it begin and end at `offset`. */
void log_restart(struct partition_log *log, int64_t offset);

/* Appends a rendered record and moves `end` behind it. 0, or -1 without memory (nothing changed).
 */
CHECKED int log_append(struct partition_log *log, enum record_kind kind, int64_t offset,
                       int64_t timestamp_ms, struct slice data);

/* Moves `end` behind a record that is not stored. */
static inline void log_skip(struct partition_log *log, int64_t offset)
{
    ASSERT(offset >= log->end);
    log->end = offset + 1;
}

/* Points *cursor at the first record whose offset is at least `offset`. */
void log_seek(const struct partition_log *log, int64_t offset, struct log_cursor *cursor);

/* Points *cursor behind the newest record. */
void log_seek_end(const struct partition_log *log, struct log_cursor *cursor);

/* Whether the cursor's block is still there. */
bool log_cursor_is_valid(const struct partition_log *log, const struct log_cursor *cursor);

/* The record at the cursor, or NULL at the end. Lives until the log is changed. */
const struct log_record *log_peek(const struct partition_log *log, struct log_cursor *cursor);

/* Moves the cursor behind the record that log_peek() has just returned. */
void log_advance(struct log_cursor *cursor, const struct log_record *record);

/* Drops blocks, oldest of all logs first, until they fit into `budget_bytes`. Channels must have
 * taken everything. */
void log_evict(struct feed *feed, size_t budget_bytes);

#endif
