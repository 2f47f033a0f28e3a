/* A connection on libuv's poll handle: see the header. */
#include "net/conn.h"
#include "base/mem.h"
#include "net/loop_uv.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    READ_BYTES = 4096,
    THROWN_AWAY_BYTES =
        256 * 1024, /* who sends more than that behind a request is no HTTP client */
    LINGER_MS = 2000,
    /* What the kernel keeps of a stream that its client does not read. Without this it keeps as
     * much as a fast client would need, megabytes: a thousand stalled clients then hold its memory
     * for sockets, and all others wait for it. */
    NOT_SENT_BYTES = 128 * 1024
};

struct conn {
    int fd;       /* with the flags in one cache line: it is all that a send looks at */
    int events;   /* that the poll handle waits for */
    bool has_out; /* `out` is not empty, or something is lent */
    bool wants_writable;
    bool is_finishing;   /* to be closed once `out` is empty */
    bool is_lingering;   /* our end was told, the peer's is awaited */
    bool has_peer_ended; /* nothing more comes, but what we send may still be taken */
    bool is_closed;
    bool has_request; /* what comes now is thrown away */
    struct loop *loop;
    const struct conn_ops *ops;
    void *opaque;
    uv_poll_t poll;
    size_t max_in_bytes;
    size_t thrown_away_bytes;
    size_t out_at;
    struct buf in;
    struct buf out;
    struct slice lent;     /* goes behind `out` */
    struct shared *lender; /* NULL: nothing is lent, or it lives for ever */
    int64_t send_timeout_ms;
    int64_t until_ms; /* when finishing or lingering: then it is closed */
};

static void on_event(uv_poll_t *poll, int status, int events);

/*
 * Waits for what is needed now: for the peer's data, since its end is told that way. Behind that
 * only a reset can come, which is told whatever is waited for, but something must be: for urgent
 * data, then, which does not come any more.
 */
static void update_events(struct conn *c)
{
    bool wants_write = !c->is_lingering && (c->has_out || c->wants_writable);
    int reading = c->has_peer_ended ? UV_PRIORITIZED : UV_READABLE;
    int events = reading | (wants_write ? UV_WRITABLE : 0);
    if (!c->is_closed && events != c->events) {
        c->events = events;
        uv_poll_start(&c->poll, events, on_event);
    }
}

static void set_option(int fd, int name, int value)
{
    setsockopt(fd, IPPROTO_TCP, name, &value, sizeof(value));
}

struct conn *conn_open(struct loop *loop, int fd, const struct conn_ops *ops,
                       const struct conn_options *options, void *opaque)
{
    struct conn *c = mem_zalloc(sizeof(*c));
    if (c == NULL || uv_poll_init(&loop->uv, &c->poll, fd) < 0) {
        mem_free(c);
        close(fd);
        return NULL;
    }
    set_option(fd, TCP_NODELAY, 1);
    set_option(fd, TCP_USER_TIMEOUT, (int)options->send_timeout_ms);
    set_option(fd, TCP_NOTSENT_LOWAT, NOT_SENT_BYTES);
    c->poll.data = c;
    c->loop = loop;
    c->ops = ops;
    c->opaque = opaque;
    c->fd = fd;
    c->max_in_bytes = options->max_in_bytes;
    c->send_timeout_ms = options->send_timeout_ms;
    update_events(c);
    return c;
}

int conn_fd(const struct conn *c)
{
    return c->fd;
}

void *conn_opaque(const struct conn *c)
{
    return c->opaque;
}

struct slice conn_in(const struct conn *c)
{
    return buf_slice(&c->in);
}

void conn_forget_in(struct conn *c)
{
    buf_fini(&c->in);
    c->has_request = true;
}

static void give_back(struct conn *c)
{
    struct shared *lender = c->lender;
    c->lender = NULL;
    c->lent = slice_of(NULL, 0);
    shared_unref(lender);
}

static void on_closed(uv_handle_t *handle)
{
    struct conn *c = handle->data;
    buf_fini(&c->in);
    buf_fini(&c->out);
    mem_free(c);
}

void conn_close(struct conn *c)
{
    if (c->is_closed) {
        return;
    }
    c->is_closed = true;
    c->ops->on_close(c);
    give_back(c);
    c->opaque = NULL;
    uv_poll_stop(&c->poll);
    uv_close((uv_handle_t *)&c->poll, on_closed);
    close(c->fd);
}

/* ---- reading ---- */

static void throw_away(struct conn *c, size_t len)
{
    c->thrown_away_bytes += len;
    if (c->thrown_away_bytes > THROWN_AWAY_BYTES) {
        conn_close(c);
    }
}

static void take(struct conn *c, const char *data, size_t len)
{
    if (c->has_request) {
        throw_away(c, len);
        return;
    }
    size_t room = c->max_in_bytes - c->in.len;
    buf_append(&c->in, data, len < room ? len : room);
    if (!buf_ok(&c->in)) {
        conn_close(c);
        return;
    }
    c->ops->on_data(c);
}

