/* The metrics page: sums over all workers. Source: Prometheus' text exposition format 0.0.4. */
#include "serve/worker/metrics.h"

static void append(struct buf *out, const char *name, const char *suffix, const char *type,
                   const char *help, uint64_t value)
{
    buf_printf(out, "# HELP kafkasse_%s%s %s\n# TYPE kafkasse_%s%s %s\nkafkasse_%s%s %llu\n", name,
               suffix, help, name, suffix, type, name, suffix, (unsigned long long)value);
}

static void append_gauge(struct buf *out, const char *name, const char *help, uint64_t value)
{
    append(out, name, "", "gauge", help, value);
}

static void append_gauges(struct worker_group *group, const struct report *all, struct buf *out)
{
    struct admission_counts counts = admission_counts(&group->admission);
    append_gauge(out, "up", "1 while Kafka can be reached, by all workers.", all->is_up ? 1 : 0);
    append_gauge(out, "workers", "Workers: threads that serve clients.", group->count);
    append_gauge(out, "clients", "Streams that are open now.", (uint64_t)counts.streams);
    append_gauge(out, "connections_open", "Connections that are open now.",
                 (uint64_t)counts.connections);
#define WORKER_GAUGE(field, help) append_gauge(out, #field, help, all->gauges.field);
#include "serve/worker/worker_gauges.def"
#undef WORKER_GAUGE
}

/* Which topic waits, and for how long: the one that does so longest, and no sample when none does.
 */
static void append_waiting(const struct waiting_partition *waiting, struct buf *out)
{
    static const char name[] = "kafkasse_held_seconds";
    buf_printf(out,
               "# HELP %s How long a partition waits for its deserializer: the one that waits "
               "longest, if any does.\n# TYPE %s gauge\n",
               name, name);
    if (waiting->topic[0] != '\0') {
        buf_printf(out, "%s{topic=\"%s\",partition=\"%d\"} %lld\n", name, waiting->topic,
                   (int)waiting->partition, (long long)(waiting->waited_ms / 1000));
    }
}

/* Each reason from the start, so that a rate can be taken of the first one. */
static void append_undecodable(const struct feed_counters *feed, struct buf *out)
{
    static const char name[] = "kafkasse_records_undecodable_total";
    buf_printf(out,
               "# HELP %s Records skipped because their value does not decode, by reason.\n"
               "# TYPE %s counter\n",
               name, name);
    for (enum undecodable reason = 0; reason < UNDECODABLE_REASONS; reason++) {
        buf_printf(out, "%s{reason=\"%s\"} %llu\n", name, undecodable_label(reason),
                   (unsigned long long)feed->records_undecodable[reason]);
    }
}

static void append_log_dropped(const struct ksse_config *config, struct buf *out)
{
    if (config->log_dropped != NULL) {
        append(out, "log_lines_dropped", "_total", "counter",
               "Lines of the log that were dropped because they were not taken fast enough.",
               config->log_dropped(config->log_dropped_opaque));
    }
}

static void append_brokers(const struct report *all, struct buf *out)
{
    static const char name[] = "kafkasse_broker_up";
    buf_printf(out,
               "# HELP %s 1 if the broker answers, 0 if it could not be reached lately, by any "
               "worker.\n# TYPE %s gauge\n",
               name, name);
    for (size_t i = 0; i < all->broker_count; i++) {
        buf_printf(out, "%s{broker=\"%d\"} %d\n", name, (int)all->brokers[i].id,
                   all->brokers[i].is_up ? 1 : 0);
    }
}

void metrics_append(const struct report *all, struct worker_group *group,
                    const struct ksse_config *config, struct buf *out)
{
    ASSERT(all->broker_count <= MOST_BROKERS);
    append_gauges(group, all, out);
    append_log_dropped(config, out);
    append_waiting(&all->waiting, out);
    append_brokers(all, out);
#define COUNTER(field, help) append(out, #field, "_total", "counter", help, all->feed.field);
#include "feed/log/counters.def"
#undef COUNTER
    append_undecodable(&all->feed, out);
#define EXCHANGE_COUNTER(field, help)                                                              \
    append(out, #field, "_total", "counter", help, all->counters.field);
#include "serve/request/counters.def"
#undef EXCHANGE_COUNTER
#define AVRO_COUNTER(field, help) append(out, #field, "_total", "counter", help, all->avro.field);
#include "avro/counters.def"
#undef AVRO_COUNTER
}
