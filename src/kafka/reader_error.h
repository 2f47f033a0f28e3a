/*
 * An error that came instead of a record. On the worker's thread.
 */
#ifndef KAFKA_READER_ERROR_H
#define KAFKA_READER_ERROR_H

#include "kafka/partitions.h"
#include "kafka/reader.h"

/*
 * Returns READ_ERROR, with *out filled in, which borrows from `message`. If a batch cannot be read,
 * the partition is given up, and another event will say where it goes on.
 */
enum read_kind reader_error_take(const struct reader_context *context, struct partition *partition,
                                 const rd_kafka_message_t *message, struct read_event *out);

#endif
