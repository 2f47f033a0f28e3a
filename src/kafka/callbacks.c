/* See callbacks.h. */
#include "kafka/callbacks.h"
#include "base/clock.h"
#include "kafka/broker_checks.h"
#include "kafka/lookup.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

enum {
    OPERATOR_LINE_MS = 60000
};

/*
 * librdkafka repeats these: the first two while a broker is away, which on_down reports once, the
 * third with every metadata request to a mock cluster.
 */
static bool is_repeated(const char *facility)
{
    return strcmp(facility, "FAIL") == 0 || strcmp(facility, "ERROR") == 0 ||
           strcmp(facility, "AUTOCREATE") == 0;
}

static int log_level(int syslog_level, const char *facility)
{
    if (syslog_level >= LOG_DEBUG || is_repeated(facility)) {
        return 3;
    }
    return syslog_level <= LOG_WARNING ? 1 : 2;
}

static void log_line(const struct callbacks *callbacks, int level, const char *facility,
                     const char *message)
{
    if (callbacks->log != NULL) {
        char event[64];
        snprintf(event, sizeof(event), "librdkafka-%s", facility);
        callbacks->log(callbacks->log_opaque, log_level(level, facility), event, message);
    }
}

/* Any thread. */
static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *message)
{
    const struct handle_name *handle = rd_kafka_opaque(rk);
    log_line(handle->owner, level, facility, message);
}

/* Whether an operator must fix it (TLS, credentials, permissions): trying again does not help. */
static bool is_for_operator(int code)
{
    switch ((rd_kafka_resp_err_t)code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        return true;
    default:
        return false;
    }
}

/* Problems that an operator must fix are logged at most once a minute: several handles meet the
 * same one, again and again. */
static void tell_operator(struct callbacks *callbacks, const char *reason)
{
    int64_t now_ms = clock_monotonic_ms();
    int64_t told_ms = atomic_load(&callbacks->told_ms);
    bool is_due = told_ms == 0 || now_ms - told_ms >= OPERATOR_LINE_MS;
    if (callbacks->log != NULL && is_due &&
        atomic_compare_exchange_strong(&callbacks->told_ms, &told_ms, now_ms)) {
        callbacks->log(callbacks->log_opaque, 1, "kafka-trouble", reason);
    }
}

static bool is_for_lookup(int code)
{
    switch ((rd_kafka_resp_err_t)code) {
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return true;
    default:
        return false;
    }
}

static void tell(const struct handle_name *handle, struct kafka_event event)
{
    const struct callbacks *callbacks = handle->owner;
    if (callbacks->on_event != NULL) {
        event.handle = handle->name;
        callbacks->on_event(callbacks->event_opaque, &event);
    }
}

/* Keeps the reason for those that report that a broker is away: the checks, or the look-up. Each is
 * told on its own thread. */
static void note(const struct handle_name *handle, struct lookup *lookup, int code,
                 const char *reason)
{
    const struct callbacks *callbacks = handle->owner;
    if (handle != &callbacks->handles[HANDLE_LOOKUP]) {
        if (callbacks->checks != NULL) {
            broker_checks_note(callbacks->checks, reason);
        }
    } else if (lookup != NULL && (code == RD_KAFKA_RESP_ERR__TRANSPORT || is_for_operator(code))) {
        lookup_note(lookup, reason);
    }
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    const struct handle_name *handle = opaque;
    struct callbacks *callbacks = handle->owner;
    (void)rk;
    log_line(callbacks, LOG_ERR, "ERROR", reason);
    if (is_for_operator(code)) {
        tell_operator(callbacks, reason);
    }
    struct lookup *lookup = atomic_load(&callbacks->lookup);
    note(handle, lookup, code, reason);
    if (is_for_lookup(code) && lookup != NULL) {
        lookup_suspect(lookup);
    }
    tell(handle, (struct kafka_event){.kind = KAFKA_ERROR, .error = code, .text = reason});
}

static int on_statistics(rd_kafka_t *rk, char *json, size_t len, void *opaque)
{
    (void)rk;
    (void)len; /* it is zero-terminated */
    tell(opaque, (struct kafka_event){.kind = KAFKA_STATISTICS, .text = json});
    return 0; /* librdkafka frees it */
}

static void on_throttle(rd_kafka_t *rk, const char *broker, int32_t broker_id, int throttle_ms,
                        void *opaque)
{
    (void)rk;
    (void)broker_id;
    tell(opaque,
         (struct kafka_event){.kind = KAFKA_THROTTLE, .text = broker, .throttle_ms = throttle_ms});
}

void callbacks_init(struct callbacks *callbacks, const struct kafka_options *options)
{
    static const char *const names[HANDLE_KIND_COUNT] = {[HANDLE_TAIL] = "tail",
                                                         [HANDLE_REPLAY] = "replay",
                                                         [HANDLE_SHORT] = "replay",
                                                         [HANDLE_LOOKUP] = "lookup"};
    callbacks->log = options->log;
    callbacks->log_opaque = options->log_opaque;
    callbacks->on_event = options->on_event;
    callbacks->event_opaque = options->event_opaque;
    for (size_t i = 0; i < HANDLE_KIND_COUNT; i++) {
        callbacks->handles[i] = (struct handle_name){callbacks, names[i]};
    }
}

void callbacks_set(struct callbacks *callbacks, enum handle_kind kind, rd_kafka_conf_t *conf)
{
    rd_kafka_conf_set_opaque(conf, &callbacks->handles[kind]);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    if (callbacks->on_event != NULL) {
        rd_kafka_conf_set_stats_cb(conf, on_statistics);
        rd_kafka_conf_set_throttle_cb(conf, on_throttle);
    }
}
