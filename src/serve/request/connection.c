/* See connection.h. */
#include "serve/request/connection.h"
#include "serve/request/eviction.h"

enum {
    HEADS_BYTES = 32 * 1024 * 1024, /* of all requests that are not complete yet */
    SHORT_BYTES = 4096,             /* of a request: what is read at once */
    TURNS_AT_ONCE = 64              /* as many as a listener accepts at once */
};

/* Which states may follow which: bits by enum connection_state. */
#define BIT(state) (1U << (state))
static const unsigned may_follow[CONNECTION_STATES] = {
    [CONNECTION_WAITING] = BIT(CONNECTION_READING) | BIT(CONNECTION_READY) | BIT(CONNECTION_BUSY) |
                           BIT(CONNECTION_CLOSED),
    [CONNECTION_READING] = BIT(CONNECTION_READY) | BIT(CONNECTION_BUSY) | BIT(CONNECTION_CLOSED),
    [CONNECTION_READY] = BIT(CONNECTION_READING) | BIT(CONNECTION_BUSY) | BIT(CONNECTION_ENDING) |
                         BIT(CONNECTION_CLOSED),
    [CONNECTION_BUSY] = BIT(CONNECTION_WAITING) | BIT(CONNECTION_READY) | BIT(CONNECTION_PENDING) |
                        BIT(CONNECTION_ENDING) | BIT(CONNECTION_CLOSED),
    [CONNECTION_PENDING] = BIT(CONNECTION_BUSY) | BIT(CONNECTION_CLOSED),
    [CONNECTION_ENDING] = BIT(CONNECTION_WAITING) | BIT(CONNECTION_READY) | BIT(CONNECTION_ENDING) |
                          BIT(CONNECTION_CLOSED),
};
#undef BIT

