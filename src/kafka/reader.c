/*
 * See reader.h. A handle is BUSY while it is made or cleaned, else READY. A message of the queue is
 * current if its partition is started and wanted. librdkafka itself drops what was fetched before a
 * start or stop (its version barriers). What was taken from the queue before a stop ended is
 * dropped here, when the stop is done.
 */
#include "kafka/reader.h"
#include "base/clock.h"
#include "base/mem.h"
#include "kafka/headers.h"
#include "kafka/partitions.h"
#include "kafka/fetch_nudge.h"
#include "kafka/reader_error.h"

enum {
    BATCH_SIZE = 256
};

enum handle_state {
    HANDLE_BUSY,
    HANDLE_READY,
    HANDLE_FAILED
};

struct handle {
    struct kafka_reader public_part;
    struct reader base;
    struct reader_context *context;
    enum reader_kind kind;
    bool is_open;
    size_t given_bytes; /* keys and values, since it was opened */
    enum handle_state state;
    struct job job; /* making, cleaning, destroying */
    int64_t closed_ms;

    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    rd_kafka_queue_t *main; /* of errors and statistics */
    struct partitions partitions;
    struct fetch_nudge nudge;

    rd_kafka_message_t *batch[BATCH_SIZE];
    size_t batch_at;
    size_t batch_count;
    rd_kafka_message_t *current; /* handed out last */
    struct headers headers;      /* of the current one, when they were asked for */

    void (*on_freed)(void *opaque);
    void *on_freed_opaque;
};

static void drop_current(struct handle *handle)
{
    if (handle->current != NULL) {
        rd_kafka_message_destroy(handle->current);
        handle->current = NULL;
    }
    headers_trim(&handle->headers);
}

static void drop_batch(struct handle *handle)
{
    drop_current(handle);
    while (handle->batch_at < handle->batch_count) {
        rd_kafka_message_destroy(handle->batch[handle->batch_at++]);
    }
}

/* The partition's messages in the batch came before the stop: they are stale. */
static void on_stopped(struct partition *partition)
{
    struct handle *handle = CONTAINER_OF(partition->owner, struct handle, partitions);
    size_t kept = handle->batch_at;
    for (size_t i = handle->batch_at; i < handle->batch_count; i++) {
        rd_kafka_message_t *message = handle->batch[i];
        if (partition_is_of(partition, message)) {
            rd_kafka_message_destroy(message);
        } else {
            handle->batch[kept++] = message;
        }
    }
    handle->batch_count = kept;
}

