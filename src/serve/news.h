/*
 * News: what a worker has to say in the log of records, partitions and schemas. It is said once for
 * the whole crew, or once in a while: any worker may be the only one that reads a partition or
 * needs schemas, and all that do so meet the same. `opaque` is the worker, on its thread.
 */
#ifndef SERVE_NEWS_H
#define SERVE_NEWS_H

#include "avro/avro.h"
#include "feed/feed.h"

struct worker;

/* What the worker's feed is to tell. */
struct feed_events news_of_feed(struct worker *w);

/* Says what is due by now of records that were skipped; with `all`, what is left. */
void news_tell_skips(void *opaque, bool all);

/* As struct avro_options wants it. */
void news_schemas(void *opaque, enum avro_news news, const char *message);

#endif
