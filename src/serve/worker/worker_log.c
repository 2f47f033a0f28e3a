/* Lines of the log that are one worker's, and limited for all: see the header. */
#include "serve/worker/worker_log.h"
#include "serve/worker/worker.h"

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

static void tell_skip(const struct worker *w, const struct skip *skip)
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
    logger_line(&w->logger, KSSE_LOG_WARNING, "undecodable", message, fields, ARRAY_LEN(fields));
}

static void on_undecodable(void *opaque, const struct record *record,
                           const struct deserializer_fault *fault)
{
    const struct worker *w = opaque;
    struct skip skip;
    if (skips_add(&w->group->skips, record, fault, loop_now_ms(w->loop), &skip)) {
        tell_skip(w, &skip);
    }
}

void worker_log_skips(void *opaque, bool all)
{
    const struct worker *w = opaque;
    struct skip skip;
    while (skips_take(&w->group->skips, loop_now_ms(w->loop), all, &skip)) {
        tell_skip(w, &skip);
    }
}

static void on_lost(void *opaque, const char *topic, int32_t partition, const char *why)
{
    struct worker *w = opaque;
    if (!line_is_due(&w->group->lost_line, loop_now_ms(w->loop), LOST_LINE_MS)) {
        return;
    }
    logger_printf(
        &w->logger, KSSE_LOG_WARNING, "partition-lost",
        "Cannot read topic %s, partition %d, trying on: %s. If permission is missing, give "
        "Read and Describe on the topic. Other partitions may have the same trouble.",
        topic, (int)partition, why);
}

static void on_lookup_failed(void *opaque, const char *topic, int32_t partition)
{
    struct worker *w = opaque;
    struct worker_group *group = w->group;
    atomic_fetch_add(&group->lookups_failed, 1);
    /* While the cluster is away that is said, and explains it. */
    if (!w->cluster.is_up ||
        !line_is_due(&group->lookup_line, loop_now_ms(w->loop), LOOKUP_LINE_MS)) {
        return;
    }
    logger_printf(&w->logger, KSSE_LOG_WARNING, "lookup-failed",
                  "Kafka does not tell the offsets of topic %s, partition %d, trying on; streams "
                  "wait for them (%llu times since the last such line).",
                  topic, (int)partition,
                  (unsigned long long)atomic_exchange(&group->lookups_failed, 0));
}

static void on_read_error(void *opaque, const char *topic, int32_t partition, int64_t offset,
                          const char *why)
{
    struct worker *w = opaque;
    struct worker_group *group = w->group;
    atomic_fetch_add(&group->read_errors, 1);
    if (!line_is_due(&group->read_error_line, loop_now_ms(w->loop), READ_ERROR_LINE_MS)) {
        return;
    }
    logger_printf(
        &w->logger, KSSE_LOG_WARNING, "read-error",
        "Cannot read topic %s, partition %d, offset %lld, trying on: %s (%llu such errors "
        "since the last such line). If the batch is only large, raise "
        "-X receive.message.max.bytes; kafka-dump-log shows whether it is damaged.",
        topic, (int)partition, (long long)offset, why,
        (unsigned long long)atomic_exchange(&group->read_errors, 0));
}

static void on_unreadable(void *opaque, const char *topic, int32_t partition, int64_t from,
                          int64_t to)
{
    struct worker *w = opaque;
    struct worker_group *group = w->group;
    atomic_fetch_add(&group->unreadable, 1);
    if (!line_is_due(&group->unreadable_line, loop_now_ms(w->loop), UNREADABLE_LINE_MS)) {
        return;
    }
    logger_printf(
        &w->logger, KSSE_LOG_WARNING, "unreadable",
        "Passed over records that cannot be read: topic %s, partition %d, offsets %lld to "
        "%lld (%llu times since the last such line). Streams are told a gap. With "
        "unreadable = wait they would wait there.",
        topic, (int)partition, (long long)from, (long long)(to - 1),
        (unsigned long long)atomic_exchange(&group->unreadable, 0));
}

struct feed_events worker_log_feed_events(struct worker *w)
{
    return (struct feed_events){.on_undecodable = on_undecodable,
                                .on_lost = on_lost,
                                .on_lookup_failed = on_lookup_failed,
                                .on_read_error = on_read_error,
                                .on_unreadable = on_unreadable,
                                .opaque = w};
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
    struct worker *w = opaque;
    struct worker_group *group = w->group;
    bool is_due = event == AVRO_AWAY ? worker_group_loses_schemas(group)
                  : event == AVRO_BACK
                      ? worker_group_has_schemas(group)
                      : line_is_due(&group->schema_line, loop_now_ms(w->loop), SCHEMA_LINE_MS);
    logger_line(&w->logger, is_due ? lines[event].level : KSSE_LOG_DEBUG, lines[event].event,
                message, NULL, 0);
}
