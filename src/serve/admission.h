/*
 * Admission: how many streams there are, in all and per network address. One thread.
 */
#ifndef SERVE_ADMISSION_H
#define SERVE_ADMISSION_H

#include "base/map.h"

#include <sys/socket.h>

/* A network address as one counts for it: IPv4, or the /64 of IPv6, which is what one household
 * gets. */
struct peer_key {
    unsigned char bytes[8];
    unsigned char len;
};

/* How many connections may be open, and how many of them may be streams. */
struct admission_limits {
    int64_t connections;
    int64_t streams;
};

/*
 * For a process that may have `files` descriptors. Clients never get all of them: without one left,
 * a broker that comes back could not be connected to, and they would all wait in vain. Nor do
 * streams get all connections: some are for refusals, health checks and metrics.
 */
struct admission_limits admission_limits(int64_t max_clients, int64_t files);

struct admission {
    int64_t max_streams;
    int64_t max_streams_per_address; /* 0: no such limit */
    int64_t streams;
    struct map addresses; /* only while there is such a limit */
};

void admission_init(struct admission *a, int64_t max_streams, int64_t max_streams_per_address);
void admission_fini(struct admission *a);

struct peer_key peer_key_of(const struct sockaddr_storage *address);

/* Counts one more stream. False when there are too many (or no memory): nothing was counted. */
CHECKED bool admission_enter(struct admission *a, const struct peer_key *peer);

/* A stream that entered has ended. */
void admission_leave(struct admission *a, const struct peer_key *peer);

#endif
