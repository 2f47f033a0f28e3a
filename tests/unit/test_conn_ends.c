/* Connections over loopback sockets: ends of either side, resets, and peers that do not end. */
#include "support/conn_fixture.h"

static void an_answer_is_finished_for_a_peer_that_has_ended(void **state)
{
    struct fixture *f = *state;
    assert_true(conn_write(f->conn, big()));
    conn_finish(f->conn);
    shutdown(f->peer, SHUT_WR);
    run_until(f, is_closed_as_peer_reads);
    assert_int_equal(f->data_count + (int)read_all(f->peer), big().len);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_is_finished_for_a_peer_that_has_ended),
        TEST(a_peer_that_ends_within_its_request_is_closed),
        TEST(a_peer_that_only_reads_on_gets_all),
        TEST(a_peer_that_has_left_is_found_out_by_the_first_bytes),
        TEST(a_peer_that_takes_no_answer_is_closed),
        TEST(a_peer_that_does_not_end_is_closed),
        TEST(nothing_is_sent_once_finishing),
        TEST(a_reset_closes),
        TEST(a_reset_closes_what_is_finishing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
