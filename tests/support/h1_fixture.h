/*
 * For tests of HTTP/1.1 connections: the front of a server on the demo's cluster, and peers whose
 * sockets are given to it. The loop turns only when a test lets it.
 */
#ifndef SUPPORT_H1_FIXTURE_H
#define SUPPORT_H1_FIXTURE_H

#include "support/demo_server.h"

#include "serve/api/server.h"
#include "serve/request/h1.h"

#include <errno.h>
#include <unistd.h>

#define HEALTHY "GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n"
#define METRICS "GET /-/metrics HTTP/1.1\r\nHost: a\r\n\r\n"
#define STREAM "GET /demo.recentchange HTTP/1.1\r\nHost: a\r\n\r\n"

enum {
    PATIENCE_MS = 60000,
    TURNS_AT_ONCE = 64, /* as connection.c has it */
    PEERS = TURNS_AT_ONCE + 6,
    ANSWERS_LEN = 1024 * 1024
};

struct test_peer {
    struct connection *connection; /* dangling once it is reaped */
    int fd;
    bool has_ended;
    size_t len;
    char *text;
};

static struct ksse_server *server;
static struct front *front;
static struct connections *all;
static struct test_peer peers[PEERS];
static size_t peer_count;

/* ---- peers ---- */

static inline struct test_peer *open_peer(unsigned char host)
{
    const struct peer peer = {{10, 0, 0, host}, 4, 1};
    struct test_peer *p = &peers[peer_count++];
    int fds[2];
    int small = 1; /* the kernel makes the least of it */
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    assert_int_equal(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
    h1_accept(all, &front->exchanges, fds[0], &peer);
    struct list *waiting = &all->by_state[CONNECTION_WAITING];
    *p = (struct test_peer){.fd = fds[1], .text = calloc(1, ANSWERS_LEN)};
    p->connection = CONTAINER_OF(waiting->prev, struct connection, node);
    loop_touch(all->loop);
    return p;
}

static inline void ask(struct test_peer *p, const char *bytes)
{
    assert_int_equal(send(p->fd, bytes, strlen(bytes), MSG_NOSIGNAL), strlen(bytes));
}

static inline void hear(struct test_peer *p)
{
    ssize_t len;
    while ((len = recv(p->fd, p->text + p->len, ANSWERS_LEN - 1 - p->len, 0)) > 0) {
        p->len += (size_t)len;
        p->text[p->len] = '\0';
    }
    p->has_ended = p->has_ended || len == 0 || errno != EAGAIN;
}

static inline int answers(const struct test_peer *p)
{
    int count = 0;
    for (const char *at = p->text; (at = strstr(at, "HTTP/1.1 ")) != NULL; at++) {
        count++;
    }
    return count;
}

static inline void turn(void)
{
    assert_true(demo_turn(server));
    connections_check(all);
    exchanges_check(&front->exchanges);
}

static inline void turn_for(int64_t ms)
{
    int64_t end_ms = now_ms() + ms;
    while (now_ms() < end_ms) {
        turn();
    }
}

static inline void turn_until_answers(struct test_peer *p, int count)
{
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    for (hear(p); answers(p) < count; hear(p)) {
        turn();
        assert_true(now_ms() < deadline_ms);
    }
}

static inline void turn_until_end(struct test_peer *p)
{
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    for (hear(p); !p->has_ended; hear(p)) {
        turn();
        assert_true(now_ms() < deadline_ms);
    }
}

static inline void turn_until_state(const struct test_peer *p, enum connection_state state)
{
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    while (p->connection->state != state) {
        turn();
        assert_true(now_ms() < deadline_ms);
    }
}

static inline int setup(void **state)
{
    static const struct demo_setting settings[] = {{"head-timeout", "5m"}, {"max-head", "1KiB"}};
    (void)state;
    server = demo_server_new(settings, ARRAY_LEN(settings), NULL);
    front = &server->members[0].worker->front;
    all = &front->connections;
    peer_count = 0;
    while (!server->members[0].worker->kafka.cluster.has_metadata) {
        assert_true(demo_turn(server));
    }
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < peer_count; i++) {
        close(peers[i].fd);
        free(peers[i].text);
    }
    ksse_server_free(server);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
