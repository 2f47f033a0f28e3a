/* The budget of answers under /-/ that are not read: who was given one first is broken off. */
#include "support/unit.h"

#include "serve/request/answer.h"
#include "serve/request/stream.h"
#include "serve/api/server.h"

#include <sys/socket.h>
#include <unistd.h>

enum {
    CLIENTS = 6,
    BUDGET = 3 /* of their answers */
};

static const size_t body_len = (size_t)4 * 1024 * 1024; /* more than a socket takes */

static struct ksse_server *server;
static struct exchanges *exchanges;
static int peers[CLIENTS];
static bool is_closed[CLIENTS];

/* A client that does not read. */
struct idler {
    struct exchange exchange;
    struct conn *conn;
    size_t number;
};

static struct idler idlers[CLIENTS];
static const struct peer nobody;

static void on_close(struct conn *conn)
{
    struct idler *idler = conn_opaque(conn);
    is_closed[idler->number] = true;
    exchange_end(&idler->exchange);
}

static void nothing(struct conn *conn)
{
    (void)conn;
}

static const struct conn_ops conn_ops = {
    .on_data = nothing, .on_writable = nothing, .on_close = on_close};

static void close_it(struct exchange *x)
{
    conn_close(CONTAINER_OF(x, struct idler, exchange)->conn);
}

static void finish(struct exchange *x)
{
    conn_finish(CONTAINER_OF(x, struct idler, exchange)->conn);
}

static bool begin(struct exchange *x, const struct http_response *head, struct slice body)
{
    (void)x;
    (void)head;
    (void)body;
    return true;
}

static bool lend(struct exchange *x, struct slice data, struct shared *lender)
{
    return conn_lend(CONTAINER_OF(x, struct idler, exchange)->conn, data, lender);
}

static const struct sink sink = {.begin = begin,
                                 .lend = lend,
                                 .finish = finish,
                                 .abort = close_it,
                                 .client_ops = {.on_end = stream_on_end}};

static struct answer *make_answer(void)
{
    struct buf body = BUF_INIT;
    while (body.len < body_len) {
        buf_append_str(&body, "0123456789abcdef");
    }
    return answer_new(exchanges, &body);
}

static void stall(size_t number, struct answer *answer)
{
    static const struct conn_options options = {60000, 1000};
    struct idler *idler = &idlers[number];
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    exchange_init(&idler->exchange, exchanges, &sink, &nobody);
    idler->number = number;
    idler->conn = conn_open(exchanges->loop, fds[0], &conn_ops, &options, idler);
    assert_non_null(idler->conn);
    peers[number] = fds[1];
    is_closed[number] = false;
    struct reply reply = {.status = 200,
                          .content_type = "text/plain",
                          .body = buf_slice(&answer->body),
                          .is_lent = true,
                          .lender = &answer->shared};
    reply_send(&idler->exchange, &reply);
}

static int setup(void **state)
{
    (void)state;
    struct ksse_config *config = ksse_config_new();
    assert_int_equal(ksse_config_set(config, "demo", "yes", NULL), 0);
    assert_int_equal(ksse_config_set(config, "listen", "off", NULL), 0);
    assert_int_equal(ksse_server_new(config, &server, NULL), 0);
    ksse_config_free(config);
    exchanges = &server->members[0].worker->front.exchanges;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < CLIENTS; i++) {
        if (!is_closed[i]) {
            close_it(&idlers[i].exchange);
        }
        close(peers[i]);
    }
    assert_int_equal(exchanges->answer_bytes, 0);
    ksse_server_free(server);
    return 0;
}

static void one_answer_counts_once(void **state)
{
    (void)state;
    struct answer *answer = make_answer();
    size_t bytes = exchanges->answer_bytes;
    assert_true(bytes >= body_len);
    for (size_t i = 0; i < CLIENTS; i++) {
        stall(i, answer);
    }
    assert_int_equal(exchanges->answer_bytes, bytes);
    answer_unref(answer);
    assert_int_equal(exchanges->answer_bytes, bytes); /* the clients have it */
}

static void who_has_one_for_longest_is_broken_off(void **state)
{
    (void)state;
    for (size_t i = 0; i < CLIENTS; i++) {
        struct answer *answer = make_answer();
        if (i == 0) {
            exchanges->max_answer_bytes = BUDGET * exchanges->answer_bytes;
        }
        stall(i, answer);
        answer_unref(answer);
        assert_true(exchanges->answer_bytes <= exchanges->max_answer_bytes);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        assert_int_equal(is_closed[i], i < CLIENTS - BUDGET);
    }
    assert_int_equal(exchanges->counters.answers_cut, CLIENTS - BUDGET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_answer_counts_once, setup, teardown),
        cmocka_unit_test_setup_teardown(who_has_one_for_longest_is_broken_off, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
