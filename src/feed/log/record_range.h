/*
 * A range: consecutive records of one partition as finished data texts, in blocks; appended at its
 * end, dropped from its front. What a partition log and a cached range are made of. One thread.
 *
 * It holds every record of the partition from `start` up to `end`, both Kafka offsets. Offsets have
 * holes, and records that did not decode are not stored: a reader that finds nothing more stands at
 * `end`.
 */
#ifndef FEED_LOG_RECORD_RANGE_H
#define FEED_LOG_RECORD_RANGE_H

#include "base/list.h"
#include "core/stream/record.h"

struct range_record {
    int64_t offset;
    int64_t timestamp_ms;
    enum record_kind kind; /* RECORD_MESSAGE or RECORD_TOMBSTONE */
    uint32_t len;
    char data[];
};

/* Some records in one allocation; append-only while it is its range's last one. */
struct block {
    struct list node; /* pool->blocks */
    struct record_range *range;
    struct block *next; /* in its range */
    uint64_t number;    /* grows by one in its range */
    size_t len;
    size_t cap;
    char *data;
};

/* What ranges share that are kept within one budget. */
struct range_pool {
    struct list blocks; /* of all its ranges, oldest first */
    size_t bytes;
    uint64_t *next_id; /* shared by all pools whose ranges a cursor may meet */
};

struct record_range {
    struct range_pool *pool;
    uint64_t id; /* no other range has it; a new one with each restart */
    int64_t start;
    int64_t end;
    struct block *first;
    struct block *last;
    uint64_t next_number;
};

/* Where a reader of a range stands. It notices by itself when its block or its range is gone. */
struct range_cursor {
    struct block *block;
    uint64_t range_id;
    uint64_t number;
    size_t at;
};

#define RANGE_CURSOR_INIT                                                                          \
    (struct range_cursor)                                                                          \
    {                                                                                              \
        NULL, 0, 0, 0                                                                              \
    }

/* `next_id` is borrowed. */
void range_pool_init(struct range_pool *pool, uint64_t *next_id);

/* Empty, at offset 0. The pool is borrowed. */
void range_init(struct record_range *range, struct range_pool *pool);

/* Empties it and lets it begin and end at `offset`. */
void range_restart(struct record_range *range, int64_t offset);

/* Appends a rendered record, of at most 1 GiB (MOST_RECORD_BYTES), and moves `end` behind it. 0, or
 * KSSE_ENOMEM (nothing changed).
 */
CHECKED int range_append(struct record_range *range, enum record_kind kind, int64_t offset,
                         int64_t timestamp_ms, struct slice data);

/* Moves `end` to `offset`: there is nothing to be stored before it. */
static inline void range_skip_to(struct record_range *range, int64_t offset)
{
    ASSERT(offset >= range->end);
    range->end = offset;
}

/* Points *cursor at the first record whose offset is at least `offset`. */
void range_seek(const struct record_range *range, int64_t offset, struct range_cursor *cursor);

/* Points *cursor behind the newest record. */
void range_seek_end(const struct record_range *range, struct range_cursor *cursor);

/* Whether the cursor is of this range, and its block is still there. */
bool range_cursor_is_valid(const struct record_range *range, const struct range_cursor *cursor);

/* The record at the cursor, or NULL at the end. Lives until the range is changed. */
const struct range_record *range_peek(const struct record_range *range,
                                      struct range_cursor *cursor);

/* Moves the cursor behind the record that range_peek() has just returned. */
void range_advance(struct range_cursor *cursor, const struct range_record *record);

/* What it holds in memory. */
size_t range_bytes(const struct record_range *range);

/* Asserts that its blocks and offsets are in order. Returns how many blocks it has. */
size_t range_check(const struct record_range *range);

/* The range that has the oldest block of all ranges of the pool, of which there must be one, and
 * where it would begin without that. */
struct record_range *range_pool_oldest(const struct range_pool *pool, int64_t *start);

/* Drops the oldest block of all ranges of the pool; its range begins behind it. There must be one.
 */
void range_pool_drop_oldest(struct range_pool *pool);

#endif
