/* See source.h. Makes the parts, passes the feed's calls on to them and their events back. */
#include "kafka/source.h"
#include "base/clock.h"
#include "base/eventfd.h"
#include "base/mem.h"
#include "kafka/callbacks.h"
#include "kafka/job_queue.h"
#include "kafka/conf.h"
#include "kafka/broker_checks.h"
#include "kafka/lookup.h"
#include "kafka/prober.h"
#include "kafka/reader.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum {
    IDLE_LIMIT_MS = 60000 /* a replay handle that nobody used for so long is destroyed */
};

struct kafka_source {
    struct source base;
    struct reader_context context;
    struct callbacks callbacks;
    struct lookup *lookup;
    struct list readers;              /* struct kafka_reader */
    size_t counts[READER_KIND_COUNT]; /* those being destroyed included */
    size_t replay_limit;
    bool lacks_times;
    struct prober prober;
    struct broker_checks checks;
    struct metadata *metadata; /* the newest; NULL: none yet */
};

static struct kafka_source *source_of(struct source *base)
{
    return CONTAINER_OF(base, struct kafka_source, base);
}

/* Rather one that is idle than one that is still being cleaned. */
static struct kafka_reader *find_closed(struct kafka_source *source, enum reader_kind kind)
{
    struct kafka_reader *found = NULL;
    LIST_EACH(reader, &source->readers, struct kafka_reader, node)
    {
        if (kafka_reader_kind(reader) == kind && !kafka_reader_is_open(reader)) {
            found = reader;
            if (kafka_reader_is_idle(reader)) {
                return reader;
            }
        }
    }
    return found;
}

static struct reader *open_reader(struct source *base, enum reader_kind kind)
{
    struct kafka_source *source = source_of(base);
    struct kafka_reader *reader = find_closed(source, kind);
    if (reader != NULL) {
        return kafka_reader_open(reader);
    }
    if (kind != READER_TAIL && source->counts[kind] >= source->replay_limit) {
        return NULL;
    }
    reader = kafka_reader_new(&source->context, kind);
    if (reader == NULL) {
        return NULL;
    }
    list_push_back(&source->readers, &reader->node);
    source->counts[kind]++;
    return kafka_reader_open(reader);
}

/* A mock cluster answers any time with the end. The demo is young: what is past is its beginning.
 */
static void replace_times(struct offset_lookup *question)
{
    int64_t now_ms = (int64_t)time(NULL) * 1000;
    for (size_t i = 0; i < question->count; i++) {
        struct offset_query *query = &question->queries[i];
        if (query->at_ms >= 0) {
            query->at_ms = query->at_ms < now_ms ? OFFSET_AT_EARLIEST : OFFSET_AT_LATEST;
        }
    }
}

static void submit(struct source *base, struct offset_lookup *question)
{
    if (source_of(base)->lacks_times) {
        replace_times(question);
    }
    lookup_submit(source_of(base)->lookup, question);
}

static void cancel(struct source *base, struct offset_lookup *question)
{
    lookup_cancel(source_of(base)->lookup, question);
}

static void refresh(struct source *base)
{
    lookup_refresh(source_of(base)->lookup);
}

static const struct source_ops ops = {
    .open_reader = open_reader, .lookup = submit, .cancel = cancel, .refresh = refresh};

static int make_conf(struct kafka_source *source, enum handle_kind kind,
                     const struct kafka_options *options, rd_kafka_conf_t **out,
                     struct ksse_error *error)
{
    int rc =
        conf_new(kind, options->brokers, options->properties, options->property_count, out, error);
    if (rc == 0) {
        callbacks_set(&source->callbacks, kind, *out);
    }
    return rc;
}

static int make_reader_confs(struct kafka_source *source, const struct kafka_options *options,
                             struct ksse_error *error)
{
    static const enum handle_kind handles[READER_KIND_COUNT] = {
        [READER_TAIL] = HANDLE_TAIL,
        [READER_REPLAY] = HANDLE_REPLAY,
        [READER_SHORT] = HANDLE_SHORT,
    };
    int rc = 0;
    for (size_t kind = 0; kind < READER_KIND_COUNT && rc == 0; kind++) {
        rc = make_conf(source, handles[kind], options, &source->context.confs[kind], error);
    }
    return rc;
}

static int make_job_queues(struct reader_context *context, struct ksse_error *error)
{
    int rc = job_queue_new("ksse-jobs", context->event_fd, &context->jobs);
    if (rc == 0) {
        rc = job_queue_new("ksse-slow-jobs", context->event_fd, &context->slow_jobs);
    }
    if (rc < 0) {
        error_set(error, "cannot start the job threads");
    }
    return rc;
}

static int make_lookup(struct kafka_source *source, const struct kafka_options *options,
                       struct ksse_error *error)
{
    rd_kafka_conf_t *conf;
    int rc = make_conf(source, HANDLE_LOOKUP, options, &conf, error);
    if (rc == 0) {
        rc =
            lookup_new(conf, source->context.event_fd, options->refresh_ms, &source->lookup, error);
    }
    if (rc == 0) {
        atomic_store(&source->callbacks.lookup, source->lookup);
    }
    return rc;
}

static int make_parts(struct kafka_source *source, const struct kafka_options *options,
                      struct ksse_error *error)
{
    struct reader_context *context = &source->context;
    int rc = make_reader_confs(source, options, error);
    if (rc < 0) {
        return rc;
    }
    context->event_fd = eventfd_open();
    if (context->event_fd < 0) {
        error_set(error, "no eventfd: %s", strerror(errno));
        return KSSE_ESYSTEM;
    }
    prober_init(&source->prober, context->confs[READER_REPLAY], context->event_fd);
    broker_checks_init(&source->checks, context->event_fd, options->on_broker,
                       options->broker_opaque);
    source->callbacks.checks = &source->checks;
    rc = make_job_queues(context, error);
    return rc < 0 ? rc : make_lookup(source, options, error);
}

