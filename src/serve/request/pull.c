/* Streams that the program pulls: see the header, and kafkasse.h. */
#include "serve/request/pull.h"
#include "base/mem.h"
#include "serve/request/stream.h"

enum {
    BUFFER_BYTES = 64 * 1024,
    WRITABLE_BYTES = BUFFER_BYTES / 2 /* held: below that a client goes on, not for every byte */
};

struct ksse_stream {
    struct list node; /* of the open ones, or of the closed ones */
    struct list writable_node;
    struct list readable_node;
    struct exchange exchange; /* EXCHANGE_NONE: it has ended, and what is held is the last of it */
    const struct ksse_stream_ops *ops;
    void *opaque;
    int status;               /* 0: the answer has not begun */
    const char *content_type; /* static */
    struct buf out;
    size_t out_at; /* up to here it was read */
    bool wants_writable;
    bool is_readable; /* since on_readable, or since nothing was found */
    bool may_tell;    /* nothing was found since on_readable */
};

static const struct peer no_peer; /* the program does not say who is behind it */

static struct ksse_stream *stream_of(struct exchange *x)
{
    return CONTAINER_OF(x, struct ksse_stream, exchange);
}

static struct pulls *pulls_of(const struct ksse_stream *s)
{
    return &s->exchange.exchanges->pulls;
}

static size_t buffered_bytes(const struct ksse_stream *s)
{
    return s->out.len - s->out_at;
}

static void note_readable(struct ksse_stream *s)
{
    s->is_readable = true;
    if (s->may_tell) {
        list_move_back(&pulls_of(s)->readable, &s->readable_node);
    }
}

/* As a poll of a socket that is writable would do. */
static void note_room(struct ksse_stream *s)
{
    if (s->wants_writable && buffered_bytes(s) <= WRITABLE_BYTES) {
        list_move_back(&pulls_of(s)->writable, &s->writable_node);
    }
}

/* ---- what the exchange calls ---- */

static bool append(struct ksse_stream *s, const char *data, size_t len)
{
    if (s->out_at > 0) {
        memmove(s->out.data, s->out.data + s->out_at, buffered_bytes(s));
        buf_truncate(&s->out, buffered_bytes(s));
        s->out_at = 0;
    }
    buf_append(&s->out, data, len);
    note_readable(s);
    return buf_ok(&s->out);
}

static bool pull_begin(struct exchange *x, const struct http_response *head, struct slice body)
{
    struct ksse_stream *s = stream_of(x);
    s->status = head->status;
    s->content_type = head->content_type;
    return append(s, body.data, body.len);
}

static bool pull_write(struct exchange *x, struct slice data)
{
    return append(stream_of(x), data.data, data.len);
}

/* What comes here is short: the server's own URLs are not for programs. */
static bool pull_lend(struct exchange *x, struct slice data, struct shared *lender)
{
    (void)lender;
    return append(stream_of(x), data.data, data.len);
}

static void pull_end(struct exchange *x)
{
    struct ksse_stream *s = stream_of(x);
    s->wants_writable = false;
    note_readable(s);
    exchange_end(x);
}

static ssize_t client_send(struct client *client, const char *data, size_t len)
{
    struct ksse_stream *s = stream_of(exchange_of(client));
    size_t buffered = buffered_bytes(s);
    size_t room = buffered < BUFFER_BYTES ? BUFFER_BYTES - buffered : 0;
    size_t taken = len < room ? len : room;
    if (taken > 0 && !append(s, data, taken)) {
        return -1;
    }
    return (ssize_t)taken;
}

static void client_want_writable(struct client *client, bool wanted)
{
    struct ksse_stream *s = stream_of(exchange_of(client));
    s->wants_writable = wanted;
    note_room(s);
}

static const struct sink pull_sink = {
    .begin = pull_begin,
    .write = pull_write,
    .lend = pull_lend,
    .finish = pull_end,
    .abort = pull_end,
    .client_ops = {client_send, client_want_writable, stream_on_end},
};

/* ---- turns ---- */

void pulls_init(struct pulls *pulls)
{
    list_init(&pulls->open);
    list_init(&pulls->writable);
    list_init(&pulls->readable);
    list_init(&pulls->closed);
}

