/*
 * Metadata, whether the cluster can be reached, offset look-ups: all that waits for a broker's
 * answer. They have a handle of their own, and threads: one for metadata, and those that ask for
 * offsets (lookup_threads.h).
 */
#ifndef KAFKA_LOOKUP_H
#define KAFKA_LOOKUP_H

#include "api/error.h"
#include "base/assert.h"
#include "feed/log/source.h"
#include "kafka/snapshot.h"

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

/* Some handle has trouble with the brokers: find out at once whether the cluster is away. Any
 * thread. */
void lookup_suspect(struct lookup *lookup);

/* What librdkafka said of a broker that could not be reached: the reason to be told if none can be.
 * The metadata thread, which polls the handle. */
void lookup_note(struct lookup *lookup, const char *text);

/* Calls on_done of finished look-ups and on_up/on_down of *events, and returns the newest metadata
 * if there is any that was not returned yet (the caller's then), else NULL. Worker's thread. */
struct snapshot *lookup_deliver(struct lookup *lookup, const struct source_events *events,
                                void *opaque);

/* Nothing more is asked. Returns at once: what is under way ends within two seconds. */
void lookup_stop(struct lookup *lookup);

/* Ends the threads within two seconds and frees what was not delivered, without callbacks. NULL
 * is fine. */
void lookup_free(struct lookup *lookup);

#endif
