/*
 * What a worker knows of the cluster's brokers: which it cannot reach, and how many of the
 * partitions that it reads wait for that. On the worker's thread.
 */
#ifndef SERVE_WORKER_BROKERS_H
#define SERVE_WORKER_BROKERS_H

#include "feed/feed.h"
#include "kafka/broker.h"
#include "kafka/source.h"
#include "serve/worker/report.h"

/* With each tick while the cluster is up: asks the brokers whose partitions the feed follows, when
 * that is due. */
void brokers_check(struct kafka_source *source, const struct feed *feed);

/* Writes what is wrong with a broker, without a full stop. */
void broker_describe(const struct broker *broker, char *out, size_t size);

/* Fills in the report's part about brokers. */
void brokers_report(const struct kafka_source *source, struct report *out);

#endif
