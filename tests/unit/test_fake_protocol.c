/*
 * A third protocol beside HTTP/1.1 and pulling: two exchanges at once on one connection, each part
 * of an answer in a frame of its own. Both stream from one channel. One that is blocked delays
 * neither the other nor the channel, one that ends leaves the other alone, and the end of the
 * connection ends both.
 */
#include "support/demo_server.h"

#include "base/mem.h"
#include "serve/api/server.h"
#include "serve/request/stream.h"

#include <errno.h>
#include <unistd.h>

enum {
    EXCHANGES = 2,
    EVENTS = 6,
    PATIENCE_MS = 60000
};

/* In front of each part: of which exchange it is, and how long. */
struct frame_head {
    uint32_t number;
    uint32_t len;
};

struct half {
    struct exchange exchange;
    uint32_t number;
    bool is_blocked; /* its sink takes nothing */
    bool is_wanted;  /* it asked to be told when that is over */
    bool is_finished;
};

struct fake {
    struct connection connection;
    struct half halves[EXCHANGES];
};

static struct ksse_server *server;
static struct front *front;
static struct fake *fake;
static bool is_freed;
static int peer_fd;
static char text[EXCHANGES][TEXT_LEN]; /* what the peer has got */
static size_t text_bytes[EXCHANGES];

static struct half *half_of(struct exchange *x)
{
    return CONTAINER_OF(x, struct half, exchange);
}

/* ---- the sink ---- */

static bool put(struct exchange *x, struct slice data)
{
    struct frame_head head = {half_of(x)->number, (uint32_t)data.len};
    struct slice head_bytes = slice_of((const char *)&head, sizeof(head));
    return data.len == 0 || (conn_write(fake->connection.conn, head_bytes) &&
                             conn_write(fake->connection.conn, data));
}

static bool sink_begin(struct exchange *x, const struct http_response *head, struct slice body)
{
    assert_int_equal(head->status, 200);
    return put(x, body);
}

static bool sink_lend(struct exchange *x, struct slice data, struct shared *lender)
{
    (void)lender;
    return put(x, data);
}

static void sink_finish(struct exchange *x)
{
    half_of(x)->is_finished = true;
    exchange_end(x);
}

static ssize_t client_send(struct client *client, const char *data, size_t len)
{
    struct exchange *x = exchange_of(client);
    if (half_of(x)->is_blocked) {
        return 0;
    }
    return put(x, slice_of(data, len)) ? (ssize_t)len : -1;
}

static void client_want_writable(struct client *client, bool wanted)
{
    half_of(exchange_of(client))->is_wanted = wanted;
}

static const struct sink sink = {
    .begin = sink_begin,
    .write = put,
    .lend = sink_lend,
    .finish = sink_finish,
    .abort = exchange_end,
    .client_ops = {client_send, client_want_writable, stream_on_end},
};

/* ---- the protocol ---- */

static void on_slow(struct connection *c)
{
    conn_close(c->conn);
}

static void on_free(struct connection *c)
{
    mem_free(CONTAINER_OF(c, struct fake, connection));
    is_freed = true;
}

static const struct protocol protocol = {on_slow, on_slow, on_free};

static void on_nothing(struct conn *conn)
{
    (void)conn;
}

/* Its peer has no more to say, so that is the end here. */
static void on_end(struct conn *conn)
{
    conn_close(conn);
}

static void on_close(struct conn *conn)
{
    struct fake *f = conn_opaque(conn);
    for (size_t i = 0; i < EXCHANGES; i++) {
        if (f->halves[i].exchange.state != EXCHANGE_NONE) {
            exchange_end(&f->halves[i].exchange);
        }
    }
    connection_gone(&f->connection);
}

static const struct conn_ops conn_ops = {on_nothing, on_nothing, on_end, on_close};

static void open_exchange(size_t number)
{
    static const char head[] = "GET /demo.recentchange HTTP/1.0\r\n\r\n";
    struct half *half = &fake->halves[number];
    struct http_request request;
    size_t scanned = 0;
    size_t len;
    assert_int_equal(http_request_parse(slice_str(head), 1000, &scanned, &request, &len),
                     HTTP_PARSE_OK);
    half->number = (uint32_t)number;
    exchange_init(&half->exchange, &front->exchanges, &sink, &fake->connection.peer);
    exchange_on_request(&half->exchange, &request);
}

static void open_connection(void)
{
    static const struct peer peer = {{127, 0, 0, 1}, 4, 1};
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    peer_fd = fds[1];
    fake = mem_zalloc(sizeof(*fake));
    is_freed = false;
    struct conn *conn = conn_open(front->connections.loop, fds[0], &conn_ops,
                                  &front->connections.conn_options, fake);
    assert_non_null(conn);
    connection_init(&fake->connection, &front->connections, &protocol, conn, &peer);
    connection_move(&fake->connection, CONNECTION_BUSY);
    conn_set_input(conn, CONN_DISCARDS);
}

/* ---- the peer ---- */

static void read_exactly(void *data, size_t len)
{
    size_t got = 0;
    while (got < len) {
        ssize_t more = recv(peer_fd, (char *)data + got, len - got, 0);
        assert_true(more > 0 || errno == EAGAIN);
        got += more > 0 ? (size_t)more : 0;
    }
}

