/* The metrics page. Source: Prometheus' text exposition format 0.0.4. */
#include "serve/exchange.h"

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

static size_t list_count(const struct list *list)
{
    size_t count = 0;
    for (const struct list *at = list->next; at != list; at = at->next) {
        count++;
    }
    return count;
}

static void append_gauges(const struct worker *w, struct buf *out)
{
    const struct feed *feed = w->feed;
    append_gauge(out, "up", "1 while Kafka can be reached.", w->is_up ? 1 : 0);
    append_gauge(out, "clients", "Streams that are open now.", (uint64_t)w->admission.streams);
    append_gauge(out, "connections_open", "Connections that are open now.", w->exchange_count);
    append_gauge(out, "head_bytes", "Requests that are not complete yet, in bytes.", w->head_bytes);
    append_gauge(out, "streams_held", "Streams that wait for Kafka to come back.",
                 list_count(&w->held));
    append_gauge(out, "channels", "Channels: distinct subscriptions that are open now.",
                 feed->channels.count);
    append_gauge(out, "partitions_followed", "Partitions that are read from Kafka now.",
                 list_count(&feed->logs));
    append_gauge(out, "replays", "Streams that are behind their channel now.",
                 list_count(&feed->ready_replays) + list_count(&feed->idle_replays) +
                     list_count(&feed->waiting_replays));
    append_gauge(out, "log_bytes", "Memory of all partition logs.", feed->log_pool.bytes);
    append_gauge(out, "channel_bytes", "Memory of all channels.", feed->channel_bytes);
    append_gauge(out, "replay_bytes", "Memory of all replays.", feed->replay_bytes + feed->stretch_pool.bytes);
}

void metrics_append(const struct worker *w, struct buf *out)
{
    append_gauges(w, out);
#define COUNTER(field, help)                                                                       \
    append(out, #field, "_total", "counter", help, w->feed->counters.field);
#include "feed/counters.def"
#undef COUNTER
#define WORKER_COUNTER(field, help)                                                                \
    append(out, #field, "_total", "counter", help, w->counters.field);
#include "serve/worker_counters.def"
#undef WORKER_COUNTER
}
