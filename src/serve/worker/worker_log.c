/* Lines of the log that are one worker's, and limited for all: see the header. */
#include "serve/worker/worker_log.h"
#include "serve/worker/brokers.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    READ_ERROR_LINE_MS = 10000, /* at most one line in that time, of what could not be read, at the
                                 * first try or a later one */
    UNREADABLE_LINE_MS = 10000, /* of what was given up */
    LOOKUP_LINE_MS = 60000,     /* of look-ups without an answer */
    LOST_LINE_MS = 60000,       /* of partitions that cannot be read */
    SCHEMA_LINE_MS = 9000       /* of unusable schemas; each worker waits a little longer itself */
};

void worker_log_line(const struct worker_log *log, enum ksse_log_level level, const char *event,
                     const char *message)
{
    logger_line(&log->logger, log->is_first ? level : KSSE_LOG_DEBUG, event, message, NULL, 0);
}

static void tell_skip(const struct worker_log *log, const struct skip *skip)
{
    char count[24];
    char message[1024];
    struct ksse_log_field fields[] = {{"reason", undecodable_label(skip->reason)},
                                      {"records", count}};
    snprintf(count, sizeof(count), "%" PRIu64, skip->count);
    bool is_one = skip->count == 1;
    snprintf(message, sizeof(message),
             "Skipped %s %s because %s: topic %s, partition %d, offset %lld. %s",
             is_one ? "a" : count, is_one ? "record" : "records, the first", skip->why, skip->topic,
             (int)skip->partition, (long long)skip->offset, undecodable_advice(skip->reason));
    logger_line(&log->logger, KSSE_LOG_WARNING, "undecodable", message, fields, ARRAY_LEN(fields));
}

static void on_undecodable(void *opaque, const struct record *record,
                           const struct deserializer_fault *fault)
{
    const struct worker_log *log = opaque;
    struct skip skip;
    if (skips_add(&log->shared->skips, record, fault, loop_now_ms(log->loop), &skip)) {
        tell_skip(log, &skip);
    }
}

void worker_log_skips(const struct worker_log *log, bool all)
{
    struct skip skip;
    while (skips_take(&log->shared->skips, loop_now_ms(log->loop), all, &skip)) {
        tell_skip(log, &skip);
    }
}

static void on_lost(void *opaque, const char *topic, int32_t partition, const char *why)
{
    struct worker_log *log = opaque;
    if (!line_is_due(&log->shared->lost_line, loop_now_ms(log->loop), LOST_LINE_MS)) {
        return;
    }
    logger_printf(
        &log->logger, KSSE_LOG_WARNING, "partition-lost",
        "Cannot read topic %s, partition %d: %s. Retrying. If permission is missing, grant Read "
        "and Describe on the topic. Other partitions may have the same problem.",
        topic, (int)partition, why);
}

static void on_lookup_failed(void *opaque, const char *topic, int32_t partition)
{
    struct worker_log *log = opaque;
    struct shared_log *shared = log->shared;
    line_count(&shared->lookup_line);
    /* While the cluster is away that is said, and explains it. */
    if (!log->cluster->is_up ||
        !line_is_due(&shared->lookup_line, loop_now_ms(log->loop), LOOKUP_LINE_MS)) {
        return;
    }
    logger_printf(
        &log->logger, KSSE_LOG_WARNING, "lookup-failed",
        "Cannot look up offsets of topic %s, partition %d: Kafka does not answer. Retrying; "
        "streams wait for them (%llu failures since the last such line).",
        topic, (int)partition, (unsigned long long)line_take_count(&shared->lookup_line));
}

static void on_read_error(void *opaque, const char *topic, int32_t partition, int64_t offset,
                          const char *why)
{
    struct worker_log *log = opaque;
    struct shared_log *shared = log->shared;
    line_count(&shared->read_error_line);
    if (!line_is_due(&shared->read_error_line, loop_now_ms(log->loop), READ_ERROR_LINE_MS)) {
        return;
    }
    logger_printf(
        &log->logger, KSSE_LOG_WARNING, "read-error",
        "Cannot read topic %s, partition %d, offset %lld: %s. Retrying (%llu such errors since "
        "the last such line). If the batch is only large, raise -X receive.message.max.bytes; "
        "kafka-dump-log shows whether it is damaged.",
        topic, (int)partition, (long long)offset, why,
        (unsigned long long)line_take_count(&shared->read_error_line));
}

