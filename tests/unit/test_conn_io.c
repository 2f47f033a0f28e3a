/*
 * Connections over an encryption, here a fake. Nothing is lost or sent twice whatever it takes at a
 * time, nothing waits for an event that does not come, and the loop rests while the peer is
 * awaited.
 */
#include "support/fake_io.h"

/* ---- the handshake ---- */

static void a_handshake_of_many_steps(void **state)
{
    struct fixture *f = *state;
    open_fake("rwrpwpwrp");
    run_until(f, was_quiet);
    assert_int_equal(handshakes, 0); /* the peer speaks first */
    for (int i = 0; i < 3; i++) {
        assert_false(is_open(f));
        peer_sends("c", 0);
        int before = handshakes;
        run_until(f, was_quiet);
        assert_in_range(handshakes - before, 1, 3); /* it rests while the peer is awaited */
    }
    assert_true(is_open(f));
    assert_peer_gets("hhh", 0);
    assert_int_equal(f->data_count, 0);
    assert_int_equal(flushes, 0);
}

static void data_behind_a_handshake(void **state)
{
    struct fixture *f = *state;
    open_fake("r");
    peer_sends("c", 0);
    peer_sends("a request in one record", (char)SEAL);
    run_until(f, has_all_input);
    assert_true(slice_eq_str(conn_in(f->conn), "a request in one record"));
}

/* Whoever speaks first, or answers an error, writes before the handshake is over. */
static void what_is_written_early_waits(void **state)
{
    struct fixture *f = *state;
    open_fake("rw");
    assert_int_equal(conn_send(f->conn, "x", 1), 0);
    assert_true(conn_write(f->conn, slice_str("settings")));
    conn_want_writable(f->conn, true);
    run_until(f, was_quiet);
    assert_int_equal(handshakes, 0);
    assert_int_equal(told, 0);
    peer_sends("c", 0);
    run_until(f, was_told);
    char byte;
    assert_int_equal(recv(f->peer, &byte, 1, 0), 1);
    assert_peer_gets("settings", (char)SEAL);
}

static void a_pause_does_not_stop_a_handshake(void **state)
{
    struct fixture *f = *state;
    open_fake("rw");
    conn_set_input(f->conn, CONN_PAUSES);
    peer_sends("c", 0);
    run_until(f, is_open);
    assert_int_equal(recvs, 0);
}

static void a_handshake_that_fails(void **state)
{
    static const char *const steps[] = {"f", "rf", "rwpf", "rwpwf"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct fixture *f = fixture;
        f->close_count = 0;
        open_fake(steps[i]);
        peer_sends("c", 0);
        run_until(f, is_closed);
        assert_int_equal(f->data_count + f->end_count + shutdowns, 0);
        close_peer();
    }
}

static void a_peer_that_ends_within_a_handshake(void **state)
{
    struct fixture *f = *state;
    open_fake("rrr");
    peer_sends("c", 0);
    shutdown(f->peer, SHUT_WR);
    run_until(f, is_closed);
    assert_int_equal(f->end_count, 0);
}

static void a_handshake_that_never_ends(void **state)
{
    struct fixture *f = *state;
    open_fake("rr");
    assert_true(conn_write(f->conn, slice_str("too slow")));
    conn_finish(f->conn);
    peer_sends("c", 0);
    run_until(f, was_quiet);
    int64_t now_ms = loop_now_ms(f->loop);
    conn_tick(f->conn, now_ms);
    assert_false(is_closed(f));
    conn_tick(f->conn, now_ms + SEND_TIMEOUT_MS);
    assert_true(is_closed(f));
    assert_int_equal(shutdowns, 0);
}

static void finishing_within_a_handshake(void **state)
{
    struct fixture *f = *state;
    open_fake("rpw");
    conn_finish(f->conn); /* there is nothing to say, and nobody to say it to */
    assert_true(is_closed(f));
    assert_int_equal(shutdowns, 0);
}

static void closing_within_a_handshake(void **state)
{
    struct fixture *f = *state;
    open_fake("rprw");
    peer_sends("c", 0);
    run_until(f, was_quiet);
    assert_false(is_open(f));
    conn_close(f->conn);
    assert_null(fake);
}

