/* Life of an exchange: see the header. */
#include "serve/request/exchange.h"
#include "base/mem.h"
#include "serve/request/eviction.h"
#include "serve/request/stream_request.h"

#include <unistd.h>

static void free_request(struct exchange *x)
{
    stream_request_free(x->request);
    x->request = NULL;
}

static void leave(struct exchange *x)
{
    if (x->has_entered) {
        admission_leave(x->exchanges->admission, &x->peer);
        x->has_entered = false;
    }
}

void exchange_move(struct exchange *x, struct list *to)
{
    list_move_back(to, &x->node);
    x->since_ms = loop_now_ms(x->exchanges->loop);
    x->exchanges->head_bytes -= x->head_bytes;
    x->head_bytes = 0;
    eviction_note_idle(x, x->conn != NULL &&
                              (to == &x->exchanges->heads || to == &x->exchanges->finishing));
    if (to != &x->exchanges->pending && to != &x->exchanges->waiting_kafka) {
        free_request(x);
    }
    if (to != &x->exchanges->pending) {
        exchange_forget_origin(x);
    }
}

void exchange_finish(struct exchange *x)
{
    leave(x);
    exchange_move(x, &x->exchanges->finishing);
    x->sink->finish(x);
}

void exchange_gone(struct exchange *x)
{
    feed_detach(&x->client, NULL);
    leave(x);
    x->exchanges->count--;
    exchange_move(x, &x->exchanges->dead);
}

struct exchange *exchange_new(struct exchanges *xs, const struct sink *sink)
{
    struct exchange *x = mem_zalloc(sizeof(*x));
    if (x != NULL) {
        list_init(&x->node);
        x->exchanges = xs;
        x->sink = sink;
        client_init(&x->client, sink->client_ops);
    }
    return x;
}

/* ---- on a connection ---- */

/* An origin that could not be noted is a page that would give up for good: breaking off is better.
 */
static bool note_origin(struct exchange *x, struct slice origin)
{
    bool is_noted = exchange_note_origin(x, origin);
    if (!is_noted) {
        conn_close(x->conn);
    }
    return is_noted;
}

static void refuse_slow(struct exchange *x)
{
    struct refusal refusal = REFUSAL_INIT;
    refusal.code = REFUSED_TOO_SLOW;
    x->exchanges->counters.bad_requests++;
    if (note_origin(x, http_head_field(conn_in(x->conn), "Origin"))) {
        reply_refusal(x, &refusal, false);
    }
}

static void refuse_malformed(struct exchange *x, enum http_parse outcome)
{
    x->exchanges->counters.bad_requests++;
    if (note_origin(x, http_head_field(conn_in(x->conn), "Origin"))) {
        reply_malformed(x, outcome);
    }
}

static void answer(struct exchange *x, const struct http_request *request)
{
    x->exchanges->counters.requests++;
    if (note_origin(x, http_request_field(request, "Origin"))) {
        exchange_on_request(x, request);
    }
}

/*
 * A part of a request is there. Thousands of connections that each keep the largest head but its
 * last byte would hold a lot: whoever has taken the longest makes room.
 */
static void keep_part(struct exchange *x)
{
    struct exchanges *xs = x->exchanges;
    size_t len = conn_in(x->conn).len;
    if (x->head_bytes == 0) {
        list_move_back(&xs->begun, &x->node); /* its time is still counted from connecting */
    }
    xs->head_bytes += len - x->head_bytes;
    x->head_bytes = len;
    while (xs->head_bytes > xs->max_head_bytes) {
        refuse_slow(LIST_FIRST(&xs->begun, struct exchange, node));
    }
}

static void on_data(struct conn *conn)
{
    struct exchange *x = conn_opaque(conn);
    struct http_request request;
    size_t head_len;
    size_t limit = (size_t)x->exchanges->config->settings.max_head_bytes;
    enum http_parse outcome =
        http_request_parse(conn_in(conn), limit, &x->scanned, &request, &head_len);
    if (outcome == HTTP_PARSE_MORE) {
        keep_part(x);
        return;
    }
    if (outcome == HTTP_PARSE_OK) {
        answer(x, &request);
    } else {
        refuse_malformed(x, outcome);
    }
    conn_forget_in(conn);
}

