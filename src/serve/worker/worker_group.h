/*
 * The worker group: what all workers of a server share and may change: how many connections and
 * streams there are, the last report of each worker, whom to wake, what the log says once. No
 * record that is delivered touches it.
 *
 * All functions but worker_group_init() and worker_group_fini(): any worker's thread.
 */
#ifndef SERVE_WORKER_WORKER_GROUP_H
#define SERVE_WORKER_WORKER_GROUP_H

#include "net/loop.h"
#include "serve/request/admission.h"
#include "serve/worker/report.h"
#include "serve/worker/shared_log.h"

#include <pthread.h>
#include <stdatomic.h>

/* What each worker has reported last. */
struct report_board {
    pthread_mutex_t lock;
    struct report *items; /* one per worker */
};

/* Whom workers may wake. */
struct loop_board {
    pthread_mutex_t lock;
    struct loop **items; /* one per worker, NULL while it has none */
};

struct worker_group {
    size_t count;
    struct admission admission; /* has a lock of its own */
    struct report_board reports;
    struct loop_board loops;
    struct shared_log log;
    atomic_bool is_draining;
    atomic_size_t running; /* workers that have not ended all their exchanges */
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

#endif
