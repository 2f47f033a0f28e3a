/*
 * The topics and partitions of one reader, and the state of each in librdkafka.
 *
 * Stopping a partition blocks, so it is a job. Until the job is done, the partition is STOPPING,
 * and messages of it that still come out of the queue are stale. A partition that is wanted again
 * meanwhile starts when its stop is done. All on the worker's thread, except that job.
 */
#ifndef KAFKA_PARTITIONS_H
#define KAFKA_PARTITIONS_H

#include "base/list.h"
#include "base/map.h"
#include "kafka/job_queue.h"
#include "kafka/prober.h"
#include "kafka/metadata.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

enum partition_state {
    PARTITION_STOPPED,
    PARTITION_STARTED,
    PARTITION_STOPPING
};

struct reader_topic;

struct partition {
    struct job stopping;
    struct partitions *owner;
    struct reader_topic *topic;
    /* In owner->wanted while it is wanted; in owner->probing while a probe searches where it can be
     * read again; in owner->lost after it was given up, until the feed is told. */
    struct list node;
    enum partition_state state;
    int32_t number;
    bool is_wanted; /* the user of the reader has it started */
    bool is_at_end;
    bool is_missing; /* not in the newest metadata */
    void *tag;
    int64_t next_offset;
    const char *lost_reason; /* static */
    int64_t jump_to;         /* in owner->lost: where it can be read again; 0: it is just lost */
    struct prober_wait probing;
};

struct partitions {
    struct map topics;
    struct list wanted;
    struct list probing; /* not wanted meanwhile */
    struct list lost;    /* the feed is to be told READ_LOST or READ_UNREADABLE; not wanted */
    rd_kafka_t *rk;      /* borrowed; NULL: not made yet, starts wait for partitions_resume() */
    rd_kafka_queue_t *queue;
    struct job_queue *jobs;
    bool is_paused;     /* starts wait for partitions_resume() */
    size_t idle_topics; /* known to librdkafka, with no partition wanted or started */
    void (*on_stopped)(struct partition *partition); /* messages that came before are stale */
};

/* Nothing starts before partitions_resume(). */
void partitions_init(struct partitions *partitions, struct job_queue *jobs,
                     void (*on_stopped)(struct partition *partition));

/* Nothing may be STOPPING. Before the handle is destroyed. */
void partitions_fini(struct partitions *partitions);

/* KSSE_EVALUE: no partition has that number, or no record that offset; KSSE_ENOMEM; KSSE_EKAFKA:
 * librdkafka does not take it. */
CHECKED int partitions_start(struct partitions *partitions, const char *topic, int32_t number,
                             int64_t offset, void *tag);
void partitions_stop(struct partitions *partitions, const char *topic, int32_t number);
void partitions_stop_all(struct partitions *partitions);

/* Starts what is wanted and not started, now that the handle is ready for it. */
void partitions_resume(struct partitions *partitions);

/* Stops a wanted partition: it is not wanted any more. */
void partition_give_up(struct partition *partition);

/* The same, and the feed is told that it is lost, or unreadable up to `to`. `reason` is static. */
void partition_lose(struct partition *partition, const char *reason);
void partition_jump(struct partition *partition, int64_t to);

/* The same, until a probe has found where it can be read again. The feed is told that it is
 * unreadable up to there; if it can be read after all, it goes on silently. */
void partition_probe(struct partition *partition, struct prober *prober);

/* Gives up every wanted partition; the feed is told that each is lost. */
void partitions_lose_all(struct partitions *partitions, const char *reason);

/*
 * Compares the wanted partitions with new metadata. A partition that is missing twice in a row is
 * lost (the first time, the broker may lag behind). Returns whether one is missing for the first
 * time: metadata should be asked for again soon.
 */
CHECKED bool partitions_compare(struct partitions *partitions, const struct metadata *metadata);

/* Lives as long as the reader. */
const char *partition_topic(const struct partition *partition);

/* Returns the message's partition, or NULL when the message is stale. */
struct partition *partitions_of_message(const rd_kafka_message_t *message);

/* Whether the message is of this partition, current or stale. */
bool partition_is_of(const struct partition *partition, const rd_kafka_message_t *message);

/* Whether any wanted partition has not been read to its end. */
bool partitions_are_reading(const struct partitions *partitions);

/* Makes librdkafka forget idle topics when there are many. */
void partitions_trim(struct partitions *partitions);

#endif