int kafka_source_new(const struct kafka_options *options, struct kafka_source **out,
                     struct ksse_error *error)
{
    struct kafka_source *source = mem_zalloc(sizeof(*source));
    if (source == NULL) {
        return error_no_memory(error);
    }
    source->base.ops = &ops;
    list_init(&source->readers);
    source->context.event_fd = -1;
    source->replay_limit = options->replay_readers;
    source->context.prober = &source->prober;
    source->context.waits_for_unreadable = options->waits_for_unreadable;
    prober_init(&source->prober, NULL, -1);
    broker_checks_init(&source->checks, -1, NULL, NULL);
    callbacks_init(&source->callbacks, options);
    source->lacks_times = options->lacks_times;
    int rc = make_parts(source, options, error);
    if (rc < 0) {
        kafka_source_free(source);
        return rc;
    }
    *out = source;
    return 0;
}

struct source *kafka_source_base(struct kafka_source *source)
{
    return &source->base;
}

int kafka_source_fd(const struct kafka_source *source)
{
    return source->context.event_fd;
}

static void on_replay_freed(void *opaque)
{
    struct kafka_source *source = opaque;
    ASSERT(source->counts[READER_REPLAY] > 0);
    source->counts[READER_REPLAY]--;
}

static void on_short_freed(void *opaque)
{
    struct kafka_source *source = opaque;
    ASSERT(source->counts[READER_SHORT] > 0);
    source->counts[READER_SHORT]--;
}

static void take_metadata(struct kafka_source *source, struct metadata *metadata)
{
    const struct source_events *events = &source->base.events;
    if (events->on_metadata != NULL) {
        events->on_metadata(source->base.opaque, metadata->topics, metadata->count);
    }
    bool is_missing = false;
    LIST_EACH(reader, &source->readers, struct kafka_reader, node)
    {
        is_missing |= kafka_reader_compare(reader, metadata);
    }
    if (is_missing) {
        lookup_refresh(source->lookup);
    }
    metadata_free(source->metadata);
    source->metadata = metadata;
}

static void free_idle(struct kafka_source *source)
{
    int64_t now_ms = clock_monotonic_ms();
    LIST_EACH_SAFE(reader, after, &source->readers, struct kafka_reader, node)
    {
        enum reader_kind kind = kafka_reader_kind(reader);
        if (kind != READER_TAIL && kafka_reader_is_idle(reader) &&
            kafka_reader_idle_ms(reader, now_ms) > IDLE_LIMIT_MS) {
            list_remove(&reader->node);
            kafka_reader_free_later(reader, kind == READER_SHORT ? on_short_freed : on_replay_freed,
                                    source);
        }
    }
}

void kafka_source_dispatch(struct kafka_source *source)
{
    eventfd_drain(source->context.event_fd);
    job_queue_deliver(source->context.jobs);
    job_queue_deliver(source->context.slow_jobs);
    prober_deliver(&source->prober);
    broker_checks_deliver(&source->checks);
    struct metadata *metadata =
        lookup_deliver(source->lookup, &source->base.events, source->base.opaque);
    if (metadata != NULL) {
        take_metadata(source, metadata);
    }
    LIST_EACH(reader, &source->readers, struct kafka_reader, node)
    {
        kafka_reader_dispatch(reader);
    }
    free_idle(source);
}

/* The tail's: over its connections the newest records come. */
static rd_kafka_t *handle_to_ask(const struct kafka_source *source)
{
    LIST_EACH(reader, &source->readers, struct kafka_reader, node)
    {
        rd_kafka_t *rk = kafka_reader_handle(reader);
        if (kafka_reader_kind(reader) == READER_TAIL && rk != NULL) {
            return rk;
        }
    }
    return NULL;
}

bool kafka_source_begin_check(struct kafka_source *source)
{
    return source->metadata != NULL && source->checks.on_change != NULL &&
           handle_to_ask(source) != NULL &&
           broker_checks_begin(&source->checks, source->metadata, clock_monotonic_ms());
}

void kafka_source_want(struct kafka_source *source, const char *topic, int32_t partition)
{
    broker_checks_want(&source->checks, topic, partition);
}

void kafka_source_end_check(struct kafka_source *source)
{
    broker_checks_end(&source->checks, handle_to_ask(source));
}

const struct brokers *kafka_source_brokers(const struct kafka_source *source)
{
    return &source->checks.brokers;
}

void kafka_source_free(struct kafka_source *source)
{
    if (source == NULL) {
        return;
    }
    if (source->lookup != NULL) {
        lookup_stop(source->lookup); /* what it waits for ends while readers are closed */
    }
    LIST_EACH(reader, &source->readers, struct kafka_reader, node)
    {
        kafka_reader_abandon(reader);
    }
    prober_fini(&source->prober);
    broker_checks_fini(&source->checks);
    /* Runs the stops; all readers are idle then. */
    job_queue_free(source->context.jobs);
    LIST_EACH_SAFE(reader, after, &source->readers, struct kafka_reader, node)
    {
        list_remove(&reader->node);
        kafka_reader_free_later(reader, NULL, NULL);
    }
    job_queue_free(source->context.slow_jobs);
    lookup_free(source->lookup);
    metadata_free(source->metadata);
    for (size_t i = 0; i < ARRAY_LEN(source->context.confs); i++) {
        if (source->context.confs[i] != NULL) {
            rd_kafka_conf_destroy(source->context.confs[i]);
        }
    }
    eventfd_close(source->context.event_fd);
    mem_free(source);
}
