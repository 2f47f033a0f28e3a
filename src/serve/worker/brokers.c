/* See brokers.h. */
#include "serve/worker/brokers.h"
#include "serve/worker/worker.h"

#include <stdio.h>

void brokers_round(struct worker *w)
{
    /* While the cluster as a whole is away, that is said, and nothing else helps. */
    if (!w->cluster.is_up || !kafka_source_begin_round(w->kafka)) {
        return;
    }
    const struct partition_log *log = NULL;
    while ((log = feed_next_followed(w->feed, log)) != NULL) {
        kafka_source_want(w->kafka, log->topic->name, log->partition);
    }
    kafka_source_end_round(w->kafka);
}

/* ---- what is said ---- */

static void describe(const struct broker *broker, char *out, size_t size)
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

static void say_down(const struct worker *w, enum ksse_log_level level, const struct broker *broker)
{
    char text[1200];
    describe(broker, text, sizeof(text));
    logger_printf(&w->logger, level, broker->id == NO_LEADER ? "no-leader" : "broker-down",
                  "%s. Trying on.", text);
}

static void say_well(const struct worker *w, enum ksse_log_level level, const struct broker *broker)
{
    if (broker->id == NO_LEADER) {
        logger_printf(&w->logger, level, "leader-back",
                      "All partitions that are read have a leader again.");
    } else if (broker->state == BROKER_UP) {
        logger_printf(&w->logger, level, "broker-up", "Broker %d (%s) can be reached again.",
                      (int)broker->id, broker->address);
    } else {
        logger_printf(&w->logger, level, "broker-gone",
                      "Broker %d (%s) is not in the cluster any more.", (int)broker->id,
                      broker->address);
    }
}

/* All workers meet the same, but each at its time: the first and the last one have something to
 * say. */
void brokers_on_change(void *opaque, const struct broker *broker)
{
    const struct worker *w = opaque;
    if (broker->state == BROKER_DOWN) {
        bool is_change = worker_group_loses_broker(w->group, broker->id);
        say_down(w, is_change ? KSSE_LOG_WARNING : KSSE_LOG_DEBUG, broker);
    } else {
        bool is_change = worker_group_has_broker(w->group, broker->id);
        say_well(w, is_change ? KSSE_LOG_INFO : KSSE_LOG_DEBUG, broker);
    }
}

/* ---- what is reported ---- */

void brokers_report(const struct worker *w, struct report *out)
{
    const struct brokers *brokers = kafka_source_brokers(w->kafka);
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
                describe(broker, out->degraded, sizeof(out->degraded));
            }
        }
        if (broker->id != NO_LEADER && broker->state != BROKER_UNKNOWN) {
            out->brokers[out->broker_count++] =
                (struct broker_report){broker->id, broker->state == BROKER_UP};
        }
    }
}
