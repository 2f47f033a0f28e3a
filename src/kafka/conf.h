/*
 * How librdkafka is set up for each of our four uses of it. The properties of the operator go in
 * first, those that the design rests on after them. Any thread.
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
    HANDLE_SHORT, /* for replays that begin */
    HANDLE_LOOKUP,
    HANDLE_KIND_COUNT
};

/* A replay handle stops to fetch when this much is queued in it; the tail's bound is as large. */
enum {
    CONF_QUEUE_MESSAGES = 50000,
    CONF_QUEUE_KBYTES = 16384
};

/* Makes a new configuration. KSSE_EKAFKA with librdkafka's sentence. */
CHECKED int conf_new(enum handle_kind kind, const char *brokers,
                     const struct kafka_property *properties, size_t property_count,
                     rd_kafka_conf_t **out, struct ksse_error *error);

#endif
