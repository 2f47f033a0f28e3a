/*
 * Connections over loopback sockets: what a peer that does not read pins, ends of either side,
 * closing from within callbacks, and what comes behind a request.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/mem.h"
#include "net/conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
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

static void on_data(struct conn *c)
{
    struct fixture *f = conn_opaque(c);
    f->data_count++;
    if (f->closes_on_data) {
        conn_close(c);
    }
}

static void on_writable(struct conn *c)
{
    struct fixture *f = conn_opaque(c);
    f->writable_count++;
    if (f->closes_on_writable) {
        conn_close(c);
    } else {
        conn_want_writable(c, false);
    }
}

static void on_end(struct conn *c)
{
    struct fixture *f = conn_opaque(c);
    f->end_count++;
}

static void on_close(struct conn *c)
{
    struct fixture *f = conn_opaque(c);
    f->close_count++;
    f->conn = NULL;
}

static const struct conn_options options = {SEND_TIMEOUT_MS, 1000};
static const struct conn_ops ops = {on_data, on_writable, on_end, on_close};

static bool on_turn(void *opaque)
{
    struct fixture *f = opaque;
    if (f->is_done != NULL && f->is_done(f)) {
        loop_stop(f->loop);
    }
    return false;
}

static void on_tick(void *opaque)
{
    struct fixture *f = opaque;
    if (loop_now_ms(f->loop) - f->started_ms > DEADLINE_MS) {
        loop_stop(f->loop);
    }
}

static void on_wake(void *opaque)
{
    (void)opaque;
}

/* Turns the loop until `is_done`; fails at the deadline. */
static void run_until(struct fixture *f, bool (*is_done)(struct fixture *f))
{
    f->started_ms = loop_now_ms(f->loop);
    f->is_done = is_done;
    loop_run(f->loop);
    assert_true(is_done(f));
    f->is_done = NULL;
}

/* A connected pair over TCP, whose options socketpair() would not have. */
static void connect_pair(int *ours, int *peer)
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

static int setup(void **state)
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

static int teardown(void **state)
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

static bool is_closed(struct fixture *f)
{
    return f->conn == NULL;
}

static bool has_data(struct fixture *f)
{
    return f->data_count > 0;
}

static bool was_writable(struct fixture *f)
{
    return f->writable_count > 0;
}

/* Sends until the socket takes nothing more; returns how much it took. */
static size_t fill(struct fixture *f)
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

static size_t read_all(int fd)
{
    static char data[65536];
    size_t taken = 0;
    ssize_t len;
    while ((len = recv(fd, data, sizeof(data), 0)) > 0) {
        taken += (size_t)len;
    }
    return taken;
}

static struct slice big(void)
{
    static const char data[4 * MIB];
    return slice_of(data, sizeof(data));
}

static void a_stalled_peer_pins_little(void **state)
{
    struct fixture *f = *state;
    assert_true(fill(f) < MIB);
    assert_false(is_closed(f));
}

static void a_stalled_peer_that_reads_again_is_told(void **state)
{
    struct fixture *f = *state;
    size_t sent = fill(f);
    conn_want_writable(f->conn, true);
    static char data[2 * MIB];
    size_t taken = 0;
    while (taken < sent) {
        ssize_t len = recv(f->peer, data, sizeof(data), 0);
        assert_true(len > 0);
        taken += (size_t)len;
    }
    run_until(f, was_writable);
    assert_true(fill(f) > 0);
}

static void what_the_socket_does_not_take_is_kept(void **state)
{
    struct fixture *f = *state;
    assert_true(conn_write(f->conn, big()));
    assert_int_equal(conn_send(f->conn, "x", 1), 0); /* not in front of that */
    assert_true(conn_write(f->conn, slice_str("end")));
}

static bool is_closed_as_peer_reads(struct fixture *f)
{
    static char data[256 * 1024];
    ssize_t len = recv(f->peer, data, sizeof(data), MSG_DONTWAIT);
    f->data_count += len > 0 ? (int)len : 0;
    return f->conn == NULL;
}

static void an_answer_is_finished_for_a_peer_that_has_ended(void **state)
{
    struct fixture *f = *state;
    assert_true(conn_write(f->conn, big()));
    conn_finish(f->conn);
    shutdown(f->peer, SHUT_WR);
    run_until(f, is_closed_as_peer_reads);
    assert_int_equal(f->data_count + (int)read_all(f->peer), big().len);
}

