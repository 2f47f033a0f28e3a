/*
 * Which routes have a topic: whether the cluster has one that the route may serve. Found out when
 * it is asked for, and kept until metadata comes. On the worker's thread.
 */
#ifndef SERVE_REQUEST_ROUTE_TOPICS_H
#define SERVE_REQUEST_ROUTE_TOPICS_H

#include "feed/feed.h"
#include "serve/config/config_snapshot.h"

enum route_has {
    ROUTE_UNKNOWN, /* as mem_zalloc() leaves it */
    ROUTE_HAS_NONE,
    ROUTE_HAS_SOME
};

struct route_topics {
    const struct config_snapshot *snapshot; /* whose routes these are; borrowed */
    enum route_has *items;                  /* one per route; NULL: nothing is kept */
};

/* Is for the routes of this snapshot from now on. All zero before the first time. */
void route_topics_use(struct route_topics *topics, const struct config_snapshot *snapshot);
void route_topics_fini(struct route_topics *topics);

/* Metadata has come. */
void route_topics_forget(struct route_topics *topics);

/* Whether the route has a topic. Those of other snapshots are fine, but looked at each time. */
bool route_topics_has(struct route_topics *topics, const struct feed *feed,
                      const struct config_snapshot *snapshot, size_t route_index);

#endif
