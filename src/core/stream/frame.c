/* Writing frames: see the header. */
#include "core/stream/frame.h"

#include <stdio.h>

static const char line_end[] = "\r\n";

struct frame_text {
    const char *event; /* the first line */
    bool has_id;
    bool has_data;
};

static const struct frame_text texts[] = {
    [FRAME_MESSAGE] = {"event: message\n", true, true},
    [FRAME_TOMBSTONE] = {"event: tombstone\n", true, true},
    [FRAME_GAP] = {"event: gap\n", true, true},
    /* With an empty `data:`, because Firefox ignores the id of an event without data. */
    [FRAME_POSITION] = {"event: position\n", true, true},
    [FRAME_HEARTBEAT] = {":heartbeat\n", false, false},
};
_Static_assert(ARRAY_LEN(texts) == FRAME_KINDS, "one for each kind");

static const char id_field[] = "id: ";
static const char data_field[] = "data: ";

static size_t content_size(const struct view *view, enum frame_kind kind, size_t id_len,
                           size_t data_len)
{
    if (view->format == FORMAT_NDJSON) {
        return kind == FRAME_HEARTBEAT ? 1 : data_len + 1;
    }
    const struct frame_text *text = &texts[kind];
    size_t size = strlen(text->event) + 1;
    size += text->has_id ? strlen(id_field) + id_len + 1 : 0;
    size += text->has_data ? strlen(data_field) + data_len + 1 : 0;
    return size;
}

static size_t hex_digits(size_t number)
{
    size_t digits = 1;
    while ((number >>= 4) > 0) {
        digits++;
    }
    return digits;
}

size_t frame_size(const struct view *view, enum frame_kind kind, size_t id_len, size_t data_len)
{
    size_t size = content_size(view, kind, id_len, data_len);
    return view->is_chunked ? hex_digits(size) + strlen(line_end) + size + strlen(line_end) : size;
}

static char *put(char *at, const char *text, size_t len)
{
    if (len > 0) {
        memcpy(at, text, len);
    }
    return at + len;
}

static char *put_chunk_head(char *at, size_t size)
{
    static const char hex[] = "0123456789abcdef";
    size_t digits = hex_digits(size);
    for (size_t i = digits; i > 0; i--) {
        at[i - 1] = hex[size & 15];
        size >>= 4;
    }
    return put(at + digits, line_end, strlen(line_end));
}

static char *put_content(const struct view *view, enum frame_kind kind, struct slice id,
                         struct slice data, char *at)
{
    const struct frame_text *text = &texts[kind];
    if (view->format == FORMAT_NDJSON) {
        if (kind != FRAME_HEARTBEAT) {
            at = put(at, data.data, data.len);
        }
        return put(at, "\n", 1);
    }
    at = put(at, text->event, strlen(text->event));
    if (text->has_id) {
        at = put(at, id_field, strlen(id_field));
        at = put(at, id.data, id.len);
        at = put(at, "\n", 1);
    }
    if (text->has_data) {
        at = put(at, data_field, strlen(data_field));
        at = put(at, data.data, data.len);
        at = put(at, "\n", 1);
    }
    return put(at, "\n", 1);
}

void frame_write(const struct view *view, enum frame_kind kind, struct slice id, struct slice data,
                 char *at)
{
    if (!view->is_chunked) {
        put_content(view, kind, id, data, at);
        return;
    }
    size_t size = content_size(view, kind, id.len, data.len);
    at = put_chunk_head(at, size);
    char *end = put_content(view, kind, id, data, at);
    ASSERT(end == at + size);
    put(end, line_end, strlen(line_end));
}

static void append_piece(const struct view *view, struct slice piece, struct buf *out)
{
    if (view->is_chunked) {
        buf_printf(out, "%zx\r\n", piece.len);
    }
    buf_append_slice(out, piece);
    if (view->is_chunked) {
        buf_append_str(out, "\r\n");
    }
}

void frame_append_preamble(const struct view *view, struct buf *out)
{
    append_piece(view, slice_str(view->format == FORMAT_SSE ? ":ok\n\n" : "\n"), out);
}

void frame_append_error(const struct view *view, struct slice json, struct buf *out)
{
    struct buf text = BUF_INIT;
    buf_append_str(&text, view->format == FORMAT_SSE ? "event: error\ndata: " : "");
    buf_append_slice(&text, json);
    buf_append_str(&text, view->format == FORMAT_SSE ? "\n\n" : "\n");
    if (buf_ok(&text)) {
        append_piece(view, buf_slice(&text), out);
    } else {
        out->failed = true;
    }
    buf_fini(&text);
}

void frame_append_end(const struct view *view, int64_t retry_ms, struct buf *out)
{
    if (retry_ms >= 0 && view->format == FORMAT_SSE) {
        char text[40];
        int len = snprintf(text, sizeof(text), "retry: %lld\n\n", (long long)retry_ms);
        append_piece(view, slice_of(text, (size_t)len), out);
    }
    if (view->is_chunked) {
        buf_append_str(out, "0\r\n\r\n");
    }
}
