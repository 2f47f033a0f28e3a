/* A worker's link to Kafka: see the header. */
#include "serve/worker/kafka_link.h"

#include <stdio.h>

void kafka_link_init(struct kafka_link *link)
{
    *link = (struct kafka_link){0};
    /* Up until the source says otherwise; readiness waits for metadata anyway. */
    link->cluster.is_up = true;
    snprintf(link->cluster.down_reason, sizeof(link->cluster.down_reason),
             "Kafka has not answered yet.");
}

const char *kafka_link_fault(const struct kafka_link *link)
{
    if (!link->cluster.is_up) {
        return link->cluster.down_reason;
    }
    return link->cluster.has_metadata ? NULL : "Kafka has not told its topics yet.";
}

/* ---- what the source tells ---- */

static void on_metadata(void *opaque, const struct topic_info *topics, size_t count)
{
    struct kafka_link *link = opaque;
    link->cluster.has_metadata = true;
    link->hooks->on_topics(link->opaque, topics, count);
}

static void on_up(void *opaque)
{
    struct kafka_link *link = opaque;
    link->cluster.is_up = true;
    worker_log_line(link->log, KSSE_LOG_INFO, "kafka-up", "Kafka can be reached.");
    link->hooks->on_change(link->opaque);
}

static void on_down(void *opaque, const char *reason)
{
    struct kafka_link *link = opaque;
    char message[512];
    link->cluster.is_up = false;
    snprintf(link->cluster.down_reason, sizeof(link->cluster.down_reason), "%s", reason);
    snprintf(message, sizeof(message), "%s. Retrying.", reason);
    worker_log_line(link->log, KSSE_LOG_WARNING, "kafka-down", message);
    link->hooks->on_change(link->opaque);
}

static void on_readable(void *opaque)
{
    struct kafka_link *link = opaque;
    ASSERT(link->source != NULL);
    kafka_source_dispatch(link->source);
}

/* ---- any thread ---- */

_Static_assert(KSSE_LOG_ERROR == 0 && KSSE_LOG_WARNING == 1 && KSSE_LOG_INFO == 2 &&
                   KSSE_LOG_DEBUG == 3,
               "levels are the numbers that kafka_log_fn gives");

static void on_log(void *opaque, int level, const char *event, const char *message)
{
    const struct kafka_link *link = opaque;
    worker_log_line(link->log, (enum ksse_log_level)level, event, message);
}

static void on_event(void *opaque, const struct kafka_event *event)
{
    static const enum ksse_kafka_event_kind kinds[] = {
        [KAFKA_ERROR] = KSSE_KAFKA_ERROR,
        [KAFKA_STATISTICS] = KSSE_KAFKA_STATISTICS,
        [KAFKA_THROTTLE] = KSSE_KAFKA_THROTTLE,
    };
    ASSERT((size_t)event->kind < ARRAY_LEN(kinds));
    const struct kafka_link *link = opaque;
    struct ksse_kafka_event told = {kinds[event->kind], event->handle, event->error, event->text,
                                    event->throttle_ms};
    link->on_event(link->event_opaque, &told);
}

/* ---- life ---- */

static int open_source(struct kafka_link *link, const struct kafka_link_options *options,
                       struct ksse_error *error)
{
    const struct ksse_config *config = options->config;
    struct kafka_options kafka = {
        .brokers = options->brokers,
        .properties = config->properties,
        .property_count = config->property_count,
        .replay_readers = options->replay_readers,
        .refresh_ms = (int)config->settings.metadata_refresh_ms,
        .waits_for_unreadable = config->settings.unreadable == SETTING_UNREADABLE_WAIT,
        .lacks_times = config->settings.is_demo,
        .log = on_log,
        .log_opaque = link,
        .on_event = link->on_event == NULL ? NULL : on_event,
        .event_opaque = link,
        .on_broker = worker_log_broker,
        .broker_opaque = link->log,
    };
    int rc = kafka_source_new(&kafka, &link->source, error);
    if (rc < 0) {
        return rc;
    }
    struct source *source = kafka_source_base(link->source);
    source->events = (struct source_events){on_metadata, on_up, on_down};
    source->opaque = link;
    return 0;
}

int kafka_link_open(struct kafka_link *link, const struct kafka_link_options *options,
                    struct ksse_error *error)
{
    ASSERT(link->source == NULL && options->replay_readers > 0);
    ASSERT(options->hooks->on_topics != NULL && options->hooks->on_change != NULL);
    link->log = options->log;
    link->on_event = options->config->on_kafka_event;
    link->event_opaque = options->config->kafka_event_opaque;
    link->hooks = options->hooks;
    link->opaque = options->opaque;
    int rc = open_source(link, options, error);
    if (rc < 0) {
        return rc;
    }
    link->watch = watch_start(options->loop, kafka_source_fd(link->source), on_readable, link);
    return link->watch == NULL ? KSSE_ESYSTEM : 0;
}

void kafka_link_close(struct kafka_link *link)
{
    watch_stop(link->watch);
    link->watch = NULL;
    kafka_source_free(link->source);
    link->source = NULL;
}
