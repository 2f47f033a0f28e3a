/*
 * Wakes a fetcher that sleeps because its queue was full. Before librdkafka 2.2 it sleeps for up to
 * a second, and a replay that is read about as fast as it is fetched crawls. Any request to the
 * broker wakes its thread; ours is a small offset look-up, made by a job.
 *
 * Later versions do not need it (fetch.queue.backoff.ms): with them all functions do nothing.
 */
#ifndef KAFKA_FETCH_NUDGE_H
#define KAFKA_FETCH_NUDGE_H

#include "kafka/job_queue.h"
#include "kafka/partitions.h"

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct fetch_nudge {
    struct job job;
    struct job_queue *jobs;
    rd_kafka_t *rk;                        /* borrowed while is_running */
    rd_kafka_topic_partition_list_t *list; /* the job's while is_running */
    struct partitions *partitions;
    atomic_bool is_pointless; /* data came meanwhile */
    bool is_running;
    bool is_starved;
    bool is_enabled;
    bool was_full;
    int delay_ms;
    int wait_ms; /* the job's while is_running: how long to sleep before */
};

/* `jobs` and `partitions` are borrowed. */
void fetch_nudge_init(struct fetch_nudge *nudge, struct job_queue *jobs,
                      struct partitions *partitions);

/* The reader took a batch of `bytes` in `count` > 0 messages; `queued` are left. */
void fetch_nudge_after_batch(struct fetch_nudge *nudge, size_t count, size_t bytes, size_t queued);

/* The reader found nothing although it `expects` records. */
void fetch_nudge_when_starved(struct fetch_nudge *nudge, bool expects);

/* The reader was closed: no more nudges. One may still be running. */
void fetch_nudge_cancel(struct fetch_nudge *nudge);

#endif
