/* See reader_error.h. */
#include "kafka/reader_error.h"
#include "kafka/probe.h"

/* librdkafka would try the same batch again, many times a second and for ever. */
static void leave_batch(const struct reader_context *context, struct partition *partition)
{
    if (context->waits_for_unreadable) {
        partition_lose(partition, "a batch cannot be read, and unreadable = wait");
        return;
    }
    int64_t end = prober_end_of(context->prober, partition_topic(partition), partition->number,
                                partition->next_offset);
    if (end >= 0) {
        partition_jump(partition, end);
    } else {
        partition_probe(partition, context->prober);
    }
}

/* The error's offset is that of the batch, which may begin before the one that was asked for. */
enum read_kind reader_error_take(const struct reader_context *context, struct partition *partition,
                                 const rd_kafka_message_t *message, struct read_event *out)
{
    bool is_within = message->offset <= partition->next_offset;
    out->offset = is_within ? partition->next_offset : message->offset;
    out->message = rd_kafka_message_errstr(message);
    if (probe_is_of_batch(message->err)) {
        leave_batch(context, partition);
    }
    return READ_ERROR;
}
