/*
 * What a worker knows and says of the cluster's brokers: which cannot be reached, and how many of
 * the partitions that it reads wait for that. On the worker's thread.
 */
#ifndef SERVE_WORKER_BROKERS_H
#define SERVE_WORKER_BROKERS_H

#include "kafka/broker.h"

struct report;
struct worker;

/* With each tick: asks the brokers, when that is due. */
void brokers_round(struct worker *w);

/* As struct kafka_options wants it; `opaque` is the worker. */
void brokers_on_change(void *opaque, const struct broker *broker);

/* Fills in the report's part about brokers. */
void brokers_report(const struct worker *w, struct report *out);

#endif
