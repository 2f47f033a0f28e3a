/*
 * The callbacks of librdkafka, for all handles of a source: its log, errors, statistics and
 * throttling. The log comes on any thread; the rest on the thread that polls the handle. That is
 * the worker's thread for readers and the metadata thread for the look-up handle.
 */
#ifndef KAFKA_CALLBACKS_H
#define KAFKA_CALLBACKS_H

#include "kafka/conf.h"
#include "kafka/source.h"

#include <stdatomic.h>

struct broker_checks;
struct lookup;
struct callbacks;

/* The opaque pointer of a handle. */
struct handle_name {
    struct callbacks *owner;
    const char *name;
};

struct callbacks {
    kafka_log_fn log;
    void *log_opaque;
    kafka_event_fn on_event;
    void *event_opaque;
    _Atomic(struct lookup *) lookup; /* hears of errors; NULL while it is made */
    struct broker_checks *checks;    /* hear why brokers fail; the worker's thread only */
    _Atomic int64_t told_ms;         /* when the event kafka-trouble was last logged; 0: never */
    struct handle_name handles[HANDLE_KIND_COUNT];
};

/* Only the functions of `options` are taken. */
void callbacks_init(struct callbacks *callbacks, const struct kafka_options *options);

/* Handles that are made of `conf` call back here, so `callbacks` must outlive them. */
void callbacks_set(struct callbacks *callbacks, enum handle_kind kind, rd_kafka_conf_t *conf);

#endif
