/*
 * A reader of the feed: a consumer of librdkafka's without a group, with one queue for all its
 * partitions, which hands records out one by one from batches. A job makes the handle, and another
 * one cleans it after a close. Partitions that are started meanwhile start when that is done.
 *
 * All functions on the worker's thread.
 */
#ifndef KAFKA_READER_H
#define KAFKA_READER_H

#include "feed/log/source.h"
#include "kafka/job_queue.h"
#include "kafka/metadata.h"

#include <librdkafka/rdkafka.h>
#include <stdint.h>

/* What the readers of a source share; the source's, and outlives them. */
struct reader_context {
    rd_kafka_conf_t *confs[READER_KIND_COUNT]; /* by enum reader_kind; copied for each handle */
    int event_fd;
    struct prober *prober;
    bool waits_for_unreadable;   /* try it for ever, do not go on behind it */
    struct job_queue *jobs;      /* short and urgent: stopping, cleaning, making */
    struct job_queue *slow_jobs; /* they wait for brokers: nudges, destroying */
};

struct kafka_reader {
    struct list node; /* the source's list of readers */
};

/* Returns a new one, closed, whose handle is being made; or NULL without memory. */
CHECKED struct kafka_reader *kafka_reader_new(struct reader_context *context,
                                              enum reader_kind kind);

enum reader_kind kafka_reader_kind(const struct kafka_reader *kafka_reader);
bool kafka_reader_is_open(const struct kafka_reader *kafka_reader);

/* Whether it is closed and clean. */
bool kafka_reader_is_idle(const struct kafka_reader *kafka_reader);

/* How long ago it was closed. */
int64_t kafka_reader_idle_ms(const struct kafka_reader *kafka_reader, int64_t now_ms);

/* It must be closed. Returns the interface to give to the feed, whose on_ready is not set. */
struct reader *kafka_reader_open(struct kafka_reader *kafka_reader);

/* Serves librdkafka's callbacks and calls on_ready if there may be something to read. */
void kafka_reader_dispatch(struct kafka_reader *kafka_reader);

/* As partitions_compare(). */
CHECKED bool kafka_reader_compare(struct kafka_reader *kafka_reader,
                                  const struct metadata *metadata);

/* Its handle, or NULL while that is made, cleaned or destroyed. */
rd_kafka_t *kafka_reader_handle(const struct kafka_reader *kafka_reader);

/* Closes it if it is open. */
void kafka_reader_abandon(struct kafka_reader *kafka_reader);

/*
 * Takes the reader, which must be idle and out of every list. A slow job destroys the handle; then
 * on_freed is called and the reader frees itself.
 */
void kafka_reader_free_later(struct kafka_reader *kafka_reader, void (*on_freed)(void *opaque),
                             void *opaque);

#endif
