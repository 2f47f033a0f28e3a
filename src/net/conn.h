/*
 * A connection: a descriptor with what was read of it and what is still to be written. It knows
 * nothing of HTTP, nor whether its bytes are encrypted: that is its conn_io's. On the loop's
 * thread.
 *
 * What the peer sends is kept in `in`, left in the kernel, or thrown away, as its user wants it.
 * TCP does not tell a peer that has closed from one that has said all it wants to say and still
 * reads. So the end of its data closes the connection only while a request is awaited. Behind a
 * request the peer gets what there is to send: the first bytes that a closed one gets are answered
 * with a reset, which ends the connection.
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include "base/buf.h"
#include "base/shared.h"
#include "net/conn_io.h"
#include "net/loop.h"

#include <sys/types.h>

struct conn;

struct conn_ops {
    /* `in` has grown. */
    void (*on_data)(struct conn *c);
    /* All that was written is gone, and the descriptor takes more; only while asked for by
     * conn_want_writable(). */
    void (*on_writable)(struct conn *c);
    /* The peer's data has ended while it was thrown away, and conn_finish() was not called. Whoever
     * has nothing to send soon sends something now, to find out whether the peer has left. */
    void (*on_end)(struct conn *c);
    /* The connection ends: by the peer, by an error, or by conn_close(). Called once; `opaque` must
     * not be used by the connection any more. */
    void (*on_close)(struct conn *c);
};

struct conn_options {
    int64_t send_timeout_ms; /* TCP_USER_TIMEOUT; also how long finishing may take */
    size_t max_in_bytes;     /* of `in` */
};

/* What becomes of the peer's data. */
enum conn_input {
    CONN_READS,   /* it goes to `in`; its end closes the connection */
    CONN_PAUSES,  /* it stays in the kernel, and its end is not noticed */
    CONN_DISCARDS /* it is thrown away, up to a limit that no HTTP client needs, then the connection
                   * is closed; its end is told */
};

/*
 * Takes over a connected, non-blocking descriptor. Returns a new connection that reads, or NULL
 * without memory (the descriptor is closed then). `ops` and `options` are borrowed as long as it
 * lives.
 */
CHECKED struct conn *conn_open(struct loop *loop, int fd, const struct conn_ops *ops,
                               const struct conn_options *options, void *opaque);

/* The same with an encryption on the descriptor, which is taken over. Until its handshake is over,
 * nothing is sent, and what is written waits. How long that may take is its user's to decide. */
CHECKED struct conn *conn_open_io(struct loop *loop, struct conn_io *io, const struct conn_ops *ops,
                                  const struct conn_options *options, void *opaque);

void *conn_opaque(const struct conn *c);

/* What was read so far and not taken. Its bytes stay where they are until the next call that
 * changes it. */
struct slice conn_in(const struct conn *c);

/* Removes so many bytes from the beginning of `in`. */
void conn_take_in(struct conn *c, size_t len);

/* What becomes of the peer's data from now on. CONN_DISCARDS throws away `in`, too. */
void conn_set_input(struct conn *c, enum conn_input input);

/* Whether all that the peer has sent is in `in` or was taken from it, and its data has not ended:
 * only then can a further request come. */
bool conn_has_all_input(const struct conn *c);

/*
 * Sends straight from the caller's memory: how many bytes were taken, 0 when none can be now (also
 * while conn_write() has something left), -1 when the peer is gone. Never closes.
 */
ssize_t conn_send(struct conn *c, const char *data, size_t len);

/* Sends, and keeps a copy of what cannot be sent now. False without memory. */
CHECKED bool conn_write(struct conn *c, struct slice data);

/*
 * Sends, and keeps no copy of what cannot be sent now: it has a reference to `lender` until all was
 * sent or it is closed. Without one (NULL) the bytes live for ever. Nothing is written behind it
 * before it is gone. False without memory.
 */
CHECKED bool conn_lend(struct conn *c, struct slice data, struct shared *lender);

/* Whether all that was written is gone. Not of one that is closed. */
bool conn_is_sent(const struct conn *c);

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
