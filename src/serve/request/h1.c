/* See h1.h. */
#include "serve/request/h1.h"
#include "base/mem.h"
#include "serve/request/stream.h"

#include <unistd.h>

struct h1 {
    struct connection connection;
    struct exchange exchange; /* EXCHANGE_NONE: no request is being answered */
    uint32_t scanned;         /* the request parser's note */
    bool keeps;               /* a further request may follow the answer */
    bool is_stream;           /* the answer is one */
    bool is_reading;          /* the request's bytes are being looked at: they must stay */
};

static struct h1 *h1_of(struct exchange *x)
{
    return CONTAINER_OF(x, struct h1, exchange);
}

static struct h1 *h1_of_connection(struct connection *c)
{
    return CONTAINER_OF(c, struct h1, connection);
}

/* ---- from one request to the next ---- */

/* A further request is there, and waits for its turn. Else thousands of requests at once, of one
 * client or of as many, would keep all others waiting. */
static void get_in_line(struct h1 *h)
{
    connection_move(&h->connection, CONNECTION_READY);
    conn_set_input(h->connection.conn, CONN_PAUSES);
}

static void go_on(struct h1 *h)
{
    struct connection *c = &h->connection;
    ASSERT(h->exchange.state == EXCHANGE_NONE && conn_is_sent(c->conn));
    conn_want_writable(c->conn, false);
    c->has_answered = true;
    h->scanned = 0;
    if (!h->keeps || c->all->is_draining || !conn_has_all_input(c->conn)) {
        connection_move(c, CONNECTION_ENDING);
        conn_finish(c->conn);
    } else if (conn_in(c->conn).len > 0) {
        get_in_line(h);
    } else {
        connection_move(c, CONNECTION_WAITING);
        conn_set_input(c->conn, CONN_READS);
    }
}

/* All of the answer is sent. */
static void on_sent(struct h1 *h)
{
    exchange_end(&h->exchange);
    if (!h->is_reading) {
        go_on(h);
    }
}

/* What the peer sends while it is answered. */
static void set_input(struct h1 *h)
{
    conn_set_input(h->connection.conn, h->is_stream ? CONN_DISCARDS : CONN_PAUSES);
}

/* ---- the sink ---- */

static bool sink_begin(struct exchange *x, const struct http_response *head, struct slice body)
{
    struct h1 *h = h1_of(x);
    struct buf out = BUF_INIT;
    struct http_response said = *head;
    if (h->connection.state == CONNECTION_PENDING) {
        connection_move(&h->connection, CONNECTION_BUSY);
    }
    h->is_stream = http_response_is_stream(head) && !head->is_head;
    h->keeps = h->keeps && !head->closes && !h->connection.all->is_draining &&
               (!http_response_is_stream(head) || head->is_chunked);
    said.closes = !h->keeps;
    http_response_append(&said, &out);
    buf_append_slice(&out, body);
    bool is_done = buf_ok(&out) && conn_write(h->connection.conn, buf_slice(&out));
    buf_fini(&out);
    if (is_done && !h->is_reading) {
        set_input(h);
    }
    return is_done;
}

static bool sink_write(struct exchange *x, struct slice data)
{
    return conn_write(h1_of(x)->connection.conn, data);
}

static bool sink_lend(struct exchange *x, struct slice data, struct shared *lender)
{
    return conn_lend(h1_of(x)->connection.conn, data, lender);
}

static void sink_finish(struct exchange *x)
{
    struct h1 *h = h1_of(x);
    if (conn_is_sent(h->connection.conn)) {
        on_sent(h);
    } else {
        connection_move(&h->connection, CONNECTION_ENDING);
        conn_want_writable(h->connection.conn, true);
    }
}

static void sink_abort(struct exchange *x)
{
    conn_close(h1_of(x)->connection.conn);
    ASSERT(x->state == EXCHANGE_NONE);
}

static ssize_t client_send(struct client *client, const char *data, size_t len)
{
    return conn_send(h1_of(exchange_of(client))->connection.conn, data, len);
}

static void client_want_writable(struct client *client, bool wanted)
{
    conn_want_writable(h1_of(exchange_of(client))->connection.conn, wanted);
}

static const struct sink h1_sink = {
    .begin = sink_begin,
    .write = sink_write,
    .lend = sink_lend,
    .finish = sink_finish,
    .abort = sink_abort,
    .client_ops = {client_send, client_want_writable, stream_on_end},
};

/* ---- a request ---- */

/* Begins an exchange. Until answer_is_given() the bytes of its request stay. */
static struct exchange *begin(struct h1 *h, bool keeps)
{
    ASSERT(h->exchange.state == EXCHANGE_NONE && !h->is_reading);
    connection_move(&h->connection, CONNECTION_BUSY);
    exchange_init(&h->exchange, h->exchange.exchanges, &h1_sink, &h->connection.peer);
    h->keeps = keeps;
    h->is_stream = false;
    h->is_reading = true;
    return &h->exchange;
}

