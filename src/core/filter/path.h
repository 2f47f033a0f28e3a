/*
 * A path: the place of a value within a record, as filters and projections write it: `a.b`,
 * `tags[0]`, `_kafka.headers["x y"]`. No I/O; any thread.
 */
#ifndef CORE_FILTER_PATH_H
#define CORE_FILTER_PATH_H

#include "base/buf.h"

#include <kafkasse/error.h>

enum {
    PATH_MAX_STEPS = 16
};

struct path_step {
    struct slice name; /* unescaped UTF-8, zero-terminated; data NULL: the step is an index */
    uint32_t index;    /* of an element of an array, from 0 */
};

struct path {
    struct path_step *steps;
    size_t count; /* at least 1, and the first one is a name */
    char *names;  /* private: the memory of the steps' names */
};

#define PATH_INIT                                                                                  \
    (struct path)                                                                                  \
    {                                                                                              \
        NULL, 0, NULL                                                                              \
    }

/* Leaves PATH_INIT, which need not be finished again but may be. */
void path_fini(struct path *path);

/*
 * Parses the longest path that begins at byte *at of `text`, and moves *at to its end. A name is
 * [A-Za-z_][A-Za-z0-9_]*; with `takes_dashes` it may also contain '-' (in lists of paths, where
 * there is no minus). Any name, also the first and the empty one, can be written as ["..."] or
 * ['...'] with JSON's escapes. Spaces are allowed only inside brackets, around their content.
 *
 * 0; KSSE_EVALUE: *at is the byte that is wrong, *fault what was expected there ("a name"; static);
 * KSSE_ENOMEM.
 */
CHECKED int path_parse(struct slice text, size_t *at, bool takes_dashes, struct path *out,
                       const char **fault);

/* Whether the path is `_kafka.headers` or `_kafka.headers_base64`, or leads into one of them. */
bool path_is_in_headers(const struct path *path);

/* Whether the path is that of a header's value, or list of values: `_kafka.headers.x`. */
bool path_is_header(const struct path *path);

/* Appends the path in its one spelling: equal paths have equal texts. */
void path_append(const struct path *path, struct buf *out);

#endif
