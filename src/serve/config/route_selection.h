/*
 * What a client sees of its route's records: what the operator decided, and what the request adds.
 * Any thread.
 */
#ifndef SERVE_CONFIG_ROUTE_SELECTION_H
#define SERVE_CONFIG_ROUTE_SELECTION_H

#include "core/stream/refusal.h"
#include "serve/config/config_snapshot.h"

/* What a client wants to see, both as the URL has it, decoded; data NULL without it. */
struct selection_request {
    struct slice filter;
    struct slice fields;
};

/*
 * Returns a new selection for a client of the snapshot's route `route_index` in *out. It refers to
 * the snapshot, whose filters it uses. KSSE_EREFUSED with *refusal filled, also without memory.
 */
CHECKED int route_select(struct config_snapshot *snapshot, size_t route_index,
                         const struct selection_request *request, struct selection **out,
                         struct refusal *refusal);

#endif