static void on_unreadable(void *opaque, const char *topic, int32_t partition, int64_t from,
                          int64_t to)
{
    struct worker_log *log = opaque;
    struct shared_log *shared = log->shared;
    line_count(&shared->unreadable_line);
    if (!line_is_due(&shared->unreadable_line, loop_now_ms(log->loop), UNREADABLE_LINE_MS)) {
        return;
    }
    logger_printf(
        &log->logger, KSSE_LOG_WARNING, "unreadable",
        "Skipped records that cannot be read: topic %s, partition %d, offsets %lld to %lld (%llu "
        "times since the last such line). Streams get a gap. With unreadable = wait, they would "
        "wait there instead.",
        topic, (int)partition, (long long)from, (long long)(to - 1),
        (unsigned long long)line_take_count(&shared->unreadable_line));
}

struct feed_events worker_log_feed_events(struct worker_log *log)
{
    return (struct feed_events){.on_undecodable = on_undecodable,
                                .on_lost = on_lost,
                                .on_lookup_failed = on_lookup_failed,
                                .on_read_error = on_read_error,
                                .on_unreadable = on_unreadable,
                                .opaque = log};
}

void worker_log_schemas(void *opaque, enum avro_event event, const char *message)
{
    static const struct {
        enum ksse_log_level level;
        const char *event;
    } lines[] = {
        [AVRO_AWAY] = {KSSE_LOG_WARNING, "schemas-away"},
        [AVRO_BACK] = {KSSE_LOG_INFO, "schemas-back"},
        [AVRO_UNUSABLE] = {KSSE_LOG_WARNING, "schema-unusable"},
    };
    struct worker_log *log = opaque;
    struct shared_log *shared = log->shared;
    ASSERT((size_t)event < ARRAY_LEN(lines));
    bool is_due = event == AVRO_AWAY ? shared_log_loses_schemas(shared)
                  : event == AVRO_BACK
                      ? shared_log_has_schemas(shared)
                      : line_is_due(&shared->schema_line, loop_now_ms(log->loop), SCHEMA_LINE_MS);
    logger_line(&log->logger, is_due ? lines[event].level : KSSE_LOG_DEBUG, lines[event].event,
                message, NULL, 0);
}

/* ---- brokers ---- */

static void say_down(const struct worker_log *log, enum ksse_log_level level,
                     const struct broker *broker)
{
    char text[1200];
    broker_describe(broker, text, sizeof(text));
    logger_printf(&log->logger, level, broker->id == NO_LEADER ? "no-leader" : "broker-down",
                  "%s. Retrying.", text);
}

static void say_well(const struct worker_log *log, enum ksse_log_level level,
                     const struct broker *broker)
{
    ASSERT(broker->state != BROKER_DOWN);
    if (broker->id == NO_LEADER) {
        logger_printf(&log->logger, level, "leader-back",
                      "All partitions that are read have a leader again.");
    } else if (broker->state == BROKER_UP) {
        logger_printf(&log->logger, level, "broker-up", "Broker %d (%s) can be reached again.",
                      (int)broker->id, broker->address);
    } else {
        logger_printf(&log->logger, level, "broker-gone",
                      "Broker %d (%s) is not in the cluster any more.", (int)broker->id,
                      broker->address);
    }
}

/* All workers meet the same, each at its time: the first and the last one log it. */
void worker_log_broker(void *opaque, const struct broker *broker)
{
    const struct worker_log *log = opaque;
    if (broker->state == BROKER_DOWN) {
        bool is_first = shared_log_loses_broker(log->shared, broker->id);
        say_down(log, is_first ? KSSE_LOG_WARNING : KSSE_LOG_DEBUG, broker);
    } else {
        bool is_last = shared_log_has_broker(log->shared, broker->id);
        say_well(log, is_last ? KSSE_LOG_INFO : KSSE_LOG_DEBUG, broker);
    }
}
