/*
 * The shared log: what the workers of a server have to agree on so that the log says things once,
 * or once in a while, whichever worker meets them. Any thread.
 */
#ifndef SERVE_WORKER_SHARED_LOG_H
#define SERVE_WORKER_SHARED_LOG_H

#include "kafka/broker.h"
#include "serve/worker/skips.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/* A line that is logged at most once in a while. */
struct line_limit {
    _Atomic int64_t said_ms; /* 0: never */
    _Atomic uint64_t untold; /* what was counted since the last line */
};

/* How many workers cannot reach a broker. */
struct broker_count {
    int32_t id;
    size_t workers; /* 0: the entry is free */
};

struct shared_log {
    struct skips skips;
    struct line_limit lost_line;
    struct line_limit lookup_line;
    struct line_limit read_error_line;
    struct line_limit unreadable_line;
    struct line_limit schema_line;
    atomic_size_t without_schemas;                  /* workers that can get none now */
    pthread_mutex_t lock;                           /* of what follows */
    struct broker_count brokers_down[MOST_BROKERS]; /* more are not told */
};

void shared_log_init(struct shared_log *log);
void shared_log_fini(struct shared_log *log);

/* A worker can get no schemas, or can get them again. True for the first that loses them and for
 * the last that has them back: these log it. */
bool shared_log_loses_schemas(struct shared_log *log);
bool shared_log_has_schemas(struct shared_log *log);

/* The same of a broker that a worker cannot reach, or can again. */
bool shared_log_loses_broker(struct shared_log *log, int32_t id);
bool shared_log_has_broker(struct shared_log *log, int32_t id);

/* Whether the line may be logged at `now_ms`: not within `pause_ms` after the last time. */
bool line_is_due(struct line_limit *line, int64_t now_ms, int64_t pause_ms);

/* Counts one event that a line may tell later. */
void line_count(struct line_limit *line);

/* How many events were counted since the last call. */
uint64_t line_take_count(struct line_limit *line);

#endif