/* The first `len` bytes of what was read are done with. */
static void answer_is_given(struct h1 *h, size_t len)
{
    struct conn *conn = h->connection.conn;
    h->is_reading = false;
    if (conn == NULL) {
        return;
    }
    conn_take_in(conn, len);
    if (h->exchange.state == EXCHANGE_NONE) {
        go_on(h);
        return;
    }
    if (h->exchange.state == EXCHANGE_PENDING) {
        connection_move(&h->connection, CONNECTION_PENDING);
    }
    set_input(h);
}

/* Refuses what was read, and whatever may follow. HTTP_PARSE_MORE: it took too long. */
static void refuse(struct h1 *h, enum http_parse outcome)
{
    struct exchange *x = begin(h, false);
    struct slice in = conn_in(h->connection.conn);
    x->exchanges->counters.bad_requests++;
    if (!exchange_note_origin(x, http_head_field(in, "Origin"))) {
        x->sink->abort(x);
    } else if (outcome == HTTP_PARSE_MORE) {
        struct refusal refusal = REFUSAL_INIT;
        refusal.code = REFUSED_TOO_SLOW;
        reply_refusal(x, &refusal, false);
    } else {
        reply_malformed(x, outcome);
    }
    answer_is_given(h, in.len);
}

static void read_on(struct h1 *h)
{
    struct connection *c = &h->connection;
    connection_keep_part(c);
    if (c->state == CONNECTION_READING) {
        conn_set_input(c->conn, CONN_READS);
    }
}

static void wait_for_turn(struct h1 *h)
{
    if (connection_may_wait(&h->connection)) {
        get_in_line(h);
    } else {
        refuse(h, HTTP_PARSE_MORE);
    }
}

/* The first request of a connection has no need for a turn: few are accepted in each. */
static void read_request(struct h1 *h, bool is_its_turn)
{
    struct connection *c = &h->connection;
    struct http_request request;
    size_t len;
    size_t scanned = h->scanned;
    enum http_parse outcome =
        http_request_parse(conn_in(c->conn), c->all->max_head, &scanned, &request, &len);
    h->scanned = (uint32_t)scanned;
    if (outcome == HTTP_PARSE_MORE) {
        read_on(h);
    } else if (c->has_answered && !is_its_turn) {
        wait_for_turn(h);
    } else if (outcome == HTTP_PARSE_OK) {
        bool closes =
            http_request_closes(&request) || http_has_bare_lf(slice_of(conn_in(c->conn).data, len));
        exchange_on_request(begin(h, !closes), &request);
        answer_is_given(h, len);
    } else {
        refuse(h, outcome);
    }
}

static void on_slow(struct connection *c)
{
    refuse(h1_of_connection(c), HTTP_PARSE_MORE);
}

static void on_turn(struct connection *c)
{
    read_request(h1_of_connection(c), true);
}

static void free_h1(struct connection *c)
{
    struct h1 *h = h1_of_connection(c);
    ASSERT(h->exchange.state == EXCHANGE_NONE);
    mem_free(h);
}

static const struct protocol protocol = {on_slow, on_turn, free_h1};

/* ---- the connection ---- */

static void on_data(struct conn *conn)
{
    read_request(conn_opaque(conn), false);
}

static void on_writable(struct conn *conn)
{
    struct h1 *h = conn_opaque(conn);
    if (h->exchange.state == EXCHANGE_FINISHING) {
        on_sent(h);
    } else {
        feed_on_writable(&h->exchange.client);
    }
}

static void on_end(struct conn *conn)
{
    struct h1 *h = conn_opaque(conn);
    stream_probe(&h->exchange);
}

static void on_close(struct conn *conn)
{
    struct h1 *h = conn_opaque(conn);
    if (h->exchange.state != EXCHANGE_NONE) {
        exchange_end(&h->exchange);
    }
    connection_gone(&h->connection);
}

static const struct conn_ops conn_ops = {on_data, on_writable, on_end, on_close};

/* NULL when the connection was closed for want of memory. */
static struct h1 *open_h1(struct connections *all, struct exchanges *xs, int fd,
                          const struct peer *peer)
{
    struct h1 *h = mem_zalloc(sizeof(*h));
    if (h == NULL) {
        close(fd);
        return NULL;
    }
    struct conn *conn = conn_open(all->loop, fd, &conn_ops, &all->conn_options, h);
    if (conn == NULL) {
        mem_free(h);
        return NULL;
    }
    h->exchange.exchanges = xs;
    connection_init(&h->connection, all, &protocol, conn, peer);
    return h;
}

void h1_accept(struct connections *all, struct exchanges *xs, int fd, const struct peer *peer)
{
    (void)open_h1(all, xs, fd, peer);
}

void h1_serve(struct connections *all, struct exchanges *xs, int fd, const struct peer *peer,
              const struct given_request *request)
{
    struct h1 *h = open_h1(all, xs, fd, peer);
    if (h == NULL) {
        return;
    }
    struct exchange *x = begin(h, false);
    xs->counters.requests++;
    if (exchange_note_origin(x, http_request_field(&request->http, "Origin"))) {
        stream_open(x, &request->http, &request->target);
    } else {
        x->sink->abort(x);
    }
    answer_is_given(h, 0);
}
