/*
 * Ghosts: partitions that a client's id names and no cluster has. Each must be told as gone, once,
 * before anything else, and stay in the client's ids until then.
 */
#ifndef SIM_GHOSTS_H
#define SIM_GHOSTS_H

#include "core/stream/assignment.h"
#include "core/stream/view.h"
#include "stream.h"
#include "support/rng.h"

enum {
    GHOSTS = 8
};

struct ghosts {
    bool is_untold[GHOSTS]; /* by partition */
    int64_t from[GHOSTS];
    size_t untold;
};

/* Adds some to the id, which is zero-terminated. */
void ghosts_conjure(struct bytes *id, struct rng *rng);

/* Those of the id that a connection begins with. */
void ghosts_open(struct ghosts *g, const struct assignments *id, const struct view *view);

/* Whether the topic is theirs. */
bool ghosts_own(struct slice topic);

/* One was told, or is named in an id. */
void ghosts_take_gap(struct ghosts *g, const char *name, int64_t partition, int64_t from);
void ghosts_check_entry(const struct ghosts *g, const char *name, const struct assignment *item);

#endif
