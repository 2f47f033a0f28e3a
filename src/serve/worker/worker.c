/* The worker: wiring of loop, Kafka, feed and connections. See the header. */
#include "serve/worker/worker.h"
#include "base/clock.h"
#include "base/mem.h"
#include "serve/worker/brokers.h"
#include "serve/worker/metrics.h"
#include "serve/worker/worker_log.h"

#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

enum {
    TICK_MS = 250,
    EXIT_GRACE_MS = 200,      /* so that the last bytes of a drain are sent before the loop ends */
    CLOCK_COST_NS = 50 * 1000 /* nanoseconds of filters between two looks at the clock */
};

/* ---- what others know of it ---- */

const char *worker_not_ready(const struct worker *w)
{
    if (w->is_draining) {
        return "The server is stopping.";
    }
    if (!w->cluster.is_up) {
        return w->cluster.down_reason;
    }
    return w->cluster.has_metadata ? NULL : "Kafka has not told its topics yet.";
}

void worker_report_all(struct worker *w, struct report *out)
{
    report_make(w, out);
    if (w->group->count > 1) {
        /* Counters that were shown must not be lower when another worker is asked next. */
        worker_group_report(w->group, w->index, out);
        worker_group_add_others(w->group, w->index, out);
    }
}

/* At each tick, and at once when it becomes ready or is no more. */
static void tell_group(struct worker *w)
{
    struct report report;
    if (w->group->count > 1) {
        report_make(w, &report);
        worker_group_report(w->group, w->index, &report);
    }
}

/* All workers see the same Kafka: the first one says how it is, what the others say is detail. */
static enum ksse_log_level level_of(const struct worker *w, enum ksse_log_level level)
{
    return w->index == 0 ? level : KSSE_LOG_DEBUG;
}

/* ---- what exchanges ask ---- */

static const char *not_ready(void *opaque)
{
    return worker_not_ready(opaque);
}

/* While only some partitions can be read it is ready, and says what is wrong. */
static void tell_readiness(void *opaque, struct readiness *out)
{
    struct report all;
    worker_report_all(opaque, &all);
    bool is_blind =
        all.partitions_wanted > 0 && all.gauges.partitions_waiting >= all.partitions_wanted;
    out->is_ready = all.not_ready[0] == '\0' && !is_blind;
    snprintf(out->reason, sizeof(out->reason), "%s",
             all.not_ready[0] == '\0' ? all.degraded : all.not_ready);
}

static void append_metrics(void *opaque, struct buf *out)
{
    metrics_append(opaque, out);
}

static void wake_others(void *opaque)
{
    const struct worker *w = opaque;
    worker_group_wake_others(w->group, w->index);
}

static const struct exchange_hooks exchange_hooks = {not_ready, tell_readiness, append_metrics,
                                                     wake_others};

/* ---- Kafka's side ---- */

static void note_route_topics(struct worker *w, const struct topic_info *topics, size_t count)
{
    for (size_t r = 0; r < w->config->route_count; r++) {
        const struct topic_patterns *allowed = &w->config->routes[r].options.topics;
        w->cluster.route_has_topics[r] = false;
        for (size_t t = 0; t < count && !w->cluster.route_has_topics[r]; t++) {
            w->cluster.route_has_topics[r] = topic_patterns_match(allowed, topics[t].name);
        }
    }
}

static void on_metadata(void *opaque, const struct topic_info *topics, size_t count)
{
    struct worker *w = opaque;
    feed_update_topics(w->feed, topics, count);
    note_route_topics(w, topics, count);
    w->cluster.has_metadata = true;
    exchanges_on_metadata(&w->exchanges);
    tell_group(w);
}

static void on_up(void *opaque)
{
    struct worker *w = opaque;
    w->cluster.is_up = true;
    logger_printf(&w->logger, level_of(w, KSSE_LOG_INFO), "kafka-up", "Kafka can be reached.");
    tell_group(w);
}

