/*
 * Runs probes, one after another, on a thread that starts with the first of them. Readers that ask
 * about the same offset share a probe, and its result is remembered: so the tail and all replays go
 * on at the same offset.
 *
 * All functions on the worker's thread.
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

/* Somebody who waits for a result; a member of his struct. */
struct prober_wait {
    struct list node;
    /* `to` is the next offset that can be read; the offset asked about if it can be read after all;
     * -1: Kafka could not tell. */
    void (*on_done)(struct prober_wait *wait, int64_t to);
};

struct prober {
    const rd_kafka_conf_t *conf;
    int event_fd;
    struct job_queue *jobs; /* NULL: nothing was asked yet */
    atomic_bool is_stopping;
    struct list asked; /* struct probe, not done yet; the first one is under way */
    struct unreadable known;
};

/* `conf` (of replay readers) is borrowed; `event_fd` (base/eventfd.h, borrowed) is signalled when
 * there is something to deliver. */
void prober_init(struct prober *prober, const rd_kafka_conf_t *conf, int event_fd);

/* Makes no callbacks. Returns within about a second. */
void prober_fini(struct prober *prober);

/* on_done is called within prober_deliver(), unless prober_cancel() comes first. KSSE_ENOMEM;
 * KSSE_ESYSTEM: no thread. */
CHECKED int prober_ask(struct prober *prober, const char *topic, int32_t partition, int64_t from,
                       struct prober_wait *wait);

/* Somebody who does not wait is fine, if his node was initialised. */
void prober_cancel(struct prober_wait *wait);

/* `offset` could not be read just now. Returns the next offset that can, or -1 when no probe has
 * found it lately. */
int64_t prober_end_of(struct prober *prober, const char *topic, int32_t partition, int64_t offset);

void prober_deliver(struct prober *prober);

#endif
