/* The metrics page: what all workers count and hold. On the worker's thread. */
#ifndef SERVE_WORKER_METRICS_H
#define SERVE_WORKER_METRICS_H

#include "base/buf.h"
#include "serve/config/config.h"
#include "serve/worker/worker_group.h"

/* Appends the metrics in Prometheus' text format, version 0.0.4; `all` is the sum of all workers'
 * reports. */
void metrics_append(const struct report *all, struct worker_group *group,
                    const struct ksse_config *config, struct buf *out);

#endif
