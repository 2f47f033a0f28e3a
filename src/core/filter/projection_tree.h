/*
 * The tree of a projection, a node for each name in its paths. It never changes once it is made.
 * Private to projection*.c.
 */
#ifndef CORE_FILTER_PROJECTION_TREE_H
#define CORE_FILTER_PROJECTION_TREE_H

#include "core/filter/projection.h"

enum projection_action {
    PROJECTION_COPY, /* the whole value */
    PROJECTION_DROP, /* the member */
    PROJECTION_ENTER /* objects, and those in arrays: member by member */
};

struct projection_node {
    struct slice name; /* borrows a path's */
    enum projection_action action;
    bool keeps_others; /* of ENTER: shows members without a node, and scalars */
    bool goes_empty;   /* of ENTER: an object with no member left is dropped itself */
    uint64_t lengths;  /* a bit per length of a child's name; the last bit also for longer ones */
    struct projection_node *children; /* by length of the name, then by its bytes */
    size_t child_count;
};

struct projection_paths {
    struct path *items; /* in order; none is the beginning of another */
    size_t count;
};

struct projection {
    struct projection_paths fields;
    struct projection_paths redacted;
    struct projection_node *nodes; /* the first one is the root */
    struct buf text;
};

static inline uint64_t projection_length_bit(size_t len)
{
    return (uint64_t)1 << (len < 63 ? len : 63);
}

/* The order of names: by length first, since that is the cheapest to compare. */
static inline int projection_compare(struct slice a, struct slice b)
{
    if (a.len != b.len) {
        return a.len < b.len ? -1 : 1;
    }
    return a.len == 0 ? 0 : memcmp(a.data, b.data, a.len);
}

/*
 * Reads a comma list of paths into *out, in order and without those that others cover. 0;
 * KSSE_EVALUE with *fault filled in, but for is_in_fields; KSSE_ENOMEM. The caller finishes *out
 * with projection_paths_fini(), also after a failure.
 */
CHECKED int projection_paths_parse(struct slice list, struct projection_paths *out,
                                   struct projection_fault *fault);

/* Adds `path`, which must be valid, to the list. 0 or KSSE_ENOMEM. */
CHECKED int projection_paths_add(struct projection_paths *paths, const char *path);

/* Adds the other form of each key or header: where one is redacted, so is its base64, and the other
 * way round. 0 or KSSE_ENOMEM. */
CHECKED int projection_paths_add_forms(struct projection_paths *paths);

void projection_paths_fini(struct projection_paths *paths);

/* The order of paths: a path comes first, and directly after it all paths that it covers. */
int projection_compare_paths(const struct path *a, const struct path *b);

/* Whether `path` equals `other` or is its beginning. Both are without indexes. */
bool projection_covers(const struct path *path, const struct path *other);

#endif