/* Takes what has come. */
static void read_frames(void)
{
    struct frame_head head;
    while (recv(peer_fd, &head, sizeof(head), MSG_PEEK) == sizeof(head)) {
        read_exactly(&head, sizeof(head));
        assert_true(head.number < EXCHANGES && text_bytes[head.number] + head.len < TEXT_LEN);
        read_exactly(text[head.number] + text_bytes[head.number], head.len);
        text_bytes[head.number] += head.len;
        text[head.number][text_bytes[head.number]] = '\0';
    }
}

static int events(size_t number)
{
    int count = 0;
    for (const char *at = text[number]; (at = strstr(at, "event: message")) != NULL; at++) {
        count++;
    }
    return count;
}

static void turn(void)
{
    assert_true(demo_turn(server));
    if (!is_freed) {
        read_frames();
    }
    connections_check(&front->connections);
    exchanges_check(&front->exchanges);
}

static void turn_until_events(size_t number, int count)
{
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    while (events(number) < count) {
        turn();
        assert_true(now_ms() < deadline_ms);
    }
}

static enum exchange_state state_of(size_t number)
{
    return fake->halves[number].exchange.state;
}

/* ---- tests ---- */

static int setup(void **state)
{
    static const struct demo_setting settings[] = {{"listen", "off"}, {"heartbeat", "1m"}};
    (void)state;
    server = demo_server_new(settings, ARRAY_LEN(settings), NULL);
    front = &server->members[0].worker->front;
    memset(text, 0, sizeof(text));
    memset(text_bytes, 0, sizeof(text_bytes));
    while (!server->members[0].worker->kafka.cluster.has_metadata) {
        assert_true(demo_turn(server));
    }
    open_connection();
    open_exchange(0);
    open_exchange(1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    close(peer_fd);
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    while (!is_freed) {
        assert_true(demo_turn(server));
        assert_true(now_ms() < deadline_ms);
    }
    assert_int_equal(exchanges_count(&front->exchanges), 0);
    assert_int_equal(front->connections.open, 0);
    assert_true(front_is_over(front));
    ksse_server_free(server);
    return 0;
}

static void both_get_the_same(void **state)
{
    (void)state;
    turn_until_events(0, EVENTS);
    turn_until_events(1, events(0));
    assert_int_equal(state_of(0), EXCHANGE_STREAMING);
    assert_int_equal(state_of(1), EXCHANGE_STREAMING);
    assert_ptr_equal(fake->halves[0].exchange.client.channel,
                     fake->halves[1].exchange.client.channel);
    size_t len = text_bytes[0] < text_bytes[1] ? text_bytes[0] : text_bytes[1];
    assert_memory_equal(text[0], text[1], len);
    assert_int_equal(front->connections.open, 1);
    assert_int_equal(front->exchanges.counts[EXCHANGE_STREAMING], 2);
}

static void a_blocked_one_delays_no_other(void **state)
{
    (void)state;
    turn_until_events(0, 1);
    turn_until_events(1, 1);
    int before = events(1);
    fake->halves[1].is_blocked = true;
    turn_until_events(0, before + EVENTS);
    assert_int_equal(events(1), before);
    assert_true(fake->halves[1].is_wanted);
    assert_false(fake->halves[0].is_wanted);
    fake->halves[1].is_blocked = false;
    feed_on_writable(&fake->halves[1].exchange.client);
    turn_until_events(1, events(0));
    assert_memory_equal(text[0], text[1],
                        text_bytes[0] < text_bytes[1] ? text_bytes[0] : text_bytes[1]);
}

static void one_that_is_broken_off_leaves_the_other(void **state)
{
    (void)state;
    turn_until_events(0, 1);
    turn_until_events(1, 1);
    struct exchange *first = &fake->halves[0].exchange;
    first->sink->abort(first);
    size_t len = text_bytes[0];
    assert_int_equal(state_of(0), EXCHANGE_NONE);
    assert_int_equal(front->exchanges.counts[EXCHANGE_STREAMING], 1);
    turn_until_events(1, events(1) + EVENTS);
    assert_int_equal(text_bytes[0], len);
    assert_int_equal(state_of(1), EXCHANGE_STREAMING);
    assert_int_equal(fake->connection.state, CONNECTION_BUSY);
    open_exchange(0); /* there is room for another one in its place */
    turn_until_events(0, events(0) + 1);
}

static void one_that_ends_leaves_the_other(void **state)
{
    (void)state;
    turn_until_events(0, 1);
    stream_end(&fake->halves[0].exchange);
    assert_true(fake->halves[0].is_finished);
    assert_false(fake->halves[1].is_finished);
    turn_until_events(1, events(1) + EVENTS);
    assert_non_null(strstr(text[0], "retry: "));
    assert_null(strstr(text[1], "retry: "));
}

static void a_drain_ends_both(void **state)
{
    (void)state;
    turn_until_events(0, 1);
    turn_until_events(1, 1);
    front_drain(front);
    assert_true(fake->halves[0].is_finished && fake->halves[1].is_finished);
    assert_int_equal(exchanges_count(&front->exchanges), 0);
    assert_false(front_is_over(front)); /* the connection is there */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(both_get_the_same),
        TEST(a_blocked_one_delays_no_other),
        TEST(one_that_is_broken_off_leaves_the_other),
        TEST(one_that_ends_leaves_the_other),
        TEST(a_drain_ends_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
