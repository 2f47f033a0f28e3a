/*
 * The log of one worker. All workers of a server see the same Kafka, so most of what one of them
 * has to say is said once for all, or once in a while (shared_log.h), or by worker 0 only. On the
 * worker's thread, unless a function says otherwise.
 */
#ifndef SERVE_WORKER_WORKER_LOG_H
#define SERVE_WORKER_WORKER_LOG_H

#include "avro/avro.h"
#include "feed/feed.h"
#include "kafka/broker.h"
#include "net/loop.h"
#include "serve/request/cluster_state.h"
#include "serve/worker/logger.h"
#include "serve/worker/shared_log.h"

/* Does not change once the worker serves; what it points to is borrowed as long as it lives. */
struct worker_log {
    struct logger logger;
    struct shared_log *shared;
    const struct cluster_state *cluster;
    const struct loop *loop; /* tells the time */
    bool is_first;           /* worker 0's: logs what all workers see */
};

/* A line about what all workers see: those of workers other than 0 are details. Any thread. */
void worker_log_line(const struct worker_log *log, enum ksse_log_level level, const char *event,
                     const char *message);

/* What the worker's feed is to log. */
struct feed_events worker_log_feed_events(struct worker_log *log);

/* Logs skipped records whose line is due, or with `all` those that are left. */
void worker_log_skips(const struct worker_log *log, bool all);

/* As struct avro_options wants it; `opaque` is the log. */
void worker_log_schemas(void *opaque, enum avro_event event, const char *message);

/* As struct kafka_options wants it; `opaque` is the log. */
void worker_log_broker(void *opaque, const struct broker *broker);

#endif
