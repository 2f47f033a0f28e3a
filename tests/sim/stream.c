/* Strict readers of chunks, server-sent events and lines: see the header. */
#include "stream.h"
#include "story.h"

#include <ctype.h>
#include <stdlib.h>

void bytes_add(struct bytes *b, const char *data, size_t len)
{
    if (b->cap - b->len < len) {
        b->cap = (b->len + len) * 2;
        b->data = realloc(b->data, b->cap);
    }
    if (len > 0) {
        memcpy(b->data + b->len, data, len);
    }
    b->len += len;
}

void bytes_drop_front(struct bytes *b, size_t len)
{
    if (len > 0) {
        memmove(b->data, b->data + len, b->len - len);
        b->len -= len;
    }
}

void bytes_fini(struct bytes *b)
{
    free(b->data);
    *b = (struct bytes){0};
}

void stream_init(struct stream *s, const struct view *view)
{
    *s = (struct stream){.view = *view};
}

void stream_fini(struct stream *s)
{
    bytes_fini(&s->raw);
    bytes_fini(&s->text);
}

bool stream_is_whole(const struct stream *s)
{
    return s->raw.len == 0 && s->text.len == 0;
}

/* ---- chunks ---- */

/* The size of a chunk and of its head, or false when the head is not whole yet. */
static bool read_head(struct slice in, size_t *head, size_t *size)
{
    const char *end = in.len == 0 ? NULL : memchr(in.data, '\n', in.len);
    if (end == NULL) {
        CHECK(in.len < 20, "no chunk head: %.20s", in.data);
        return false;
    }
    *head = (size_t)(end - in.data) + 1;
    CHECK(*head >= 3 && end[-1] == '\r', "a chunk head without CR");
    *size = 0;
    for (size_t i = 0; i + 2 < *head; i++) {
        CHECK(isxdigit((unsigned char)in.data[i]), "a chunk size that is none: %.12s", in.data);
        char digit[2] = {in.data[i], '\0'};
        *size = *size * 16 + strtoul(digit, NULL, 16);
    }
    CHECK(*size > 0, "the last chunk in the middle of a stream");
    return true;
}

static void decode(struct stream *s)
{
    size_t at = 0;
    size_t head;
    size_t size;
    while (read_head(slice_of(s->raw.data + at, s->raw.len - at), &head, &size) &&
           s->raw.len - at >= head + size + 2) {
        bytes_add(&s->text, s->raw.data + at + head, size);
        CHECK(memcmp(s->raw.data + at + head + size, "\r\n", 2) == 0, "a chunk without its end");
        at += head + size + 2;
    }
    bytes_drop_front(&s->raw, at);
}

/* ---- server-sent events ---- */

static void take_field(struct stream *s, struct stream_event *event, struct slice line)
{
    struct slice value = line;
    struct slice name = slice_cut(&value, ':');
    CHECK(value.data != NULL, "a line without a colon: %.*s", SLICE_ARG(line));
    if (name.len == 0) {
        s->heartbeats++;
        return;
    }
    if (value.len > 0 && value.data[0] == ' ') {
        value = slice_of(value.data + 1, value.len - 1);
    }
    if (slice_eq_str(name, "event")) {
        event->type = value;
    } else if (slice_eq_str(name, "data")) {
        CHECK(event->data.data == NULL, "two data lines");
        event->data = value;
    } else if (slice_eq_str(name, "id")) {
        event->id = value;
        event->has_id = true;
    } else {
        story_fail("an unknown field: %.*s", SLICE_ARG(line));
    }
}

/* The bytes of one event up to its empty line. */
static void take_block(struct stream *s, struct slice block,
                       void (*on_event)(void *opaque, const struct stream_event *event),
                       void *opaque)
{
    struct stream_event event = {0};
    while (block.data != NULL) {
        struct slice line = slice_cut(&block, '\n');
        CHECK(memchr(line.data, '\r', line.len) == NULL, "a bare CR in a line");
        take_field(s, &event, line);
    }
    if (event.data.data != NULL) {
        on_event(opaque, &event);
    } else {
        CHECK(!event.has_id && event.type.len == 0, "an event without data");
    }
}

static void take_sse(struct stream *s,
                     void (*on_event)(void *opaque, const struct stream_event *event), void *opaque)
{
    size_t at = 0;
    while (s->text.len - at >= 2) {
        const char *begin = s->text.data + at;
        const char *end = memmem(begin, s->text.len - at, "\n\n", 2);
        if (end == NULL) {
            break;
        }
        take_block(s, slice_of(begin, (size_t)(end - begin)), on_event, opaque);
        at = (size_t)(end - s->text.data) + 2;
    }
    bytes_drop_front(&s->text, at);
}

static void take_lines(struct stream *s,
                       void (*on_event)(void *opaque, const struct stream_event *event),
                       void *opaque)
{
    size_t at = 0;
    while (at < s->text.len) {
        const char *begin = s->text.data + at;
        const char *end = memchr(begin, '\n', s->text.len - at);
        if (end == NULL) {
            break;
        }
        struct stream_event event = {.data = slice_of(begin, (size_t)(end - begin))};
        at += event.data.len + 1;
        if (event.data.len == 0) {
            s->heartbeats++;
        } else {
            on_event(opaque, &event);
        }
    }
    bytes_drop_front(&s->text, at);
}

void stream_take(struct stream *s, void (*on_event)(void *opaque, const struct stream_event *event),
                 void *opaque)
{
    if (s->raw.len == 0) {
        return;
    }
    if (s->view.is_chunked) {
        decode(s);
    } else {
        bytes_add(&s->text, s->raw.data, s->raw.len);
        s->raw.len = 0;
    }
    if (s->view.format == FORMAT_SSE) {
        take_sse(s, on_event, opaque);
    } else {
        take_lines(s, on_event, opaque);
    }
    CHECK(!s->view.is_chunked || s->text.len == 0, "a chunk that holds no whole frames");
}
