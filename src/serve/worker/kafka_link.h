/*
 * A worker's link to Kafka: the source of its feed, watched by its loop, and what the source has
 * told of the cluster so far. On the worker's thread.
 */
#ifndef SERVE_WORKER_KAFKA_LINK_H
#define SERVE_WORKER_KAFKA_LINK_H

#include "kafka/source.h"
#include "net/loop.h"
#include "serve/config/config.h"
#include "serve/request/cluster_state.h"
#include "serve/worker/worker_log.h"

/* What the link tells its worker. */
struct kafka_link_hooks {
    /* The cluster's topics, sorted by name. */
    void (*on_topics)(void *opaque, const struct topic_info *topics, size_t count);
    /* Kafka can be reached again, or no more. */
    void (*on_change)(void *opaque);
};

struct kafka_link {
    struct kafka_source *source; /* NULL: closed */
    struct watch *watch;
    struct cluster_state cluster;
    struct worker_log *log;
    ksse_kafka_event_fn on_event; /* the program's; never changes */
    void *event_opaque;
    const struct kafka_link_hooks *hooks;
    void *opaque;
};

struct kafka_link_options {
    const struct ksse_config *config; /* resolved; borrowed for the call, as brokers is */
    const char *brokers;
    size_t replay_readers;
    struct worker_log *log; /* borrowed while the link is open, as all below */
    struct loop *loop;
    const struct kafka_link_hooks *hooks;
    void *opaque; /* of the hooks */
};

/* Before it is opened: nothing is known of the cluster. */
void kafka_link_init(struct kafka_link *link);

/* KSSE_EKAFKA, KSSE_ENOMEM, KSSE_ESYSTEM: kafka_link_close() is still needed. */
CHECKED int kafka_link_open(struct kafka_link *link, const struct kafka_link_options *options,
                            struct ksse_error *error);

/* May take two seconds while brokers are away. Twice is fine. */
void kafka_link_close(struct kafka_link *link);

/* Why no stream can be served now: a sentence that lives until the worker's next turn. NULL: they
 * can be. */
const char *kafka_link_fault(const struct kafka_link *link);

#endif
