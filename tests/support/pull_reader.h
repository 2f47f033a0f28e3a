/*
 * Streams that a test pulls from a server in its own loop, checked for what is promised of them.
 * One server at a time.
 */
#ifndef SUPPORT_PULL_READER_H
#define SUPPORT_PULL_READER_H

#include "support/demo_server.h"

enum {
    PATIENCE_MS = 20000,
    BUFFER_BYTES = 64 * 1024 /* by a stream, at most */
};

static struct ksse_server *server;

/* A stream with what was read of it. */
struct reader {
    struct ksse_stream *stream;
    char *text; /* zero-terminated */
    size_t len;
    size_t cap;
    size_t largest;     /* read at once */
    int calls;          /* of on_readable */
    bool may_be_called; /* it found nothing since */
    bool is_reading;    /* now */
    bool has_ended;
    bool reads_when_told;
    bool closes_when_told;
    struct reader *also_closes;
};

static inline long read_once(struct reader *r, size_t most)
{
    if (r->cap - r->len <= most) {
        r->cap = 2 * (r->cap + most);
        r->text = realloc(r->text, r->cap);
        assert_non_null(r->text);
    }
    r->is_reading = true;
    long got = ksse_stream_read(r->stream, r->text + r->len, most);
    r->is_reading = false;
    r->may_be_called = r->may_be_called || got == KSSE_EAGAIN;
    r->has_ended = r->has_ended || got == 0;
    r->len += got > 0 ? (size_t)got : 0;
    r->largest = got > (long)r->largest ? (size_t)got : r->largest;
    r->text[r->len] = '\0';
    return got;
}

static inline void read_all(struct reader *r)
{
    while (read_once(r, 256 * 1024) > 0) {
    }
}

static inline void close_reader(struct reader *r)
{
    ksse_stream_close(r->stream);
    r->stream = NULL;
}

static inline void on_readable(struct ksse_stream *stream, void *opaque)
{
    struct reader *r = opaque;
    assert_ptr_equal(stream, r->stream);
    assert_true(r->may_be_called);
    assert_false(r->is_reading);
    r->may_be_called = false;
    r->calls++;
    if (r->closes_when_told) {
        close_reader(r);
        if (r->also_closes != NULL) {
            close_reader(r->also_closes);
        }
    } else if (r->reads_when_told) {
        read_all(r);
    }
}

static const struct ksse_stream_ops ops = {on_readable};

static inline void open_reader(struct reader *r, const struct ksse_stream_request *request)
{
    struct ksse_error error;
    *r = (struct reader){.may_be_called = true, .reads_when_told = true};
    assert_int_equal(ksse_stream_open(server, request, &ops, r, &r->stream, &error), 0);
    assert_int_equal(r->calls, 0);
}

static inline void fini_reader(struct reader *r)
{
    ksse_stream_close(r->stream);
    free(r->text);
}

static inline struct ksse_config *pull_config(const struct demo_setting *more, size_t count)
{
    struct demo_setting all[8] = {{"listen", "off"}, {"heartbeat", "1s"}};
    for (size_t i = 0; i < count; i++) {
        all[i + 2] = more[i];
    }
    return demo_config(all, count + 2);
}

static inline void make(const struct demo_setting *more, size_t count)
{
    server = demo_server_of(pull_config(more, count));
}

static inline bool has(const struct reader *r, const char *what)
{
    return r->text != NULL && strstr(r->text, what) != NULL;
}

static inline void turn_until_has(struct reader *r, const char *what)
{
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    while (!has(r, what)) {
        assert_true(now_ms() < deadline_ms);
        assert_true(demo_turn(server));
    }
}

static inline void turn_until_end(struct reader *r)
{
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    while (!r->has_ended) {
        assert_true(now_ms() < deadline_ms);
        assert_true(demo_turn(server));
    }
}

static inline void turn_for(int64_t ms)
{
    int64_t until_ms = now_ms() + ms;
    while (now_ms() < until_ms) {
        assert_true(demo_turn(server));
    }
}

/* Until it has a session with Kafka, and knows its topics. */
static inline void settle(void)
{
    static const struct ksse_stream_request request = {.topics = "demo.recentchange"};
    struct reader r;
    open_reader(&r, &request);
    turn_until_has(&r, "event: message");
    fini_reader(&r);
}

static inline void drain(void)
{
    ksse_server_stop(server);
    while (demo_turn(server)) {
    }
}

static inline void stop(void)
{
    drain();
    ksse_server_free(server);
}

#endif