/* ---- sending ---- */

static void it_takes_a_few_bytes_at_a_time(void **state)
{
    static const char *const takes[] = {"0", "01", "1", "10203", "0000", "7", "71"};
    struct fixture *f = *state;
    open_fake("");
    for (size_t i = 0; i < ARRAY_LEN(takes); i++) {
        fake->takes = takes[i];
        assert_true(conn_write(f->conn, slice_str("event: message\n")));
        assert_true(conn_lend(f->conn, slice_str("data: 1\n\n"), NULL));
        run_until(f, is_all_sent);
        assert_peer_gets("event: message\ndata: 1\n\n", (char)SEAL);
    }
}

static void a_sealed_record_goes_before_the_next(void **state)
{
    struct fixture *f = *state;
    open_fake("");
    fake->wire_bytes = 3;
    assert_int_equal(conn_send(f->conn, "0123456789", 10), 10); /* sealed, so taken */
    assert_false(conn_is_sent(f->conn));
    assert_int_equal(conn_send(f->conn, "x", 1), 0);
    assert_true(conn_write(f->conn, slice_str("abcdef"))); /* something else, and shorter */
    run_until(f, is_all_sent);
    assert_int_equal(flushes, 3 + 1);
    assert_peer_gets("0123456789abcdef", (char)SEAL);
}

static void only_an_empty_one_is_writable(void **state)
{
    struct fixture *f = *state;
    open_fake("");
    fake->wire_bytes = 1;
    assert_int_equal(conn_send(f->conn, "0123456789", 10), 10);
    conn_want_writable(f->conn, true);
    run_until(f, was_told);
    assert_int_equal(flushes, 9);
    assert_true(conn_is_sent(f->conn));
    int before = flushes + told;
    run_until(f, was_quiet);
    assert_int_equal(flushes + told, before);
    assert_peer_gets("0123456789", (char)SEAL);
}

static void a_record_is_held_while_the_peer_does_not_read(void **state)
{
    struct fixture *f = *state;
    open_fake("");
    size_t sent = fill(f);
    run_until(f, was_quiet);
    assert_true(flushes < 10); /* no turn without an event */
    conn_want_writable(f->conn, true);
    size_t got = 0;
    char data[4096];
    while (got < sent) {
        ssize_t len = recv(f->peer, data, sizeof(data), MSG_DONTWAIT);
        got += len > 0 ? (size_t)len : 0;
        f->started_ms = loop_now_ms(f->loop) - QUIET_MS; /* one turn */
        f->is_done = was_quiet;
        loop_run(f->loop);
    }
    assert_int_equal(got, sent);
    run_until(f, was_told);
}

/* Of the descriptor the loop would tell nothing: it is well. */
static void an_encryption_that_fails_closes(void **state)
{
    static const enum conn_input inputs[] = {CONN_READS, CONN_PAUSES, CONN_DISCARDS};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(inputs); i++) {
        struct fixture *f = fixture;
        f->close_count = 0;
        open_fake("");
        conn_set_input(f->conn, inputs[i]);
        fake->fails = true;
        assert_true(conn_write(f->conn, slice_str("an answer")));
        run_until(f, is_closed);
        close_peer();
    }
}

static void a_flush_that_fails_closes(void **state)
{
    struct fixture *f = *state;
    open_fake("");
    fake->wire_bytes = 3;
    assert_int_equal(conn_send(f->conn, "0123456789", 10), 10);
    fake->fails = true;
    run_until(f, is_closed);
    assert_int_equal(flushes, 1);
}

static void closing_with_a_record_held_back(void **state)
{
    struct fixture *f = *state;
    open_fake("");
    fake->wire_bytes = 3;
    assert_true(conn_write(f->conn, slice_str("0123456789")));
    conn_close(f->conn);
    assert_null(fake);
    assert_peer_gets("012", (char)SEAL);
}

/* ---- reading ---- */

/* The descriptor is readable once, though a byte is read at a time. */
static void what_is_read_ahead_is_not_forgotten(void **state)
{
    struct fixture *f = *state;
    open_fake("");
    fake->takes = "1111111111111111111111111111";
    peer_sends("a request in one record", (char)SEAL);
    run_until(f, has_all_input);
    assert_true(slice_eq_str(conn_in(f->conn), "a request in one record"));
    int before = recvs;
    run_until(f, was_quiet);
    assert_true(recvs <= before + 1);
}