static void on_writable(struct conn *conn)
{
    struct exchange *x = conn_opaque(conn);
    feed_on_writable(&x->client);
}

static void on_end(struct conn *conn)
{
    stream_probe(conn_opaque(conn));
}

static void on_close(struct conn *conn)
{
    struct exchange *x = conn_opaque(conn);
    x->conn = NULL;
    admission_disconnect(x->exchanges->admission);
    exchange_gone(x);
}

static const struct conn_ops conn_ops = {on_data, on_writable, on_end, on_close};

static bool sink_begin(struct exchange *x, const struct http_response *head, struct slice body)
{
    struct buf out = BUF_INIT;
    http_response_append(head, &out);
    buf_append_slice(&out, body);
    bool is_done = buf_ok(&out) && conn_write(x->conn, buf_slice(&out));
    buf_fini(&out);
    return is_done;
}

static bool sink_write(struct exchange *x, struct slice data)
{
    return conn_write(x->conn, data);
}

static bool sink_lend(struct exchange *x, struct slice data, struct shared *lender)
{
    conn_lend(x->conn, data, lender);
    return true;
}

static void sink_finish(struct exchange *x)
{
    conn_finish(x->conn);
}

static void sink_close(struct exchange *x)
{
    conn_close(x->conn);
}

static ssize_t client_send(struct client *client, const char *data, size_t len)
{
    return conn_send(exchange_of(client)->conn, data, len);
}

static void client_want_writable(struct client *client, bool wanted)
{
    conn_want_writable(exchange_of(client)->conn, wanted);
}

static const struct client_ops conn_client_ops = {client_send, client_want_writable, stream_on_end};

static const struct sink conn_sink = {sink_begin,  sink_write, sink_lend,
                                      sink_finish, sink_close, &conn_client_ops};

/* Returns a new exchange, which waits for its request; NULL when the connection is closed for want
 * of memory. */
static struct exchange *exchange_open(struct exchanges *xs, int fd,
                                      const struct sockaddr_storage *peer)
{
    struct exchange *x = exchange_new(xs, &conn_sink);
    if (x == NULL) {
        close(fd);
        return NULL;
    }
    /* One byte over the limit tells a head that is too long from one that just fits. */
    struct conn_options options = {xs->config->settings.send_timeout_ms,
                                   (size_t)xs->config->settings.max_head_bytes + 1};
    x->peer = peer_key_of(peer);
    if (x->peer.len > 0) {
        x->client.requester = peer_number(&x->peer);
    }
    x->conn = conn_open(xs->loop, fd, &conn_ops, &options, x);
    if (x->conn == NULL) {
        mem_free(x);
        return NULL;
    }
    xs->count++;
    admission_connect(xs->admission);
    xs->counters.connections++;
    exchange_move(x, &xs->heads);
    eviction_make_room(xs, x);
    return x;
}

void exchange_accept(void *opaque, int fd, const struct sockaddr_storage *peer)
{
    exchange_open(opaque, fd, peer);
}

void exchanges_serve(struct exchanges *xs, int fd, const struct sockaddr_storage *peer,
                     const struct given_request *request)
{
    struct exchange *x = exchange_open(xs, fd, peer);
    if (x != NULL) {
        conn_forget_in(x->conn);
        xs->counters.requests++;
        if (note_origin(x, http_request_field(&request->http, "Origin"))) {
            stream_open(x, &request->http, &request->target);
        }
    }
}

void exchange_tick_heads(struct exchanges *xs, int64_t now_ms)
{
    int64_t timeout_ms = xs->config->settings.head_timeout_ms;
    LIST_EACH_SAFE(x, after, &xs->heads, struct exchange, node)
    {
        if (now_ms - x->since_ms < timeout_ms) {
            break; /* the list is in the order of arrival */
        }
        xs->counters.bad_requests++;
        conn_close(x->conn); /* it never asked for anything: nobody waits for an answer */
    }
    LIST_EACH_SAFE(begun, next, &xs->begun, struct exchange, node)
    {
        if (now_ms - begun->since_ms >= timeout_ms) {
            refuse_slow(begun);
        }
    }
}