static void make_run(struct job *job)
{
    struct handle *handle = CONTAINER_OF(job, struct handle, job);
    char error[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(handle->context->confs[handle->kind]);
    handle->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
    if (handle->rk == NULL) {
        rd_kafka_conf_destroy(conf);
        return;
    }
    static const uint64_t one = 1;
    handle->queue = rd_kafka_queue_new(handle->rk);
    rd_kafka_queue_io_event_enable(handle->queue, handle->context->event_fd, &one, sizeof(one));
    /* Else errors and statistics of an idle handle would pile up until somebody reads. */
    handle->main = rd_kafka_queue_get_main(handle->rk);
    rd_kafka_queue_io_event_enable(handle->main, handle->context->event_fd, &one, sizeof(one));
}

static void handle_ready(struct handle *handle)
{
    handle->state = HANDLE_READY;
    handle->closed_ms = clock_monotonic_ms();
    partitions_resume(&handle->partitions);
}

static void make_done(struct job *job)
{
    struct handle *handle = CONTAINER_OF(job, struct handle, job);
    if (handle->rk == NULL) {
        handle->state = HANDLE_FAILED;
        partitions_lose_all(&handle->partitions, "librdkafka makes no handle");
        return;
    }
    handle->partitions.rk = handle->rk;
    handle->partitions.queue = handle->queue;
    handle_ready(handle);
}

static void start_job(struct handle *handle, void (*run)(struct job *), void (*done)(struct job *))
{
    handle->state = HANDLE_BUSY;
    handle->partitions.is_paused = true;
    handle->job.run = run;
    handle->job.done = done;
    job_queue_add(handle->context->jobs, &handle->job);
}

static const struct reader_ops ops;

struct kafka_reader *kafka_reader_new(struct reader_context *context, enum reader_kind kind)
{
    struct handle *handle = mem_zalloc(sizeof(*handle));
    if (handle == NULL) {
        return NULL;
    }
    list_init(&handle->public_part.node);
    handle->base.ops = &ops;
    handle->context = context;
    handle->kind = kind;
    partitions_init(&handle->partitions, context->jobs, on_stopped);
    fetch_nudge_init(&handle->nudge, context->slow_jobs, &handle->partitions);
    start_job(handle, make_run, make_done);
    return &handle->public_part;
}

static struct handle *handle_of(const struct kafka_reader *kafka_reader)
{
    return CONTAINER_OF(kafka_reader, struct handle, public_part);
}

enum reader_kind kafka_reader_kind(const struct kafka_reader *kafka_reader)
{
    return handle_of(kafka_reader)->kind;
}

bool kafka_reader_is_open(const struct kafka_reader *kafka_reader)
{
    return handle_of(kafka_reader)->is_open;
}

bool kafka_reader_is_idle(const struct kafka_reader *kafka_reader)
{
    const struct handle *handle = handle_of(kafka_reader);
    return !handle->is_open && handle->state != HANDLE_BUSY;
}

int64_t kafka_reader_idle_ms(const struct kafka_reader *kafka_reader, int64_t now_ms)
{
    return now_ms - handle_of(kafka_reader)->closed_ms;
}

struct reader *kafka_reader_open(struct kafka_reader *kafka_reader)
{
    struct handle *handle = handle_of(kafka_reader);
    ASSERT(!handle->is_open);
    handle->is_open = true;
    handle->given_bytes = 0;
    handle->base.on_ready = NULL;
    handle->base.opaque = NULL;
    if (handle->state == HANDLE_FAILED) {
        start_job(handle, make_run, make_done);
    }
    return &handle->base;
}

static int start(struct reader *base, const char *topic, int32_t partition, int64_t offset,
                 void *tag)
{
    struct handle *handle = CONTAINER_OF(base, struct handle, base);
    drop_current(handle);
    if (handle->state == HANDLE_FAILED) {
        return KSSE_EKAFKA;
    }
    return partitions_start(&handle->partitions, topic, partition, offset, tag);
}

static void stop(struct reader *base, const char *topic, int32_t partition)
{
    struct handle *handle = CONTAINER_OF(base, struct handle, base);
    drop_current(handle);
    partitions_stop(&handle->partitions, topic, partition);
}

/* Throws away what the stopped partitions left in the queue: it counts against its bounds. */
static void clean_run(struct job *job)
{
    struct handle *handle = CONTAINER_OF(job, struct handle, job);
    rd_kafka_message_t *stale[BATCH_SIZE];
    ssize_t count;
    while ((count = rd_kafka_consume_batch_queue(handle->queue, 0, stale, BATCH_SIZE)) > 0) {
        for (ssize_t i = 0; i < count; i++) {
            rd_kafka_message_destroy(stale[i]);
        }
    }
}

static void clean_done(struct job *job)
{
    struct handle *handle = CONTAINER_OF(job, struct handle, job);
    partitions_trim(&handle->partitions);
    handle_ready(handle);
}

static void close_reader(struct reader *base)
{
    struct handle *handle = CONTAINER_OF(base, struct handle, base);
    ASSERT(handle->is_open);
    handle->is_open = false;
    handle->base.on_ready = NULL;
    handle->closed_ms = clock_monotonic_ms();
    drop_batch(handle);
    fetch_nudge_cancel(&handle->nudge);
    partitions_stop_all(&handle->partitions);
    /* The stops are jobs that stand before this one. A busy handle has nothing started. */
    if (handle->state == HANDLE_READY) {
        start_job(handle, clean_run, clean_done);
    }
}

/*
 * A short reader leaves the last message of a fetch in the queue: librdkafka fetches more as soon
 * as the queue is empty, and a user of a short reader usually closes it then.
 */
static size_t most_to_pull(const struct handle *handle)
{
    if (handle->kind != READER_SHORT) {
        return BATCH_SIZE;
    }
    size_t queued = rd_kafka_queue_length(handle->queue);
    bool has_enough = handle->given_bytes >= READER_SHORT_BYTES;
    size_t most = queued > 1 || (queued == 1 && has_enough) ? queued - 1 : queued;
    return most < BATCH_SIZE ? most : BATCH_SIZE;
}

/* Returns whether there is a batch now. */
static bool pull(struct handle *handle)
{
    size_t most = most_to_pull(handle);
    ssize_t count =
        most == 0 ? 0 : rd_kafka_consume_batch_queue(handle->queue, 0, handle->batch, most);
    handle->batch_at = 0;
    handle->batch_count = count > 0 ? (size_t)count : 0;
    if (handle->batch_count == 0) {
        bool expects = handle->kind != READER_TAIL && partitions_are_reading(&handle->partitions);
        fetch_nudge_when_starved(&handle->nudge, expects);
        return false;
    }
    size_t bytes = 0;
    for (size_t i = 0; i < handle->batch_count; i++) {
        bytes += handle->batch[i]->len + handle->batch[i]->key_len;
    }
    fetch_nudge_after_batch(&handle->nudge, handle->batch_count, bytes,
                            rd_kafka_queue_length(handle->queue));
    return true;
}

static enum read_kind read_record(struct handle *handle, struct partition *partition,
                                  struct read_event *out)
{
    const rd_kafka_message_t *message = handle->current;
    if (message->offset < partition->next_offset) {
        return READ_NOTHING;
    }
    rd_kafka_timestamp_type_t type;
    int64_t timestamp_ms = rd_kafka_message_timestamp(message, &type);
    partition->next_offset = message->offset + 1;
    partition->is_at_end = false;
    out->offset = message->offset;
    out->timestamp_ms = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp_ms;
    out->key = slice_of(message->key, message->key_len);
    out->value = slice_of(message->payload, message->len);
    handle->given_bytes += message->key_len + message->len;
    return READ_RECORD;
}

static enum read_kind read_error(struct handle *handle, struct partition *partition,
                                 struct read_event *out)
{
    const rd_kafka_message_t *message = handle->current;
    switch (message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        /* The end may be behind the last record: aborted transactions and markers stand there. */
        if (message->offset < partition->next_offset) {
            return READ_NOTHING;
        }
        partition->next_offset = message->offset;
        partition->is_at_end = true;
        out->offset = message->offset;
        return READ_END;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        /* These carry no version: one of an earlier start may still come out. */
        if (message->offset >= 0 && message->offset < partition->next_offset) {
            return READ_NOTHING;
        }
        out->offset = partition->next_offset;
        partition_give_up(partition);
        return READ_OUT_OF_RANGE;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        out->offset = partition->next_offset;
        out->message = rd_kafka_message_errstr(message);
        partition_give_up(partition);
        return READ_LOST;
    default:
        return reader_error_take(handle->context, partition, message, out);
    }
}

static enum read_kind read_lost(struct handle *handle, struct read_event *out)
{
    struct partition *partition = LIST_FIRST(&handle->partitions.lost, struct partition, node);
    list_remove(&partition->node);
    *out = (struct read_event){.kind = partition->jump_to > 0 ? READ_UNREADABLE : READ_LOST,
                               .tag = partition->tag,
                               .offset = partition->next_offset,
                               .to = partition->jump_to,
                               .timestamp_ms = -1,
                               .message = partition->lost_reason};
    return out->kind;
}

static enum read_kind next(struct reader *base, struct read_event *out)
{
    struct handle *handle = CONTAINER_OF(base, struct handle, base);
    drop_current(handle);
    if (!list_is_empty(&handle->partitions.lost)) {
        return read_lost(handle, out);
    }
    enum read_kind kind = READ_NOTHING;
    while (kind == READ_NOTHING && handle->state == HANDLE_READY &&
           (handle->batch_at < handle->batch_count || pull(handle))) {
        drop_current(handle);
        handle->current = handle->batch[handle->batch_at++];
        struct partition *partition = partitions_of_message(handle->current);
        if (partition != NULL) {
            *out = (struct read_event){.tag = partition->tag, .timestamp_ms = -1};
            kind = handle->current->err == RD_KAFKA_RESP_ERR_NO_ERROR
                       ? read_record(handle, partition, out)
                       : read_error(handle, partition, out);
        }
    }
    out->kind = kind;
    return kind;
}

static int headers(struct reader *base, const struct record_header **out, size_t *count)
{
    struct handle *handle = CONTAINER_OF(base, struct handle, base);
    ASSERT(handle->current != NULL);
    return headers_read(&handle->headers, handle->current, out, count);
}

static const struct reader_ops ops = {
    .start = start, .stop = stop, .next = next, .headers = headers, .close = close_reader};

void kafka_reader_dispatch(struct kafka_reader *kafka_reader)
{
    struct handle *handle = handle_of(kafka_reader);
    if (handle->state == HANDLE_READY) {
        rd_kafka_poll(handle->rk, 0);
    }
    bool has_something =
        !list_is_empty(&handle->partitions.lost) ||
        (handle->state == HANDLE_READY &&
         (handle->batch_at < handle->batch_count || rd_kafka_queue_length(handle->queue) > 0));
    if (handle->is_open && has_something && handle->base.on_ready != NULL) {
        handle->base.on_ready(handle->base.opaque);
    }
}

rd_kafka_t *kafka_reader_handle(const struct kafka_reader *kafka_reader)
{
    const struct handle *handle = handle_of(kafka_reader);
    return handle->state == HANDLE_READY ? handle->rk : NULL;
}

bool kafka_reader_compare(struct kafka_reader *kafka_reader, const struct metadata *metadata)
{
    return partitions_compare(&handle_of(kafka_reader)->partitions, metadata);
}

void kafka_reader_abandon(struct kafka_reader *kafka_reader)
{
    struct handle *handle = handle_of(kafka_reader);
    if (handle->is_open) {
        close_reader(&handle->base);
    }
}

static void destroy_run(struct job *job)
{
    struct handle *handle = CONTAINER_OF(job, struct handle, job);
    partitions_fini(&handle->partitions);
    headers_fini(&handle->headers);
    if (handle->rk != NULL) {
        rd_kafka_queue_io_event_enable(handle->main, -1, NULL, 0);
        rd_kafka_queue_destroy(handle->main);
        rd_kafka_queue_destroy(handle->queue);
        rd_kafka_destroy(handle->rk);
    }
}

static void destroy_done(struct job *job)
{
    struct handle *handle = CONTAINER_OF(job, struct handle, job);
    if (handle->on_freed != NULL) {
        handle->on_freed(handle->on_freed_opaque);
    }
    mem_free(handle);
}

void kafka_reader_free_later(struct kafka_reader *kafka_reader, void (*on_freed)(void *opaque),
                             void *opaque)
{
    struct handle *handle = handle_of(kafka_reader);
    ASSERT(!handle->is_open && handle->state != HANDLE_BUSY);
    handle->on_freed = on_freed;
    handle->on_freed_opaque = opaque;
    handle->state = HANDLE_BUSY;
    handle->job.run = destroy_run;
    handle->job.done = destroy_done;
    job_queue_add(handle->context->slow_jobs, &handle->job);
}
