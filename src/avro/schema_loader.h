/*
 * Loads schemas, one after another, on a thread that asks the registry. While the registry is away,
 * loads are tried again, 250 ms to 10 s apart. The thread starts with the first load. All functions
 * are called on the worker's thread.
 */
#ifndef AVRO_SCHEMA_LOADER_H
#define AVRO_SCHEMA_LOADER_H

#include "avro/registry.h"
#include "base/list.h"

struct schema_load {
    struct list node;
    uint32_t id;
    struct plan *plan; /* once delivered: the caller's; NULL: unusable, `reason` says why */
    char reason[REGISTRY_REASON_LEN];
};

enum schema_loader_state {
    SCHEMA_LOADER_FINE, /* also before the first load */
    SCHEMA_LOADER_AWAY  /* neither the registry nor the directory can be read */
};

/* How often it has tried to load a schema. */
struct schema_load_attempts {
    uint64_t done;   /* also those that found no usable schema */
    uint64_t failed; /* nothing is known of the schema: tried again */
};

struct schema_loader;

/*
 * Returns a new one, which takes the registry; NULL without memory (the registry stays the
 * caller's). `event_fd` (base/eventfd.h, borrowed) is signalled when there is something to deliver.
 */
CHECKED struct schema_loader *schema_loader_new(struct registry *registry, int event_fd);

/*
 * Loads the schema load->id. The struct is the loader's until it is delivered or the loader is
 * freed; then it is the caller's again, who frees it. KSSE_ESYSTEM: the thread cannot be started.
 */
CHECKED int schema_loader_add(struct schema_loader *loader, struct schema_load *load);

/*
 * Puts the loads that are done at the end of `delivered`. Returns whether the state has changed
 * since the last call: then *state is the new one, and `reason` (REGISTRY_REASON_LEN bytes) says
 * why.
 */
CHECKED bool schema_loader_deliver(struct schema_loader *loader, struct list *delivered,
                                   enum schema_loader_state *state, char *reason);

/* Up to now. */
struct schema_load_attempts schema_loader_attempts(struct schema_loader *loader);

/*
 * Aborts the attempt that is under way. Puts all loads that were not delivered at the end of
 * `left`; those that are done have their plans. Frees the registry. NULL is fine.
 */
void schema_loader_free(struct schema_loader *loader, struct list *left);

#endif
