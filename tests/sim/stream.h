/*
 * The client's end of a stream: bytes to events, as strictly as the standards have it. Chunked
 * coding as in RFC 9112 section 7.1, server-sent events as in the HTML standard section 9.2.6,
 * NDJSON as lines. Anything odd fails the seed.
 */
#ifndef SIM_STREAM_H
#define SIM_STREAM_H

#include "core/stream/view.h"
#include "base/slice.h"

/* Lives until the callback returns; slices have no line ends. */
struct stream_event {
    struct slice type; /* empty for NDJSON */
    struct slice data;
    struct slice id;
    bool has_id;
};

struct bytes {
    char *data;
    size_t len;
    size_t cap;
};

void bytes_add(struct bytes *b, const char *data, size_t len);
void bytes_drop_front(struct bytes *b, size_t len);
void bytes_fini(struct bytes *b);

struct stream {
    struct view view;
    struct bytes raw;  /* received, not yet decoded */
    struct bytes text; /* decoded, not yet a whole frame */
    size_t heartbeats;
};

void stream_init(struct stream *s, const struct view *view);
void stream_fini(struct stream *s);

/* Takes all whole frames that have come and calls back for each event. */
void stream_take(struct stream *s, void (*on_event)(void *opaque, const struct stream_event *event),
                 void *opaque);

/* Whether nothing is left of a frame that has begun. */
bool stream_is_whole(const struct stream *s);

#endif
