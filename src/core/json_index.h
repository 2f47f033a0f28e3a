/*
 * An index of one record's text: finds members by path. What it has found of the record's structure
 * it remembers, so that a thousand filters on one record scan it about once. It trusts the text:
 * one line of minified JSON as core/record.c writes it. One thread. `text` in what it hands out
 * lives as long as the record's text.
 *
 * Its memory is bounded (JSON_INDEX_ENTRIES) and made once: an object or array with more members
 * than there is room for is scanned anew by each look-up.
 */
#ifndef CORE_JSON_INDEX_H
#define CORE_JSON_INDEX_H

#include "base/slice.h"
#include "core/json_text.h"
#include "core/path.h"

enum {
    JSON_INDEX_ENTRIES = 4096
};

enum json_kind {
    JSON_KIND_MISSING,
    JSON_KIND_NULL,
    JSON_KIND_FALSE,
    JSON_KIND_TRUE,
    JSON_KIND_NUMBER,
    JSON_KIND_STRING,
    JSON_KIND_ARRAY,
    JSON_KIND_OBJECT
};

struct json_value {
    enum json_kind kind;
    bool has_escapes;  /* STRING: whether there is a backslash in the text */
    struct slice text; /* STRING: between the quotes, still escaped; else the value's own bytes */
    size_t id;         /* private */
};

struct json_index;

/* Returns a new one, or NULL without memory. */
CHECKED struct json_index *json_index_new(void);
void json_index_free(struct json_index *index);

/* Makes it one of `text`, which is borrowed until the next call of this function. Costs nothing by
 * itself: scanning begins with the first look-up. */
void json_index_reset(struct json_index *index, struct slice text);

/* The value at the path; MISSING when there is none. Of members with equal names the last one
 * counts, as in JavaScript. */
struct json_value json_index_find(struct json_index *index, const struct path *path);

/* The member of that name of an OBJECT that json_index_find() returned; else as there. */
struct json_value json_index_member(struct json_index *index, const struct json_value *object,
                                    const struct json_text *name);

/* How many elements an ARRAY, or members an OBJECT, that json_index_find() returned has; members
 * with equal names count each. */
size_t json_index_size(struct json_index *index, const struct json_value *container);

/* ---- walking, without the memory; for what the functions above do not offer ---- */

/* A walk over the members of an object, or the elements of an array. */
struct json_walk {
    const char *at;
    const char *end;
    bool is_object;
};

/* `container` is an ARRAY or OBJECT as json_index_find() returned it, or all of a record's text
 * with kind OBJECT. */
struct json_walk json_walk_begin(const struct json_value *container);

/* The next member or element: false at the end. *name (still escaped; untouched in arrays) and
 * *value borrow the text; json_text_eq() compares names. */
bool json_walk_next(struct json_walk *walk, struct slice *name, struct json_value *value);

#endif
