/*
 * Orders of schemas, filled one after the other by a thread that asks the registry; orders that
 * cannot be filled because it is away are tried again, 250 ms to 10 s apart. The thread starts with
 * the first order. All functions are called on the worker's thread.
 */
#ifndef AVRO_SUPPLY_H
#define AVRO_SUPPLY_H

#include "avro/registry.h"
#include "base/list.h"

struct supply_order {
    struct list node;
    uint32_t id;
    struct plan *plan; /* once delivered: the caller's; NULL: unusable, `reason` says why */
    char reason[REGISTRY_REASON_LEN];
};

enum supply_state {
    SUPPLY_FINE, /* also before anything was asked */
    SUPPLY_AWAY
};

/* What has become of attempts to fill orders so far. */
struct supply_attempts {
    uint64_t filled; /* also those that found no usable schema */
    uint64_t failed; /* nothing is known: made again */
};

struct supply;

/*
 * Returns a new one in *out, which takes the registry; NULL without memory (the registry stays the
 * caller's). `event_fd` (base/eventfd.h, borrowed) is signalled when there is something to deliver.
 */
CHECKED struct supply *supply_new(struct registry *registry, int event_fd);

/*
 * Orders the schema order->id. The order's memory is the supply's until it is delivered or the
 * supply is freed, and is the caller's to free in the end. KSSE_ESYSTEM when the thread
 * cannot be started.
 */
CHECKED int supply_order(struct supply *supply, struct supply_order *order);

/*
 * Puts the orders that have been filled at the end of `delivered`. Returns whether the state has
 * changed since the last call: *state is the new one then, and `reason` (REGISTRY_REASON_LEN bytes)
 * says why.
 */
CHECKED bool supply_deliver(struct supply *supply, struct list *delivered, enum supply_state *state,
                            char *reason);

/* Attempts that were made up to now. */
struct supply_attempts supply_attempts(struct supply *supply);

/*
 * Breaks off what is under way. All orders that were not delivered are put at the end of `left`;
 * those that were filled have their plans. Frees the registry.
 */
void supply_free(struct supply *supply, struct list *left);

#endif