static void what_is_read_ahead_waits_for_a_pause(void **state)
{
    struct fixture *f = *state;
    open_fake("");
    fake->takes = "1";
    peer_sends("a request in one record", (char)SEAL);
    run_until(f, has_data);
    conn_set_input(f->conn, CONN_PAUSES);
    size_t len = conn_in(f->conn).len;
    int before = recvs;
    run_until(f, was_quiet);
    assert_int_equal(recvs, before);
    assert_int_equal(conn_in(f->conn).len, len);
    conn_set_input(f->conn, CONN_READS);
    run_until(f, has_all_input);
}

static void closing_with_more_read_ahead(void **state)
{
    struct fixture *f = *state;
    open_fake("");
    fake->takes = "1";
    f->closes_on_data = true;
    peer_sends("a request in one record", (char)SEAL);
    run_until(f, is_closed);
    assert_int_equal(f->data_count, 1);
    assert_int_equal(recvs, 1);
}

/* ---- the end ---- */

static void the_end_is_told_behind_all_else(void **state)
{
    struct fixture *f = *state;
    open_fake("");
    fake->wire_bytes = 2;
    assert_true(conn_write(f->conn, slice_str("bye")));
    conn_finish(f->conn);
    assert_int_equal(shutdowns, 0); /* the record first */
    run_until(f, was_quiet);
    assert_int_equal(shutdowns, 1);
    assert_false(is_closed(f));
    assert_peer_gets("bye\x04", (char)SEAL);
    char byte;
    assert_int_equal(recv(f->peer, &byte, 1, 0), 0);
    peer_sends("thrown away", (char)SEAL);
    shutdown(f->peer, SHUT_WR);
    run_until(f, is_closed);
    assert_int_equal(f->end_count, 0);
}

/* Or the peer would take what it has got for a part. */
static void a_peer_that_has_ended_is_told_the_end(void **state)
{
    struct fixture *f = *state;
    open_fake("");
    conn_set_input(f->conn, CONN_DISCARDS);
    shutdown(f->peer, SHUT_WR);
    run_until(f, was_quiet);
    assert_int_equal(f->end_count, 1);
    assert_true(conn_write(f->conn, slice_str("bye")));
    conn_finish(f->conn);
    run_until(f, is_closed);
    assert_int_equal(shutdowns, 1);
    assert_peer_gets("bye\x04", (char)SEAL);
}

static void without_memory_it_is_closed(void **state)
{
    struct fixture *f = *state;
    open_fake("");
    conn_close(f->conn);
    close_peer();
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    fake = calloc(1, sizeof(*fake));
    fake->io = (struct conn_io){.ops = &fake_ops, .fd = fds[0]};
    mem_fail_after(0);
    assert_null(conn_open_io(f->loop, &fake->io, &conn_ops, &options, f));
    mem_fail_after(-1);
    assert_null(fake);
    f->peer = fds[1];
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_handshake_of_many_steps),
        TEST(data_behind_a_handshake),
        TEST(what_is_written_early_waits),
        TEST(a_pause_does_not_stop_a_handshake),
        TEST(a_handshake_that_fails),
        TEST(a_peer_that_ends_within_a_handshake),
        TEST(a_handshake_that_never_ends),
        TEST(finishing_within_a_handshake),
        TEST(closing_within_a_handshake),
        TEST(it_takes_a_few_bytes_at_a_time),
        TEST(a_sealed_record_goes_before_the_next),
        TEST(only_an_empty_one_is_writable),
        TEST(a_record_is_held_while_the_peer_does_not_read),
        TEST(an_encryption_that_fails_closes),
        TEST(a_flush_that_fails_closes),
        TEST(closing_with_a_record_held_back),
        TEST(what_is_read_ahead_is_not_forgotten),
        TEST(what_is_read_ahead_waits_for_a_pause),
        TEST(closing_with_more_read_ahead),
        TEST(the_end_is_told_behind_all_else),
        TEST(a_peer_that_has_ended_is_told_the_end),
        TEST(without_memory_it_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
