/*
 * What others are told of a worker: the other workers of its group, and clients that ask under
 * /-/. On the worker's thread.
 */
#ifndef SERVE_WORKER_WORKER_REPORT_H
#define SERVE_WORKER_WORKER_REPORT_H

#include "serve/worker/worker.h"

/* Reports to the group: at each tick, and at once when the worker becomes ready or is no more. */
void worker_tell_group(struct worker *w);

/* What the worker's front asks; `opaque` is the worker. */
extern const struct front_hooks worker_front_hooks;

#endif
