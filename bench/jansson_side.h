/*
 * The other side of the *_speed programs that write JSON: parsing and dumping with jansson, and
 * whether both sides have come to the same.
 */
#ifndef BENCH_JANSSON_SIDE_H
#define BENCH_JANSSON_SIDE_H

#include "base/slice.h"

#include <jansson.h>
#include <stdbool.h>

enum {
    JANSSON_DUMP_BYTES = 16384
};

/* What was dumped last. */
struct jansson_dump {
    size_t len;
    char data[JANSSON_DUMP_BYTES];
};

/* A new value, or NULL when the text is not one. */
static inline json_t *jansson_load(struct slice text)
{
    json_error_t error;
    return json_loadb(text.data, text.len, 0, &error);
}

/* Takes the value over; false when there is none, or no room for its text. */
static inline bool jansson_dump(json_t *value, struct jansson_dump *out)
{
    out->len = json_dumpb(value, out->data, sizeof(out->data), JSON_COMPACT);
    json_decref(value);
    return out->len > 0 && out->len <= sizeof(out->data);
}

/* Whether the text is the same value as what was dumped. */
static inline bool jansson_agrees(const struct jansson_dump *dump, struct slice text)
{
    json_t *ours = jansson_load(text);
    json_t *theirs = jansson_load(slice_of(dump->data, dump->len));
    bool is_same = ours != NULL && json_equal(ours, theirs);
    json_decref(ours);
    json_decref(theirs);
    return is_same;
}

#endif
