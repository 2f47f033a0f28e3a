/* What others are told of a worker: see the header. */
#include "serve/worker/worker_report.h"
#include "serve/worker/metrics.h"

#include <stdio.h>

static const char *not_ready(void *opaque)
{
    const struct worker *w = opaque;
    return worker_is_draining(w) ? "The server is stopping." : kafka_link_fault(&w->kafka);
}

static void make_report(struct worker *w, struct report *out)
{
    ASSERT(w->state != WORKER_ENDED);
    struct report_sources sources = {
        .feed = w->feed,
        .front = &w->front,
        .avro = w->deserializers.avro,
        .kafka = w->kafka.source,
        .is_up = w->kafka.cluster.is_up,
        .not_ready = not_ready(w),
    };
    report_make(&sources, out);
}

void worker_tell_group(struct worker *w)
{
    struct report report;
    if (w->group->count > 1) {
        make_report(w, &report);
        worker_group_report(w->group, w->index, &report);
    }
}

/* What holds for all workers: this one as it is now, the others as they were at their last tick. */
static void report_all(struct worker *w, struct report *out)
{
    make_report(w, out);
    if (w->group->count > 1) {
        /* Counters that were shown must not be lower when another worker is asked next. */
        worker_group_report(w->group, w->index, out);
        worker_group_add_others(w->group, w->index, out);
    }
}

/* ---- what the front asks ---- */

/* While only some partitions can be read it is ready, and says what is wrong. */
static void tell_readiness(void *opaque, struct readiness *out)
{
    struct report all;
    report_all(opaque, &all);
    bool is_blind =
        all.partitions_wanted > 0 && all.gauges.partitions_waiting >= all.partitions_wanted;
    out->is_ready = all.not_ready[0] == '\0' && !is_blind;
    snprintf(out->reason, sizeof(out->reason), "%s",
             all.not_ready[0] == '\0' ? all.degraded : all.not_ready);
}

static void append_metrics(void *opaque, struct buf *out)
{
    struct worker *w = opaque;
    struct report all;
    report_all(w, &all);
    metrics_append(&all, w->group, w->snapshot->config, out);
}

static void wake_others(void *opaque)
{
    const struct worker *w = opaque;
    worker_group_wake_others(w->group, w->index);
}

const struct front_hooks worker_front_hooks = {{not_ready, tell_readiness, append_metrics},
                                               wake_others};
