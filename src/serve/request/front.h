/*
 * The front of a worker: what faces its clients, which are connections and the exchanges that come
 * by them or from the program. The worker that it belongs to calls these functions and nothing else
 * of this room. On the worker's thread.
 */
#ifndef SERVE_REQUEST_FRONT_H
#define SERVE_REQUEST_FRONT_H

#include "serve/request/connection.h"
#include "serve/request/exchanges.h"

struct front_hooks {
    struct exchange_hooks exchange;
    /* There is no room for connections, or some again: other workers are to look. */
    void (*wake_others)(void *opaque);
};

/* All borrowed as long as the front lives, but for the snapshot, which it refers to. */
struct front_options {
    struct config_snapshot *snapshot;
    struct admission *admission;
    const struct cluster_state *cluster;
    const struct front_hooks *hooks;
    void *opaque;   /* of the hooks */
    uint64_t seed;  /* of the times after which clients are told to come back; not 0 */
    size_t workers; /* how many share the memory for heads and answers */
};

struct front {
    struct connections connections;
    struct exchanges exchanges;
};

void front_init(struct front *front, const struct front_options *options);

/* Before all below: where it runs, and what it asks for records. Borrowed as long as it lives. */
void front_start(struct front *front, struct loop *loop, struct feed *feed);

/* Requests that come from now on are read with this snapshot; those that were read keep theirs. The
 * limits of connections stay as they are. */
void front_use(struct front *front, struct config_snapshot *snapshot);

/* After front_close(). */
void front_fini(struct front *front);

/* Takes connections that come to the listening descriptor from now on. Takes it over, also on
 * failure. KSSE_ESYSTEM. */
CHECKED int front_listen(struct front *front, int fd);

/* Closes the listening descriptor, if there is one. */
void front_stop_listening(struct front *front);

/*
 * A connection whose request was read elsewhere: answers it. Takes the descriptor over, not the
 * request.
 */
void front_serve(struct front *front, int fd, const struct peer *peer,
                 const struct given_request *request);

/* In each turn before the feed runs. */
void front_before_feed(struct front *front);

/* In each turn after it: what ended in this turn is freed. */
void front_after_feed(struct front *front);

/* Whether there must be another turn before anybody waits. */
bool front_is_due(const struct front *front);

/* Time-outs and heartbeats of all that are not the feed's. */
void front_tick(struct front *front);

/* Another worker may have no room for connections, or may have made some. */
void front_on_wake(struct front *front);

/* Metadata has come: what waited for it goes on. */
void front_on_metadata(struct front *front);

/* Ends every exchange, streams on a whole frame and with a `retry:`, and then its connection. */
void front_drain(struct front *front);

/* Whether nothing is left to end. */
bool front_is_over(const struct front *front);

/* Closes all connections at once, frees what has ended, and tells the programs that pull. Twice is
 * fine. */
void front_close(struct front *front);

#endif
