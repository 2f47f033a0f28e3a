/* See exchanges.h. */
#include "serve/request/exchanges.h"
#include "serve/request/stream.h"
#include "serve/request/stream_request.h"

enum {
    ANSWERS_BYTES = 16 * 1024 * 1024 /* of all answers under /-/ that are being sent */
};

void exchanges_init(struct exchanges *xs, const struct exchanges_options *options)
{
    ASSERT(options->seed != 0 && options->workers > 0);
    *xs = (struct exchanges){
        .admission = options->admission,
        .cluster = options->cluster,
        .hooks = options->hooks,
        .opaque = options->opaque,
        .random = options->seed,
        .max_answer_bytes = ANSWERS_BYTES / options->workers,
    };
    for (size_t i = 0; i < EXCHANGE_STATES; i++) {
        list_init(&xs->by_state[i]);
    }
    list_init(&xs->answers);
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
    ASSERT(exchanges_count(xs) == 0 && xs->answer_bytes == 0);
    pulls_fini(&xs->pulls);
    route_topics_fini(&xs->route_topics);
    config_snapshot_unref(xs->snapshot);
    xs->snapshot = NULL;
}

size_t exchanges_count(const struct exchanges *xs)
{
    size_t count = 0;
    for (size_t i = 0; i < EXCHANGE_STATES; i++) {
        count += xs->counts[i];
    }
    return count;
}

void exchanges_tick(struct exchanges *xs)
{
    LIST_EACH_SAFE(pending, next, &xs->by_state[EXCHANGE_PENDING], struct exchange, node)
    {
        stream_tick(pending);
    }
    LIST_EACH_SAFE(waiting, after, &xs->by_state[EXCHANGE_WAITING_KAFKA], struct exchange, node)
    {
        stream_tick(waiting);
    }
}

/* What is tried again may wait again, so the list is emptied first. */
static void resume_all(struct list *waiting)
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
    resume_all(&xs->by_state[EXCHANGE_PENDING]);
    resume_all(&xs->by_state[EXCHANGE_WAITING_KAFKA]);
}

static void abort_all(struct list *exchanges)
{
    while (!list_is_empty(exchanges)) {
        struct exchange *x = LIST_FIRST(exchanges, struct exchange, node);
        x->sink->abort(x);
    }
}

static void end_all(struct list *streams)
{
    while (!list_is_empty(streams)) {
        stream_end(LIST_FIRST(streams, struct exchange, node));
    }
}

void exchanges_drain(struct exchanges *xs)
{
    abort_all(&xs->by_state[EXCHANGE_PENDING]);
    end_all(&xs->by_state[EXCHANGE_WAITING_KAFKA]);
    end_all(&xs->by_state[EXCHANGE_STREAMING]);
}

void exchanges_close(struct exchanges *xs)
{
    for (enum exchange_state state = EXCHANGE_NEW; state < EXCHANGE_STATES; state++) {
        abort_all(&xs->by_state[state]);
    }
    ASSERT(exchanges_count(xs) == 0);
    answer_unref(xs->topics_answer);
    xs->topics_answer = NULL;
    pulls_tell(&xs->pulls);
}

static void check_answers(const struct exchanges *xs)
{
    size_t bytes = 0;
    LIST_EACH(answer, &xs->answers, struct answer, node)
    {
        ASSERT(answer->exchanges == xs && answer->shared.refs > 0);
        bytes += answer->body.cap;
    }
    ASSERT(bytes == xs->answer_bytes);
}

static void check_one(const struct exchanges *xs, const struct exchange *x,
                      enum exchange_state state)
{
    bool waits = state == EXCHANGE_PENDING || state == EXCHANGE_WAITING_KAFKA;
    ASSERT(x->exchanges == xs && x->state == state);
    ASSERT((x->request != NULL) == waits);
    ASSERT(x->request == NULL || x->request->is_begun == (state == EXCHANGE_WAITING_KAFKA));
    ASSERT((x->client.channel != NULL) == (state == EXCHANGE_STREAMING));
    ASSERT(x->has_entered == (state == EXCHANGE_WAITING_KAFKA || state == EXCHANGE_STREAMING));
    ASSERT(x->origin == NULL || state == EXCHANGE_PENDING);
}

void exchanges_check(const struct exchanges *xs)
{
    ASSERT(xs->counts[EXCHANGE_NONE] == 0 && xs->counts[EXCHANGE_NEW] == 0);
    for (enum exchange_state state = EXCHANGE_NONE; state < EXCHANGE_STATES; state++) {
        size_t count = 0;
        LIST_EACH(x, &xs->by_state[state], struct exchange, node)
        {
            check_one(xs, x, state);
            count++;
        }
        ASSERT(count == xs->counts[state]);
    }
    check_answers(xs);
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
