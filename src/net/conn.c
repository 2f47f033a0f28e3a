/* A connection on libuv's poll handle: see the header. */
#include "net/conn.h"
#include "base/mem.h"
#include "net/loop_uv.h"
#include "net/unsent.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_BYTES = 4096,
    READS_AT_ONCE = 4, /* of what an encryption has read ahead */
    DISCARDED_BYTES = 256 * 1024,
    LINGER_MS = 2000,
    /* What the kernel keeps of a stream that its client does not read. Without this it keeps as
     * much as a fast client would need, megabytes: a thousand stalled clients then hold its memory
     * for sockets, and all others wait for it. */
    NOT_SENT_BYTES = 128 * 1024
};

struct conn {
    struct conn_io *io;    /* these are all that a send looks at: in one cache line */
    struct conn_io plain;  /* what `io` is without encryption */
    struct unsent *unsent; /* NULL: all was sent */
    int events;            /* that the poll handle waits for */
    uint8_t input;         /* enum conn_input */
    bool wants_writable;
    bool is_finishing;   /* to be closed once all was sent */
    bool is_lingering;   /* our end was told, the peer's is awaited */
    bool has_peer_ended; /* nothing more comes, but what we send may still be taken */
    bool is_closed;
    uint32_t discarded_bytes;
    struct loop *loop;
    const struct conn_ops *ops;
    const struct conn_options *options;
    void *opaque;
    struct buf in;
    int64_t until_ms; /* when finishing or lingering: then it is closed */
    uv_poll_t poll;
};

static void on_event(uv_poll_t *poll, int status, int events);

static bool reads(const struct conn *c)
{
    return c->input != CONN_PAUSES && !c->has_peer_ended;
}

/*
 * What is needed now: the peer's data, since its end is told that way. Behind that only a reset can
 * come, which is told whatever is waited for, but something must be: urgent data, then, which does
 * not come any more. What an encryption has read ahead is read when the descriptor is writable,
 * which it mostly is at once. A handshake needs its own bytes only, whatever is to be moved later.
 */
static int needed_events(const struct conn *c)
{
    bool is_open = c->io->is_open;
    bool has_more = !c->is_lingering && (c->unsent != NULL || c->wants_writable);
    bool moves = is_open && (has_more || (reads(c) && c->io->has_input));
    return (reads(c) || !is_open ? UV_READABLE : UV_PRIORITIZED) |
           (moves || c->io->wants_writable ? UV_WRITABLE : 0);
}

static void update_events(struct conn *c)
{
    if (c->is_closed) {
        return;
    }
    int events = needed_events(c);
    if (events != c->events) {
        c->events = events;
        uv_poll_start(&c->poll, events, on_event);
    }
}

static void set_option(int fd, int name, int value)
{
    setsockopt(fd, IPPROTO_TCP, name, &value, sizeof(value));
}

/* Its `io` is not set. NULL without memory. */
static struct conn *conn_new(struct loop *loop, int fd, const struct conn_ops *ops,
                             const struct conn_options *options, void *opaque)
{
    struct conn *c = mem_zalloc(sizeof(*c));
    if (c == NULL || uv_poll_init(&loop->uv, &c->poll, fd) < 0) {
        mem_free(c);
        return NULL;
    }
    set_option(fd, TCP_NODELAY, 1);
    set_option(fd, TCP_USER_TIMEOUT, (int)options->send_timeout_ms);
    set_option(fd, TCP_NOTSENT_LOWAT, NOT_SENT_BYTES);
    c->poll.data = c;
    c->loop = loop;
    c->ops = ops;
    c->options = options;
    c->opaque = opaque;
    return c;
}

struct conn *conn_open(struct loop *loop, int fd, const struct conn_ops *ops,
                       const struct conn_options *options, void *opaque)
{
    struct conn *c = conn_new(loop, fd, ops, options, opaque);
    if (c == NULL) {
        close(fd);
        return NULL;
    }
    conn_io_plain_init(&c->plain, fd);
    c->io = &c->plain;
    update_events(c);
    return c;
}

struct conn *conn_open_io(struct loop *loop, struct conn_io *io, const struct conn_ops *ops,
                          const struct conn_options *options, void *opaque)
{
    struct conn *c = conn_new(loop, io->fd, ops, options, opaque);
    if (c == NULL) {
        io->ops->close(io);
        return NULL;
    }
    c->io = io;
    update_events(c);
    return c;
}

