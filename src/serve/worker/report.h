/*
 * A report: what a worker counts, holds and knows at one moment, for /-/metrics and /-/ready. A
 * plain value, which is copied between threads.
 */
#ifndef SERVE_WORKER_REPORT_H
#define SERVE_WORKER_REPORT_H

#include "avro/avro.h"
#include "feed/feed.h"
#include "kafka/broker.h"
#include "kafka/source.h"
#include "serve/request/front.h"

struct worker_gauges {
#define WORKER_GAUGE(field, help) uint64_t field;
#include "serve/worker/worker_gauges.def"
#undef WORKER_GAUGE
};

/* The partition that waits longest for its deserializer. */
struct waiting_partition {
    int64_t waited_ms;
    int32_t partition;
    char topic[250]; /* Kafka's names have 249 bytes at most; "": none waits */
};

struct broker_report {
    int32_t id;
    bool is_up;
};

struct report {
    struct feed_counters feed;
    struct exchange_counters counters;
    struct avro_counters avro;
    struct waiting_partition waiting;
    struct worker_gauges gauges;
    bool is_up;
    struct broker_report brokers[MOST_BROKERS]; /* that were asked */
    size_t broker_count;
    uint64_t partitions_wanted; /* when brokers were asked last; some may be waiting */
    char degraded[1200];        /* what cannot be reached; "" when all is well */
    char not_ready[256];        /* why it cannot serve; "" when it can */
};

/* The parts of a worker that a report looks at. */
struct report_sources {
    const struct feed *feed;
    const struct front *front;
    struct avro *avro; /* NULL: no route uses Avro */
    const struct kafka_source *kafka;
    bool is_up;
    const char *not_ready; /* why the worker cannot serve; NULL when it can */
};

/* Reports what is so now. On the worker's thread. */
void report_make(const struct report_sources *from, struct report *out);

/* Makes `sum` what holds for both: it is up and ready only if both are. */
void report_add(struct report *sum, const struct report *other);

#endif
