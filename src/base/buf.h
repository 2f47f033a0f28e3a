/*
 * A growing byte buffer. An append that finds no memory marks the buffer as failed, and every later
 * append is a no-op: write a whole piece, then ask buf_ok() once.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/assert.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *data;
    size_t len;
    size_t cap;
    bool failed;
};

#define BUF_INIT                                                                                   \
    (struct buf)                                                                                   \
    {                                                                                              \
        NULL, 0, 0, false                                                                          \
    }

/* Frees the memory and leaves an empty, usable buffer. */
void buf_fini(struct buf *b);

static inline bool buf_ok(const struct buf *b)
{
    return !b->failed;
}

static inline struct slice buf_slice(const struct buf *b)
{
    return slice_of(b->data, b->len);
}

/* Empty again, memory kept, failure forgotten. */
static inline void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
}

/* Back to an earlier length; used to take back a piece that turned out bad. */
static inline void buf_truncate(struct buf *b, size_t len)
{
    ASSERT(len <= b->len);
    b->len = len;
}

/*
 * Makes room for `more` bytes behind len and returns where they go, or NULL (and the buffer has
 * failed). Capacity at least doubles. The caller writes there and then adds to len.
 */
char *buf_reserve(struct buf *b, size_t more);

void buf_append(struct buf *b, const void *data, size_t len);
void buf_append_int(struct buf *b, int64_t value);
void buf_append_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline void buf_append_slice(struct buf *b, struct slice s)
{
    buf_append(b, s.data, s.len);
}

static inline void buf_append_str(struct buf *b, const char *text)
{
    buf_append(b, text, strlen(text));
}

/* Writes `value` in decimal to `out` (at least 20 bytes) and returns the number of bytes. */
size_t int64_format(int64_t value, char *out);

#endif
