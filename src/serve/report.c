/* Reports of workers: see the header. */
#include "serve/report.h"
#include "serve/worker.h"

#include <stdio.h>

static size_t list_count(const struct list *list)
{
    size_t count = 0;
    for (const struct list *at = list->next; at != list; at = at->next) {
        count++;
    }
    return count;
}

static struct worker_gauges gauges_of(const struct worker *w)
{
    const struct feed *feed = w->feed;
    return (struct worker_gauges){
        .head_bytes = w->head_bytes,
        .streams_held = list_count(&w->held),
        .channels = feed->channels.count,
        .partitions_followed = list_count(&feed->logs),
        .replays = feed->replay_count,
        .log_bytes = feed->log_pool.bytes,
        .channel_bytes = feed->channel_bytes,
        .replay_bytes = feed->replay_bytes + feed->stretch_pool.bytes,
    };
}

void report_make(const struct worker *w, struct report *out)
{
    const char *reason = worker_not_ready(w);
    out->feed = w->feed->counters;
    out->counters = w->counters;
    out->gauges = gauges_of(w);
    out->is_up = w->is_up;
    snprintf(out->not_ready, sizeof(out->not_ready), "%s", reason == NULL ? "" : reason);
}

void report_add(struct report *sum, const struct report *other)
{
#define COUNTER(field, help) sum->feed.field += other->feed.field;
#include "feed/counters.def"
#undef COUNTER
#define WORKER_COUNTER(field, help) sum->counters.field += other->counters.field;
#include "serve/worker_counters.def"
#undef WORKER_COUNTER
#define WORKER_GAUGE(field, help) sum->gauges.field += other->gauges.field;
#include "serve/worker_gauges.def"
#undef WORKER_GAUGE
    sum->is_up = sum->is_up && other->is_up;
    if (sum->not_ready[0] == '\0') {
        memcpy(sum->not_ready, other->not_ready, sizeof(sum->not_ready));
    }
}
