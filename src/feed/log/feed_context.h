/*
 * The context of a feed: what its rooms have in common and none of them owns. The settings, Kafka,
 * the time, what is counted and what is told. The feed sets the time when a turn or a tick begins;
 * whoever does something counts it. One thread.
 */
#ifndef FEED_LOG_FEED_CONTEXT_H
#define FEED_LOG_FEED_CONTEXT_H

#include "core/stream/deserializer.h"
#include "feed/log/source.h"

struct partition_log;

enum {
    MOST_RECORD_BYTES = 1024 * 1024 * 1024 /* a range counts a text's bytes in 32 bits */
};

/* What the owner may want to know. Called from within feed_run(). */
struct feed_events {
    /* A record was skipped because it did not decode; every single time, so the owner limits what
     * it logs. */
    void (*on_undecodable)(void *opaque, const struct record *record,
                           const struct deserializer_fault *fault);
    /* A partition cannot be read for now, and is tried again each second: each time. */
    void (*on_lost)(void *opaque, const char *topic, int32_t partition, const char *why);
    /* Kafka does not tell where the partition begins, ends, or was at some time. It is asked again
     * within a second: each time. */
    void (*on_lookup_failed)(void *opaque, const char *topic, int32_t partition);
    /* What stands at `offset` could not be read, in the source's words: each try. */
    void (*on_read_error)(void *opaque, const char *topic, int32_t partition, int64_t offset,
                          const char *why);
    /* It is given up: readers go on at `to`, and streams are told a gap. Each time. */
    void (*on_unreadable)(void *opaque, const char *topic, int32_t partition, int64_t from,
                          int64_t to);
    void *opaque;
};

struct feed_options {
    int64_t heartbeat_ms;
    int64_t linger_ms;     /* how long a partition is still followed after its last client */
    size_t log_bytes;      /* all partition logs together */
    size_t channel_bytes;  /* what one channel keeps for clients that lag */
    size_t channels_bytes; /* all channels together; each may have its last segment beyond that */
    size_t replay_bytes;   /* all replays together; beyond it, each holds a single frame */
    size_t record_bytes;   /* the largest record, as it is and as text; 0: MOST_RECORD_BYTES */
    const struct rendering *renderings; /* copied; none: JSON without headers */
    size_t rendering_count;
    struct feed_events events;
    /* Any clock that does not go back, in microseconds: it ends turns, see turn.h. NULL: nothing
     * takes time. */
    int64_t (*clock_us)(void *opaque);
    void *clock_opaque;
    uint64_t clock_cost_ns; /* the cost of selections after which the clock is read again */
};

struct feed_counters {
#define COUNTER(field, help) uint64_t field;
#include "feed/log/counters.def"
#undef COUNTER
    uint64_t records_undecodable[UNDECODABLE_REASONS]; /* skipped, as their value does not decode */
};

struct feed_context {
    struct feed_options options;
    struct source *source;
    int64_t now_ms;  /* any clock that does not go back */
    int64_t wall_ms; /* the time of day; INT64_MAX until the owner tells it: nothing is from the
                      * future until then */
    struct feed_counters counters;
};

/* `source` is borrowed. */
void feed_context_init(struct feed_context *context, const struct feed_options *options,
                       struct source *source);

/* Counts and tells a record that `deserializer` has just failed at. */
void feed_note_undecodable(struct feed_context *context, const struct record *record,
                           const struct deserializer *deserializer);
void feed_note_too_large(struct feed_context *context, const struct record *record);

/* The same of a look-up without an answer. */
void feed_note_unknown(const struct partition_log *log);

/* The same of READ_LOST. */
void feed_note_lost(const struct partition_log *log, const struct read_event *event);

/* The same of READ_ERROR and READ_UNREADABLE. */
void feed_note_unread(const struct partition_log *log, const struct read_event *event);

#endif
