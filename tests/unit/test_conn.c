/*
 * Connections over loopback sockets: what a peer that does not read pins, closing from within
 * callbacks, and what comes behind a request.
 */
#include "support/conn_fixture.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stalled_peer_pins_little),
        TEST(a_stalled_peer_that_reads_again_is_told),
        TEST(what_the_socket_does_not_take_is_kept),
        TEST(what_is_lent_goes_behind_what_is_kept),
        TEST(what_is_lent_is_given_back_at_the_end),
        TEST(what_is_taken_at_once_is_not_held),
        TEST(data_is_kept_until_it_is_forgotten),
        TEST(closing_within_a_callback),
        TEST(closing_when_writable),
        TEST(a_flood_behind_a_request_is_cut_off),
        TEST(without_memory_the_descriptor_is_closed),
        TEST(without_memory_a_write_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
