/* The metrics page: what all workers count and hold. On the worker's thread. */
#ifndef SERVE_WORKER_METRICS_H
#define SERVE_WORKER_METRICS_H

#include "base/buf.h"

struct worker;

/* Appends the metrics of all workers in Prometheus' text format, version 0.0.4. */
void metrics_append(struct worker *w, struct buf *out);

#endif
