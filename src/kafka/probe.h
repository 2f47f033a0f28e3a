/*
 * A probe: tries several times to read what a reader could not, with a handle of its own, and if
 * that fails searches for the next offset that can be read. It blocks for up to PROBE_MS, so it is
 * a job.
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
    PROBE_TRIES = 3,      /* at the offset itself */
    PROBE_PAUSE_MS = 200, /* between these */
    PROBE_MS = 60000,  /* most need a second; a batch that librdkafka passes over silently, long */
    PROBE_TRIALS = 400 /* in all */
};

struct prober;

struct probe {
    struct job job;
    struct list node;
    struct list waits; /* the prober's: struct prober_wait */
    struct prober *owner;
    const rd_kafka_conf_t *conf;    /* borrowed; of a replay reader */
    const atomic_bool *is_stopping; /* borrowed: ends it soon */
    int32_t partition;
    int64_t from;
    /* What it has found: where the partition can be read again, which is `from` if it can be read
     * after all; -1: Kafka could not tell. */
    int64_t to;
    char topic[];
};

/* Whether the error means that a batch cannot be read, however often it is tried. */
bool probe_is_of_batch(rd_kafka_resp_err_t err);

/* As job.run. */
void probe_run(struct job *job);

#endif
