/* Brokers as a worker sees them: see the header. */
#include "serve/worker/brokers.h"

#include <stdio.h>

void brokers_check(struct kafka_source *source, const struct feed *feed)
{
    if (!kafka_source_begin_check(source)) {
        return;
    }
    const struct partition_log *log = NULL;
    while ((log = feed_next_followed(feed, log)) != NULL) {
        kafka_source_want(source, log->topic->name, log->partition);
    }
    kafka_source_end_check(source);
}

void broker_describe(const struct broker *broker, char *out, size_t size)
{
    const char *reason = broker->reason[0] == '\0' ? "it does not answer" : broker->reason;
    if (broker->id == NO_LEADER) {
        snprintf(out, size, "Partitions that are read and have no leader: %zu (%s)", broker->wanted,
                 broker->examples);
    } else if (broker->wanted == 0) {
        snprintf(out, size,
                 "Broker %d (%s) cannot be reached: %s; no partition that is read waits for it",
                 (int)broker->id, broker->address, reason);
    } else {
        snprintf(out, size,
                 "Broker %d (%s) cannot be reached: %s; partitions that are read and wait for it: "
                 "%zu (%s)",
                 (int)broker->id, broker->address, reason, broker->wanted, broker->examples);
    }
}

void brokers_report(const struct kafka_source *source, struct report *out)
{
    const struct brokers *brokers = kafka_source_brokers(source);
    ASSERT(brokers->count <= MOST_BROKERS);
    out->broker_count = 0;
    out->partitions_wanted = 0;
    out->gauges.partitions_waiting = 0;
    out->degraded[0] = '\0';
    for (size_t i = 0; i < brokers->count; i++) {
        const struct broker *broker = &brokers->items[i];
        out->partitions_wanted += broker->wanted;
        if (broker->state == BROKER_DOWN) {
            out->gauges.partitions_waiting += broker->wanted;
            if (out->degraded[0] == '\0' || broker->wanted > 0) {
                broker_describe(broker, out->degraded, sizeof(out->degraded));
            }
        }
        if (broker->id != NO_LEADER && broker->state != BROKER_UNKNOWN) {
            out->brokers[out->broker_count++] =
                (struct broker_report){broker->id, broker->state == BROKER_UP};
        }
    }
}
