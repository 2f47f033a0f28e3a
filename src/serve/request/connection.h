/*
 * A connection as requests come by it, whatever protocol it speaks: its peer, its state, and the
 * limits that belong to connections. What speaks a protocol embeds it (h1.h). It knows no
 * exchanges. On the worker's thread.
 *
 * Limits: how long and how large a head may be that is not complete, how many connections there may
 * be, and which idle ones go to make room (eviction.h). Limits of streams belong to exchanges.
 */
#ifndef SERVE_REQUEST_CONNECTION_H
#define SERVE_REQUEST_CONNECTION_H

#include "base/list.h"
#include "net/conn.h"
#include "net/listener.h"
#include "net/peer.h"
#include "serve/config/settings.h"
#include "serve/request/admission.h"
#include "serve/request/counters.h"
#include "serve/request/idle.h"

/* What a connection waits for. */
enum connection_state {
    CONNECTION_WAITING, /* a request, of which nothing has come yet; it is idle */
    CONNECTION_READING, /* the rest of a request; it is idle */
    CONNECTION_READY,   /* its turn: a further request has come */
    CONNECTION_BUSY,    /* its exchange to give an answer, or its streams to end */
    CONNECTION_PENDING, /* its exchange to learn of topics, before it is answered; it is idle */
    CONNECTION_ENDING,  /* the last bytes of its answers to go, or its peer to close; it is idle */
    CONNECTION_CLOSED,  /* the end of the turn, to be freed */
    CONNECTION_STATES
};

struct connection;
struct connections;

/* What connections call of their protocol. */
struct protocol {
    /* Its head has taken too long, or there is no room for it: to be refused, which ends the
     * connection or begins to. */
    void (*on_slow)(struct connection *c);
    /* CONNECTION_READY, and it is its turn. */
    void (*on_turn)(struct connection *c);
    /* It was closed in this turn or before: frees what it is embedded in. */
    void (*free)(struct connection *c);
};

struct connection {
    struct list node; /* one of the connections' lists, by its state */
    struct connections *all;
    const struct protocol *protocol;
    struct conn *conn; /* NULL once closed */
    struct peer peer;
    uint8_t state;       /* enum connection_state */
    bool has_answered;   /* a request has been answered: the next may come or not */
    uint32_t head_bytes; /* while reading or ready: its part of the connections' */
    struct idle_entry idle;
    int64_t since_ms; /* of the state; of connecting, while the first head is read */
};

/* Borrowed as long as the connections live, but for the settings. */
struct connections_options {
    const struct settings *settings; /* as they are now: for the call only */
    struct admission *admission;
    struct exchange_counters *counters;
    size_t workers; /* how many share the memory for heads */
    /* There is no room for connections, or some again: other workers are to look. */
    void (*wake_others)(void *opaque);
    void *opaque;
};

/* The connections of a worker. */
struct connections {
    struct connections_options options;
    struct conn_options conn_options;
    int64_t head_timeout_ms;
    size_t max_head; /* of one */
    struct loop *loop;
    struct listener *listener;               /* NULL: nobody can come */
    struct list by_state[CONNECTION_STATES]; /* each in the order in which they came to it; those
                                              * that are reading by the first bytes of their head */
    struct idle idle;
    size_t open;           /* all that are not closed */
    size_t head_bytes;     /* of all that are reading */
    size_t ready_bytes;    /* of all that are ready */
    size_t max_head_bytes; /* of all that are reading, and the same for those that are ready */
    bool is_draining;
};

void connections_init(struct connections *all, const struct connections_options *options);

/* Before anything comes: where they run. */
void connections_start(struct connections *all, struct loop *loop);

/* After connections_close(). */
void connections_fini(struct connections *all);

/* Gives each that is ready its turn, but not too many at once, or they would delay the streams. */
void connections_turn(struct connections *all);

/* Frees what was closed. At the end of a turn. */
void connections_reap(struct connections *all);

/* Whether there must be another turn before anybody waits. */
bool connections_are_due(const struct connections *all);

/* Time-outs, and room for more. */
void connections_tick(struct connections *all);

/* Another worker may have no room for connections, or may have made some. */
void connections_on_wake(struct connections *all);

/* No further request is answered: whoever has none goes, the others with their answers. */
void connections_drain(struct connections *all);

/* Closes all of them at once. Twice is fine. */
void connections_close(struct connections *all);

/* Walks over all of them: fails when what they keep account of is not so. */
void connections_check(const struct connections *all);

/* ---- for what speaks a protocol ---- */

/* Makes it a part of the connections, in CONNECTION_WAITING. `conn`, which is open, stays the
 * protocol's to close; its on_close calls connection_gone(). May close others to make room. */
void connection_init(struct connection *c, struct connections *all, const struct protocol *protocol,
                     struct conn *conn, const struct peer *peer);

/* `conn` is closed, or closes now. */
void connection_gone(struct connection *c);

/* What it waits for from now on. Its time starts anew. */
void connection_move(struct connection *c, enum connection_state state);

/*
 * A part of a head has come: it is reading from now on, if it was not. Thousands of connections
 * that each keep the largest head but its last byte would hold a lot: when all heads are too large,
 * those that began first are refused, so this one may be, too.
 */
void connection_keep_part(struct connection *c);

/* Whether there is memory for its request until its turn comes. If not, it is to be refused; short
 * ones are not. */
bool connection_may_wait(const struct connection *c);

#endif