static void on_down(void *opaque, const char *reason)
{
    struct worker *w = opaque;
    w->cluster.is_up = false;
    snprintf(w->cluster.down_reason, sizeof(w->cluster.down_reason), "%s", reason);
    logger_printf(&w->logger, level_of(w, KSSE_LOG_WARNING), "kafka-down", "%s. Trying on.",
                  reason);
    tell_group(w);
}

/* Any thread. */
static void on_kafka_log(void *opaque, int level, const char *event, const char *message)
{
    const struct worker *w = opaque;
    logger_line(&w->logger, level_of(w, (enum ksse_log_level)level), event, message, NULL, 0);
}

static void on_kafka_event(void *opaque, const struct kafka_event *event)
{
    static const enum ksse_kafka_event_kind kinds[] = {
        [KAFKA_ERROR] = KSSE_KAFKA_ERROR,
        [KAFKA_STATISTICS] = KSSE_KAFKA_STATISTICS,
        [KAFKA_THROTTLE] = KSSE_KAFKA_THROTTLE,
    };
    const struct ksse_config *config = ((const struct worker *)opaque)->config;
    struct ksse_kafka_event told = {kinds[event->kind], event->handle, event->error, event->text,
                                    event->throttle_ms};
    config->on_kafka_event(config->kafka_event_opaque, &told);
}

static void on_kafka_readable(void *opaque)
{
    struct worker *w = opaque;
    kafka_source_dispatch(w->kafka);
}

static void on_avro_readable(void *opaque)
{
    struct worker *w = opaque;
    if (avro_dispatch(w->deserializers.avro)) {
        feed_retry(w->feed, loop_now_ms(w->loop));
    }
}

/* ---- the loop's side ---- */

static bool on_turn(void *opaque)
{
    struct worker *w = opaque;
    exchanges_before_feed(&w->exchanges);
    feed_set_time_of_day(w->feed, clock_wall_ms());
    bool has_more = feed_run(w->feed, loop_now_ms(w->loop));
    loop_turn_at(w->loop, feed_due_ms(w->feed));
    exchanges_after_feed(&w->exchanges);
    if (w->is_draining && (exchanges_are_over(&w->exchanges) || w->is_stopping)) {
        loop_stop(w->loop);
    }
    return has_more || exchanges_are_due(&w->exchanges);
}

static void on_tick(void *opaque)
{
    struct worker *w = opaque;
    feed_tick(w->feed, loop_now_ms(w->loop));
    exchanges_tick(&w->exchanges);
    worker_log_skips(w, false);
    brokers_round(w);
    if (w->is_draining && loop_now_ms(w->loop) >= w->drain_until_ms) {
        w->is_stopping = true;
    }
    tell_group(w);
}

/* ---- life ---- */

/* `deliveries` are all that is in there. */
static void serve_handoffs(struct worker *w, struct list *handoffs)
{
    while (!list_is_empty(handoffs)) {
        struct handoff *handoff = LIST_FIRST(handoffs, struct handoff, node);
        exchanges_serve(&w->exchanges, handoff->fd, &handoff->peer, &handoff->request);
        handoff_free(handoff);
    }
}

static void drain(struct worker *w)
{
    /* Who handed a connection over was told that it will be answered. */
    struct list last;
    list_init(&last);
    inbox_close(&w->inbox, &last);
    serve_handoffs(w, &last);
    /* Counted before the others hear of it, so that all are counted. */
    struct admission_counts counts = admission_counts(&w->group->admission);
    if (worker_group_begins_drain(w->group)) {
        logger_printf(&w->logger, KSSE_LOG_INFO, "draining", "Ending %lld stream%s.",
                      (long long)counts.streams, counts.streams == 1 ? "" : "s");
    }
    w->is_draining = true;
    w->drain_until_ms = loop_now_ms(w->loop) + w->config->settings.drain_timeout_ms + EXIT_GRACE_MS;
    tell_group(w);
    exchanges_stop_listening(&w->exchanges);
    exchanges_drain(&w->exchanges);
}