void pulls_reap(struct pulls *pulls)
{
    while (!list_is_empty(&pulls->closed)) {
        struct ksse_stream *s = LIST_FIRST(&pulls->closed, struct ksse_stream, node);
        ASSERT(s->exchange.state == EXCHANGE_NONE);
        list_remove(&s->node);
        mem_free(s);
    }
}

void pulls_fini(struct pulls *pulls)
{
    ASSERT(list_is_empty(&pulls->open));
    pulls_reap(pulls);
}

void pulls_continue(struct pulls *pulls)
{
    struct list now;
    list_init(&now);
    list_splice_back(&now, &pulls->writable);
    while (!list_is_empty(&now)) {
        struct ksse_stream *s = LIST_FIRST(&now, struct ksse_stream, writable_node);
        list_remove(&s->writable_node);
        if (s->wants_writable) {
            feed_on_writable(&s->exchange.client);
            note_room(s);
        }
    }
}

/* What is called may read and close any stream, and open others. */
void pulls_tell(struct pulls *pulls)
{
    struct list now;
    list_init(&now);
    list_splice_back(&now, &pulls->readable);
    while (!list_is_empty(&now)) {
        struct ksse_stream *s = LIST_FIRST(&now, struct ksse_stream, readable_node);
        list_remove(&s->readable_node);
        if (s->is_readable && s->may_tell) {
            s->is_readable = false;
            s->may_tell = false;
            s->ops->on_readable(s, s->opaque);
        }
    }
}

bool pulls_are_due(const struct pulls *pulls)
{
    return !list_is_empty(&pulls->writable) || !list_is_empty(&pulls->readable);
}

/* ---- what the program calls ---- */

static struct ksse_stream *stream_new(struct exchanges *xs, const struct ksse_stream_ops *ops,
                                      void *opaque)
{
    struct ksse_stream *s = mem_zalloc(sizeof(*s));
    if (s == NULL) {
        return NULL;
    }
    list_init(&s->writable_node);
    list_init(&s->readable_node);
    list_init(&s->node);
    list_push_back(&xs->pulls.open, &s->node);
    s->ops = ops;
    s->opaque = opaque;
    s->may_tell = true;
    exchange_init(&s->exchange, xs, &pull_sink, &no_peer);
    return s;
}

int pull_open(struct exchanges *xs, const struct given_request *given,
              const struct ksse_stream_ops *ops, void *opaque, struct ksse_stream **out)
{
    ASSERT(ops != NULL && ops->on_readable != NULL);
    ASSERT(given->http.minor_version == 0); /* how the body's end is marked is not ours to say */
    struct ksse_stream *s = stream_new(xs, ops, opaque);
    if (s == NULL) {
        return KSSE_ENOMEM;
    }
    xs->counters.requests++;
    loop_touch(xs->loop);
    stream_open(&s->exchange, &given->http, &given->target);
    *out = s;
    return KSSE_OK;
}

int ksse_stream_status(const struct ksse_stream *s)
{
    return s->status;
}

const char *ksse_stream_content_type(const struct ksse_stream *s)
{
    return s->content_type;
}

static void take(struct ksse_stream *s, void *data, size_t len)
{
    memcpy(data, s->out.data + s->out_at, len);
    s->out_at += len;
    if (s->out_at == s->out.len) {
        buf_fini(&s->out);
        s->out_at = 0;
    }
    note_room(s);
    if (pulls_are_due(pulls_of(s))) {
        loop_touch(s->exchange.exchanges->loop);
    }
}

long ksse_stream_read(struct ksse_stream *s, void *data, size_t cap)
{
    ASSERT(cap > 0);
    size_t buffered = buffered_bytes(s);
    if (buffered > 0) {
        size_t len = buffered < cap ? buffered : cap;
        take(s, data, len);
        return (long)len;
    }
    if (s->exchange.state == EXCHANGE_NONE) {
        return 0;
    }
    s->is_readable = false;
    s->may_tell = true;
    return KSSE_EAGAIN;
}

void ksse_stream_close(struct ksse_stream *s)
{
    if (s == NULL) {
        return;
    }
    loop_touch(s->exchange.exchanges->loop); /* a drain may have waited for it */
    if (s->exchange.state != EXCHANGE_NONE) {
        pull_end(&s->exchange);
    }
    list_move_back(&pulls_of(s)->closed, &s->node);
    list_remove(&s->writable_node);
    list_remove(&s->readable_node);
    buf_fini(&s->out);
}
