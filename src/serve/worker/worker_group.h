/*
 * The worker group: all workers of a server, as each of them sees the others. It holds what they
 * have in common and may change: who may come in, what each has reported last, and what is to be
 * said only once. Nothing of it is touched for a record that is delivered.
 *
 * All functions but worker_group_init() and worker_group_fini(): any worker's thread.
 */
#ifndef SERVE_WORKER_WORKER_GROUP_H
#define SERVE_WORKER_WORKER_GROUP_H

#include "net/loop.h"
#include "serve/request/admission.h"
#include "serve/worker/report.h"
#include "serve/worker/skips.h"

#include <pthread.h>
#include <stdatomic.h>

/* Of a line that is said once in a while, whichever worker has cause to. */
struct line_limit {
    _Atomic int64_t said_ms; /* 0: never */
};

/* How many workers cannot reach a broker. */
struct broker_count {
    int32_t id;
    size_t workers; /* 0: the place is free */
};

struct worker_group {
    size_t count;
    struct admission admission;
    pthread_mutex_t lock;   /* of the reports and the loops */
    struct report *reports; /* one per worker */
    struct loop **loops;    /* one per worker, NULL while it has none */
    atomic_bool is_draining;
    atomic_size_t running;
    struct skips skips;
    struct line_limit lost_line;
    struct line_limit lookup_line;
    struct line_limit read_error_line;
    struct line_limit unreadable_line;
    struct line_limit schema_line;
    atomic_size_t without_schemas;                  /* workers that cannot get any now */
    struct broker_count brokers_down[MOST_BROKERS]; /* under the lock */
    _Atomic uint64_t lookups_failed;
    _Atomic uint64_t read_errors;
    _Atomic uint64_t unreadable;
};

/* A worker group of `count` workers, none of which has reported, and that are not ready.
 * KSSE_ENOMEM: no worker_group_fini() needed. */
CHECKED int worker_group_init(struct worker_group *group, size_t count,
                              const struct admission_limits *limits,
                              int64_t max_streams_per_address);
void worker_group_fini(struct worker_group *group);

/* Keeps the report of worker `index` for the others. */
void worker_group_report(struct worker_group *group, size_t index, const struct report *report);

/* Adds the last reports of all but worker `index` to *sum, which is that one's own. */
void worker_group_add_others(struct worker_group *group, size_t index, struct report *sum);

/* The loop of worker `index`, which others may wake from now on; NULL: they may no more. */
void worker_group_set_loop(struct worker_group *group, size_t index, struct loop *loop);

/* Wakes the loops of all but worker `index`. */
void worker_group_wake_others(struct worker_group *group, size_t index);

/* True for the first worker that begins to drain. */
bool worker_group_begins_drain(struct worker_group *group);

/* True for the last worker that has ended all its exchanges. */
bool worker_group_has_ended(struct worker_group *group);

/* A worker can get no schemas, or can get them again. True when it is the first of them, or was the
 * last one: then there is something to say. */
bool worker_group_loses_schemas(struct worker_group *group);
bool worker_group_has_schemas(struct worker_group *group);

/* The same of a broker that a worker cannot reach, or can again. */
bool worker_group_loses_broker(struct worker_group *group, int32_t id);
bool worker_group_has_broker(struct worker_group *group, int32_t id);

/* Whether a line may be said at `now_ms`: not within `pause_ms` after the last time. */
bool line_is_due(struct line_limit *line, int64_t now_ms, int64_t pause_ms);

#endif
