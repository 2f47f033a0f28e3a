/*
 * A path: where a value stands within a record, as filters and projections write it: `a.b`,
 * `tags[0]`, `_kafka.headers["x y"]`. No I/O; any thread.
 */
#ifndef CORE_FILTER_PATH_H
#define CORE_FILTER_PATH_H

#include "base/buf.h"

enum {
    PATH_MAX_STEPS = 16
};

struct path_step {
    struct slice name; /* unescaped UTF-8, a NUL behind it; data NULL: `index` counts */
    uint32_t index;    /* of an array's element, from 0 */
};

struct path {
    struct path_step *steps;
    size_t count; /* at least 1, and the first one is a name */
    char *names;  /* private: what the steps' names point into */
};

#define PATH_INIT                                                                                  \
    (struct path)                                                                                  \
    {                                                                                              \
        NULL, 0, NULL                                                                              \
    }

/* Leaves PATH_INIT, for which it is fine, too. */
void path_fini(struct path *path);

enum path_outcome {
    PATH_OK,
    PATH_BAD, /* *at is the byte that is wrong, *fault what was expected: "a name"; static */
    PATH_NO_MEMORY
};

/*
 * Parses the longest path that begins at byte *at of `text`, and moves *at behind it. A name is
 * [A-Za-z_][A-Za-z0-9_]*, and may contain '-' too when `takes_dashes` (lists of paths: there is no
 * minus there). Any name can be written as ["..."] or ['...'] with the escapes of JSON, also the
 * first one, and then be anything, even empty. Spaces are allowed around brackets' contents only.
 * *out is untouched unless PATH_OK, *at with PATH_NO_MEMORY, *fault unless PATH_BAD.
 */
CHECKED enum path_outcome path_parse(struct slice text, size_t *at, bool takes_dashes,
                                     struct path *out, const char **fault);

/* Whether it is `_kafka.headers` or `_kafka.headers_base64`, or leads into one of them. */
bool path_is_in_headers(const struct path *path);

/* Whether it is that of one header's value, or of the list of its values: `_kafka.headers.x`. */
bool path_is_header(const struct path *path);

/* Appends the path in one spelling: equal paths have equal texts. */
void path_append(const struct path *path, struct buf *out);

#endif
