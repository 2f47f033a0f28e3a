/*
 * The headers of a message of librdkafka's, in the feed's form. librdkafka parses them when it is
 * asked for them, so a message whose headers nobody wants costs nothing. One per reader, on the
 * worker's thread.
 */
#ifndef KAFKA_HEADERS_H
#define KAFKA_HEADERS_H

#include "api/error.h"
#include "base/assert.h"
#include "core/stream/record.h"

#include <librdkafka/rdkafka.h>

struct headers {
    struct record_header *items;
    size_t cap;
};

/*
 * The list lives until the next call; names and values belong to the message. A message without
 * headers, or with some that librdkafka cannot parse, has none. KSSE_ENOMEM.
 */
CHECKED int headers_read(struct headers *headers, const rd_kafka_message_t *message,
                         const struct record_header **out, size_t *count);

/* Gives back what a message with very many headers took. */
void headers_trim(struct headers *headers);

void headers_fini(struct headers *headers);

#endif
