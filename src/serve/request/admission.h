/*
 * Admission: how many connections and streams the whole server has; streams and idle connections
 * (idle.h) also per network address. Any thread: each call takes a lock, which is done per
 * connection and per stream.
 */
#ifndef SERVE_REQUEST_ADMISSION_H
#define SERVE_REQUEST_ADMISSION_H

#include "base/list.h"
#include "base/map.h"
#include "net/peer.h"

#include <pthread.h>

/* How many connections may be open, and how many of them may be streams. */
struct admission_limits {
    int64_t connections;
    int64_t streams;
};

/*
 * For a process that may have `files` descriptors and has `workers` workers, each with its own
 * handles for Kafka. Clients never get all descriptors: without one left, a broker that comes back
 * could not be connected to, and they would all wait in vain. Nor do streams get all connections:
 * some are for refusals, health checks and metrics.
 */
struct admission_limits admission_limits(int64_t max_clients, int64_t files, int64_t workers);

/* How many there are. */
struct admission_counts {
    int64_t connections;
    int64_t streams;
};

enum {
    ADMISSION_GREEDS = 32
};

struct admission {
    struct admission_limits limits;
    int64_t max_streams_per_address; /* 0: no such limit */
    pthread_mutex_t lock;            /* of what follows */
    struct admission_counts counts;
    struct map addresses; /* that have idle connections, or streams that are limited */
    struct list
        greed[ADMISSION_GREEDS]; /* those with 2^i idle connections and less than twice that */
};

void admission_init(struct admission *a, const struct admission_limits *limits,
                    int64_t max_streams_per_address);

/* Not while anybody uses it. */
void admission_fini(struct admission *a);

/* A connection was accepted, or has ended. */
void admission_connect(struct admission *a);
void admission_disconnect(struct admission *a);

/* Whether no further connection is to be accepted. */
bool admission_is_full(struct admission *a);

/* Counts one more stream. False when there are too many (or no memory): nothing was counted. */
CHECKED bool admission_enter(struct admission *a, const struct peer_key *peer);

/* A connection of this address is idle from now on. False without memory: it is not counted. */
CHECKED bool admission_idle(struct admission *a, const struct peer_key *peer);

/* It is idle no more, or has ended. */
void admission_busy(struct admission *a, const struct peer_key *peer);

/* The address with the most idle connections: at least half as many as any other has. False when
 * there are none. */
CHECKED bool admission_greediest(struct admission *a, struct peer_key *out);

/* A stream that entered has ended. */
void admission_leave(struct admission *a, const struct peer_key *peer);

struct admission_counts admission_counts(struct admission *a);

#endif
