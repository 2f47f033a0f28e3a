/*
 * Kafka as a source of the feed: readers, offset look-ups, metadata, on librdkafka without any
 * consumer group.
 *
 * One worker owns it: all functions are called on that worker's thread. It watches the source's
 * descriptor in its loop and calls kafka_source_dispatch(), from within which all callbacks come.
 */
#ifndef KAFKA_SOURCE_H
#define KAFKA_SOURCE_H

#include "api/error.h"
#include "base/assert.h"
#include "feed/log/source.h"
#include "kafka/broker.h"
#include "kafka/properties.h"

#include <stddef.h>

/* Numbers as in ksse_log_level: 0 error, 1 warning, 2 info, 3 debug. */
typedef void (*kafka_log_fn)(void *opaque, int level, const char *event, const char *message);

enum kafka_event_kind {
    KAFKA_ERROR,      /* an error that librdkafka reports; it tries again by itself */
    KAFKA_STATISTICS, /* with the property statistics.interval.ms */
    KAFKA_THROTTLE    /* a broker has delayed an answer because of a quota */
};

struct kafka_event {
    enum kafka_event_kind kind;
    const char *handle; /* "tail", "replay" or "lookup" */
    int error;          /* ERROR: an rd_kafka_resp_err_t */
    const char *text;   /* ERROR: a sentence; STATISTICS: JSON; THROTTLE: the broker's name */
    int throttle_ms;
};

/* The event lives until it returns. On the worker's thread or the look-up thread. */
typedef void (*kafka_event_fn)(void *opaque, const struct kafka_event *event);

struct kafka_options {
    const char *brokers; /* NULL: the properties say it */
    const struct kafka_property *properties;
    size_t property_count;
    size_t replay_readers;     /* at most so many of each kind at a time */
    int refresh_ms;            /* how often metadata is asked for anew */
    bool waits_for_unreadable; /* try a batch that cannot be read for ever, do not pass over it */
    bool lacks_times;          /* the brokers know no times: past ones mean the oldest record */
    kafka_log_fn log;          /* called on any thread; NULL: nothing is logged */
    void *log_opaque;
    kafka_event_fn on_event; /* NULL: none */
    void *event_opaque;
    /* A broker is DOWN, or UP again, or UNKNOWN because it has left the cluster. Called within
     * kafka_source_dispatch(). NULL: brokers are not checked. */
    void (*on_broker)(void *opaque, const struct broker *broker);
    void *broker_opaque;
};

struct kafka_source;

/*
 * Returns a new source in *out; `options` is copied where it is kept. KSSE_EKAFKA with a sentence
 * of librdkafka's, which does not take the properties; KSSE_ENOMEM; KSSE_ESYSTEM: no descriptor or
 * thread is left. A cluster that is away is no error: on_down tells.
 */
CHECKED int kafka_source_new(const struct kafka_options *options, struct kafka_source **out,
                             struct ksse_error *error);

struct source *kafka_source_base(struct kafka_source *source);

/* Readable when kafka_source_dispatch() has something to do. */
int kafka_source_fd(const struct kafka_source *source);

/* Empties the descriptor, then: finished look-ups, changes of up/down, new metadata, on_ready of
 * readers that may have something. */
void kafka_source_dispatch(struct kafka_source *source);

/*
 * A check whether the brokers can be reached: begin, want for each partition that is read, end.
 * False when none is due now; to be called about every second.
 */
CHECKED bool kafka_source_begin_check(struct kafka_source *source);
void kafka_source_want(struct kafka_source *source, const char *topic, int32_t partition);
void kafka_source_end_check(struct kafka_source *source);

/* As the last check found them; lives as long as the source. */
const struct brokers *kafka_source_brokers(const struct kafka_source *source);

/* Closes its readers, without callbacks. Returns within about two seconds, even when the brokers
 * are away. NULL is fine. */
void kafka_source_free(struct kafka_source *source);

#endif
