/* Life of an exchange: see the header. */
#include "serve/request/exchange.h"
#include "feed/feed.h"
#include "serve/request/stream_request.h"

/* Which states may follow which: bits by enum exchange_state. */
#define BIT(state) (1U << (state))
static const unsigned may_follow[EXCHANGE_STATES] = {
    [EXCHANGE_NEW] = BIT(EXCHANGE_NONE) | BIT(EXCHANGE_PENDING) | BIT(EXCHANGE_WAITING_KAFKA) |
                     BIT(EXCHANGE_STREAMING) | BIT(EXCHANGE_FINISHING),
    [EXCHANGE_PENDING] = BIT(EXCHANGE_NONE) | BIT(EXCHANGE_WAITING_KAFKA) |
                         BIT(EXCHANGE_STREAMING) | BIT(EXCHANGE_FINISHING),
    [EXCHANGE_WAITING_KAFKA] = BIT(EXCHANGE_NONE) | BIT(EXCHANGE_WAITING_KAFKA) |
                               BIT(EXCHANGE_STREAMING) | BIT(EXCHANGE_FINISHING),
    [EXCHANGE_STREAMING] = BIT(EXCHANGE_NONE) | BIT(EXCHANGE_FINISHING),
    [EXCHANGE_FINISHING] = BIT(EXCHANGE_NONE),
};
#undef BIT

void exchange_init(struct exchange *x, struct exchanges *xs, const struct sink *sink,
                   const struct peer *peer)
{
    ASSERT(sink->client_ops.on_end != NULL);
    struct peer_key key = peer_key_of(peer);
    *x = (struct exchange){.exchanges = xs,
                           .sink = sink,
                           .peer = peer,
                           .state = EXCHANGE_NEW,
                           .since_ms = loop_now_ms(xs->loop)};
    list_init(&x->node);
    list_push_back(&xs->by_state[EXCHANGE_NEW], &x->node);
    xs->counts[EXCHANGE_NEW]++;
    client_init(&x->client, &sink->client_ops);
    if (key.len > 0) {
        x->client.requester = peer_key_number(&key);
    }
}

static void leave(struct exchange *x)
{
    if (x->has_entered) {
        struct peer_key key = peer_key_of(x->peer);
        admission_leave(x->exchanges->admission, &key);
        x->has_entered = false;
    }
}

static bool needs_request(enum exchange_state state)
{
    return state == EXCHANGE_PENDING || state == EXCHANGE_WAITING_KAFKA;
}

void exchange_move(struct exchange *x, enum exchange_state state)
{
    struct exchanges *xs = x->exchanges;
    ASSERT((may_follow[x->state] >> state & 1) != 0);
    ASSERT(!list_is_empty(&x->node) && xs->counts[x->state] > 0);
    ASSERT(x->request != NULL || !needs_request(state));
    xs->counts[x->state]--;
    xs->counts[state]++;
    x->state = (uint8_t)state;
    x->since_ms = loop_now_ms(xs->loop);
    list_move_back(&xs->by_state[state], &x->node);
    if (!needs_request(state)) {
        stream_request_free(x->request);
        x->request = NULL;
    }
    if (state != EXCHANGE_PENDING) {
        exchange_forget_origin(x);
    }
}

void exchange_finish(struct exchange *x)
{
    ASSERT(x->client.channel == NULL && x->client.replay == NULL);
    leave(x);
    exchange_move(x, EXCHANGE_FINISHING);
    x->sink->finish(x);
}

void exchange_end(struct exchange *x)
{
    feed_detach(&x->client, NULL);
    leave(x);
    exchange_move(x, EXCHANGE_NONE);
    list_remove(&x->node);
    x->exchanges->counts[EXCHANGE_NONE]--;
}
