/*
 * A probe: several tries to read what a reader could not, with a handle of its own, and if they
 * fail the search for what can be read behind it. It takes up to PROBE_MS and blocks, so it is a
 * job.
 */
#ifndef KAFKA_PROBE_H
#define KAFKA_PROBE_H

#include "base/list.h"
#include "kafka/job_queue.h"

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    PROBE_TRIES = 3,
    PROBE_PAUSE_MS = 200, /* between tries */
    PROBE_MS = 60000,     /* most need a second; batches that librdkafka says nothing of, long */
    PROBE_LOOKS = 400
};

struct prober;

struct probe {
    struct job job;
    struct list node;
    struct list waits; /* the prober's: who wants to know */
    struct prober *owner;
    const rd_kafka_conf_t *conf;    /* borrowed; of a replay reader */
    const atomic_bool *is_stopping; /* borrowed: ends it soon */
    int32_t partition;
    int64_t from;
    bool is_found; /* answer */
    int64_t to;    /* answer: `from` when it can be read after all */
    char topic[];
};

/* Whether librdkafka says by that error that a batch cannot be read, however often it is tried. */
bool probe_is_of_batch(rd_kafka_resp_err_t err);

/* As job.run. */
void probe_run(struct job *job);

#endif