static int freed;

static void on_free(struct shared *shared)
{
    (void)shared;
    freed++;
}

/* The head is kept, the body is only lent, and given back when the last byte has gone. */
static void what_is_lent_goes_behind_what_is_kept(void **state)
{
    struct fixture *f = *state;
    struct shared lender = {1, on_free};
    freed = 0;
    size_t sent = fill(f);
    assert_true(conn_write(f->conn, slice_str("head")));
    assert_true(conn_lend(f->conn, big(), &lender));
    assert_false(conn_is_sent(f->conn));
    assert_int_equal(lender.refs, 2);
    assert_int_equal(conn_send(f->conn, "x", 1), 0); /* not in front of that */
    conn_finish(f->conn);
    shutdown(f->peer, SHUT_WR);
    assert_int_equal(lender.refs, 2);
    run_until(f, is_closed_as_peer_reads);
    assert_int_equal(f->data_count + (int)read_all(f->peer), sent + 4 + big().len);
    assert_int_equal(lender.refs, 1);
    assert_int_equal(freed, 0);
    shared_unref(&lender);
    assert_int_equal(freed, 1);
}

static void what_is_lent_is_given_back_at_the_end(void **state)
{
    struct fixture *f = *state;
    struct shared lender = {1, on_free};
    freed = 0;
    assert_true(conn_lend(f->conn, big(), &lender));
    shared_unref(&lender); /* the connection's is the last one */
    assert_int_equal(freed, 0);
    conn_close(f->conn);
    assert_int_equal(freed, 1);
}

static void what_is_taken_at_once_is_not_held(void **state)
{
    struct fixture *f = *state;
    struct shared lender = {1, on_free};
    assert_true(conn_lend(f->conn, slice_str("all of it"), &lender));
    assert_true(conn_is_sent(f->conn));
    assert_int_equal(lender.refs, 1);
    assert_true(conn_lend(f->conn, big(), NULL)); /* lives for ever */
    assert_int_equal(conn_send(f->conn, "x", 1), 0);
}

static void a_peer_that_ends_within_its_request_is_closed(void **state)
{
    struct fixture *f = *state;
    assert_true(conn_write(f->conn, big()));
    shutdown(f->peer, SHUT_WR);
    run_until(f, is_closed);
    assert_int_equal(f->end_count, 0);
}

static bool has_ended(struct fixture *f)
{
    return f->end_count > 0;
}

static bool is_soon_after_the_end(struct fixture *f)
{
    return loop_now_ms(f->loop) - f->started_ms >= 300;
}

static void a_peer_that_only_reads_on_gets_all(void **state)
{
    struct fixture *f = *state;
    char data[8];
    conn_set_input(f->conn, CONN_DISCARDS);
    shutdown(f->peer, SHUT_WR);
    run_until(f, has_ended);
    run_until(f, is_soon_after_the_end);
    assert_int_equal(f->end_count, 1);
    assert_false(is_closed(f));
    assert_int_equal(conn_send(f->conn, "abc", 3), 3);
    assert_int_equal(recv(f->peer, data, sizeof(data), 0), 3);
    assert_true(conn_write(f->conn, big()));
    conn_finish(f->conn);
    run_until(f, is_closed_as_peer_reads);
    assert_int_equal(f->data_count + (int)read_all(f->peer), big().len);
}

/* Nothing else is waited for: the reset alone must end it. */
static void a_peer_that_has_left_is_found_out_by_the_first_bytes(void **state)
{
    struct fixture *f = *state;
    conn_set_input(f->conn, CONN_DISCARDS);
    close(f->peer);
    f->peer = -1;
    run_until(f, has_ended);
    assert_false(is_closed(f));
    assert_int_equal(conn_send(f->conn, "abc", 3), 3);
    run_until(f, is_closed);
}

static void a_peer_that_takes_no_answer_is_closed(void **state)
{
    struct fixture *f = *state;
    assert_true(conn_write(f->conn, big()));
    conn_finish(f->conn);
    int64_t now_ms = loop_now_ms(f->loop);
    conn_tick(f->conn, now_ms + SEND_TIMEOUT_MS - 1);
    assert_false(is_closed(f));
    conn_tick(f->conn, now_ms + SEND_TIMEOUT_MS);
    assert_true(is_closed(f));
}

