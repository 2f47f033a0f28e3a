/*
 * An index of records: the values at all paths that somebody wants, found in one pass over each
 * record's text, however many want them and however they nest. A path is wanted before the records
 * come, and shared by all who want the same; what is found there lies in its *spot*. So a record
 * costs its bytes once, and each look-up a step of the path or two.
 *
 * It trusts the text: one line of minified JSON as core/record.c writes it. One thread. `text` in
 * what it hands out lives as long as the record's text.
 */
#ifndef CORE_JSON_JSON_INDEX_H
#define CORE_JSON_JSON_INDEX_H

#include "base/slice.h"
#include "core/json/json_text.h"
#include "core/filter/path.h"

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
};

struct json_index;
struct json_spot;

/* Returns a new one, of an empty record, or NULL without memory. */
CHECKED struct json_index *json_index_new(void);

/* Nobody may want anything of it any more. NULL is fine. */
void json_index_free(struct json_index *index);

/* What is at the path is wanted of the records to come, `with_size` for json_index_size(). Returns
 * its spot, to be given back with json_index_forget(), or NULL without memory. */
CHECKED struct json_spot *json_index_want(struct json_index *index, const struct path *path,
                                          bool with_size);

/* The same of the member of that name of what is at a spot. */
CHECKED struct json_spot *json_index_want_member(struct json_index *index, struct json_spot *object,
                                                 struct slice name);

/* One wants it less. NULL is fine. */
void json_index_forget(struct json_index *index, struct json_spot *spot);

/* Makes it one of `text`, which is borrowed until the next call of this function. Costs nothing by
 * itself: the pass comes with the first look-up. */
void json_index_reset(struct json_index *index, struct slice text);

/* The value there; MISSING when there is none. Of members with equal names the last one counts, as
 * in JavaScript. Lives until the next reset. */
const struct json_value *json_index_find(struct json_index *index, struct json_spot *spot);

/* How many elements an ARRAY, members an OBJECT or code points a STRING has that is there; members
 * with equal names count each. 0 for all else. Counted once per record. */
size_t json_index_size(struct json_index *index, struct json_spot *spot);

/* The STRING that is there, unescaped once per record; with its escapes if there is no memory.
 * Lives until the next reset. */
struct json_text json_index_text(struct json_index *index, struct json_spot *spot);

/* About how many nanoseconds all passes, and what else is done once per record, have taken since
 * the beginning. */
uint64_t json_index_effort(const struct json_index *index);

/* ---- walking, for what cannot be wanted beforehand ---- */

/* A walk over the members of an object, or the elements of an array. */
struct json_walk {
    const char *at;
    const char *end;
    bool is_object;
};

/* `container` is an ARRAY or OBJECT as json_index_find() returned it, or all of a record's text
 * with kind OBJECT. */
struct json_walk json_walk_begin(const struct json_value *container);

/* The next member or element: false at the end. *name (untouched in arrays) and *value borrow the
 * text. */
bool json_walk_next(struct json_walk *walk, struct json_text *name, struct json_value *value);

/* Whether the OBJECT has a member of that name: a walk. */
bool json_has_member(const struct json_value *object, const struct json_text *name);

#endif
