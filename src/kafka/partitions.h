/*
 * What one reader has started: its topics and partitions, and where each stands with librdkafka.
 *
 * Stopping a partition blocks, so it is a job; until that is done the partition counts as
 * STOPPING and whatever of it still comes out of the queue is stale. A partition that is wanted
 * again meanwhile starts when its stop is done. All on the worker's thread but for that job.
 */
#ifndef KAFKA_PARTITIONS_H
#define KAFKA_PARTITIONS_H

#include "base/list.h"
#include "base/map.h"
#include "kafka/job_queue.h"
#include "kafka/prober.h"
#include "kafka/snapshot.h"

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
    /* In owner->wanted while it is wanted, in owner->probing while it is found out where it can be
     * read again, in owner->lost when given up. */
    struct list node;
    enum partition_state state;
    int32_t number;
    bool is_wanted; /* the user of the reader has it started */
    bool is_at_end;
    bool is_missing; /* not in the newest metadata */
    void *tag;
    int64_t next_offset;
    const char *lost_reason; /* static */
    int64_t jump_to;         /* in owner->lost: nothing can be read before it; 0: it is just lost */
    struct prober_wait probing;
};

struct partitions {
    struct map topics;
    struct list wanted;
    struct list probing; /* no longer wanted until that is known */
    struct list lost;    /* to be told as READ_LOST or READ_UNREADABLE; no longer wanted */
    rd_kafka_t *rk;      /* borrowed; NULL: not made yet, starts wait for partitions_resume() */
    rd_kafka_queue_t *queue;
    struct job_queue *jobs;
    bool is_held;       /* starts wait for partitions_resume() */
    size_t idle_topics; /* with a librdkafka side, and nothing of them wanted or started */
    void (*on_stopped)(struct partition *partition); /* its messages are stale from here back */
};

/* Starts are held until partitions_resume(). */
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

/* Stops one that a message came from or that went missing: it is not wanted any more. */
void partition_give_up(struct partition *partition);

/* The same, to be told as lost, or as unreadable up to `to`. */
void partition_lose(struct partition *partition, const char *reason);
void partition_jump(struct partition *partition, int64_t to);

/* The same, until it is known where it can be read again: then it is told as unreadable up to
 * there, or goes on silently if it can be read after all. */
void partition_probe(struct partition *partition, struct prober *prober);

/* Gives up every wanted partition, each to be told as lost. */
void partitions_lose_all(struct partitions *partitions, const char *reason);

/*
 * Compares what is wanted with new metadata. A partition that is missing in two answers in a row
 * is lost (once may be a broker that lags behind). Returns whether one is missing for the first
 * time, so that metadata should be asked for again soon.
 */
CHECKED bool partitions_compare(struct partitions *partitions, const struct snapshot *snapshot);

/* Lives as long as the reader. */
const char *partition_topic(const struct partition *partition);

/* Returns whose message this is if it is to be handed out, or NULL when it is stale. */
struct partition *partitions_of_message(const rd_kafka_message_t *message);

/* Whether the message is of this partition, current or stale. */
bool partition_is_of(const struct partition *partition, const rd_kafka_message_t *message);

/* Whether any wanted partition has not been read to its end. */
bool partitions_are_reading(const struct partitions *partitions);

/* Forgets librdkafka's side of topics that nothing of is started, when they have become many. */
void partitions_trim(struct partitions *partitions);

#endif