static void a_peer_that_does_not_end_is_closed(void **state)
{
    struct fixture *f = *state;
    char data[8];
    assert_true(conn_write(f->conn, slice_str("bye")));
    conn_finish(f->conn);
    assert_int_equal(recv(f->peer, data, sizeof(data), 0), 3);
    assert_int_equal(recv(f->peer, data, sizeof(data), 0), 0);
    conn_tick(f->conn, loop_now_ms(f->loop) + 2000);
    assert_true(is_closed(f));
}

static void nothing_is_sent_once_finishing(void **state)
{
    struct fixture *f = *state;
    conn_finish(f->conn);
    assert_int_equal(conn_send(f->conn, "x", 1), -1);
}

static void data_is_kept_until_it_is_forgotten(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(send(f->peer, "ab", 2, 0), 2);
    run_until(f, has_data);
    assert_true(slice_eq_str(conn_in(f->conn), "ab"));
    conn_set_input(f->conn, CONN_DISCARDS);
    assert_int_equal(conn_in(f->conn).len, 0);
}

static void closing_within_a_callback(void **state)
{
    struct fixture *f = *state;
    f->closes_on_data = true;
    assert_int_equal(send(f->peer, "ab", 2, 0), 2);
    shutdown(f->peer, SHUT_WR);
    run_until(f, is_closed);
    assert_int_equal(f->data_count, 1);
}

static void closing_when_writable(void **state)
{
    struct fixture *f = *state;
    f->closes_on_writable = true;
    conn_want_writable(f->conn, true);
    run_until(f, is_closed);
    assert_int_equal(f->writable_count, 1);
}

static void a_flood_behind_a_request_is_cut_off(void **state)
{
    struct fixture *f = *state;
    static const char data[65536];
    conn_set_input(f->conn, CONN_DISCARDS);
    while (f->conn != NULL) {
        ssize_t len = send(f->peer, data, sizeof(data), MSG_DONTWAIT | MSG_NOSIGNAL);
        assert_true(len > 0 || errno == EAGAIN || f->conn == NULL);
        f->started_ms = loop_now_ms(f->loop);
        f->is_done = is_closed;
        f->started_ms -= DEADLINE_MS; /* one tick at most */
        loop_run(f->loop);
    }
    assert_int_equal(f->data_count, 0);
}

static void a_reset_closes(void **state)
{
    struct fixture *f = *state;
    struct linger now = {1, 0};
    setsockopt(f->peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(f->peer);
    f->peer = -1;
    run_until(f, is_closed);
}

static void a_reset_closes_what_is_finishing(void **state)
{
    struct fixture *f = *state;
    assert_true(conn_write(f->conn, big()));
    conn_finish(f->conn);
    a_reset_closes(state);
}

static void without_memory_the_descriptor_is_closed(void **state)
{
    struct fixture *f = *state;
    int ours;
    int peer;
    char byte;
    connect_pair(&ours, &peer);
    mem_fail_after(0);
    assert_null(conn_open(f->loop, ours, &ops, &options, f));
    mem_fail_after(-1);
    assert_int_equal(recv(peer, &byte, 1, 0), 0);
    close(peer);
}

static void without_memory_a_write_fails(void **state)
{
    struct fixture *f = *state;
    mem_fail_after(0);
    assert_false(conn_write(f->conn, big()));
    mem_fail_after(-1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stalled_peer_pins_little),
        TEST(a_stalled_peer_that_reads_again_is_told),
        TEST(what_the_socket_does_not_take_is_kept),
        TEST(an_answer_is_finished_for_a_peer_that_has_ended),
        TEST(what_is_lent_goes_behind_what_is_kept),
        TEST(what_is_lent_is_given_back_at_the_end),
        TEST(what_is_taken_at_once_is_not_held),
        TEST(a_peer_that_ends_within_its_request_is_closed),
        TEST(a_peer_that_only_reads_on_gets_all),
        TEST(a_peer_that_has_left_is_found_out_by_the_first_bytes),
        TEST(a_peer_that_takes_no_answer_is_closed),
        TEST(a_peer_that_does_not_end_is_closed),
        TEST(nothing_is_sent_once_finishing),
        TEST(data_is_kept_until_it_is_forgotten),
        TEST(closing_within_a_callback),
        TEST(closing_when_writable),
        TEST(a_flood_behind_a_request_is_cut_off),
        TEST(a_reset_closes),
        TEST(a_reset_closes_what_is_finishing),
        TEST(without_memory_the_descriptor_is_closed),
        TEST(without_memory_a_write_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
