/*
 * A worker: one thread with one loop, its connections, its feed and its Kafka handles. It shares
 * nothing with another worker but the configuration, which nobody changes.
 */
#ifndef SERVE_WORKER_H
#define SERVE_WORKER_H

#include "base/list.h"
#include "feed/feed.h"
#include "kafka/source.h"
#include "net/listener.h"
#include "net/loop.h"
#include "serve/admission.h"
#include "serve/config.h"
#include "serve/logger.h"

#include <stdatomic.h>

/* What the worker counts besides the feed: WORKER_COUNTER(field, help), all only grow. */
struct worker_counters {
#define WORKER_COUNTER(field, help) uint64_t field;
#include "serve/worker_counters.def"
#undef WORKER_COUNTER
};

struct worker {
    const struct ksse_config *config;
    struct logger logger;
    struct loop *loop;
    struct listener *listener; /* NULL once draining */
    struct kafka_source *kafka;
    struct watch *kafka_watch;
    struct feed *feed;
    struct admission admission;
    struct worker_counters counters;
    uint64_t random;

    /* Every exchange is in one of these lists: which one tells what it waits for. */
    struct list heads;     /* a request, of which nothing has come yet; oldest first */
    struct list begun;     /* the rest of a request; in the order of their first bytes */
    struct list pending;   /* metadata, before it is answered */
    struct list held;      /* metadata, with the stream already begun */
    struct list streams;   /* records: its client is the feed's */
    struct list finishing; /* its last bytes to go */
    struct list dead;      /* the end of the turn, to be freed */
    size_t exchange_count;
    int64_t max_exchanges; /* from here on nobody is accepted */
    size_t head_bytes;     /* of the unfinished requests in `begun` */

    bool has_metadata;
    bool is_up;
    char down_reason[256];
    bool *route_has_topics; /* per route: whether one of its topics exists */

    atomic_int stop_calls; /* any thread */
    bool is_draining;
    bool is_stopping; /* the loop ends with this turn */
    int64_t drain_until_ms;

    uint64_t undecodable_logged; /* counter at the last line about them */
    int64_t undecodable_logged_ms;
    int64_t lost_logged_ms; /* 0: never */
};

/*
 * Returns a new worker that will serve on the listening descriptor (taken over, also on failure).
 * `brokers` is borrowed for the call. KSSE_ENOMEM, KSSE_EKAFKA, KSSE_ESYSTEM.
 */
CHECKED int worker_new(const struct ksse_config *config, const char *brokers, int listen_fd,
                       struct worker **out, struct ksse_error *error);

/* Serves on this thread until a drain has ended. */
void worker_run(struct worker *w);

/* Asks for the drain; a second call ends it at once. Any thread, also a signal handler. */
void worker_stop(struct worker *w);

/* Not while it runs. NULL is fine. */
void worker_free(struct worker *w);

/* A random number of ms between the settings retry-min and retry-max. */
int64_t worker_retry_ms(struct worker *w);

#endif
