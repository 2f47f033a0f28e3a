/*
 * What a reader does about an error that came instead of a record. On the worker's thread.
 */
#ifndef KAFKA_TROUBLE_H
#define KAFKA_TROUBLE_H

#include "kafka/partitions.h"
#include "kafka/reader.h"

/*
 * Returns READ_ERROR, with *out filled in; `message` is borrowed for as long as that is. If a batch
 * cannot be read the partition is given up: what comes of it is told later.
 */
enum read_kind trouble_take(const struct reader_context *context, struct partition *partition,
                            const rd_kafka_message_t *message, struct read_event *out);

#endif
