/*
 * Streams that the program pulls: the other kind of sink. The functions that it calls are those of
 * kafkasse.h; ksse_stream_open() is in serve/api.
 *
 * One behaves like a socket: what the exchange sends is copied to a buffer of limited size, and
 * when the program has made room again, the client hears of it in the next turn. What ends the
 * exchange leaves what is in the buffer to be read. On the worker's thread.
 */
#ifndef SERVE_REQUEST_PULL_H
#define SERVE_REQUEST_PULL_H

#include "base/assert.h"
#include "base/list.h"

#include <kafkasse.h>
#include <stdbool.h>

struct exchanges;
struct given_request;

/* A worker's. */
struct pulls {
    struct list open;     /* not closed by the program yet */
    struct list writable; /* of these: their clients may send again */
    struct list readable; /* of these: their programs are to be told */
    struct list closed;   /* by the program: they are freed at the end of the turn */
};

void pulls_init(struct pulls *pulls);

/* None may be open. */
void pulls_fini(struct pulls *pulls);

/* To be called in each turn before the feed runs. */
void pulls_continue(struct pulls *pulls);

/* To be called after it: calls the programs. */
void pulls_tell(struct pulls *pulls);

/* Frees what was closed. At the end of a turn. */
void pulls_reap(struct pulls *pulls);

/* Whether there must be another turn before anybody waits. */
bool pulls_are_due(const struct pulls *pulls);

/* Answers a given request of HTTP/1.0 to a new stream. KSSE_ENOMEM. */
CHECKED int pull_open(struct exchanges *xs, const struct given_request *given,
                      const struct ksse_stream_ops *ops, void *opaque, struct ksse_stream **out);

#endif