void *conn_opaque(const struct conn *c)
{
    return c->opaque;
}

static void on_closed(uv_handle_t *handle)
{
    struct conn *c = handle->data;
    ASSERT(c->is_closed && c->unsent == NULL);
    buf_fini(&c->in);
    mem_free(c);
}

void conn_close(struct conn *c)
{
    if (c->is_closed) {
        return;
    }
    c->is_closed = true;
    c->ops->on_close(c);
    unsent_free(&c->unsent);
    c->opaque = NULL;
    uv_poll_stop(&c->poll);
    uv_close((uv_handle_t *)&c->poll, on_closed);
    c->io->ops->close(c->io);
}

/* ---- reading ---- */

struct slice conn_in(const struct conn *c)
{
    return buf_slice(&c->in);
}

/* Whoever sends two requests at once does not keep the memory of the first one. */
void conn_take_in(struct conn *c, size_t len)
{
    ASSERT(len <= c->in.len);
    struct buf rest = BUF_INIT;
    if (len == 0) {
        return;
    }
    if (len < c->in.len) {
        buf_append(&rest, c->in.data + len, c->in.len - len);
    }
    if (buf_ok(&rest)) {
        buf_fini(&c->in);
        c->in = rest;
    } else {
        memmove(c->in.data, c->in.data + len, c->in.len - len);
        buf_truncate(&c->in, c->in.len - len);
    }
}

void conn_set_input(struct conn *c, enum conn_input input)
{
    ASSERT(!c->is_finishing || input == CONN_DISCARDS);
    if (input == CONN_DISCARDS) {
        c->discarded_bytes += (uint32_t)c->in.len;
        buf_fini(&c->in);
    }
    c->input = (uint8_t)input;
    update_events(c);
}

bool conn_has_all_input(const struct conn *c)
{
    return c->discarded_bytes == 0 && !c->has_peer_ended;
}

static void discard(struct conn *c, size_t len)
{
    c->discarded_bytes += (uint32_t)len;
    if (c->discarded_bytes > DISCARDED_BYTES) {
        conn_close(c);
    }
}

static void take(struct conn *c, const char *data, size_t len)
{
    buf_append(&c->in, data, len);
    if (!buf_ok(&c->in)) {
        conn_close(c);
        return;
    }
    ASSERT(c->in.len <= c->options->max_in_bytes);
    c->ops->on_data(c);
}

static void take_end(struct conn *c)
{
    if (c->input == CONN_READS || c->is_lingering) {
        conn_close(c);
        return;
    }
    c->has_peer_ended = true;
    if (!c->is_finishing) {
        c->ops->on_end(c);
    }
}

static void read_once(struct conn *c)
{
    char data[READ_BYTES];
    size_t room = c->options->max_in_bytes - c->in.len;
    bool is_kept = c->input == CONN_READS && room > 0; /* what has no room is no request */
    size_t most = is_kept && room < sizeof(data) ? room : sizeof(data);
    ssize_t len = c->io->ops->recv(c->io, data, most);
    if (len == CONN_IO_END) {
        take_end(c);
    } else if (len == CONN_IO_GONE) {
        conn_close(c);
    } else if (len > 0 && is_kept) {
        take(c, data, (size_t)len);
    } else if (len > 0) {
        discard(c, (size_t)len);
    } else {
        ASSERT(len == CONN_IO_AGAIN && !c->io->has_input);
    }
}

static void on_readable(struct conn *c)
{
    int count = 0;
    do {
        read_once(c);
    } while (!c->is_closed && reads(c) && c->io->has_input && ++count < READS_AT_ONCE);
}

/* ---- writing ---- */

/* An encryption may fail on a descriptor that is well, of which the loop would tell nothing. */
static ssize_t send_now(struct conn *c, const char *data, size_t len)
{
    if (!c->io->is_open || c->io->wants_writable) {
        return CONN_IO_AGAIN;
    }
    ssize_t taken = c->io->ops->send(c->io, data, len);
    ASSERT(taken <= (ssize_t)len);
    if (taken < 0) {
        shutdown(c->io->fd, SHUT_RDWR);
    } else if (c->io->wants_writable) {
        update_events(c);
    }
    return taken;
}

