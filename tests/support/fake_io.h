/*
 * For tests of connections over an encryption: a fake, which needs a handshake, flips a bit of each
 * byte, holds one sealed record back, and reads ahead; and a connection on it over a socket pair.
 */
#ifndef SUPPORT_FAKE_IO_H
#define SUPPORT_FAKE_IO_H

#include "support/conn_fixture.h"

enum {
    SEAL = 0x80,
    END_MARK = 0x04, /* what shutdown() seals */
    RECORD_BYTES = 64,
    AHEAD_BYTES = 64,
    QUIET_MS = 100
};

struct fake {
    struct conn_io io;
    const char
        *handshake;    /* steps: r(ead a byte), w(rite one), p(ause for being writable), f(ail) */
    const char *takes; /* of each send() and recv(): how many bytes, by a digit; then all */
    size_t wire_bytes; /* so many go at once; the rest of a record is held back */
    bool fails;        /* send(), flush() */
    bool is_shut;
    char record[RECORD_BYTES];
    size_t record_at;
    size_t record_len;
    char ahead[AHEAD_BYTES];
    size_t ahead_at;
    size_t ahead_len;
};

static struct fake *fake; /* NULL: closed */
static struct fixture *fixture;
static int handshakes;
static int recvs;
static int flushes;
static int shutdowns;
static int told; /* on_writable, of what is written then */

static inline struct fake *fake_of(struct conn_io *io)
{
    return CONTAINER_OF(io, struct fake, io);
}

/* ---- the encryption ---- */

static inline size_t taken_now(struct fake *f, size_t len)
{
    size_t most = *f->takes == '\0' ? RECORD_BYTES : (size_t)(*f->takes++ - '0');
    return len < most ? len : most;
}

/* 0: the step must be tried again. */
static inline int do_step(struct fake *f)
{
    char byte = 'h';
    ssize_t len;
    switch (*f->handshake) {
    case 'r':
        len = recv(f->io.fd, &byte, 1, 0);
        f->io.wants_writable = false;
        return len > 0 ? 1 : len < 0 && errno == EAGAIN ? 0 : CONN_IO_GONE;
    case 'w':
        return send(f->io.fd, &byte, 1, MSG_NOSIGNAL) == 1 ? 1 : CONN_IO_GONE;
    case 'p':
        f->io.wants_writable = !f->io.wants_writable;
        return f->io.wants_writable ? 0 : 1;
    default:
        return CONN_IO_GONE;
    }
}

static inline int fake_handshake(struct conn_io *io)
{
    struct fake *f = fake_of(io);
    assert_false(io->is_open);
    handshakes++;
    while (*f->handshake != '\0') {
        int rc = do_step(f);
        if (rc <= 0) {
            return rc;
        }
        f->handshake++;
    }
    io->is_open = true;
    return 0;
}

static inline ssize_t fake_recv(struct conn_io *io, char *data, size_t len)
{
    struct fake *f = fake_of(io);
    assert_true(io->is_open);
    recvs++;
    if (f->ahead_at == f->ahead_len) {
        ssize_t got = recv(io->fd, f->ahead, sizeof(f->ahead), 0);
        if (got <= 0) {
            return got == 0 ? CONN_IO_END : errno == EAGAIN ? CONN_IO_AGAIN : CONN_IO_GONE;
        }
        f->ahead_at = 0;
        f->ahead_len = (size_t)got;
    }
    size_t taken =
        taken_now(f, len < f->ahead_len - f->ahead_at ? len : f->ahead_len - f->ahead_at);
    for (size_t i = 0; i < taken; i++) {
        data[i] = (char)(f->ahead[f->ahead_at++] ^ SEAL);
    }
    io->has_input = taken > 0 && f->ahead_at < f->ahead_len;
    return (ssize_t)taken;
}

static inline int send_record(struct fake *f)
{
    size_t rest = f->record_len - f->record_at;
    size_t most = rest < f->wire_bytes ? rest : f->wire_bytes;
    ssize_t len = f->fails ? -1 : send(f->io.fd, f->record + f->record_at, most, MSG_NOSIGNAL);
    if (len < 0 && errno != EAGAIN) {
        return CONN_IO_GONE;
    }
    f->record_at += len > 0 ? (size_t)len : 0;
    f->io.wants_writable = f->record_at < f->record_len;
    if (!f->io.wants_writable && f->is_shut) {
        shutdown(f->io.fd, SHUT_WR);
    }
    return 0;
}

