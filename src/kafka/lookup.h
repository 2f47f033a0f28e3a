/*
 * All that waits for a broker's answer: metadata, and with it whether the cluster can be reached,
 * and offset look-ups. They share a handle. One thread asks for metadata, others for offsets
 * (lookup_threads.h).
 */
#ifndef KAFKA_LOOKUP_H
#define KAFKA_LOOKUP_H

#include "api/error.h"
#include "base/assert.h"
#include "feed/log/source.h"
#include "kafka/metadata.h"

#include <librdkafka/rdkafka.h>
#include <stdint.h>

struct lookup;

/*
 * Makes the handle from `conf` (taken, also on failure) and starts the threads. `event_fd`
 * (base/eventfd.h, borrowed) is signalled when there is something to deliver. KSSE_EKAFKA:
 * librdkafka makes no handle of it; KSSE_ENOMEM; KSSE_ESYSTEM: no thread.
 */
CHECKED int lookup_new(rd_kafka_conf_t *conf, int event_fd, int refresh_ms, struct lookup **out,
                       struct ksse_error *error);

/* As source_lookup(), source_cancel() and source_refresh(). Worker's thread. */
void lookup_submit(struct lookup *lookup, struct offset_lookup *question);
void lookup_cancel(struct lookup *lookup, struct offset_lookup *question);
void lookup_refresh(struct lookup *lookup);

/* A handle cannot reach brokers: asks for metadata at once, to find out whether the cluster is
 * away. Any thread. */
void lookup_suspect(struct lookup *lookup);

/* Keeps librdkafka's sentence about a broker that cannot be reached: it is the reason of on_down if
 * none can be. The metadata thread, which polls the handle. */
void lookup_note(struct lookup *lookup, const char *text);

/* Calls on_done of finished look-ups, and on_up or on_down of *events after a change. Returns the
 * newest metadata, which is the caller's then; NULL: none since the last call. Worker's thread. */
struct metadata *lookup_deliver(struct lookup *lookup, const struct source_events *events,
                                void *opaque);

/* Asks nothing more. Returns at once: requests that are under way end within two seconds. */
void lookup_stop(struct lookup *lookup);

/* Ends the threads, within two seconds, and frees what was not delivered, without callbacks. NULL
 * is fine. */
void lookup_free(struct lookup *lookup);

#endif
