/*
 * The crew: all workers of a server, as each of them sees the others. It holds what they have in
 * common and may change: who may come in, what each has reported last, and what is to be said only
 * once. Nothing of it is touched for a record that is delivered.
 *
 * All functions but crew_init() and crew_fini(): any worker's thread.
 */
#ifndef SERVE_CREW_H
#define SERVE_CREW_H

#include "net/loop.h"
#include "serve/admission.h"
#include "serve/report.h"
#include "serve/skips.h"

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

struct crew {
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

/* A crew of `count` workers, none of which has reported, and that are not ready. KSSE_ENOMEM: no
 * crew_fini() needed. */
CHECKED int crew_init(struct crew *crew, size_t count, const struct admission_limits *limits,
                      int64_t max_streams_per_address);
void crew_fini(struct crew *crew);

/* Keeps the report of worker `index` for the others. */
void crew_report(struct crew *crew, size_t index, const struct report *report);

/* Adds the last reports of all but worker `index` to *sum, which is that one's own. */
void crew_add_others(struct crew *crew, size_t index, struct report *sum);

/* The loop of worker `index`, which others may wake from now on; NULL: they may no more. */
void crew_set_loop(struct crew *crew, size_t index, struct loop *loop);

/* Wakes the loops of all but worker `index`. */
void crew_wake_others(struct crew *crew, size_t index);

/* True for the first worker that begins to drain. */
bool crew_begins_drain(struct crew *crew);

/* True for the last worker that has ended all its exchanges. */
bool crew_has_ended(struct crew *crew);

/* A worker can get no schemas, or can get them again. True when it is the first of them, or was the
 * last one: then there is something to say. */
bool crew_loses_schemas(struct crew *crew);
bool crew_has_schemas(struct crew *crew);

/* The same of a broker that a worker cannot reach, or can again. */
bool crew_loses_broker(struct crew *crew, int32_t id);
bool crew_has_broker(struct crew *crew, int32_t id);

/* Whether a line may be said at `now_ms`: not within `pause_ms` after the last time. */
bool line_is_due(struct line_limit *line, int64_t now_ms, int64_t pause_ms);

#endif
