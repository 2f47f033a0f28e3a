/*
 * A connection: a socket with what was read of the request and what is still to be written. It
 * knows nothing of HTTP. On the loop's thread.
 *
 * It reads into `in` until its user says that the request is complete; after that, whatever the
 * peer sends is thrown away, up to a limit. The end of the peer's data before that means that it
 * has left. Behind a request it means that or nothing: TCP does not tell a peer that has closed
 * from one that has said all it wants to say and still reads. It gets what there is to send; the
 * first bytes that a closed one gets are answered with a reset, which ends the connection.
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include "base/buf.h"
#include "base/shared.h"
#include "net/loop.h"

#include <sys/types.h>

struct conn;

struct conn_ops {
    /* `in` has grown. */
    void (*on_data)(struct conn *c);
    /* Everything that was given to conn_write() is gone, and the socket takes more; only while
     * asked for by conn_want_writable(). */
    void (*on_writable)(struct conn *c);
    /* The peer's data has ended behind its request, and the answer is not finished. Whoever has
     * nothing to send soon sends something now, to find out whether it has left. */
    void (*on_end)(struct conn *c);
    /* The connection ends: by the peer, by an error, or by conn_close(). Called once; `opaque` must
     * not be used by the connection any more. */
    void (*on_close)(struct conn *c);
};

struct conn_options {
    int64_t send_timeout_ms; /* TCP_USER_TIMEOUT; also how long finishing may take */
    size_t max_in_bytes;     /* of `in` */
};

/*
 * Takes over a connected, non-blocking descriptor. Returns a new connection that reads, or NULL
 * without memory (the descriptor is closed then).
 */
CHECKED struct conn *conn_open(struct loop *loop, int fd, const struct conn_ops *ops,
                               const struct conn_options *options, void *opaque);

void *conn_opaque(const struct conn *c);

/* Its socket: to ask about, not to read or write. */
int conn_fd(const struct conn *c);

/* What was read so far. */
struct slice conn_in(const struct conn *c);

/* The request is complete: frees what was read. */
void conn_forget_in(struct conn *c);

/*
 * Sends straight from the caller's memory: how many bytes were taken, 0 when none can be now (also
 * while conn_write() has something left), -1 when the peer is gone. Never closes.
 */
ssize_t conn_send(struct conn *c, const char *data, size_t len);

/* Sends, and keeps a copy of what the socket does not take now. False without memory. */
CHECKED bool conn_write(struct conn *c, struct slice data);

/*
 * Sends, and keeps no copy of what the socket does not take now: it has a reference to `lender`
 * until all was sent or it is closed. Without one (NULL) the bytes live for ever. It is the last
 * that is written.
 */
void conn_lend(struct conn *c, struct slice data, struct shared *lender);

/* Whether it refers to a lender, since not all is sent. */
bool conn_has_lender(const struct conn *c);

void conn_want_writable(struct conn *c, bool wanted);

/*
 * Closes once everything was written: tells the peer the end, waits for its end for a while (or a
 * reset would destroy what it has not read yet), then closes.
 */
void conn_finish(struct conn *c);

/* Closes at once: on_close is called before this returns; the memory goes after the turn. */
void conn_close(struct conn *c);

/* To be called every tick: closes what has been finishing for too long, because the peer does not
 * take the rest or does not close its end. `now_ms`: loop time. */
void conn_tick(struct conn *c, int64_t now_ms);

#endif
