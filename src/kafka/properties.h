/*
 * librdkafka's configuration properties as an operator gives them: may this one be set, and does
 * librdkafka take it. Makes no handle and opens no connection. Any thread.
 */
#ifndef KAFKA_PROPERTIES_H
#define KAFKA_PROPERTIES_H

#include "base/assert.h"

#include <kafkasse/error.h>

#include <stdbool.h>
#include <stddef.h>

struct kafka_property {
    char *name;
    char *value;
};

/* Why the server does not let `name` be set (a static sentence), or NULL when it does. */
const char *kafka_property_refused(const char *name);

/* Whether the value of `name` is likely a secret, which no message and no log line may show. */
bool kafka_property_is_secret(const char *name);

/*
 * KSSE_EREFUSED with the reason; KSSE_EKAFKA with librdkafka's sentence when it knows no such
 * property, was built without it, or does not take the value.
 */
CHECKED int kafka_property_check(const char *name, const char *value, struct ksse_error *error);

/*
 * Checks all of them on one configuration, in order, as a handle would get them. What librdkafka
 * only checks when it makes a handle (that a key fits its certificate, say) shows only then.
 */
CHECKED int kafka_properties_check_all(const struct kafka_property *properties, size_t count,
                                       struct ksse_error *error);

#endif
