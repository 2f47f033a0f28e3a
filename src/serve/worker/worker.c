/* The worker: wiring of loop, Kafka, feed and front. See the header. */
#include "serve/worker/worker.h"
#include "base/clock.h"
#include "base/mem.h"
#include "serve/worker/brokers.h"
#include "serve/worker/worker_report.h"

#include <sys/random.h>
#include <unistd.h>

enum {
    TICK_MS = 250,
    EXIT_GRACE_MS = 200,      /* so that the last bytes of a drain are sent before the loop ends */
    CLOCK_COST_NS = 50 * 1000 /* nanoseconds of filters between two looks at the clock */
};

_Static_assert(WORKER_MADE < WORKER_SERVING && WORKER_SERVING < WORKER_DRAINING &&
                   WORKER_DRAINING < WORKER_STOPPING && WORKER_STOPPING < WORKER_ENDED,
               "a worker only moves forward");

static void move(struct worker *w, enum worker_state to)
{
    ASSERT(to > w->state);
    w->state = to;
}

/* ---- what Kafka and schemas tell ---- */

static void on_topics(void *opaque, const struct topic_info *topics, size_t count)
{
    struct worker *w = opaque;
    feed_update_topics(w->feed, topics, count);
    front_on_metadata(&w->front);
    worker_tell_group(w);
}

static void on_change(void *opaque)
{
    worker_tell_group(opaque);
}

static const struct kafka_link_hooks kafka_hooks = {on_topics, on_change};

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
    ASSERT(w->state > WORKER_MADE && w->state < WORKER_ENDED);
    front_before_feed(&w->front);
    feed_set_time_of_day(w->feed, clock_wall_ms());
    bool has_more = feed_run(w->feed, loop_now_ms(w->loop));
    loop_turn_at(w->loop, feed_due_ms(w->feed));
    front_after_feed(&w->front);
    if (worker_is_draining(w) && (front_is_over(&w->front) || w->state == WORKER_STOPPING)) {
        loop_stop(w->loop);
    }
    return has_more || front_is_due(&w->front);
}

static void on_tick(void *opaque)
{
    struct worker *w = opaque;
    feed_tick(w->feed, loop_now_ms(w->loop));
    front_tick(&w->front);
    worker_log_skips(&w->log, false);
    if (w->kafka.cluster.is_up) { /* else the log says so, and nothing more helps */
        brokers_check(w->kafka.source, w->feed);
    }
    if (w->state == WORKER_DRAINING && loop_now_ms(w->loop) >= w->drain_until_ms) {
        move(w, WORKER_STOPPING);
    }
    worker_tell_group(w);
}

/* ---- life ---- */

static void serve_handoffs(struct worker *w, struct list *handoffs)
{
    while (!list_is_empty(handoffs)) {
        struct handoff *handoff = LIST_FIRST(handoffs, struct handoff, node);
        front_serve(&w->front, handoff->fd, &handoff->peer, &handoff->request);
        handoff_free(handoff);
    }
}

static void drain(struct worker *w)
{
    ASSERT(w->state == WORKER_SERVING);
    /* Who handed a connection over was told that it will be answered. */
    struct list last;
    list_init(&last);
    inbox_close(&w->inbox, &last);
    serve_handoffs(w, &last);
    /* Counted before the others hear of it, so that all are counted. */
    struct admission_counts counts = admission_counts(&w->group->admission);
    if (worker_group_begins_drain(w->group)) {
        logger_printf(&w->log.logger, KSSE_LOG_INFO, "draining", "Ending %lld stream%s.",
                      (long long)counts.streams, counts.streams == 1 ? "" : "s");
    }
    move(w, WORKER_DRAINING);
    w->drain_until_ms =
        loop_now_ms(w->loop) + w->snapshot->config->settings.drain_timeout_ms + EXIT_GRACE_MS;
    worker_tell_group(w);
    front_stop_listening(&w->front);
    front_drain(&w->front);
}

static void use(struct worker *w, struct config_snapshot *snapshot)
{
    struct config_snapshot *before = w->snapshot;
    ASSERT(deserializers_serve(&w->deserializers, snapshot));
    front_use(&w->front, snapshot);
    w->snapshot = snapshot;
    config_snapshot_unref(before);
}

/* Several wakes may come as one: the calls were counted. */
static void on_wake(void *opaque)
{
    struct worker *w = opaque;
    struct list handoffs;
    struct config_snapshot *offered = atomic_exchange(&w->offered, NULL);
    if (offered != NULL) {
        use(w, offered);
    }
    list_init(&handoffs);
    inbox_take(&w->inbox, &handoffs);
    serve_handoffs(w, &handoffs);
    front_on_wake(&w->front);
    int stop_calls = atomic_load(&w->stop_calls);
    if (stop_calls > 0 && w->state == WORKER_SERVING) {
        drain(w);
    }
    if (stop_calls > 1 && w->state == WORKER_DRAINING) {
        move(w, WORKER_STOPPING);
    }
}

int worker_offer(struct worker *w, struct config_snapshot *snapshot)
{
    if (!deserializers_serve(&w->deserializers, snapshot)) {
        return KSSE_EVALUE;
    }
    config_snapshot_unref(atomic_exchange(&w->offered, config_snapshot_ref(snapshot)));
    loop_wake(w->loop);
    return 0;
}

int worker_hand_over(struct worker *w, struct handoff *handoff)
{
    int rc = inbox_put(&w->inbox, handoff);
    if (rc == 0) {
        loop_wake(w->loop);
    }
    return rc;
}

void worker_stop(struct worker *w)
{
    atomic_fetch_add(&w->stop_calls, 1);
    loop_wake(w->loop);
}