static bool is_idle(enum connection_state state)
{
    return state == CONNECTION_WAITING || state == CONNECTION_READING ||
           state == CONNECTION_PENDING || state == CONNECTION_ENDING;
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

void connections_init(struct connections *all, const struct connections_options *options)
{
    ASSERT(options->workers > 0);
    const struct settings *settings = options->settings;
    size_t max_head = (size_t)settings->max_head_bytes;
    *all = (struct connections){
        .options = *options,
        /* One byte over the limit tells a head that is too long from one that just fits. */
        .conn_options = {settings->send_timeout_ms, max_head + 1},
        .head_timeout_ms = settings->head_timeout_ms,
        .max_head = max_head,
        .max_head_bytes = most(HEADS_BYTES / options->workers, max_head),
    };
    all->options.settings = NULL;
    for (size_t i = 0; i < CONNECTION_STATES; i++) {
        list_init(&all->by_state[i]);
    }
}

void connections_start(struct connections *all, struct loop *loop)
{
    all->loop = loop;
}

void connections_fini(struct connections *all)
{
    ASSERT(all->open == 0 && all->head_bytes == 0 && all->ready_bytes == 0);
    connections_reap(all);
    idle_fini(&all->idle);
}

/* ---- one connection ---- */

/* Its bytes count as long as it is reading or ready. */
static void count_head(struct connection *c, size_t bytes)
{
    struct connections *all = c->all;
    size_t *sum = c->state == CONNECTION_READY ? &all->ready_bytes : &all->head_bytes;
    ASSERT(*sum >= c->head_bytes);
    *sum += bytes - c->head_bytes;
    c->head_bytes = (uint32_t)bytes;
}

void connection_move(struct connection *c, enum connection_state state)
{
    ASSERT((may_follow[c->state] >> state & 1) != 0);
    ASSERT(!list_is_empty(&c->node));
    count_head(c, 0);
    c->state = (uint8_t)state;
    c->since_ms = loop_now_ms(c->all->loop);
    list_move_back(&c->all->by_state[state], &c->node);
    count_head(c, state == CONNECTION_READY ? conn_in(c->conn).len : 0);
    eviction_note_idle(c, is_idle(state));
}

void connection_init(struct connection *c, struct connections *all, const struct protocol *protocol,
                     struct conn *conn, const struct peer *peer)
{
    *c = (struct connection){
        .all = all,
        .protocol = protocol,
        .conn = conn,
        .peer = *peer,
        .state = CONNECTION_WAITING,
        .since_ms = loop_now_ms(all->loop),
    };
    list_init(&c->node);
    list_push_back(&all->by_state[CONNECTION_WAITING], &c->node);
    all->open++;
    all->options.counters->connections++;
    admission_connect(all->options.admission);
    eviction_note_idle(c, true);
    eviction_make_room(all, c);
}

void connection_gone(struct connection *c)
{
    ASSERT(c->conn != NULL && c->all->open > 0);
    c->conn = NULL;
    c->all->open--;
    admission_disconnect(c->all->options.admission);
    connection_move(c, CONNECTION_CLOSED);
}

/* The time of a first head is counted from connecting; that of a later one cannot be counted from
 * the answer before, since a connection that was kept may be idle for long. */
static void begin_reading(struct connection *c)
{
    int64_t connected_ms = c->since_ms;
    connection_move(c, CONNECTION_READING);
    if (!c->has_answered) {
        c->since_ms = connected_ms;
    }
}

void connection_keep_part(struct connection *c)
{
    struct connections *all = c->all;
    if (c->state != CONNECTION_READING) {
        begin_reading(c);
    }
    count_head(c, conn_in(c->conn).len);
    while (all->head_bytes > all->max_head_bytes) {
        struct list *reading = &all->by_state[CONNECTION_READING];
        ASSERT(!list_is_empty(reading));
        struct connection *first = LIST_FIRST(reading, struct connection, node);
        first->protocol->on_slow(first);
        ASSERT(first->state != CONNECTION_READING);
    }
}

bool connection_may_wait(const struct connection *c)
{
    size_t bytes = conn_in(c->conn).len;
    return bytes <= SHORT_BYTES || c->all->ready_bytes + bytes <= c->all->max_head_bytes;
}

/* ---- all of them ---- */

/* Those that were ready at the beginning: who is ready again after its turn waits for the next. */
void connections_turn(struct connections *all)
{
    struct list now;
    list_init(&now);
    list_splice_back(&now, &all->by_state[CONNECTION_READY]);
    for (int i = 0; i < TURNS_AT_ONCE && !list_is_empty(&now); i++) {
        struct connection *c = LIST_FIRST(&now, struct connection, node);
        c->protocol->on_turn(c);
        ASSERT(list_is_empty(&now) || LIST_FIRST(&now, struct connection, node) != c);
    }
    list_splice_back(&now, &all->by_state[CONNECTION_READY]);
    list_splice_back(&all->by_state[CONNECTION_READY], &now);
}

void connections_reap(struct connections *all)
{
    struct list *closed = &all->by_state[CONNECTION_CLOSED];
    while (!list_is_empty(closed)) {
        struct connection *c = LIST_FIRST(closed, struct connection, node);
        list_remove(&c->node);
        c->protocol->free(c);
    }
}

bool connections_are_due(const struct connections *all)
{
    return !list_is_empty(&all->by_state[CONNECTION_READY]);
}

/* Who never asked for anything waits for no answer; nor does who was kept for a further request. */
static void tick_waiting(struct connections *all, int64_t now_ms)
{
    LIST_EACH_SAFE(c, after, &all->by_state[CONNECTION_WAITING], struct connection, node)
    {
        if (now_ms - c->since_ms < all->head_timeout_ms) {
            break; /* the list is in the order of time */
        }
        all->options.counters->bad_requests += c->has_answered ? 0 : 1;
        conn_close(c->conn);
    }
}

void connections_tick(struct connections *all)
{
    int64_t now_ms = loop_now_ms(all->loop);
    tick_waiting(all, now_ms);
    LIST_EACH_SAFE(c, after, &all->by_state[CONNECTION_READING], struct connection, node)
    {
        if (now_ms - c->since_ms >= all->head_timeout_ms) {
            c->protocol->on_slow(c);
        }
    }
    LIST_EACH_SAFE(ending, next, &all->by_state[CONNECTION_ENDING], struct connection, node)
    {
        if (now_ms - ending->since_ms >= all->conn_options.send_timeout_ms) {
            conn_close(ending->conn);
        } else {
            conn_tick(ending->conn, now_ms);
        }
    }
    eviction_tick(all);
}

void connections_on_wake(struct connections *all)
{
    eviction_tick(all);
}

static void close_all(struct connections *all, enum connection_state state)
{
    struct list *list = &all->by_state[state];
    while (!list_is_empty(list)) {
        conn_close(LIST_FIRST(list, struct connection, node)->conn);
    }
}

/* A reset for requests that were not read would destroy the answers that were sent before. */
static void finish_ready(struct connections *all)
{
    struct list *ready = &all->by_state[CONNECTION_READY];
    while (!list_is_empty(ready)) {
        struct connection *c = LIST_FIRST(ready, struct connection, node);
        connection_move(c, CONNECTION_ENDING);
        conn_finish(c->conn);
    }
}

void connections_drain(struct connections *all)
{
    all->is_draining = true;
    close_all(all, CONNECTION_WAITING);
    close_all(all, CONNECTION_READING);
    finish_ready(all);
}

void connections_close(struct connections *all)
{
    for (enum connection_state state = CONNECTION_WAITING; state < CONNECTION_CLOSED; state++) {
        close_all(all, state);
    }
    ASSERT(all->open == 0);
    connections_reap(all);
}

void connections_check(const struct connections *all)
{
    size_t open = 0;
    size_t head_bytes = 0;
    size_t ready_bytes = 0;
    for (enum connection_state state = CONNECTION_WAITING; state < CONNECTION_STATES; state++) {
        LIST_EACH(c, &all->by_state[state], struct connection, node)
        {
            ASSERT(c->state == state && c->all == all);
            ASSERT((c->conn == NULL) == (state == CONNECTION_CLOSED));
            ASSERT(c->head_bytes == 0 || state == CONNECTION_READING || state == CONNECTION_READY);
            ASSERT(c->idle.address == NULL || is_idle(state));
            *(state == CONNECTION_READY ? &ready_bytes : &head_bytes) += c->head_bytes;
            open += state == CONNECTION_CLOSED ? 0 : 1;
        }
    }
    ASSERT(open == all->open);
    ASSERT(head_bytes == all->head_bytes && head_bytes <= all->max_head_bytes);
    ASSERT(ready_bytes == all->ready_bytes);
}
