/*
 * The threads that ask Kafka for offsets: each waits for one leader's answer at a time. One starts
 * at once, another whenever all are waiting and there is more to ask, up to a limit.
 */
#ifndef KAFKA_LOOKUP_THREADS_H
#define KAFKA_LOOKUP_THREADS_H

#include "api/error.h"
#include "base/assert.h"
#include "feed/log/source.h"
#include "kafka/metadata.h"

#include <librdkafka/rdkafka.h>

struct lookup_threads;

struct lookup_threads_options {
    rd_kafka_t *rk; /* borrowed */
    int event_fd;   /* base/eventfd.h, borrowed: signalled when there are answers */
    void (*on_failure)(void *opaque); /* a leader did not answer; any thread */
    void *opaque;
};

/* Makes them, and starts the first one. KSSE_ENOMEM; KSSE_ESYSTEM: no thread. */
CHECKED int lookup_threads_new(const struct lookup_threads_options *options,
                               struct lookup_threads **out);

/* As source_lookup() and source_cancel(). Worker's thread. */
void lookup_threads_submit(struct lookup_threads *t, struct offset_lookup *lookup);
void lookup_threads_cancel(struct lookup_threads *t, struct offset_lookup *lookup);

/* Calls on_done of finished look-ups. Worker's thread. */
void lookup_threads_deliver(struct lookup_threads *t);

/* Whether the cluster can be reached, and its metadata (taken; NULL: as before). Any thread, but
 * one at a time. */
void lookup_threads_set_cluster(struct lookup_threads *t, struct metadata *metadata, bool is_up);

/* To be called about each second: see questions_expire(). Any thread. */
void lookup_threads_tick(struct lookup_threads *t);

/* Asks nothing more. Returns at once. */
void lookup_threads_stop(struct lookup_threads *t);

/* Ends the threads, within two seconds, and frees what was not delivered, without callbacks. NULL
 * is fine. */
void lookup_threads_free(struct lookup_threads *t);

#endif
