/*
 * A run: consecutive records of one partition as finished data texts, in blocks; appended at its
 * end, dropped from its front. What a partition log and a stretch are made of. One thread.
 *
 * It holds every record of the partition from `start` up to `end`, both Kafka offsets. Offsets have
 * holes, and records that did not decode are not stored: a reader that finds nothing more stands at
 * `end`.
 */
#ifndef FEED_RUN_H
#define FEED_RUN_H

#include "base/list.h"
#include "core/record.h"

struct run_record {
    int64_t offset;
    int64_t timestamp_ms;
    enum record_kind kind; /* RECORD_MESSAGE or RECORD_TOMBSTONE */
    uint32_t len;
    char data[];
};

/* Some records in one allocation; append-only while it is its run's last one. */
struct block {
    struct list node; /* pool->blocks */
    struct run *run;
    struct block *next; /* in its run */
    uint64_t number;    /* grows by one in its run */
    size_t len;
    size_t cap;
    char *data;
};

/* What runs share that are kept within one budget. */
struct run_pool {
    struct list blocks; /* of all its runs, oldest first */
    size_t bytes;
    uint64_t *next_id; /* shared by all pools whose runs a cursor may meet */
};

struct run {
    struct run_pool *pool;
    uint64_t id; /* no other run has it; a new one with each restart */
    int64_t start;
    int64_t end;
    struct block *first;
    struct block *last;
    uint64_t next_number;
};

/* Where a reader of a run stands. It notices by itself when its block or its run is gone. */
struct run_cursor {
    struct block *block;
    uint64_t run_id;
    uint64_t number;
    size_t at;
};

#define RUN_CURSOR_INIT                                                                            \
    (struct run_cursor)                                                                            \
    {                                                                                              \
        NULL, 0, 0, 0                                                                              \
    }

/* `next_id` is borrowed. */
void run_pool_init(struct run_pool *pool, uint64_t *next_id);

/* Empty, at offset 0. The pool is borrowed. */
void run_init(struct run *run, struct run_pool *pool);

/* Empties it and lets it begin and end at `offset`. */
void run_restart(struct run *run, int64_t offset);

/* Appends a rendered record, of at most 1 GiB (MOST_RECORD_BYTES), and moves `end` behind it. 0, or
 * -1 without memory (nothing changed).
 */
CHECKED int run_append(struct run *run, enum record_kind kind, int64_t offset, int64_t timestamp_ms,
                       struct slice data);

/* Moves `end` to `offset`: there is nothing to be stored before it. */
static inline void run_skip_to(struct run *run, int64_t offset)
{
    ASSERT(offset >= run->end);
    run->end = offset;
}

/* Points *cursor at the first record whose offset is at least `offset`. */
void run_seek(const struct run *run, int64_t offset, struct run_cursor *cursor);

/* Points *cursor behind the newest record. */
void run_seek_end(const struct run *run, struct run_cursor *cursor);

/* Whether the cursor is of this run, and its block is still there. */
bool run_cursor_is_valid(const struct run *run, const struct run_cursor *cursor);

/* The record at the cursor, or NULL at the end. Lives until the run is changed. */
const struct run_record *run_peek(const struct run *run, struct run_cursor *cursor);

/* Moves the cursor behind the record that run_peek() has just returned. */
void run_advance(struct run_cursor *cursor, const struct run_record *record);

/* The run that has the oldest block of all runs of the pool, of which there must be one, and where
 * it would begin without that. */
struct run *run_pool_oldest(const struct run_pool *pool, int64_t *start);

/* Drops the oldest block of all runs of the pool; its run begins behind it. There must be one. */
void run_pool_drop_oldest(struct run_pool *pool);

#endif
