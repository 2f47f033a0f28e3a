/*
 * Wakes a fetcher that sleeps because its queue was full. Before librdkafka 2.2 nothing else does
 * for up to a second, and a replay that is read about as fast as it is fetched crawls. Any request
 * to the broker wakes its thread; ours is a small offset look-up, on the chores' thread.
 *
 * Later versions do not need it (fetch.queue.backoff.ms): there everything here does nothing.
 */
#ifndef KAFKA_POKE_H
#define KAFKA_POKE_H

#include "kafka/chores.h"
#include "kafka/partitions.h"

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct poke {
    struct chore chore;
    struct chores *chores;
    rd_kafka_t *rk;                        /* borrowed while is_running */
    rd_kafka_topic_partition_list_t *list; /* the chore's while is_running */
    struct partitions *partitions;
    atomic_bool is_pointless; /* data came meanwhile */
    bool is_running;
    bool is_starved;
    bool is_enabled;
    bool was_full;
    int delay_ms;
    int wait_ms; /* the chore's while is_running: how long to sleep before */
};

/* `chores` and `partitions` are borrowed. */
void poke_init(struct poke *poke, struct chores *chores, struct partitions *partitions);

/* The reader took a batch of `bytes` in `count` > 0 messages; `queued` are left. */
void poke_after_batch(struct poke *poke, size_t count, size_t bytes, size_t queued);

/* The reader found nothing although it `expects` records. */
void poke_when_starved(struct poke *poke, bool expects);

/* The reader was closed: no more pokes. One may still be running. */
void poke_cancel(struct poke *poke);

#endif
