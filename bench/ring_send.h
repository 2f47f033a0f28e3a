/*
 * The same bytes to many sockets through io_uring, a batch at a time: what a server would save that
 * did this instead of a loop of send(). Not a part of kafkasse, and no more of io_uring than that.
 * It is there where liburing 2.3 was found when the bench was built (Debian: liburing-dev, which
 * ./dev does not install); elsewhere ring_new() says so. One thread, which must be that of
 * ring_new().
 */
#ifndef BENCH_RING_SEND_H
#define BENCH_RING_SEND_H

#include <stdbool.h>
#include <stddef.h>

enum {
    RING_BATCH = 256 /* sockets of one ring_send() */
};

struct ring;

/* Returns a new ring; or NULL, and *why is a sentence that lives as long as the process. */
struct ring *ring_new(const char **why);

/*
 * Whether the kernel knew IORING_SETUP_SINGLE_ISSUER and IORING_SETUP_DEFER_TASKRUN (6.1 and
 * later), which spare locks and interruptions.
 */
bool ring_is_deferred(const struct ring *ring);

/*
 * Offers the bytes to each of `count` sockets, at most RING_BATCH, as send() with MSG_DONTWAIT and
 * MSG_NOSIGNAL does, in one system call, and waits until all have answered. taken[i] is how many
 * bytes fds[i] took, or a negative errno: -EAGAIN if it was full.
 */
void ring_send(struct ring *ring, const int *fds, size_t count, const void *bytes, size_t len,
               int *taken);

/* Ends the ring and frees it; NULL is allowed. */
void ring_free(struct ring *ring);

#endif