/* Several wakes may come as one: the calls were counted. */
static void on_wake(void *opaque)
{
    struct worker *w = opaque;
    struct list handoffs;
    list_init(&handoffs);
    inbox_take(&w->inbox, &handoffs);
    serve_handoffs(w, &handoffs);
    exchanges_on_wake(&w->exchanges);
    int stop_calls = atomic_load(&w->stop_calls);
    if (stop_calls > 0 && !w->is_draining) {
        drain(w);
    }
    w->is_stopping = w->is_stopping || stop_calls > 1;
}

bool worker_hand_over(struct worker *w, struct handoff *handoff)
{
    bool is_taken = inbox_put(&w->inbox, handoff);
    if (is_taken) {
        loop_wake(w->loop);
    }
    return is_taken;
}

void worker_stop(struct worker *w)
{
    atomic_fetch_add(&w->stop_calls, 1);
    loop_wake(w->loop);
}

/* A worker's part of what the setting gives to all. */
static size_t part_of(const struct worker *w, int64_t whole)
{
    return (size_t)whole / w->group->count;
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void init_exchanges(struct worker *w)
{
    struct exchanges_options options = {.snapshot = w->snapshot,
                                        .admission = &w->group->admission,
                                        .cluster = &w->cluster,
                                        .hooks = &exchange_hooks,
                                        .opaque = w,
                                        .workers = w->group->count};
    if (getrandom(&options.seed, sizeof(options.seed), 0) < 0 || options.seed == 0) {
        options.seed = (uint64_t)getpid() * 0x9E3779B97F4A7C15ULL + 1 + w->index;
    }
    exchanges_init(&w->exchanges, &options);
}

static void init(struct worker *w, const struct worker_options *options)
{
    const struct ksse_config *config = options->snapshot->config;
    w->snapshot = config_snapshot_ref(options->snapshot);
    w->config = config;
    w->group = options->group;
    w->index = options->index;
    w->logger = (struct logger){config->log_level, config->log, config->log_opaque};
    inbox_init(&w->inbox);
    snprintf(w->cluster.down_reason, sizeof(w->cluster.down_reason), "Kafka has not answered yet.");
    w->cluster.is_up =
        true; /* until the source says otherwise; readiness waits for metadata anyway */
    init_exchanges(w);
}

static int open_kafka(struct worker *w, const char *brokers, struct ksse_error *error)
{
    struct kafka_options options = {
        .brokers = brokers,
        .properties = w->config->properties,
        .property_count = w->config->property_count,
        .replay_readers = most(part_of(w, w->config->settings.replay_readers), 1),
        .refresh_ms = (int)w->config->settings.metadata_refresh_ms,
        .waits_for_unreadable = w->config->settings.unreadable == SETTING_UNREADABLE_WAIT,
        .lacks_times = w->config->settings.is_demo,
        .log = on_kafka_log,
        .log_opaque = w,
        .on_event = w->config->on_kafka_event == NULL ? NULL : on_kafka_event,
        .event_opaque = w,
        .on_broker = brokers_on_change,
        .broker_opaque = w,
    };
    if (kafka_source_new(&options, &w->kafka, error->message, sizeof(error->message)) < 0) {
        return KSSE_EKAFKA;
    }
    struct source *source = kafka_source_base(w->kafka);
    source->events = (struct source_events){on_metadata, on_up, on_down};
    source->opaque = w;
    return KSSE_OK;
}

static int64_t clock_us(void *opaque)
{
    (void)opaque;
    return clock_monotonic_us();
}

static int open_feed(struct worker *w)
{
    const struct settings *s = &w->config->settings;
    struct feed_options options = {
        .heartbeat_ms = s->heartbeat_ms,
        .linger_ms = s->linger_ms,
        .log_bytes = part_of(w, s->log_memory_bytes),
        .channel_bytes = (size_t)s->channel_memory_bytes,
        .channels_bytes = part_of(w, s->channels_memory_bytes),
        .record_bytes = (size_t)s->max_record_bytes,
        .replay_bytes = part_of(w, s->replay_memory_bytes),
        .renderings = w->deserializers.items,
        .rendering_count = w->deserializers.count,
        .clock_us = clock_us,
        .clock_cost_ns = CLOCK_COST_NS,
        .events = worker_log_feed_events(w),
    };
    w->feed = feed_new(&options, kafka_source_base(w->kafka));
    if (w->feed == NULL) {
        return KSSE_ENOMEM;
    }
    return KSSE_OK;
}

static void close_fd(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

/* What needs no cleaning up here when it fails: worker_free() does that. */
static int open_all(struct worker *w, const char *brokers, struct ksse_error *error)
{
    struct loop_hooks hooks = {on_turn, on_tick, on_wake, w};
    w->loop = loop_new(&hooks, TICK_MS);
    w->cluster.route_has_topics = mem_zalloc(w->config->route_count * sizeof(bool));
    if (w->loop == NULL || w->cluster.route_has_topics == NULL) {
        return KSSE_ESYSTEM;
    }
    worker_group_set_loop(w->group, w->index, w->loop);
    int result = open_kafka(w, brokers, error);
    if (result < 0) {
        return result;
    }
    w->kafka_watch = watch_start(w->loop, kafka_source_fd(w->kafka), on_kafka_readable, w);
    if (w->kafka_watch == NULL) {
        return KSSE_ESYSTEM;
    }
    result = deserializers_open(&w->deserializers, w->snapshot, worker_log_schemas, w, error);
    if (result < 0) {
        return result;
    }
    if (w->deserializers.avro != NULL) {
        w->avro_watch = watch_start(w->loop, avro_fd(w->deserializers.avro), on_avro_readable, w);
        if (w->avro_watch == NULL) {
            return KSSE_ESYSTEM;
        }
    }
    return open_feed(w);
}

int worker_new(const struct worker_options *options, struct worker **out, struct ksse_error *error)
{
    struct worker *w = mem_zalloc(sizeof(*w));
    if (w == NULL) {
        close_fd(options->listen_fd);
        return KSSE_ENOMEM;
    }
    init(w, options);
    int result = open_all(w, options->brokers, error);
    if (result < 0) {
        close_fd(options->listen_fd);
    } else {
        exchanges_start(&w->exchanges, w->loop, w->feed);
        result = options->listen_fd < 0 ? 0 : exchanges_listen(&w->exchanges, options->listen_fd);
    }
    if (result < 0) {
        worker_free(w);
        return result;
    }
    *out = w;
    return KSSE_OK;
}

/* All but the loop, which others may still wake. Twice is fine. */
static void close_all(struct worker *w)
{
    exchanges_stop_listening(&w->exchanges);
    exchanges_close(&w->exchanges);
    feed_free(w->feed);
    watch_stop(w->kafka_watch);
    watch_stop(w->avro_watch);
    kafka_source_free(w->kafka); /* may take seconds: all workers do it at the same time */
    deserializers_close(&w->deserializers);
    w->feed = NULL;
    w->kafka_watch = NULL;
    w->avro_watch = NULL;
    w->kafka = NULL;
}

static void begin(struct worker *w)
{
    w->has_begun = true;
    source_refresh(kafka_source_base(w->kafka));
}

static void end(struct worker *w)
{
    w->has_ended = true;
    if (worker_group_has_ended(w->group)) {
        worker_log_skips(w, true);
        logger_printf(&w->logger, KSSE_LOG_INFO, "stopped", "All streams have ended.");
    }
    close_all(w);
}

void worker_run(struct worker *w)
{
    ASSERT(!w->has_begun);
    begin(w);
    loop_run(w->loop);
    end(w);
}

bool worker_turn(struct worker *w)
{
    if (!w->has_begun) {
        begin(w);
    }
    if (!w->has_ended && !loop_turn(w->loop)) {
        end(w);
    }
    return !w->has_ended;
}

void worker_free(struct worker *w)
{
    if (w != NULL) {
        close_all(w);
        inbox_fini(&w->inbox);
        exchanges_fini(&w->exchanges);
        worker_group_set_loop(w->group, w->index, NULL);
        loop_free(w->loop);
        mem_free(w->cluster.route_has_topics);
        config_snapshot_unref(w->snapshot);
        mem_free(w);
    }
}
