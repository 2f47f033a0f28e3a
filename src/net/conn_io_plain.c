/* The plain socket under a connection: see conn_io.h. */
#include "net/conn_io.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static ssize_t plain_recv(struct conn_io *io, char *data, size_t len)
{
    ASSERT(len > 0);
    ssize_t taken = recv(io->fd, data, len, 0);
    if (taken == 0) {
        return CONN_IO_END;
    }
    if (taken < 0) {
        return errno == EAGAIN || errno == EINTR ? CONN_IO_AGAIN : CONN_IO_GONE;
    }
    return taken;
}

static ssize_t plain_send(struct conn_io *io, const char *data, size_t len)
{
    /* Not send(): among several threads that is a cancellation point, which costs 2 % of all. */
    ssize_t taken = syscall(SYS_sendto, io->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
    if (taken >= 0) {
        return taken;
    }
    return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? CONN_IO_AGAIN : CONN_IO_GONE;
}

static void plain_shutdown(struct conn_io *io)
{
    shutdown(io->fd, SHUT_WR);
}

static void plain_close(struct conn_io *io)
{
    ASSERT(io->fd >= 0);
    close(io->fd);
    io->fd = -1;
}

static const struct conn_io_ops plain_ops = {
    .recv = plain_recv, .send = plain_send, .shutdown = plain_shutdown, .close = plain_close};

void conn_io_plain_init(struct conn_io *io, int fd)
{
    ASSERT(fd >= 0);
    *io = (struct conn_io){.ops = &plain_ops, .fd = fd, .is_open = true};
}