ssize_t conn_send(struct conn *c, const char *data, size_t len)
{
    if (c->is_closed || c->is_finishing) {
        return -1;
    }
    if (c->unsent != NULL) {
        return 0;
    }
    ssize_t taken = send_now(c, data, len);
    return taken < 0 ? -1 : taken;
}

/* Sends what can be sent now, and cuts it off *data. If the peer is gone, that is all: the loop
 * tells so by its next event. */
static void send_first(struct conn *c, struct slice *data)
{
    ssize_t taken = c->unsent != NULL ? 0 : send_now(c, data->data, data->len);
    size_t done = taken < 0 ? data->len : (size_t)taken;
    *data = slice_of(data->data + done, data->len - done);
}

bool conn_write(struct conn *c, struct slice data)
{
    if (c->is_closed || data.len == 0) {
        return true;
    }
    send_first(c, &data);
    bool is_done = data.len == 0 || unsent_append(&c->unsent, data);
    update_events(c);
    return is_done;
}

bool conn_lend(struct conn *c, struct slice data, struct shared *lender)
{
    if (c->is_closed || data.len == 0) {
        return true;
    }
    send_first(c, &data);
    bool is_done = data.len == 0 || unsent_lend(&c->unsent, data, lender);
    update_events(c);
    return is_done;
}

bool conn_is_sent(const struct conn *c)
{
    ASSERT(!c->is_closed);
    return c->unsent == NULL && !c->io->wants_writable;
}

void conn_want_writable(struct conn *c, bool wanted)
{
    c->wants_writable = wanted;
    update_events(c);
}

static void tell_end(struct conn *c)
{
    c->is_lingering = true;
    c->until_ms = loop_now_ms(c->loop) + LINGER_MS;
    c->io->ops->shutdown(c->io);
}

/* Tells our end, once, and waits for the peer's. Without a handshake nothing was said. */
static void linger(struct conn *c)
{
    ASSERT(c->is_finishing && c->unsent == NULL);
    if (!c->is_lingering && c->io->is_open) {
        tell_end(c);
    }
    if (!c->io->is_open || (c->has_peer_ended && !c->io->wants_writable)) {
        conn_close(c);
    } else {
        update_events(c);
    }
}

void conn_finish(struct conn *c)
{
    if (c->is_closed) {
        return;
    }
    conn_set_input(c, CONN_DISCARDS);
    c->is_finishing = true;
    c->until_ms = loop_now_ms(c->loop) + c->options->send_timeout_ms;
    if (conn_is_sent(c) || (c->unsent == NULL && !c->io->is_open)) {
        linger(c);
    }
}

static void write_on(struct conn *c)
{
    struct slice first = unsent_first(c->unsent);
    ssize_t taken = send_now(c, first.data, first.len);
    if (taken < 0) {
        conn_close(c);
    } else {
        unsent_take(&c->unsent, (size_t)taken);
    }
}

static void on_writable(struct conn *c)
{
    if (c->io->wants_writable && c->io->ops->flush(c->io) < 0) {
        conn_close(c);
        return;
    }
    if (c->unsent != NULL && !c->io->wants_writable) {
        write_on(c);
    }
    if (c->is_closed || !conn_is_sent(c)) {
        return;
    }
    if (c->is_finishing) {
        linger(c);
    } else if (c->wants_writable) {
        c->ops->on_writable(c);
    }
}

/* ---- events ---- */

/* What comes before data. False when it is not over yet, or has failed. */
static bool open_on(struct conn *c)
{
    if (!c->io->is_open && c->io->ops->handshake(c->io) < 0) {
        conn_close(c);
        return false;
    }
    return c->io->is_open;
}

static void move_data(struct conn *c, int events)
{
    bool may_read = reads(c) && ((events & UV_READABLE) != 0 || c->io->has_input);
    if (may_read) {
        on_readable(c);
    }
    if (!c->is_closed && (events & UV_WRITABLE) != 0) {
        on_writable(c);
    }
}

static void on_event(uv_poll_t *poll, int status, int events)
{
    struct conn *c = poll->data;
    c->loop->is_turn_due = true;
    if (status < 0 || (events & UV_PRIORITIZED) != 0) {
        conn_close(c);
        return;
    }
    if (open_on(c)) {
        move_data(c, events);
    }
    update_events(c);
}

void conn_tick(struct conn *c, int64_t now_ms)
{
    if (c->is_finishing && now_ms >= c->until_ms) {
        conn_close(c);
    }
}
