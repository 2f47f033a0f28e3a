/* For tests of connections: a loop, a connection over TCP, and the socket of its peer. */
#ifndef SUPPORT_CONN_FIXTURE_H
#define SUPPORT_CONN_FIXTURE_H

#include "net/conn.h"
#include "support/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    DEADLINE_MS = 60000,
    SEND_TIMEOUT_MS = 3000,
    MIB = 1024 * 1024
};

struct fixture {
    struct loop *loop;
    struct conn *conn; /* NULL once it was closed */
    int peer;
    int64_t started_ms;
    int data_count;
    int writable_count;
    int end_count;
    int close_count;
    bool closes_on_data;
    bool closes_on_writable;
    bool (*is_done)(struct fixture *f);
};

static inline void on_data(struct conn *c)
{
    struct fixture *f = conn_opaque(c);
    f->data_count++;
    if (f->closes_on_data) {
        conn_close(c);
    }
}

static inline void on_writable(struct conn *c)
{
    struct fixture *f = conn_opaque(c);
    f->writable_count++;
    if (f->closes_on_writable) {
        conn_close(c);
    } else {
        conn_want_writable(c, false);
    }
}

static inline void on_end(struct conn *c)
{
    struct fixture *f = conn_opaque(c);
    f->end_count++;
}

static inline void on_close(struct conn *c)
{
    struct fixture *f = conn_opaque(c);
    f->close_count++;
    f->conn = NULL;
}

static const struct conn_options options = {SEND_TIMEOUT_MS, 1000};
static const struct conn_ops ops = {on_data, on_writable, on_end, on_close};

static inline bool on_turn(void *opaque)
{
    struct fixture *f = opaque;
    if (f->is_done != NULL && f->is_done(f)) {
        loop_stop(f->loop);
    }
    return false;
}

static inline void on_tick(void *opaque)
{
    struct fixture *f = opaque;
    if (loop_now_ms(f->loop) - f->started_ms > DEADLINE_MS) {
        loop_stop(f->loop);
    }
}

static inline void on_wake(void *opaque)
{
    (void)opaque;
}

/* Turns the loop until `is_done`; fails at the deadline. */
static inline void run_until(struct fixture *f, bool (*is_done)(struct fixture *f))
{
    f->started_ms = loop_now_ms(f->loop);
    f->is_done = is_done;
    loop_run(f->loop);
    assert_true(is_done(f));
    f->is_done = NULL;
}

/* A connected pair over TCP, whose options socketpair() would not have. */
static inline void connect_pair(int *ours, int *peer)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    int small = 64 * 1024;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    *peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(*peer, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    assert_int_equal(connect(*peer, (struct sockaddr *)&address, len), 0);
    *ours = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert_true(*ours >= 0);
    close(listener);
}

static inline int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct loop_hooks hooks = {on_turn, on_tick, on_wake, f};
    int ours;
    f->loop = loop_new(&hooks, 10);
    connect_pair(&ours, &f->peer);
    f->conn = conn_open(f->loop, ours, &ops, &options, f);
    assert_non_null(f->conn);
    *state = f;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;
    if (f->conn != NULL) {
        conn_close(f->conn);
    }
    assert_int_equal(f->close_count, 1);
    close(f->peer);
    loop_free(f->loop);
    free(f);
    return 0;
}

static inline bool is_closed(struct fixture *f)
{
    return f->conn == NULL;
}

static inline bool has_data(struct fixture *f)
{
    return f->data_count > 0;
}

static inline bool was_writable(struct fixture *f)
{
    return f->writable_count > 0;
}

/* Sends until the socket takes nothing more; returns how much it took. */
static inline size_t fill(struct fixture *f)
{
    static const char data[4096];
    size_t taken = 0;
    ssize_t len;
    while ((len = conn_send(f->conn, data, sizeof(data))) > 0) {
        taken += (size_t)len;
    }
    assert_int_equal(len, 0);
    return taken;
}

static inline size_t read_all(int fd)
{
    static char data[65536];
    size_t taken = 0;
    ssize_t len;
    while ((len = recv(fd, data, sizeof(data), 0)) > 0) {
        taken += (size_t)len;
    }
    return taken;
}

static inline struct slice big(void)
{
    static const char data[4 * MIB];
    return slice_of(data, sizeof(data));
}

static inline bool is_closed_as_peer_reads(struct fixture *f)
{
    static char data[256 * 1024];
    ssize_t len = recv(f->peer, data, sizeof(data), MSG_DONTWAIT);
    f->data_count += len > 0 ? (int)len : 0;
    return f->conn == NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
