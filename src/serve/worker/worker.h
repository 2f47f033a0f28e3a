/*
 * A worker: one thread with one loop, its listening socket, its connections, its feed and its Kafka
 * handles. With the other workers of its server it shares snapshots of the configuration, which
 * nobody changes, and the worker group.
 */
#ifndef SERVE_WORKER_WORKER_H
#define SERVE_WORKER_WORKER_H

#include "feed/feed.h"
#include "net/loop.h"
#include "serve/config/config_snapshot.h"
#include "serve/config/deserializers.h"
#include "serve/request/front.h"
#include "serve/worker/inbox.h"
#include "serve/worker/kafka_link.h"
#include "serve/worker/worker_group.h"
#include "serve/worker/worker_log.h"

#include <stdatomic.h>

/* In the order in which a worker goes through them; it may leave some out. */
enum worker_state {
    WORKER_MADE,     /* does not run yet */
    WORKER_SERVING,  /* takes connections */
    WORKER_DRAINING, /* ends its streams, takes no connections */
    WORKER_STOPPING, /* its loop ends with this turn */
    WORKER_ENDED     /* all is closed */
};

struct worker {
    enum worker_state state;
    struct config_snapshot *snapshot;          /* for requests to come */
    _Atomic(struct config_snapshot *) offered; /* by any thread, for the next wake; NULL: none */
    struct worker_group *group;
    size_t index; /* in the worker group */
    struct worker_log log;
    struct loop *loop;
    struct inbox inbox; /* any thread; closed once draining */
    struct kafka_link kafka;
    struct deserializers deserializers;
    struct watch *avro_watch; /* NULL: no route wants Avro */
    struct feed *feed;
    struct front front;
    atomic_int stop_calls; /* any thread */
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
 * The loop tells when to call it.
 */
CHECKED bool worker_turn(struct worker *w);

/* Takes a connection with its request over. KSSE_ESYSTEM when it drains: it stays the caller's. Any
 * thread. */
CHECKED int worker_hand_over(struct worker *w, struct handoff *handoff);

/* Asks for the drain; a second call ends it at once. Any thread, also a signal handler. */
void worker_stop(struct worker *w);

/*
 * Offers a snapshot, which requests are read with from the worker's next wake on; what was read
 * with another one keeps that. Of settings, only those of routes and what is read per request take
 * effect. The worker takes a reference. KSSE_EVALUE: the snapshot has deserializers that the worker
 * was not made with. Any thread.
 */
CHECKED int worker_offer(struct worker *w, struct config_snapshot *snapshot);

/* Whether it has begun to end. On its thread. */
static inline bool worker_is_draining(const struct worker *w)
{
    return w->state >= WORKER_DRAINING;
}

/* Not while it runs. NULL is fine. */
void worker_free(struct worker *w);

#endif
