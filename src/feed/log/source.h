/*
 * What the feed needs of Kafka: readers, offset look-ups, metadata. This room only declares it; the
 * kafka room implements it with librdkafka, the simulator with a fake.
 *
 * All functions are called on, and all callbacks come on, the worker's thread, and none blocks.
 * Callbacks come only from within the implementation's dispatch function, never from within a call
 * below.
 */
#ifndef FEED_LOG_SOURCE_H
#define FEED_LOG_SOURCE_H

#include "api/error.h"
#include "base/assert.h"
#include "base/list.h"
#include "base/slice.h"
#include "core/stream/record.h"

/* Moments of an offset query that are no time. */
enum {
    OFFSET_AT_LATEST = -1,  /* where the next record of the partition will stand */
    OFFSET_AT_EARLIEST = -2 /* where the oldest record stands that Kafka still has */
};

enum read_kind {
    READ_NOTHING, /* nothing fetched yet; on_ready will be called */
    READ_RECORD,
    READ_END, /* replay readers only: the partition's end was reached; `offset` is the end */
    READ_OUT_OF_RANGE, /* `offset` is not in the partition (any more); it has been stopped. Look
                        * both ends up before concluding anything from it. */
    READ_LOST,  /* the partition cannot be read for now (deleted, no permission; told by Kafka or
                 * seen  in two metadata answers in a row); it has been stopped */
    READ_ERROR, /* what stands at `offset` could not be read. Reading is tried on; what comes of it
                 * is told by other events */
    READ_UNREADABLE /* several tries have failed: nothing from `offset` up to `to` can be read, and
                     * what is at `to` can, or is the end; it has been stopped */
};

/* `key`, `value` and `message` live until the next call of any function of this reader but
 * reader_headers(). */
struct read_event {
    enum read_kind kind;
    void *tag; /* as given to reader_start() */
    int64_t offset;
    int64_t to;           /* READ_UNREADABLE */
    int64_t timestamp_ms; /* -1: the record has none */
    struct slice key;     /* data NULL: a null key; an empty key has data not NULL */
    struct slice value;   /* data NULL: a tombstone */
    const char *message;  /* READ_LOST, READ_ERROR: why */
};

struct reader;

struct reader_ops {
    int (*start)(struct reader *r, const char *topic, int32_t partition, int64_t offset, void *tag);
    void (*stop)(struct reader *r, const char *topic, int32_t partition);
    enum read_kind (*next)(struct reader *r, struct read_event *out);
    int (*headers)(struct reader *r, const struct record_header **out, size_t *count);
    void (*close)(struct reader *r);
};

/*
 * Reads any number of partitions, each from one absolute offset on, in offset order per partition.
 * Broker trouble is not told: reading goes on where it was when the broker is back.
 */
struct reader {
    const struct reader_ops *ops;
    void (*on_ready)(
        void *opaque); /* set by the user of the reader: call reader_next() until it says NOTHING */
    void *opaque;
};

/* Starts (topic, partition), which must not be started, at an absolute offset. KSSE_EVALUE: no
 * partition has that number, or no record that offset; KSSE_ENOMEM; KSSE_EKAFKA: librdkafka does
 * not take it. */
CHECKED static inline int reader_start(struct reader *r, const char *topic, int32_t partition,
                                       int64_t offset, void *tag)
{
    return r->ops->start(r, topic, partition, offset, tag);
}

/* Stops it; no event with its tag comes any more, what was fetched is dropped. Stopping what is not
 * started is fine. */
static inline void reader_stop(struct reader *r, const char *topic, int32_t partition)
{
    r->ops->stop(r, topic, partition);
}

static inline enum read_kind reader_next(struct reader *r, struct read_event *out)
{
    return r->ops->next(r, out);
}

/*
 * The headers of the record that reader_next() returned last, in their order; no other kind of
 * event may have come since. They are parsed only now, and live as its key and value do. Headers
 * that cannot be parsed are none. KSSE_ENOMEM.
 */
CHECKED static inline int reader_headers(struct reader *r, const struct record_header **out,
                                         size_t *count)
{
    return r->ops->headers(r, out, count);
}

