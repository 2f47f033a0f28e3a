/*
 * News: what a worker has to say in the log of records, partitions and schemas. It is said once for
 * the whole worker group, or once in a while: any worker may be the only one that reads a partition
 * or needs schemas, and all that do so meet the same. `opaque` is the worker, on its thread.
 */
#ifndef SERVE_WORKER_WORKER_LOG_H
#define SERVE_WORKER_WORKER_LOG_H

#include "avro/avro.h"
#include "feed/feed.h"

struct worker;

/* What the worker's feed is to tell. */
struct feed_events worker_log_feed_events(struct worker *w);

/* Says what is due by now of records that were skipped; with `all`, what is left. */
void worker_log_skips(void *opaque, bool all);

/* As struct avro_options wants it. */
void worker_log_schemas(void *opaque, enum avro_event event, const char *message);

#endif
