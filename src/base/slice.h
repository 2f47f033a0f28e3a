/*
 * A slice: bytes that somebody else owns. Not zero-terminated. Whoever hands it out says how long
 * it may be used.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct slice {
    const char *data; /* NULL only when len is 0 */
    size_t len;
};

/* "%.*s" arguments. */
#define SLICE_ARG(slice) (int)(slice).len, (slice).data == NULL ? "" : (slice).data

static inline struct slice slice_of(const char *data, size_t len)
{
    return (struct slice){data, len};
}

static inline struct slice slice_str(const char *text)
{
    return (struct slice){text, text == NULL ? 0 : strlen(text)};
}

static inline bool slice_eq(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool slice_eq_str(struct slice a, const char *text)
{
    return slice_eq(a, slice_str(text));
}

/* ASCII case folded. */
static inline bool slice_eq_nocase(struct slice a, const char *text)
{
    return a.len == strlen(text) && (a.len == 0 || strncasecmp(a.data, text, a.len) == 0);
}

static inline bool slice_starts_with(struct slice a, const char *prefix)
{
    size_t len = strlen(prefix);
    return a.len >= len && (len == 0 || memcmp(a.data, prefix, len) == 0);
}

/* Without leading and trailing spaces and tabs. */
struct slice slice_trim(struct slice s);

/*
 * Cuts *rest at the first `sep`: returns what is before it and leaves what is behind it.
 * Without a `sep`, returns all and leaves *rest with data NULL: loop while rest.data != NULL.
 */
struct slice slice_cut(struct slice *rest, char sep);

/* Whether it is a decimal integer, with an optional '-' and nothing else around it, that fits an
 * int64_t; then *out is its value. */
CHECKED bool slice_is_int64(struct slice s, int64_t *out);

#endif