static inline ssize_t fake_send(struct conn_io *io, const char *data, size_t len)
{
    struct fake *f = fake_of(io);
    assert_true(io->is_open && !io->wants_writable && !f->is_shut);
    size_t taken = taken_now(f, len);
    f->record_at = 0;
    f->record_len = taken;
    for (size_t i = 0; i < taken; i++) {
        f->record[i] = (char)(data[i] ^ SEAL);
    }
    errno = 0;
    return taken == 0 && !f->fails ? CONN_IO_AGAIN
           : send_record(f) < 0    ? (ssize_t)CONN_IO_GONE
                                   : (ssize_t)taken;
}

static inline int fake_flush(struct conn_io *io)
{
    assert_true(io->is_open && io->wants_writable);
    flushes++;
    errno = 0;
    return send_record(fake_of(io));
}

static inline void fake_shutdown(struct conn_io *io)
{
    struct fake *f = fake_of(io);
    assert_true(io->is_open && !io->wants_writable && !f->is_shut);
    shutdowns++;
    f->is_shut = true;
    f->record[0] = (char)(END_MARK ^ SEAL);
    f->record_at = 0;
    f->record_len = 1;
    io->wants_writable = true; /* it never goes at once */
}

static inline void fake_close(struct conn_io *io)
{
    assert_ptr_equal(fake_of(io), fake);
    close(io->fd);
    free(fake);
    fake = NULL;
}

static const struct conn_io_ops fake_ops = {fake_handshake, fake_recv,     fake_send,
                                            fake_flush,     fake_shutdown, fake_close};

/* ---- the connection ---- */

static inline void told_writable(struct conn *c)
{
    told++;
    conn_want_writable(c, false);
}

static const struct conn_ops conn_ops = {on_data, told_writable, on_end, on_close};

/* Opens it with these steps of a handshake; none: it is open from the beginning. */
static inline void open_fake(const char *handshake)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    fixture->peer = fds[1];
    fake = calloc(1, sizeof(*fake));
    fake->io = (struct conn_io){&fake_ops, fds[0], handshake[0] == '\0', false, false};
    fake->handshake = handshake;
    fake->takes = "";
    fake->wire_bytes = RECORD_BYTES;
    fixture->conn = conn_open_io(fixture->loop, &fake->io, &conn_ops, &options, fixture);
    assert_non_null(fixture->conn);
}

static inline int setup_loop(void **state)
{
    fixture = calloc(1, sizeof(*fixture));
    struct loop_hooks hooks = {on_turn, on_tick, on_wake, fixture};
    fixture->loop = loop_new(&hooks, 10);
    handshakes = recvs = flushes = shutdowns = told = 0;
    *state = fixture;
    return 0;
}

static inline int teardown_loop(void **state)
{
    int rc = teardown(state);
    assert_null(fake);
    return rc;
}

static inline void close_peer(void)
{
    close(fixture->peer);
    fixture->peer = -1;
}

static inline bool was_quiet(struct fixture *f)
{
    return loop_now_ms(f->loop) - f->started_ms >= QUIET_MS;
}

static inline bool is_open(struct fixture *f)
{
    return f->conn != NULL && fake->io.is_open;
}

static inline bool is_all_sent(struct fixture *f)
{
    return f->conn == NULL || conn_is_sent(f->conn);
}

static inline bool was_told(struct fixture *f)
{
    (void)f;
    return told > 0;
}

/* The peer sends, sealed but for what belongs to the handshake. */
static inline void peer_sends(const char *text, char seal)
{
    char data[200];
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        data[i] = (char)(text[i] ^ seal);
    }
    assert_int_equal(send(fixture->peer, data, len, MSG_NOSIGNAL), len);
}

static inline void assert_peer_gets(const char *text, char seal)
{
    char data[200];
    ssize_t len = recv(fixture->peer, data, sizeof(data), 0);
    assert_int_equal(len, strlen(text));
    for (ssize_t i = 0; i < len; i++) {
        assert_int_equal((char)(data[i] ^ seal), text[i]);
    }
}

static inline bool has_all_input(struct fixture *f)
{
    return f->conn == NULL || conn_in(f->conn).len == strlen("a request in one record");
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_loop, teardown_loop)

#endif
