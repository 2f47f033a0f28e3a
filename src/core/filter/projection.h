/*
 * A projection: which members of a record a stream shows. Ranges of bytes are copied; values are
 * not converted. No I/O. A projection never changes, so any thread may use it.
 *
 * Arrays are transparent: `users.email` means the member `email` of the object `users`, or of every
 * object in the array `users`, however deep arrays nest. `_kafka` is shown unless `redact` has it
 * or a part of it. Redacting one form of a key or header redacts the other: `_kafka.key` stands for
 * `_kafka.key_base64`, too, and `_kafka.headers.x` for `_kafka.headers_base64.x`.
 */
#ifndef CORE_FILTER_PROJECTION_H
#define CORE_FILTER_PROJECTION_H

#include "base/buf.h"
#include "core/filter/path.h"

#include <kafkasse/error.h>

enum {
    PROJECTION_MAX_BYTES = 4096, /* of a list */
    PROJECTION_MAX_PATHS = 128
};

struct projection;

struct projection_fault {
    bool is_in_fields; /* else in `redact` */
    size_t at;         /* the byte of the list that is wrong; the list's length: its end */
    char message[160]; /* a sentence; fault_append() adds the place */
};

/*
 * Makes a projection of two comma lists of paths without indexes ("a, b.c"), each of which may be
 * empty: `fields` lists what is shown (empty: everything), `redact` lists what is not shown, even
 * if `fields` has it. The projection is to be freed with projection_free().
 *
 * 0; KSSE_EVALUE with *fault filled in; KSSE_ENOMEM.
 */
CHECKED int projection_new(struct slice fields, struct slice redact, struct projection **out,
                           struct projection_fault *fault);

/* NULL is fine. */
void projection_free(struct projection *projection);

/* The lists in one spelling and order, without paths that others cover: projections that show the
 * same have the same text. Lives as long as the projection. */
struct slice projection_text(const struct projection *projection);

/* Whether `redact` hides the value at the path, or a part of it. Indexes in the path are ignored.
 */
bool projection_hides(const struct projection *projection, const struct path *path);

/* Whether `redact` hides nothing outside these two members of the record. */
bool projection_hides_only_in(const struct projection *projection, const char *name,
                              const char *other);

/* Appends what is shown of `text`, a line of minified JSON as record.h writes it. The output is
 * valid JSON again, its members in their order. Without memory `out` is marked as failed. */
void projection_apply(const struct projection *projection, struct slice text, struct buf *out);

#endif
