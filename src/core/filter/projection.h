/*
 * A projection: which members of a record a stream shows. Byte ranges are copied; nothing is parsed
 * into numbers or written anew. No I/O; it never changes, so any thread may use it.
 *
 * Arrays are transparent: `users.email` means the member `email` of the object `users`, or of every
 * object in the array `users`, however deep arrays nest. `_kafka` is always kept unless a `redact`
 * names it or a part of it. Redacting a key or header redacts each of its forms: `_kafka.key` is
 * `_kafka.key_base64`, too, and `_kafka.headers.x` is `_kafka.headers_base64.x`.
 */
#ifndef CORE_FILTER_PROJECTION_H
#define CORE_FILTER_PROJECTION_H

#include "base/buf.h"
#include "core/filter/path.h"

enum {
    PROJECTION_MAX_BYTES = 4096, /* of a list */
    PROJECTION_MAX_PATHS = 128
};

struct projection;

struct projection_fault {
    size_t at;
    char message[160];
};

enum projection_outcome {
    PROJECTION_OK,
    PROJECTION_BAD, /* *fault says why */
    PROJECTION_NO_MEMORY
};

/*
 * Makes a projection of two comma lists of paths without indexes ("a, b.c"), either of which may be
 * empty: `fields`, what is shown (empty: everything), and `redact`, what is not, also of what
 * `fields` names. *fault is about `fields` when *is_fields is set, else about `redact`. To be freed
 * with projection_free(), for which NULL is fine.
 */
CHECKED enum projection_outcome projection_new(struct slice fields, struct slice redact,
                                               struct projection **out, bool *is_fields,
                                               struct projection_fault *fault);
void projection_free(struct projection *projection);

/* In one spelling and order: two projections that show the same have the same text (a path that
 * another one covers is left out). Lives as long as the projection. */
struct slice projection_text(const struct projection *projection);

/* Whether `redact` hides what is at the path, or a part of what is in it. Array indexes of the path
 * are ignored. */
bool projection_hides(const struct projection *projection, const struct path *path);

/* Whether all that `redact` hides is in one of these two members of the record. */
bool projection_hides_only_in(const struct projection *projection, const char *name,
                              const char *other);

/* Appends what is shown of `text`, one line of minified JSON as core/record.c writes it: valid JSON
 * again, members in their order. Without memory `out` is marked as failed. */
void projection_apply(const struct projection *projection, struct slice text, struct buf *out);

#endif
