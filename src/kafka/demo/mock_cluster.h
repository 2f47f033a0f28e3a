/*
 * The demo's Kafka: librdkafka's mock cluster inside this process, with the demo's topics and a
 * thread that produces the demo's records into them. Not for real use, and not for measuring: the
 * mock cluster holds an empty fetch for its whole wait time and keeps 5 MiB a partition.
 */
#ifndef KAFKA_DEMO_MOCK_CLUSTER_H
#define KAFKA_DEMO_MOCK_CLUSTER_H

#include "api/error.h"
#include "base/assert.h"

#include <stddef.h>
#include <stdint.h>

struct mock_cluster;

struct mock_options {
    uint64_t seed;          /* of the records and of the pace */
    size_t backlog;         /* records that are there when mock_cluster_start() returns */
    int records_per_second; /* on average, with jitter; 0: none after the backlog */
};

/* Starts it on ports of 127.0.0.1 that are free. KSSE_EKAFKA: librdkafka cannot; KSSE_ENOMEM;
 * KSSE_ESYSTEM: no thread. Any thread. */
CHECKED int mock_cluster_start(const struct mock_options *options, struct mock_cluster **out,
                               struct ksse_error *error);

/* For "bootstrap.servers"; lives as long as the cluster. */
const char *mock_cluster_brokers(const struct mock_cluster *cluster);

/* Ends thread and brokers. NULL is fine. */
void mock_cluster_stop(struct mock_cluster *cluster);

#endif
