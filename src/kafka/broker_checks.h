/*
 * Whether the brokers that lead partitions can be reached. Metadata does not say: it may come from
 * another broker, and name an address that nobody can reach. So every few seconds each broker is
 * asked something small, over the connections that bring the records. That happens on a thread of
 * its own. A broker counts as down after two failures in a row.
 *
 * All functions on the worker's thread.
 */
#ifndef KAFKA_BROKER_CHECKS_H
#define KAFKA_BROKER_CHECKS_H

#include "base/assert.h"
#include "kafka/broker.h"
#include "kafka/job_queue.h"
#include "kafka/metadata.h"

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdbool.h>

enum {
    BROKER_CHECKS_PAUSE_MS = 5000,         /* between checks */
    BROKER_CHECKS_DOUBT_MS = 1000,         /* the same, after a broker has failed once */
    BROKER_CHECKS_FAILURES = 2,            /* in a row: the broker is down */
    BROKER_CHECKS_KEPT_MS = 10 * 60 * 1000 /* how long an unlisted broker is remembered */
};

struct broker_question {
    int32_t id;
    bool is_answered;
};

struct broker_checks {
    struct brokers brokers;
    struct job_queue *jobs; /* NULL: nothing was asked yet */
    int event_fd;
    int64_t next_ms;
    const struct metadata *metadata; /* borrowed between begin and end */
    /* The broker is DOWN, or it is UP or UNKNOWN after it was DOWN. NULL: none, and no checks. */
    void (*on_change)(void *opaque, const struct broker *broker);
    void *opaque;
    atomic_bool is_stopping;

    struct job job;
    bool is_asking;
    rd_kafka_t *rk; /* the rest is the thread's while is_asking */
    rd_kafka_topic_partition_list_t *asked;
    struct broker_question questions[MOST_BROKERS]; /* one per element of `asked` */
};

void broker_checks_init(struct broker_checks *checks, int event_fd,
                        void (*on_change)(void *opaque, const struct broker *broker), void *opaque);

/* To be called before the handle is destroyed that it asks with. Makes no callbacks; returns within
 * a few seconds. */
void broker_checks_fini(struct broker_checks *checks);

/*
 * A check: begin, want for each partition that is read, end. False when none is due. What has
 * changed is told by on_change, within broker_checks_deliver().
 */
CHECKED bool broker_checks_begin(struct broker_checks *checks, const struct metadata *metadata,
                                 int64_t now_ms);
void broker_checks_want(struct broker_checks *checks, const char *topic, int32_t partition);
void broker_checks_end(struct broker_checks *checks, rd_kafka_t *rk);

/* Takes an error of librdkafka's about a broker, "host:port/id: what": it becomes the reason. */
void broker_checks_note(struct broker_checks *checks, const char *text);

void broker_checks_deliver(struct broker_checks *checks);

#endif
