/*
 * The metadata of the cluster, copied out of librdkafka's memory: all topics, sorted by name, with
 * their partition counts and leaders, and the brokers. Immutable. The metadata thread makes it for
 * the worker.
 */
#ifndef KAFKA_METADATA_H
#define KAFKA_METADATA_H

#include "base/assert.h"
#include "feed/log/source.h"

#include <librdkafka/rdkafka.h>
#include <stddef.h>

struct metadata_broker {
    int32_t id;
    const char *address; /* host:port, as it is advertised */
};

struct metadata {
    struct topic_info *topics; /* sorted by name */
    size_t count;
    size_t *first_leaders; /* by topic: where its partitions start in `leaders` */
    int32_t *leaders;      /* broker ids; -1: none for now */
    struct metadata_broker *brokers;
    size_t broker_count;
};

/* Returns a new one, or NULL without memory. Topics that have no partitions or an error are not
 * in it. */
CHECKED struct metadata *metadata_new(const rd_kafka_metadata_t *rd_metadata);

/* Returns the topic, or NULL. */
const struct topic_info *metadata_find(const struct metadata *metadata, const char *name);

/* Returns the broker that leads the partition, or -1 when there is no such partition or leader. */
int32_t metadata_leader(const struct metadata *metadata, const char *topic, int32_t partition);

/* NULL is fine. */
void metadata_free(struct metadata *metadata);

#endif
