/*
 * The configuration of librdkafka for each of our four kinds of handle. The operator's properties
 * go in first, and then those that the design rests on. Any thread.
 */
#ifndef KAFKA_CONF_H
#define KAFKA_CONF_H

#include "api/error.h"
#include "base/assert.h"
#include "kafka/properties.h"

#include <librdkafka/rdkafka.h>
#include <stddef.h>

enum handle_kind {
    HANDLE_TAIL,
    HANDLE_REPLAY,
    HANDLE_SHORT, /* replays that begin */
    HANDLE_LOOKUP,
    HANDLE_KIND_COUNT
};

/* A replay or tail handle stops fetching when this much is in its queue. */
enum {
    CONF_QUEUE_MESSAGES = 50000,
    CONF_QUEUE_KBYTES = 16384
};

/* Makes a new configuration. KSSE_EKAFKA with librdkafka's sentence. */
CHECKED int conf_new(enum handle_kind kind, const char *brokers,
                     const struct kafka_property *properties, size_t property_count,
                     rd_kafka_conf_t **out, struct ksse_error *error);

#endif
