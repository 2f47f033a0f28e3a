/*
 * The exchanges of a worker: all of them, by what they wait for, and what they share. On the
 * worker's thread.
 */
#ifndef SERVE_REQUEST_EXCHANGES_H
#define SERVE_REQUEST_EXCHANGES_H

#include "base/list.h"
#include "feed/feed.h"
#include "net/loop.h"
#include "serve/config/config_snapshot.h"
#include "serve/request/admission.h"
#include "serve/request/answer.h"
#include "serve/request/cluster_state.h"
#include "serve/request/counters.h"
#include "serve/request/given_request.h"
#include "serve/request/pull.h"
#include "serve/request/route_topics.h"

/* What an exchange waits for. */
enum exchange_state {
    EXCHANGE_NONE,          /* nothing: it has ended, or not begun */
    EXCHANGE_NEW,           /* its request to be routed, which does not last */
    EXCHANGE_PENDING,       /* metadata, before it is answered */
    EXCHANGE_WAITING_KAFKA, /* metadata, with the stream already begun */
    EXCHANGE_STREAMING,     /* records: its client is the feed's */
    EXCHANGE_FINISHING,     /* its last bytes to be sent */
    EXCHANGE_STATES
};

/* Whether the whole server can serve streams. */
struct readiness {
    bool is_ready;
    char reason[1200]; /* why not, or what is wrong although it can; "": all is well */
};

/* What exchanges need of the worker. `opaque` is that of the options. */
struct exchange_hooks {
    /* Why this worker cannot serve streams now: a sentence that lives until the turn ends. NULL
     * when it can. */
    const char *(*not_ready)(void *opaque);
    /* For /-/ready. */
    void (*readiness)(void *opaque, struct readiness *out);
    /* For /-/metrics: the metrics of all workers, in Prometheus' text format 0.0.4. */
    void (*append_metrics)(void *opaque, struct buf *out);
};

/* All borrowed as long as the exchanges live, but for the snapshot, which they refer to. */
struct exchanges_options {
    struct config_snapshot *snapshot;
    struct admission *admission;
    const struct cluster_state *cluster;
    const struct exchange_hooks *hooks;
    void *opaque;   /* of the hooks */
    uint64_t seed;  /* of the times after which clients are told to come back; not 0 */
    size_t workers; /* how many share the memory for answers */
};

struct exchanges {
    struct config_snapshot *snapshot;
    const struct ksse_config *config; /* of the snapshot */
    struct route_topics route_topics; /* the same */
    struct admission *admission;
    const struct cluster_state *cluster;
    const struct exchange_hooks *hooks;
    void *opaque;
    struct loop *loop;
    struct feed *feed;
    struct exchange_counters counters;
    uint64_t random;

    struct list by_state[EXCHANGE_STATES]; /* each in the order in which they came to it */
    size_t counts[EXCHANGE_STATES];        /* how many are in each */
    struct pulls pulls;                    /* some of these exchanges, and some that have ended */

    struct list answers; /* under /-/ that are kept or not sent yet */
    size_t answer_bytes; /* of these, each counted once */
    size_t max_answer_bytes;
    struct answer *topics_answer; /* what /-/topics said last; NULL: nothing yet */
    bool is_topics_answer_old;    /* metadata has come since */
};

void exchanges_init(struct exchanges *xs, const struct exchanges_options *options);

/* Before all below: where they run, and what they ask for records. Borrowed as long as they live.
 */
void exchanges_start(struct exchanges *xs, struct loop *loop, struct feed *feed);

/* Requests that come from now on are read with this snapshot; those that were read keep theirs. */
void exchanges_use(struct exchanges *xs, struct config_snapshot *snapshot);

/* After exchanges_close(). */
void exchanges_fini(struct exchanges *xs);

/* Heartbeats and time-outs of all that are not the feed's. */
void exchanges_tick(struct exchanges *xs);

/* Metadata has come: what waited for it goes on. */
void exchanges_on_metadata(struct exchanges *xs);

/* Ends every exchange, streams on a whole frame and with a `retry:`. */
void exchanges_drain(struct exchanges *xs);

/* Breaks all of them off. Twice is fine. */
void exchanges_close(struct exchanges *xs);

/* How many have not ended. */
size_t exchanges_count(const struct exchanges *xs);

/* Walks over all of them: fails when what they keep account of is not so. */
void exchanges_check(const struct exchanges *xs);

/* A random number of ms between the settings retry-min and retry-max. */
int64_t exchanges_retry_ms(struct exchanges *xs);

#endif
