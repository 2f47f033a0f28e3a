/* See poke.h. */
#include "kafka/poke.h"
#include "kafka/conf.h"

#include <time.h>

enum {
    FIRST_FIXED_VERSION = 0x02020000,
    PARTITIONS_PER_POKE = 16,
    POKE_TIMEOUT_MS = 50,
    LONGEST_DELAY_MS = 64
};

void poke_init(struct poke *poke, struct chores *chores, struct partitions *partitions)
{
    poke->chores = chores;
    poke->partitions = partitions;
    poke->rk = NULL;
    poke->list = NULL;
    atomic_init(&poke->is_pointless, false);
    poke->is_running = false;
    poke->is_starved = false;
    poke->was_full = false;
    poke->is_enabled = rd_kafka_version() < FIRST_FIXED_VERSION;
    poke->delay_ms = 1;
}

static void poke_run(struct chore *chore)
{
    struct poke *poke = CONTAINER_OF(chore, struct poke, chore);
    struct timespec wait = {0, (long)poke->wait_ms * 1000000};
    nanosleep(&wait, NULL);
    if (!atomic_load(&poke->is_pointless)) {
        /* The answer does not matter. */
        rd_kafka_resp_err_t err = rd_kafka_offsets_for_times(poke->rk, poke->list, POKE_TIMEOUT_MS);
        (void)err;
    }
    rd_kafka_topic_partition_list_destroy(poke->list);
}

static void poke_start(struct poke *poke);

static void poke_done(struct chore *chore)
{
    struct poke *poke = CONTAINER_OF(chore, struct poke, chore);
    poke->is_running = false;
    poke->list = NULL;
    if (poke->is_starved && !atomic_load(&poke->is_pointless)) {
        poke->delay_ms =
            poke->delay_ms * 2 > LONGEST_DELAY_MS ? LONGEST_DELAY_MS : poke->delay_ms * 2;
        poke_start(poke);
    }
}

/* Some of the partitions that are being read, others each time: they may have different leaders. */
static rd_kafka_topic_partition_list_t *pick_partitions(struct partitions *partitions)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(PARTITIONS_PER_POKE);
    for (int i = 0; i < PARTITIONS_PER_POKE && !list_is_empty(&partitions->wanted); i++) {
        struct partition *partition = LIST_FIRST(&partitions->wanted, struct partition, node);
        const char *topic = partition_topic(partition);
        if (rd_kafka_topic_partition_list_find(list, topic, partition->number) != NULL) {
            break;
        }
        rd_kafka_topic_partition_list_add(list, topic, partition->number)->offset =
            RD_KAFKA_OFFSET_END;
        list_move_back(&partitions->wanted, &partition->node);
    }
    return list;
}

static void poke_start(struct poke *poke)
{
    if (!poke->is_enabled || poke->is_running || list_is_empty(&poke->partitions->wanted)) {
        return;
    }
    poke->rk = poke->partitions->rk;
    poke->list = pick_partitions(poke->partitions);
    poke->wait_ms = poke->is_starved ? poke->delay_ms : 0;
    poke->is_running = true;
    poke->chore.run = poke_run;
    poke->chore.done = poke_done;
    chores_add(poke->chores, &poke->chore);
}

/* Of the queue's bounds, in percent; an estimate, as the bytes are those of the last batch. */
static size_t fill_percent(size_t count, size_t bytes, size_t queued)
{
    size_t by_count = queued * 100 / CONF_QUEUE_MESSAGES;
    size_t by_bytes = bytes / count * queued / (CONF_QUEUE_KBYTES * (size_t)1024 / 100);
    return by_count > by_bytes ? by_count : by_bytes;
}

void poke_after_batch(struct poke *poke, size_t count, size_t bytes, size_t queued)
{
    if (!poke->is_enabled) {
        return;
    }
    if (poke->is_starved) {
        poke->is_starved = false;
        poke->delay_ms = 1;
        atomic_store(&poke->is_pointless, true);
    }
    /* A poke counts once the queue is below its bound again; half of it leaves time to fetch. */
    if (fill_percent(count, bytes, queued) >= 50) {
        poke->was_full = true;
    } else if (poke->was_full && !poke->is_running) {
        poke->was_full = false;
        atomic_store(&poke->is_pointless, false);
        poke_start(poke);
    }
}

void poke_when_starved(struct poke *poke, bool expects)
{
    if (!poke->is_enabled || !expects || poke->is_starved) {
        return;
    }
    poke->is_starved = true;
    poke->delay_ms = 1;
    atomic_store(&poke->is_pointless, false);
    poke_start(poke);
}

void poke_cancel(struct poke *poke)
{
    poke->is_starved = false;
    poke->was_full = false;
    atomic_store(&poke->is_pointless, true);
}
