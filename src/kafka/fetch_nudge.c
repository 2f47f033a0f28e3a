/* See fetch_nudge.h. */
#include "kafka/fetch_nudge.h"
#include "kafka/conf.h"

#include <time.h>

enum {
    FIRST_FIXED_VERSION = 0x02020000,
    PARTITIONS_PER_NUDGE = 16,
    NUDGE_TIMEOUT_MS = 50,
    LONGEST_DELAY_MS = 64
};

void fetch_nudge_init(struct fetch_nudge *nudge, struct job_queue *jobs,
                      struct partitions *partitions)
{
    nudge->jobs = jobs;
    nudge->partitions = partitions;
    nudge->rk = NULL;
    nudge->list = NULL;
    atomic_init(&nudge->is_pointless, false);
    nudge->is_running = false;
    nudge->is_starved = false;
    nudge->was_full = false;
    nudge->is_enabled = rd_kafka_version() < FIRST_FIXED_VERSION;
    nudge->delay_ms = 1;
}

static void fetch_nudge_run(struct job *job)
{
    struct fetch_nudge *nudge = CONTAINER_OF(job, struct fetch_nudge, job);
    struct timespec wait = {0, (long)nudge->wait_ms * 1000000};
    nanosleep(&wait, NULL);
    if (!atomic_load(&nudge->is_pointless)) {
        /* The answer does not matter. */
        rd_kafka_resp_err_t err =
            rd_kafka_offsets_for_times(nudge->rk, nudge->list, NUDGE_TIMEOUT_MS);
        (void)err;
    }
    rd_kafka_topic_partition_list_destroy(nudge->list);
}

static void fetch_nudge_start(struct fetch_nudge *nudge);

static void fetch_nudge_done(struct job *job)
{
    struct fetch_nudge *nudge = CONTAINER_OF(job, struct fetch_nudge, job);
    nudge->is_running = false;
    nudge->list = NULL;
    if (nudge->is_starved && !atomic_load(&nudge->is_pointless)) {
        nudge->delay_ms =
            nudge->delay_ms * 2 > LONGEST_DELAY_MS ? LONGEST_DELAY_MS : nudge->delay_ms * 2;
        fetch_nudge_start(nudge);
    }
}

/* Some of the partitions that are being read, others each time: they may have different leaders. */
static rd_kafka_topic_partition_list_t *pick_partitions(struct partitions *partitions)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(PARTITIONS_PER_NUDGE);
    for (int i = 0; i < PARTITIONS_PER_NUDGE && !list_is_empty(&partitions->wanted); i++) {
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

static void fetch_nudge_start(struct fetch_nudge *nudge)
{
    if (!nudge->is_enabled || nudge->is_running || list_is_empty(&nudge->partitions->wanted)) {
        return;
    }
    nudge->rk = nudge->partitions->rk;
    nudge->list = pick_partitions(nudge->partitions);
    nudge->wait_ms = nudge->is_starved ? nudge->delay_ms : 0;
    nudge->is_running = true;
    nudge->job.run = fetch_nudge_run;
    nudge->job.done = fetch_nudge_done;
    job_queue_add(nudge->jobs, &nudge->job);
}

/* Of the queue's bounds, in percent; an estimate, as the bytes are those of the last batch. */
static size_t fill_percent(size_t count, size_t bytes, size_t queued)
{
    size_t by_count = queued * 100 / CONF_QUEUE_MESSAGES;
    size_t by_bytes = bytes / count * queued / (CONF_QUEUE_KBYTES * (size_t)1024 / 100);
    return by_count > by_bytes ? by_count : by_bytes;
}

void fetch_nudge_after_batch(struct fetch_nudge *nudge, size_t count, size_t bytes, size_t queued)
{
    if (!nudge->is_enabled) {
        return;
    }
    if (nudge->is_starved) {
        nudge->is_starved = false;
        nudge->delay_ms = 1;
        atomic_store(&nudge->is_pointless, true);
    }
    /* A nudge counts once the queue is below its bound again; half of it leaves time to fetch. */
    if (fill_percent(count, bytes, queued) >= 50) {
        nudge->was_full = true;
    } else if (nudge->was_full && !nudge->is_running) {
        nudge->was_full = false;
        atomic_store(&nudge->is_pointless, false);
        fetch_nudge_start(nudge);
    }
}

void fetch_nudge_when_starved(struct fetch_nudge *nudge, bool expects)
{
    if (!nudge->is_enabled || !expects || nudge->is_starved) {
        return;
    }
    nudge->is_starved = true;
    nudge->delay_ms = 1;
    atomic_store(&nudge->is_pointless, false);
    fetch_nudge_start(nudge);
}

void fetch_nudge_cancel(struct fetch_nudge *nudge)
{
    nudge->is_starved = false;
    nudge->was_full = false;
    atomic_store(&nudge->is_pointless, true);
}