/* A worker's part of what the setting gives to all. */
static size_t part_of(const struct worker *w, int64_t whole)
{
    ASSERT(whole >= 0 && w->group->count > 0);
    return (size_t)whole / w->group->count;
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void init_front(struct worker *w)
{
    struct front_options options = {.snapshot = w->snapshot,
                                    .admission = &w->group->admission,
                                    .cluster = &w->kafka.cluster,
                                    .hooks = &worker_front_hooks,
                                    .opaque = w,
                                    .workers = w->group->count};
    if (getrandom(&options.seed, sizeof(options.seed), 0) < 0 || options.seed == 0) {
        options.seed = (uint64_t)getpid() * 0x9E3779B97F4A7C15ULL + 1 + w->index;
    }
    front_init(&w->front, &options);
}

static void init(struct worker *w, const struct worker_options *options)
{
    const struct ksse_config *config = options->snapshot->config;
    ASSERT(options->index < options->group->count);
    w->snapshot = config_snapshot_ref(options->snapshot);
    atomic_init(&w->offered, NULL);
    atomic_init(&w->stop_calls, 0);
    w->group = options->group;
    w->index = options->index;
    w->log = (struct worker_log){
        .logger = {config->log_level, config->log, config->log_opaque},
        .shared = &w->group->log,
        .cluster = &w->kafka.cluster,
        .is_first = w->index == 0,
    };
    inbox_init(&w->inbox);
    kafka_link_init(&w->kafka);
    init_front(w);
}

static int open_kafka(struct worker *w, const char *brokers, struct ksse_error *error)
{
    const struct ksse_config *config = w->snapshot->config;
    struct kafka_link_options options = {
        .config = config,
        .brokers = brokers,
        .replay_readers = most(part_of(w, config->settings.replay_readers), 1),
        .log = &w->log,
        .loop = w->loop,
        .hooks = &kafka_hooks,
        .opaque = w,
    };
    return kafka_link_open(&w->kafka, &options, error);
}

static int open_deserializers(struct worker *w, struct ksse_error *error)
{
    int rc = deserializers_open(&w->deserializers, w->snapshot, worker_log_schemas, &w->log, error);
    if (rc < 0 || w->deserializers.avro == NULL) {
        return rc;
    }
    w->avro_watch = watch_start(w->loop, avro_fd(w->deserializers.avro), on_avro_readable, w);
    return w->avro_watch == NULL ? KSSE_ESYSTEM : 0;
}

static int64_t clock_us(void *opaque)
{
    (void)opaque;
    return clock_monotonic_us();
}

static int open_feed(struct worker *w)
{
    const struct settings *s = &w->snapshot->config->settings;
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
        .events = worker_log_feed_events(&w->log),
    };
    w->feed = feed_new(&options, kafka_source_base(w->kafka.source));
    return w->feed == NULL ? KSSE_ENOMEM : 0;
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
    if (w->loop == NULL) {
        return KSSE_ESYSTEM;
    }
    w->log.loop = w->loop;
    worker_group_set_loop(w->group, w->index, w->loop);
    int rc = open_kafka(w, brokers, error);
    if (rc == 0) {
        rc = open_deserializers(w, error);
    }
    return rc < 0 ? rc : open_feed(w);
}

int worker_new(const struct worker_options *options, struct worker **out, struct ksse_error *error)
{
    struct worker *w = mem_zalloc(sizeof(*w));
    if (w == NULL) {
        close_fd(options->listen_fd);
        return KSSE_ENOMEM;
    }
    init(w, options);
    int rc = open_all(w, options->brokers, error);
    if (rc < 0) {
        close_fd(options->listen_fd);
    } else {
        front_start(&w->front, w->loop, w->feed);
        rc = options->listen_fd < 0 ? 0 : front_listen(&w->front, options->listen_fd);
    }
    if (rc < 0) {
        worker_free(w);
        return rc;
    }
    *out = w;
    return 0;
}

/* All but the loop, which others may still wake. Twice is fine. */
static void close_all(struct worker *w)
{
    front_stop_listening(&w->front);
    front_close(&w->front);
    feed_free(w->feed);
    w->feed = NULL;
    watch_stop(w->avro_watch);
    w->avro_watch = NULL;
    kafka_link_close(&w->kafka); /* may take seconds: all workers do it at the same time */
    deserializers_close(&w->deserializers);
}

static void begin(struct worker *w)
{
    move(w, WORKER_SERVING);
    source_refresh(kafka_source_base(w->kafka.source));
}

static void end(struct worker *w)
{
    move(w, WORKER_ENDED);
    if (worker_group_has_ended(w->group)) {
        worker_log_skips(&w->log, true);
        logger_printf(&w->log.logger, KSSE_LOG_INFO, "stopped", "All streams have ended.");
    }
    close_all(w);
}

void worker_run(struct worker *w)
{
    ASSERT(w->state == WORKER_MADE);
    begin(w);
    loop_run(w->loop);
    end(w);
}

bool worker_turn(struct worker *w)
{
    if (w->state == WORKER_MADE) {
        begin(w);
    }
    if (w->state != WORKER_ENDED && !loop_turn(w->loop)) {
        end(w);
    }
    return w->state != WORKER_ENDED;
}

void worker_free(struct worker *w)
{
    if (w != NULL) {
        close_all(w);
        inbox_fini(&w->inbox);
        front_fini(&w->front);
        worker_group_set_loop(w->group, w->index, NULL);
        loop_free(w->loop);
        config_snapshot_unref(atomic_load(&w->offered));
        config_snapshot_unref(w->snapshot);
        mem_free(w);
    }
}
