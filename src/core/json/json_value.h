/*
 * A value within minified JSON: its kind and its bytes, which are not converted. Also the walk over
 * the members of an object or the elements of an array.
 *
 * The text is trusted: it is one line of valid minified JSON, as json_minify_object() writes it.
 * Values and names borrow it. No allocation, no I/O; any thread.
 */
#ifndef CORE_JSON_JSON_VALUE_H
#define CORE_JSON_JSON_VALUE_H

#include "base/slice.h"
#include "core/json/json_text.h"

/* Kinds from JSON_KIND_STRING on have a size, those from JSON_KIND_ARRAY on are containers. */
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

_Static_assert(JSON_KIND_NUMBER < JSON_KIND_STRING && JSON_KIND_STRING < JSON_KIND_ARRAY &&
                   JSON_KIND_ARRAY < JSON_KIND_OBJECT,
               "what has a size comes last, containers after strings");

static inline bool json_kind_has_size(enum json_kind kind)
{
    return kind >= JSON_KIND_STRING;
}

static inline bool json_kind_is_container(enum json_kind kind)
{
    return kind >= JSON_KIND_ARRAY;
}

struct json_value {
    enum json_kind kind;
    bool has_escapes;  /* STRING: the text has a backslash */
    struct slice text; /* STRING: between the quotes, still escaped; else all bytes of the value */
};

/* A walk over the members of an object, or the elements of an array. */
struct json_walk {
    const char *at;
    const char *end;
    bool is_object;
};

/* Begins a walk over `container`, an ARRAY or OBJECT. */
struct json_walk json_walk_begin(const struct json_value *container);

/* Whether there is another member or element: it is in *value, and its name, if it has one, in
 * *name, which is untouched in arrays. */
bool json_walk_next(struct json_walk *walk, struct json_text *name, struct json_value *value);

/* Whether the OBJECT has a member of that name. Takes time linear in the object. */
bool json_has_member(const struct json_value *object, const struct json_text *name);

#endif
