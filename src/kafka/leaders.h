/*
 * Whether the brokers can be reached that lead partitions: metadata does not tell, it may come from
 * another broker and name an address that nobody can reach. So each is asked something small every
 * few seconds, over the connections that records are read with, on a thread of its own. A broker
 * counts as down after two failures in a row.
 *
 * All on the worker's thread.
 */
#ifndef KAFKA_LEADERS_H
#define KAFKA_LEADERS_H

#include "base/assert.h"
#include "kafka/broker.h"
#include "kafka/job_queue.h"
#include "kafka/snapshot.h"

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdbool.h>

enum {
    LEADERS_PAUSE_MS = 5000, /* between rounds */
    LEADERS_DOUBT_MS = 1000, /* ... when one has failed once */
    LEADERS_FAILURES = 2,
    LEADERS_KEPT_MS = 10 * 60 * 1000 /* a broker that the cluster does not list any more */
};

struct leaders_question {
    int32_t id;
    bool is_answered;
};

struct leaders {
    struct brokers brokers;
    struct job_queue *jobs; /* NULL: nothing was asked yet */
    int event_fd;
    int64_t next_ms;
    const struct snapshot *snapshot; /* borrowed between begin and end */
    /* It is DOWN, or UP or UNKNOWN after it was. */
    void (*on_change)(void *opaque, const struct broker *broker);
    void *opaque;
    atomic_bool is_stopping;

    struct job job;
    bool is_asking;
    rd_kafka_t *rk; /* the rest is the thread's while is_asking */
    rd_kafka_topic_partition_list_t *asked;
    struct leaders_question questions[MOST_BROKERS]; /* one per element of `asked` */
};

void leaders_init(struct leaders *leaders, int event_fd,
                  void (*on_change)(void *opaque, const struct broker *broker), void *opaque);

/* Calls nobody back. Before the handle goes that it asks with; ends within a few seconds. */
void leaders_fini(struct leaders *leaders);

/*
 * A round: begin, each partition that is read, end. False when none is due. Answers are told by
 * on_change, within leaders_deliver().
 */
CHECKED bool leaders_begin(struct leaders *leaders, const struct snapshot *snapshot,
                           int64_t now_ms);
void leaders_want(struct leaders *leaders, const char *topic, int32_t partition);
void leaders_end(struct leaders *leaders, rd_kafka_t *rk);

/* librdkafka's words about trouble with a broker, "host:port/id: what". */
void leaders_note(struct leaders *leaders, const char *text);

void leaders_deliver(struct leaders *leaders);

#endif
