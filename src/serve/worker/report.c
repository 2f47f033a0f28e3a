/* Reports of workers: see the header. */
#include "serve/worker/report.h"
#include "serve/worker/brokers.h"

#include <stdio.h>

static struct worker_gauges gauges_of(const struct report_sources *from,
                                      const struct avro_report *avro)
{
    struct feed_usage usage = feed_usage(from->feed);
    return (struct worker_gauges){
        .head_bytes = from->front->connections.head_bytes,
        .answer_bytes = from->front->exchanges.answer_bytes,
        .streams_held = from->front->exchanges.counts[EXCHANGE_WAITING_KAFKA],
        .channels = usage.channels,
        .partitions_followed = usage.partitions_followed,
        .schemas = avro->schemas,
        .schemas_awaited = avro->schemas_awaited,
        .schema_bytes = avro->schema_bytes,
        .replays = usage.replays,
        .log_bytes = usage.log_bytes,
        .channel_bytes = usage.channel_bytes,
        .replay_bytes = usage.replay_bytes,
    };
}

/* Returns how many partitions wait. */
static uint64_t note_waiting(const struct feed *feed, struct waiting_partition *out)
{
    const struct partition_log *longest = NULL;
    int64_t count = feed_record_waits(feed, &longest);
    out->topic[0] = '\0';
    if (longest != NULL) {
        out->waited_ms = feed_waited_ms(feed, longest);
        out->partition = longest->partition;
        snprintf(out->topic, sizeof(out->topic), "%s", longest->topic->name);
    }
    return (uint64_t)count;
}

void report_make(const struct report_sources *from, struct report *out)
{
    ASSERT(from->feed != NULL && from->kafka != NULL);
    struct avro_report avro = {0};
    if (from->avro != NULL) {
        avro_report(from->avro, &avro);
    }
    out->feed = *feed_counters(from->feed);
    out->counters = from->front->exchanges.counters;
    out->avro = avro.counters;
    out->gauges = gauges_of(from, &avro);
    out->gauges.partitions_held = note_waiting(from->feed, &out->waiting);
    brokers_report(from->kafka, out);
    out->is_up = from->is_up;
    snprintf(out->not_ready, sizeof(out->not_ready), "%s",
             from->not_ready == NULL ? "" : from->not_ready);
}

/* A broker that one of them cannot reach is down. */
static void add_broker(struct report *sum, struct broker_report broker)
{
    for (size_t i = 0; i < sum->broker_count; i++) {
        if (sum->brokers[i].id == broker.id) {
            sum->brokers[i].is_up = sum->brokers[i].is_up && broker.is_up;
            return;
        }
    }
    if (sum->broker_count < MOST_BROKERS) {
        sum->brokers[sum->broker_count++] = broker;
    }
}

static void add_brokers(struct report *sum, const struct report *other)
{
    for (size_t i = 0; i < other->broker_count; i++) {
        add_broker(sum, other->brokers[i]);
    }
    sum->partitions_wanted += other->partitions_wanted;
    if (sum->degraded[0] == '\0') {
        memcpy(sum->degraded, other->degraded, sizeof(sum->degraded));
    }
}

void report_add(struct report *sum, const struct report *other)
{
    ASSERT(sum->broker_count <= MOST_BROKERS && other->broker_count <= MOST_BROKERS);
#define COUNTER(field, help) sum->feed.field += other->feed.field;
#include "feed/log/counters.def"
#undef COUNTER
    for (size_t i = 0; i < UNDECODABLE_REASONS; i++) {
        sum->feed.records_undecodable[i] += other->feed.records_undecodable[i];
    }
#define EXCHANGE_COUNTER(field, help) sum->counters.field += other->counters.field;
#include "serve/request/counters.def"
#undef EXCHANGE_COUNTER
#define WORKER_GAUGE(field, help) sum->gauges.field += other->gauges.field;
#include "serve/worker/worker_gauges.def"
#undef WORKER_GAUGE
#define AVRO_COUNTER(field, help) sum->avro.field += other->avro.field;
#include "avro/counters.def"
#undef AVRO_COUNTER
    if (sum->waiting.topic[0] == '\0' ||
        (other->waiting.topic[0] != '\0' && other->waiting.waited_ms > sum->waiting.waited_ms)) {
        sum->waiting = other->waiting;
    }
    add_brokers(sum, other);
    sum->is_up = sum->is_up && other->is_up;
    if (sum->not_ready[0] == '\0') {
        memcpy(sum->not_ready, other->not_ready, sizeof(sum->not_ready));
    }
}
