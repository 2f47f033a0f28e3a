/*
 * One metadata answer, copied out of librdkafka's memory: all topics, sorted by name, with their
 * partition counts. Made on the look-up thread, then handed to the worker; immutable.
 */
#ifndef KAFKA_SNAPSHOT_H
#define KAFKA_SNAPSHOT_H

#include "base/assert.h"
#include "feed/source.h"

#include <librdkafka/rdkafka.h>
#include <stddef.h>

struct snapshot {
    struct topic_info *topics; /* sorted by name */
    size_t count;
};

/* Returns a new one, or NULL without memory. Topics that have no partitions or an error are not
 * in it. */
CHECKED struct snapshot *snapshot_new(const rd_kafka_metadata_t *metadata);

/* Returns the topic, or NULL. */
const struct topic_info *snapshot_find(const struct snapshot *snapshot, const char *name);

/* NULL is fine. */
void snapshot_free(struct snapshot *snapshot);

#endif
