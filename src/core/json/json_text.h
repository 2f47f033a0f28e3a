/*
 * Compares and searches texts that may have JSON escapes, without unescaping them in memory: they
 * are read piece by piece as the UTF-8 that they mean. A lone surrogate counts as U+FFFD.
 * Everything takes time linear in the texts. Only a needle allocates. No I/O; any thread.
 */
#ifndef CORE_JSON_JSON_TEXT_H
#define CORE_JSON_JSON_TEXT_H

#include "base/assert.h"
#include "base/slice.h"

#include <kafkasse/error.h>

struct json_text {
    struct slice bytes; /* well-formed UTF-8 */
    bool has_escapes;   /* a backslash begins an escape; else it is just a backslash */
};

static inline struct json_text json_text_of(struct slice bytes, bool has_escapes)
{
    return (struct json_text){bytes, has_escapes};
}

/* Below 0, 0 or above: by code points, which is the order of UTF-8 bytes, too. */
int json_text_order(const struct json_text *a, const struct json_text *b);

bool json_text_is_same(const struct json_text *a, const struct json_text *b);

bool json_text_starts_with(const struct json_text *text, struct slice prefix);
bool json_text_ends_with(const struct json_text *text, struct slice suffix);

/* Writes the text without escapes to `out`, which has room for its bytes, and returns the length.
 */
size_t json_text_copy(const struct json_text *text, char *out);

/* How many code points the text has. */
size_t json_text_count(const struct json_text *text);

/* A text that json_text_contains() searches for. */
struct json_needle {
    struct slice text;  /* borrowed */
    uint16_t *fallback; /* private: for each length of a match, the next shorter one to try */
};

enum {
    JSON_NEEDLE_MAX_BYTES = 65535
};

/* Prepares a needle of at most JSON_NEEDLE_MAX_BYTES. 0 or KSSE_ENOMEM. `text` is borrowed for as
 * long as the needle is used. */
CHECKED int json_needle_init(struct json_needle *needle, struct slice text);
void json_needle_fini(struct json_needle *needle);

/* Whether the text contains the needle; every text contains the empty one. */
bool json_text_contains(const struct json_text *text, const struct json_needle *needle);

#endif