/* Stops all its partitions and gives it up (a pooled handle may be kept warm behind it). */
static inline void reader_close(struct reader *r)
{
    r->ops->close(r);
}

/* One question and its answer. */
struct offset_query {
    const char *topic; /* borrowed until source_lookup() returns; the source copies it */
    int32_t partition;
    int64_t at_ms;  /* the first record at or after this moment, or OFFSET_AT_... */
    int64_t offset; /* answer; a time behind the newest record gives the latest offset */
    bool is_known;  /* answer: false when Kafka could not tell for this partition */
};

/* The requester of look-ups that no client waits for. They come before all others. */
enum {
    LOOKUP_OWN = 0
};

/* A set of questions that are answered together. Two about the same partition stand side by side.
 */
struct offset_lookup {
    void (*on_done)(
        struct offset_lookup *lookup); /* the lookup belongs to the callee again, who frees it */
    void *opaque;
    uint64_t requester;           /* whose it is: different ones take turns (see struct client) */
    struct offset_query *queries; /* allocated with the lookup by offset_lookup_new() */
    size_t count;

    struct list node; /* from here on: the source's own */
    struct question *questions;
    size_t open_count;
    int64_t asked_ms;
};

/* Returns a new look-up with `count` zeroed queries, or NULL without memory. */
CHECKED struct offset_lookup *offset_lookup_new(size_t count);
void offset_lookup_free(struct offset_lookup *lookup);

struct topic_info {
    const char *name;
    int32_t partition_count;
};

/* What happened at the Kafka side. */
struct source_events {
    /* All topics that the cluster shows us, internal ones too, sorted by name; lives until the
     * callback returns. */
    void (*on_metadata)(void *opaque, const struct topic_info *topics, size_t count);
    /* The cluster can be reached (again), or not (any more): `reason` is a sentence. Only changes
     * are told. */
    void (*on_up)(void *opaque);
    void (*on_down)(void *opaque, const char *reason);
};

enum reader_kind {
    READER_TAIL,   /* the newest records of many partitions: short fetch waits, no READ_END */
    READER_REPLAY, /* old records, fast: large fetches, READ_END */
    READER_SHORT,  /* a few old records: small fetches, READ_END */
    READER_KIND_COUNT
};

enum {
    /* A short reader that has given so much, of keys and values, and has nothing more is to be
     * closed: it may keep what is left, and fetch no more. */
    READER_SHORT_BYTES = 16 * 1024
};

struct source;

struct source_ops {
    struct reader *(*open_reader)(struct source *s, enum reader_kind kind);
    void (*lookup)(struct source *s, struct offset_lookup *lookup);
    void (*cancel)(struct source *s, struct offset_lookup *lookup);
    void (*refresh)(struct source *s);
};

struct source {
    const struct source_ops *ops;
    struct source_events events; /* set by the user of the source before it is used */
    void *opaque;
};

/*
 * Returns a reader (perhaps a warm one of a pool), or NULL when all are in use or without memory.
 * What cannot be made later on is told as READ_LOST of its partitions.
 */
CHECKED static inline struct reader *source_open_reader(struct source *s, enum reader_kind kind)
{
    return s->ops->open_reader(s, kind);
}

/*
 * Takes the look-up; on_done is called later, once, also when Kafka, or the leader of a partition,
 * cannot be reached within a few seconds (answers then have is_known false; the requester decides
 * when to ask again). No look-up waits for another's answers, but those of one requester for each
 * other.
 */
static inline void source_lookup(struct source *s, struct offset_lookup *lookup)
{
    s->ops->lookup(s, lookup);
}

/* The requester is gone: on_done is not called any more, the source frees the look-up, and its
 * place in the queue is free at once. */
static inline void source_cancel(struct source *s, struct offset_lookup *lookup)
{
    s->ops->cancel(s, lookup);
}

/* Asks for metadata now; on_metadata (or on_down) follows. Asking while one is under way adds
 * nothing. */
static inline void source_refresh(struct source *s)
{
    s->ops->refresh(s);
}

#endif
