/*
 * The idle connections of a worker, by network address and the time since when they are idle. Such
 * a connection has sent no whole request yet, or its request waits for metadata, or its answer was
 * given: when there is no room for others, one of these goes (eviction.h). On the worker's thread.
 */
#ifndef SERVE_REQUEST_IDLE_H
#define SERVE_REQUEST_IDLE_H

#include "base/list.h"
#include "base/map.h"
#include "net/peer.h"

struct idle_address;

/* A connection's part of it. All zero: it is not idle. */
struct idle_entry {
    struct list node; /* of its address' entries, oldest first */
    struct idle_address *address;
};

struct idle {
    struct map addresses;
};

/* False without memory, or for a peer without an address. */
CHECKED bool idle_add(struct idle *idle, const struct peer_key *peer, struct idle_entry *entry);
void idle_remove(struct idle *idle, struct idle_entry *entry);

/* The entry of this address that is idle longest, but not `except`, which may be NULL. NULL: none.
 */
struct idle_entry *idle_oldest(const struct idle *idle, const struct peer_key *peer,
                               const struct idle_entry *except);

/* All must have been removed. */
void idle_fini(struct idle *idle);

#endif
