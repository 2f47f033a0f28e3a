/*
 * The exchanges of a worker: all of them, by what they wait for, and what they share. Exchanges
 * write it; the worker that it belongs to calls the functions below. On the worker's thread.
 */
#ifndef SERVE_REQUEST_EXCHANGES_H
#define SERVE_REQUEST_EXCHANGES_H

#include "base/list.h"
#include "feed/feed.h"
#include "net/listener.h"
#include "net/loop.h"
#include "serve/config/config.h"
#include "serve/request/admission.h"
#include "serve/request/answer.h"
#include "serve/request/cluster_state.h"
#include "serve/request/given_request.h"
#include "serve/request/idle.h"
#include "serve/request/pull.h"
#include "serve/request/route_topics.h"

/* What exchanges count: EXCHANGE_COUNTER(field, help), all only grow. */
struct exchange_counters {
#define EXCHANGE_COUNTER(field, help) uint64_t field;
#include "serve/request/exchange_counters.def"
#undef EXCHANGE_COUNTER
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
    /* There is no room for connections, or some again: other workers are to look. */
    void (*wake_others)(void *opaque);
};

/* All borrowed as long as the exchanges live, but for the snapshot, which they refer to. */
struct exchanges_options {
    struct config_snapshot *snapshot;
    struct admission *admission;
    const struct cluster_state *cluster;
    const struct exchange_hooks *hooks;
    void *opaque;   /* of the hooks */
    uint64_t seed;  /* of the times after which clients are told to come back; not 0 */
    size_t workers; /* how many share the memory for heads and answers */
};

struct exchanges {
    struct config_snapshot *snapshot;
    const struct ksse_config *config; /* of the snapshot */
    struct route_topics route_topics; /* the same */
    struct loop *loop;
    struct feed *feed;
    struct admission *admission;
    const struct cluster_state *cluster;
    const struct exchange_hooks *hooks;
    void *opaque;
    struct listener *listener; /* NULL: nobody can come */
    struct exchange_counters counters;
    uint64_t random;

    /* Every exchange is in one of these lists: which one tells what it waits for. */
    struct list heads;         /* a request, of which nothing has come yet; oldest first */
    struct list begun;         /* the rest of a request; in the order of their first bytes */
    struct list pending;       /* metadata, before it is answered */
    struct list waiting_kafka; /* metadata, with the stream already begun */
    struct list streams;       /* records: its client is the feed's */
    struct list finishing;     /* its last bytes to go */
    struct list dead;          /* the end of the turn, to be freed */
    struct idle idle;          /* connections among these that may be closed to make room */
    struct pulls pulls;        /* of these exchanges, and of some that have ended */
    size_t count;              /* of all that are not dead */

    size_t head_bytes; /* of the unfinished requests in `begun` */
    size_t max_head_bytes;

    size_t answer_bytes; /* of answers under /-/ that are not sent yet, each counted once */
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

/* Takes connections that come to the listening descriptor from now on. Takes it over, also on
 * failure. KSSE_ESYSTEM. */
CHECKED int exchanges_listen(struct exchanges *xs, int fd);

/* Closes the listening descriptor, if there is one. */
void exchanges_stop_listening(struct exchanges *xs);

/*
 * A connection whose request was read elsewhere: answers it. Takes the descriptor over, not the
 * request.
 */
void exchanges_serve(struct exchanges *xs, int fd, const struct sockaddr_storage *peer,
                     const struct given_request *request);

/* In each turn before the feed runs. */
void exchanges_before_feed(struct exchanges *xs);

/* In each turn after it: what ended in this turn is freed. */
void exchanges_after_feed(struct exchanges *xs);

/* Whether there must be another turn before anybody waits. */
bool exchanges_are_due(const struct exchanges *xs);

/* Time-outs and heartbeats of all that are not the feed's. */
void exchanges_tick(struct exchanges *xs);

/* Another worker may have no room for connections, or may have made some. */
void exchanges_on_wake(struct exchanges *xs);

/* Metadata has come: what waited for it goes on. */
void exchanges_on_metadata(struct exchanges *xs);

/* Ends every exchange, streams on a whole frame and with a `retry:`. */
void exchanges_drain(struct exchanges *xs);

/* Whether there is none left. */
bool exchanges_are_over(const struct exchanges *xs);

/* Closes all connections at once, frees what has ended, and tells the programs that pull. Twice is
 * fine. */
void exchanges_close(struct exchanges *xs);

/* A random number of ms between the settings retry-min and retry-max. */
int64_t exchanges_retry_ms(struct exchanges *xs);

#endif
