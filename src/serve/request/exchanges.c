/* The exchanges of a worker: see the header. */
#include "serve/request/exchanges.h"
#include "base/mem.h"
#include "serve/request/eviction.h"
#include "serve/request/exchange.h"

#include <kafkasse.h>

enum {
    ANSWERS_BYTES = 16 * 1024 * 1024, /* of all answers under /-/ that are being sent */
    HEADS_BYTES = 32 * 1024 * 1024    /* of all requests that are not complete yet */
};

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

void exchanges_init(struct exchanges *xs, const struct exchanges_options *options)
{
    ASSERT(options->seed != 0 && options->workers > 0);
    *xs = (struct exchanges){
        .admission = options->admission,
        .cluster = options->cluster,
        .hooks = options->hooks,
        .opaque = options->opaque,
        .random = options->seed,
        .max_head_bytes = most(HEADS_BYTES / options->workers,
                               (size_t)options->snapshot->config->settings.max_head_bytes),
        .max_answer_bytes = ANSWERS_BYTES / options->workers,
    };
    list_init(&xs->heads);
    list_init(&xs->begun);
    list_init(&xs->pending);
    list_init(&xs->waiting_kafka);
    list_init(&xs->streams);
    list_init(&xs->finishing);
    list_init(&xs->dead);
    pulls_init(&xs->pulls);
    exchanges_use(xs, options->snapshot);
}

void exchanges_use(struct exchanges *xs, struct config_snapshot *snapshot)
{
    struct config_snapshot *before = xs->snapshot;
    xs->snapshot = config_snapshot_ref(snapshot);
    xs->config = snapshot->config;
    route_topics_use(&xs->route_topics, snapshot);
    xs->is_topics_answer_old = true;
    config_snapshot_unref(before);
}

void exchanges_start(struct exchanges *xs, struct loop *loop, struct feed *feed)
{
    xs->loop = loop;
    xs->feed = feed;
}

void exchanges_fini(struct exchanges *xs)
{
    ASSERT(list_is_empty(&xs->pulls.open));
    ASSERT(xs->count == 0 && xs->head_bytes == 0 && xs->answer_bytes == 0);
    idle_fini(&xs->idle);
    route_topics_fini(&xs->route_topics);
    config_snapshot_unref(xs->snapshot);
    xs->snapshot = NULL;
}

int exchanges_listen(struct exchanges *xs, int fd)
{
    xs->listener = listener_start(xs->loop, fd, exchange_accept, xs);
    return xs->listener == NULL ? KSSE_ESYSTEM : KSSE_OK;
}

void exchanges_stop_listening(struct exchanges *xs)
{
    listener_stop(xs->listener);
    xs->listener = NULL;
}

int64_t exchanges_retry_ms(struct exchanges *xs)
{
    /* xorshift64*: good enough to spread clients. */
    xs->random ^= xs->random >> 12;
    xs->random ^= xs->random << 25;
    xs->random ^= xs->random >> 27;
    uint64_t number = xs->random * 0x2545F4914F6CDD1DULL;
    const struct settings *s = &xs->config->settings;
    int64_t span = s->retry_max_ms - s->retry_min_ms;
    return s->retry_min_ms + (span > 0 ? (int64_t)(number % (uint64_t)(span + 1)) : 0);
}

/* ---- turns ---- */

static void reap(struct exchanges *xs)
{
    while (!list_is_empty(&xs->dead)) {
        struct exchange *x = LIST_FIRST(&xs->dead, struct exchange, node);
        list_remove(&x->node);
        mem_free(x);
    }
}

void exchanges_before_feed(struct exchanges *xs)
{
    pulls_continue(&xs->pulls);
}

void exchanges_after_feed(struct exchanges *xs)
{
    pulls_tell(&xs->pulls);
    reap(xs);
}

bool exchanges_are_due(const struct exchanges *xs)
{
    return pulls_are_due(&xs->pulls);
}

void exchanges_on_wake(struct exchanges *xs)
{
    eviction_tick(xs);
}

bool exchanges_are_over(const struct exchanges *xs)
{
    return xs->count == 0;
}

void exchanges_tick(struct exchanges *xs)
{
    int64_t now_ms = loop_now_ms(xs->loop);
    exchange_tick_heads(xs, now_ms);
    LIST_EACH_SAFE(pending, next_pending, &xs->pending, struct exchange, node)
    {
        stream_tick(pending);
    }
    LIST_EACH_SAFE(waiting, next_waiting, &xs->waiting_kafka, struct exchange, node)
    {
        stream_tick(waiting);
    }
    LIST_EACH_SAFE(x, after, &xs->finishing, struct exchange, node)
    {
        conn_tick(x->conn, now_ms);
    }
    eviction_tick(xs);
}

/* What is tried again may wait again, so the list is emptied first. */
static void resume_list(struct list *waiting)
{
    struct list now;
    list_init(&now);
    list_splice_back(&now, waiting);
    while (!list_is_empty(&now)) {
        struct exchange *x = LIST_FIRST(&now, struct exchange, node);
        list_move_back(waiting, &x->node);
        stream_resume(x);
    }
}

void exchanges_on_metadata(struct exchanges *xs)
{
    xs->is_topics_answer_old = true;
    route_topics_forget(&xs->route_topics);
    resume_list(&xs->pending);
    resume_list(&xs->waiting_kafka);
}

static void close_list(struct list *exchanges)
{
    while (!list_is_empty(exchanges)) {
        struct exchange *x = LIST_FIRST(exchanges, struct exchange, node);
        x->sink->close(x);
    }
}

void exchanges_drain(struct exchanges *xs)
{
    close_list(&xs->heads);
    close_list(&xs->begun);
    close_list(&xs->pending);
    while (!list_is_empty(&xs->waiting_kafka)) {
        stream_end(LIST_FIRST(&xs->waiting_kafka, struct exchange, node));
    }
    while (!list_is_empty(&xs->streams)) {
        stream_end(LIST_FIRST(&xs->streams, struct exchange, node));
    }
}

void exchanges_close(struct exchanges *xs)
{
    close_list(&xs->heads);
    close_list(&xs->begun);
    close_list(&xs->pending);
    close_list(&xs->waiting_kafka);
    close_list(&xs->streams);
    close_list(&xs->finishing);
    answer_unref(xs->topics_answer);
    xs->topics_answer = NULL;
    reap(xs);
    pulls_tell(&xs->pulls);
}
