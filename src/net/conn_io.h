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
    CONN_IO_GONE =
        -1,          /* the peer is gone, or breaks the rules of the encryption: close() follows */
    CONN_IO_END = -2 /* the peer's data has ended; of recv() only */
};

struct conn_io;

struct conn_io_ops {
    /* Goes on with what comes before data, until `is_open`. 0, CONN_IO_GONE, also when the peer's
     * data ends. Called whenever the descriptor is readable, and when it is writable while
     * `wants_writable`; never when it is open from the beginning. */
    int (*handshake)(struct conn_io *io);
    /* How many bytes were read, or a conn_io_result. When open. */
    ssize_t (*recv)(struct conn_io *io, char *data, size_t len);
    /*
     * How many bytes were taken from the caller's memory, CONN_IO_AGAIN or CONN_IO_GONE. When open,
     * and `wants_writable` is false. The rest may be offered again from elsewhere, with another
     * length, or something else instead. So bytes that were sealed are taken, although their record
     * is held back: `wants_writable` is true then, and flush() sends it.
     */
    ssize_t (*send)(struct conn_io *io, const char *data, size_t len);
    /* Sends what is held back, until `wants_writable` is false. 0, CONN_IO_GONE. When open, and
     * `wants_writable` is true. */
    int (*flush)(struct conn_io *io);
    /* Tells the peer that nothing more comes. When open, once; send() is not called any more. What
     * cannot be sent at once is held back, and the descriptor's end follows behind it. */
    void (*shutdown)(struct conn_io *io);
    /* Closes the descriptor at once and frees what it has, whatever is held back. */
    void (*close)(struct conn_io *io);
};

struct conn_io {
    const struct conn_io_ops *ops;
    int fd;              /* for the loop to watch */
    bool is_open;        /* data may be moved: there is no handshake, or it is over */
    bool wants_writable; /* bytes are held back, by any of the above; false while the peer's are
                          * awaited, or the loop would not rest */
    bool has_input; /* recv() has more at once, though the descriptor may not be readable; so it
                     * is false when recv() has said CONN_IO_AGAIN */
};

/* A socket as it is, which is non-blocking. */
void conn_io_plain_init(struct conn_io *io, int fd);

#endif
