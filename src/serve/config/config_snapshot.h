/*
 * A snapshot of the configuration, as a server works with it: default routes added, options of
 * routes inherited, `auto` decided, routes compiled, plug-ins open. It does not change once it is
 * made, and counts its owners, so any thread may use it.
 *
 * The server, its workers, and every request, selection and handoff that borrows something from a
 * snapshot refer to it. So a worker can go on with another snapshot while the streams that began
 * with this one keep it; the last of them frees it. References are taken per stream, never per
 * record.
 */
#ifndef SERVE_CONFIG_CONFIG_SNAPSHOT_H
#define SERVE_CONFIG_CONFIG_SNAPSHOT_H

#include "serve/config/compiled_route.h"
#include "serve/config/config.h"

#include <stdatomic.h>

struct config_snapshot {
    atomic_size_t refs;
    struct ksse_config *config; /* resolved */
    struct compiled_routes routes;
};

/* Which of a snapshot's routes a request goes to. All borrowed. */
struct route_target {
    struct config_snapshot *snapshot;
    const struct route_config *route; /* one of the snapshot's */
    struct slice topics;              /* decoded; empty for a route without {topics} */
};

/*
 * Checks what a program said, as ksse_config_check() does but for deserializers, and returns a
 * snapshot of it with one reference in *out. Plug-ins are opened only if `opens`. `before` is the
 * snapshot that the new one is to replace (see compiled_routes_init()), or NULL. KSSE_EVALUE,
 * KSSE_EKAFKA, KSSE_ENOMEM.
 */
CHECKED int config_snapshot_new(const struct ksse_config *said,
                                const struct config_snapshot *before, bool opens,
                                struct config_snapshot **out, struct ksse_error *error);

/* Returns the snapshot, with one more reference. */
struct config_snapshot *config_snapshot_ref(struct config_snapshot *snapshot);

/* The last reference frees it, with its filters, and closes plug-ins, on the thread that gives it
 * up. NULL is fine. */
void config_snapshot_unref(struct config_snapshot *snapshot);

/* Of the route with that number. */
const struct compiled_route *config_snapshot_route(const struct config_snapshot *snapshot,
                                                   size_t route_index);

#endif
