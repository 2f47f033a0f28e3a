/*
 * What moves the bytes of a connection: a socket as it is, or encryption on one. Only the
 * connection calls it. On the loop's thread.
 *
 * An implementation embeds struct conn_io, and may hold back bytes that its peer cannot read yet,
 * such as a part of a sealed record: at most one, whose size it bounds.
 */
#ifndef NET_CONN_IO_H
#define NET_CONN_IO_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum conn_io_result {
    CONN_IO_AGAIN = 0, /* nothing can be moved now */
    CONN_IO_GONE = -1, /* the peer is gone, or breaks the rules of the encryption */
    CONN_IO_END = -2   /* the peer's data has ended; of recv() only */
};

struct conn_io;

struct conn_io_ops {
    /* Goes on with what comes before data, until `is_open`. 0, CONN_IO_GONE. Not called when it is
     * open from the beginning. */
    int (*handshake)(struct conn_io *io);
    /* How many bytes were read, or a conn_io_result. */
    ssize_t (*recv)(struct conn_io *io, char *data, size_t len);
    /* How many bytes were taken from the caller's memory, CONN_IO_AGAIN or CONN_IO_GONE. The rest
     * may be offered again from elsewhere, and with another length. */
    ssize_t (*send)(struct conn_io *io, const char *data, size_t len);
    /* Sends what is held back, until `wants_writable` is false. 0, CONN_IO_GONE. Not called as long
     * as that is false. */
    int (*flush)(struct conn_io *io);
    /* Tells the peer that nothing more comes. */
    void (*shutdown)(struct conn_io *io);
    /* Closes the descriptor and frees what it has. */
    void (*close)(struct conn_io *io);
};

struct conn_io {
    const struct conn_io_ops *ops;
    int fd;              /* for the loop to watch */
    bool is_open;        /* data may be moved: there is no handshake, or it is over */
    bool wants_writable; /* bytes are held back, or the handshake has some to send */
    bool has_input;      /* recv() has more at once, though the descriptor may not be readable */
};

/* A socket as it is, which is non-blocking. */
void conn_io_plain_init(struct conn_io *io, int fd);

#endif
