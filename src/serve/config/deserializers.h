/*
 * The deserializers of one worker: one for each rendering of its server's compiled routes. One
 * thread.
 */
#ifndef SERVE_CONFIG_DESERIALIZERS_H
#define SERVE_CONFIG_DESERIALIZERS_H

#include "avro/avro.h"
#include "core/stream/call_deserializer.h"
#include "feed/log/tail.h"
#include "serve/config/config_snapshot.h"

/* A function that an item calls; all zero for what is built in. */
struct called {
    struct call_deserializer call;
    struct extension *extension; /* the reference keeps its plug-in open */
};

struct deserializers {
    struct rendering *items; /* by the number that compiled routes give them */
    size_t count;
    struct called *calls; /* one per item */
    struct avro *avro;    /* for all items that are Avro; NULL: none is */
};

/* Makes them; what Avro has to say goes to `on_event`. KSSE_ENOMEM, KSSE_EVALUE:
 * deserializers_close() is still needed. */
CHECKED int deserializers_open(struct deserializers *d, const struct config_snapshot *snapshot,
                               avro_event_fn on_event, void *opaque, struct ksse_error *error);

/* Whether it has all deserializers of the snapshot, by their numbers. Any thread. */
bool deserializers_serve(const struct deserializers *d, const struct config_snapshot *snapshot);

/* No feed may use them any more. A zeroed struct is fine. */
void deserializers_close(struct deserializers *d);

#endif