static void take_end(struct conn *c)
{
    if (!c->has_request || c->is_lingering) {
        conn_close(c);
        return;
    }
    c->has_peer_ended = true;
    update_events(c);
    if (!c->is_finishing) {
        c->ops->on_end(c);
    }
}

static void on_readable(struct conn *c)
{
    char data[READ_BYTES];
    ssize_t len = recv(c->fd, data, sizeof(data), 0);
    if (len > 0) {
        take(c, data, (size_t)len);
    } else if (len == 0) {
        take_end(c);
    } else if (errno != EAGAIN && errno != EINTR) {
        conn_close(c);
    }
}

/* ---- writing ---- */

static ssize_t send_now(const struct conn *c, const char *data, size_t len)
{
    /* Not send(): among several threads that is a cancellation point, which costs 2 % of all. */
    ssize_t taken = syscall(SYS_sendto, c->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
    if (taken >= 0) {
        return taken;
    }
    return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? 0 : -1;
}

ssize_t conn_send(struct conn *c, const char *data, size_t len)
{
    if (c->is_closed || c->is_finishing) {
        return -1;
    }
    return c->has_out ? 0 : send_now(c, data, len);
}

bool conn_write(struct conn *c, struct slice data)
{
    ASSERT(c->lent.len == 0);
    ssize_t taken = c->has_out || c->is_closed ? 0 : send_now(c, data.data, data.len);
    if (taken < 0) {
        return true; /* the peer is gone: the loop tells so by its next event */
    }
    buf_append(&c->out, data.data + taken, data.len - (size_t)taken);
    c->has_out = c->out.len > 0;
    update_events(c);
    return buf_ok(&c->out);
}

void conn_lend(struct conn *c, struct slice data, struct shared *lender)
{
    ASSERT(c->lent.len == 0);
    ssize_t taken = c->has_out || c->is_closed ? 0 : send_now(c, data.data, data.len);
    if (c->is_closed || taken < 0 || (size_t)taken == data.len) {
        return;
    }
    if (lender != NULL) {
        shared_ref(lender);
    }
    c->lender = lender;
    c->lent = slice_of(data.data + taken, data.len - (size_t)taken);
    c->has_out = true;
    update_events(c);
}

bool conn_has_lender(const struct conn *c)
{
    return c->lender != NULL;
}

void conn_want_writable(struct conn *c, bool wanted)
{
    c->wants_writable = wanted;
    update_events(c);
}

static void linger(struct conn *c)
{
    if (c->has_peer_ended) {
        conn_close(c);
        return;
    }
    c->is_lingering = true;
    c->until_ms = loop_now_ms(c->loop) + LINGER_MS;
    shutdown(c->fd, SHUT_WR);
    update_events(c);
}

void conn_finish(struct conn *c)
{
    c->is_finishing = true;
    c->until_ms = loop_now_ms(c->loop) + c->send_timeout_ms;
    if (!c->has_request) {
        conn_forget_in(c);
    }
    if (!c->has_out && !c->is_closed) {
        linger(c);
    }
}

static void take_from_out(struct conn *c, size_t taken)
{
    c->out_at += taken;
    if (c->out_at == c->out.len) {
        buf_fini(&c->out);
        c->out_at = 0;
    }
}

static void take_from_lent(struct conn *c, size_t taken)
{
    c->lent = slice_of(c->lent.data + taken, c->lent.len - taken);
    if (c->lent.len == 0) {
        give_back(c);
    }
}

static void write_on(struct conn *c)
{
    bool is_lent = c->out.len == 0;
    struct slice rest =
        is_lent ? c->lent : slice_of(c->out.data + c->out_at, c->out.len - c->out_at);
    ssize_t taken = send_now(c, rest.data, rest.len);
    if (taken < 0) {
        conn_close(c);
        return;
    }
    if (is_lent) {
        take_from_lent(c, (size_t)taken);
    } else {
        take_from_out(c, (size_t)taken);
    }
    c->has_out = c->out.len > 0 || c->lent.len > 0;
    if (!c->has_out && c->is_finishing) {
        linger(c);
    }
}

static void on_writable(struct conn *c)
{
    if (c->has_out) {
        write_on(c);
    }
    if (!c->is_closed && !c->has_out && !c->is_finishing && c->wants_writable) {
        c->ops->on_writable(c);
    }
    update_events(c);
}

static void on_event(uv_poll_t *poll, int status, int events)
{
    struct conn *c = poll->data;
    c->loop->is_turn_due = true;
    if (status < 0 || (events & UV_PRIORITIZED) != 0) {
        conn_close(c);
        return;
    }
    if ((events & UV_READABLE) != 0) {
        on_readable(c);
    }
    if (!c->is_closed && (events & UV_WRITABLE) != 0) {
        on_writable(c);
    }
}

void conn_tick(struct conn *c, int64_t now_ms)
{
    if (c->is_finishing && now_ms >= c->until_ms) {
        conn_close(c);
    }
}
