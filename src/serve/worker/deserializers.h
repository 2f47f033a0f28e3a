/*
 * The deserializers of one worker: one for each rendering of its server's compiled routes. One
 * thread.
 */
#ifndef SERVE_WORKER_DESERIALIZERS_H
#define SERVE_WORKER_DESERIALIZERS_H

#include "avro/avro.h"
#include "core/stream/call_deserializer.h"
#include "feed/log/tail.h"
#include "serve/config/config.h"

struct deserializers {
    struct rendering *items; /* by the number that compiled routes give them */
    size_t count;
    struct call_deserializer *calls; /* of plug-ins and callbacks: one per item, perhaps unused */
    struct avro *avro;               /* for all items that are Avro; NULL: none is */
};

/* Makes them; what Avro has to say goes to `on_event`. KSSE_ENOMEM, KSSE_EVALUE:
 * deserializers_close() is still needed. */
CHECKED int deserializers_open(struct deserializers *d, const struct ksse_config *config,
                               avro_event_fn on_event, void *opaque, struct ksse_error *error);

/* No feed may use them any more. A zeroed struct is fine. */
void deserializers_close(struct deserializers *d);

#endif
