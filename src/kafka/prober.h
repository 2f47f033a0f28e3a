/*
 * Who looks for what can be read behind an unreadable batch: one probe after another, on a thread
 * that begins with the first of them. Readers that ask for the same place share a probe, and what
 * it found is remembered, so that the tail and all replays go on at the same offset.
 *
 * All on the worker's thread.
 */
#ifndef KAFKA_PROBER_H
#define KAFKA_PROBER_H

#include "base/assert.h"
#include "base/list.h"
#include "kafka/unreadable.h"

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct job_queue;

/* Somebody who waits for an answer; a member of his. */
struct prober_wait {
    struct list node;
    /* Not found: Kafka could not tell. `to` is the place itself when it can be read after all. */
    void (*on_done)(struct prober_wait *wait, bool is_found, int64_t to);
};

struct prober {
    const rd_kafka_conf_t *conf;
    int event_fd;
    struct job_queue *jobs; /* NULL: nothing was asked yet */
    atomic_bool is_stopping;
    struct list asked; /* struct probe; the first one is under way */
    struct unreadable known;
};

/* `conf` is that of replay readers, borrowed; `event_fd` is written to when there is something to
 * deliver. */
void prober_init(struct prober *prober, const rd_kafka_conf_t *conf, int event_fd);

/* Calls nobody back. Ends within a second or so. */
void prober_fini(struct prober *prober);

/* on_done is called within prober_deliver(), unless prober_cancel() comes first. KSSE_ENOMEM;
 * KSSE_ESYSTEM: no thread. */
CHECKED int prober_ask(struct prober *prober, const char *topic, int32_t partition, int64_t from,
                       struct prober_wait *wait);

/* One that does not wait is fine, if its node was initialized. */
void prober_cancel(struct prober_wait *wait);

/* What could not be read just now: the next offset that can, as far as it is known, or -1. */
int64_t prober_end_of(struct prober *prober, const char *topic, int32_t partition, int64_t offset);

void prober_deliver(struct prober *prober);

#endif
