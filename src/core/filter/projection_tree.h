/*
 * What a projection is made of: a tree of the names that its paths have. Private to
 * src/core/projection*.c. It never changes once it is made.
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
    bool keeps_others; /* of ENTER: members that have no node, and what is no object or array */
    bool goes_empty;   /* of ENTER: an object of which nothing is shown goes, too */
    uint64_t lengths;  /* a bit for each length of a child's name; the last one: or longer */
    struct projection_node *children; /* by length of the name, then by its bytes */
    size_t child_count;
};

struct projection_paths {
    struct path *items; /* in order, none the beginning of another one */
    size_t count;
};

struct projection {
    struct projection_paths fields;
    struct projection_paths redacted;
    struct projection_node *nodes; /* the first one is the record */
    struct buf text;
};

static inline uint64_t projection_length_bit(size_t len)
{
    return (uint64_t)1 << (len < 63 ? len : 63);
}

/* The order of names: the cheapest one to look for them in. */
static inline int projection_compare(struct slice a, struct slice b)
{
    if (a.len != b.len) {
        return a.len < b.len ? -1 : 1;
    }
    return a.len == 0 ? 0 : memcmp(a.data, b.data, a.len);
}

/*
 * Reads a comma list of paths into *out, in order and without those that another one covers.
 * The caller frees them with projection_paths_fini(), also on failure.
 */
CHECKED enum projection_outcome projection_paths_parse(struct slice list,
                                                       struct projection_paths *out,
                                                       struct projection_fault *fault);

/* Adds what `path`, a good one, says to the list. False without memory. */
CHECKED bool projection_paths_add(struct projection_paths *paths, const char *path);

/* Adds the other forms in which `_kafka` shows the same: where a key or a header is redacted, so is
 * what stands in base64 in its stead, and the other way round. False without memory. */
CHECKED bool projection_paths_add_forms(struct projection_paths *paths);

void projection_paths_fini(struct projection_paths *paths);

/* The order of paths: one comes before all that it covers, and these come directly behind it. */
int projection_compare_paths(const struct path *a, const struct path *b);

/* Whether the first path is the second one or the beginning of it. Both without indexes. */
bool projection_covers(const struct path *path, const struct path *other);

#endif
