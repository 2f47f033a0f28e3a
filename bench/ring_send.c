/* Sending through io_uring: see the header. */
#include "ring_send.h"

#include "bench.h"

#ifdef HAVE_LIBURING

#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct ring {
    struct io_uring uring;
    bool is_deferred;
};

struct ring *ring_new(const char **why)
{
    struct ring *ring = calloc(1, sizeof(*ring));
    if (ring == NULL) {
        die("no memory");
    }
    unsigned deferred = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    int status = io_uring_queue_init(RING_BATCH, &ring->uring, deferred);
    ring->is_deferred = status == 0;
    if (status == -EINVAL) { /* a kernel before 6.1 */
        status = io_uring_queue_init(RING_BATCH, &ring->uring, 0);
    }
    if (status != 0) {
        *why = strerror(-status);
        free(ring);
        return NULL;
    }
    return ring;
}

bool ring_is_deferred(const struct ring *ring)
{
    return ring->is_deferred;
}

static void queue_batch(struct ring *ring, const int *fds, size_t count, const void *bytes,
                        size_t len)
{
    for (size_t i = 0; i < count; i++) {
        struct io_uring_sqe *entry = io_uring_get_sqe(&ring->uring);
        if (entry == NULL) {
            die("a batch of %zu does not fit into the ring", count);
        }
        io_uring_prep_send(entry, fds[i], bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        io_uring_sqe_set_data64(entry, i);
    }
}

/* Takes the answers that are there, which come in any order, and returns how many. */
static size_t take_answers(struct ring *ring, int *taken)
{
    struct io_uring_cqe *answer;
    unsigned head;
    unsigned count = 0;
    io_uring_for_each_cqe(&ring->uring, head, answer)
    {
        taken[io_uring_cqe_get_data64(answer)] = answer->res;
        count++;
    }
    io_uring_cq_advance(&ring->uring, count);
    return count;
}

void ring_send(struct ring *ring, const int *fds, size_t count, const void *bytes, size_t len,
               int *taken)
{
    queue_batch(ring, fds, count, bytes, len);
    for (size_t answered = 0; answered < count;) {
        /* The kernel may take a part of the batch only: what is left goes with the next call. */
        int status = io_uring_submit_and_wait(&ring->uring, (unsigned)(count - answered));
        if (status < 0 && status != -EINTR) {
            errno = -status;
            die("io_uring does not take a batch");
        }
        answered += take_answers(ring, taken);
    }
}

void ring_free(struct ring *ring)
{
    if (ring != NULL) {
        io_uring_queue_exit(&ring->uring);
        free(ring);
    }
}

#else

/* Nobody can have a ring here, so nothing else is ever called. */
struct ring *ring_new(const char **why)
{
    *why = "built without liburing";
    return NULL;
}

bool ring_is_deferred(const struct ring *ring)
{
    (void)ring;
    return false;
}

void ring_send(struct ring *ring, const int *fds, size_t count, const void *bytes, size_t len,
               int *taken)
{
    (void)ring, (void)fds, (void)bytes, (void)len, (void)taken;
    die("%zu sends without a ring", count);
}

void ring_free(struct ring *ring)
{
    (void)ring;
}

#endif
