/*
 * A worker: one thread with one loop, its listening socket, its connections, its feed and its Kafka
 * handles. With the other workers of its server it shares the configuration, which nobody changes,
 * and the worker group.
 */
#ifndef SERVE_WORKER_WORKER_H
#define SERVE_WORKER_WORKER_H

#include "base/list.h"
#include "feed/feed.h"
#include "kafka/source.h"
#include "net/loop.h"
#include "serve/config/config.h"
#include "serve/worker/worker_group.h"
#include "serve/request/exchanges.h"
#include "serve/worker/inbox.h"
#include "serve/config/deserializers.h"
#include "serve/worker/logger.h"

#include <stdatomic.h>

struct worker {
    struct config_snapshot *snapshot;
    const struct ksse_config *config; /* of the snapshot */
    struct worker_group *group;
    size_t index; /* in the worker group; 0 also says what holds for all */
    struct logger logger;
    struct loop *loop;
    struct inbox inbox; /* any thread; closed once draining */
    struct kafka_source *kafka;
    struct watch *avro_watch; /* NULL: no route wants Avro */
    struct watch *kafka_watch;
    struct feed *feed;
    struct deserializers deserializers;
    struct cluster_state cluster;
    struct exchanges exchanges;

    atomic_int stop_calls; /* any thread */
    bool has_begun;
    bool has_ended;
    bool is_draining;
    bool is_stopping; /* the loop ends with this turn */
    int64_t drain_until_ms;
};

/* What a worker is made for. */
struct worker_options {
    struct config_snapshot *snapshot;
    struct worker_group *group;
    size_t index;
    const char *brokers; /* borrowed for the call */
    int listen_fd;       /* taken over, also on failure; -1: none */
};

/*
 * Returns a new worker, which refers to the snapshot. The worker group is borrowed while it lives.
 * KSSE_ENOMEM, KSSE_EKAFKA, KSSE_ESYSTEM.
 */
CHECKED int worker_new(const struct worker_options *options, struct worker **out,
                       struct ksse_error *error);

/* Serves on this thread until a drain has ended, then closes everything. */
void worker_run(struct worker *w);

/*
 * Instead: does what there is to do. False once a drain has ended, and everything is closed then.
 * When to call it is told by the loop.
 */
CHECKED bool worker_turn(struct worker *w);

/* Takes a connection with its request over. False when it drains: it stays the caller's. Any
 * thread. */
CHECKED bool worker_hand_over(struct worker *w, struct handoff *handoff);

/* Asks for the drain; a second call ends it at once. Any thread, also a signal handler. */
void worker_stop(struct worker *w);

/* Not while it runs. NULL is fine. */
void worker_free(struct worker *w);

/* Why it cannot serve streams now: a sentence that lives until its next turn. NULL when it can. */
const char *worker_not_ready(const struct worker *w);

/* What holds for all workers: this one as it is now, the others as they were at their last tick. */
void worker_report_all(struct worker *w, struct report *out);

#endif
