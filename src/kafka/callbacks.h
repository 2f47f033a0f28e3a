/*
 * What librdkafka calls back: its log, errors, statistics and throttling, of all handles of a
 * source. The log comes on any thread; the rest on the thread that polls the handle, which is the
 * worker's for readers and the look-up thread for its own.
 */
#ifndef KAFKA_CALLBACKS_H
#define KAFKA_CALLBACKS_H

#include "kafka/conf.h"
#include "kafka/source.h"

#include <stdatomic.h>

struct leaders;
struct lookup;
struct callbacks;

/* What a handle gives us back of itself. */
struct handle_name {
    struct callbacks *owner;
    const char *name;
};

struct callbacks {
    kafka_log_fn log;
    void *log_opaque;
    kafka_event_fn on_event;
    void *event_opaque;
    _Atomic(struct lookup *) lookup; /* told of trouble; NULL while it is made */
    struct leaders *leaders;         /* told of brokers' trouble; the worker's thread only */
    _Atomic int64_t told_ms;         /* when "kafka-trouble" was last logged; 0: never */
    struct handle_name handles[HANDLE_KIND_COUNT];
};

/* Only the functions of `options` are taken. */
void callbacks_init(struct callbacks *callbacks, const struct kafka_options *options);

/* Handles that are made of `conf` call back here, so `callbacks` must outlive them. */
void callbacks_set(struct callbacks *callbacks, enum handle_kind kind, rd_kafka_conf_t *conf);

#endif
