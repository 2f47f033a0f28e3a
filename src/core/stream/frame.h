/*
 * Frames: the exact bytes of an event, as clients get them. No I/O; any thread.
 * Source: the HTML standard, section 9.2 (server-sent events); RFC 9112 section 7.1 (chunks).
 */
#ifndef CORE_STREAM_FRAME_H
#define CORE_STREAM_FRAME_H

#include "base/buf.h"
#include "core/stream/view.h"

enum frame_kind {
    FRAME_MESSAGE,
    FRAME_TOMBSTONE,
    FRAME_GAP,
    FRAME_POSITION,  /* only moves the id; SSE only */
    FRAME_HEARTBEAT, /* a comment, or an empty line of NDJSON */
    FRAME_KINDS
};

/* How many bytes frame_write() will write. A kind or format that has no id or data ignores its
 * length. */
size_t frame_size(const struct view *view, enum frame_kind kind, size_t id_len, size_t data_len);

/* Writes a frame of exactly frame_size() bytes to `at`. */
void frame_write(const struct view *view, enum frame_kind kind, struct slice id, struct slice data,
                 char *at);

/* Appends the first bytes of a stream: ":ok" and an empty line, as KafkaSSE does, or an empty line
 * of NDJSON. */
void frame_append_preamble(const struct view *view, struct buf *out);

/* Appends an `error` event with this JSON object; in NDJSON, as KafkaSSE, the object as a line. */
void frame_append_error(const struct view *view, struct slice json, struct buf *out);

/*
 * Appends the end of a stream: in SSE, if retry_ms >= 0, a `retry:` after which the client is to
 * reconnect; then, if the view is chunked, the last chunk.
 */
void frame_append_end(const struct view *view, int64_t retry_ms, struct buf *out);

#endif
