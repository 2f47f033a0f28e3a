/*
 * "Did you mean ...?": which of several names a mistyped one is closest to. Any thread.
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

enum {
    NEAREST_MAX_NAME = 63 /* longer names are neither suggested nor matched */
};

/* A search; it begins as {0}. */
struct nearest {
    const char *name; /* the closest candidate, or NULL when none is close */
    size_t distance;  /* of `name` */
};

/*
 * Compares `candidate`, borrowed as long as the search, with `wanted`. It is close if at most a
 * third of its letters, or one, must be changed, added, dropped or swapped with a neighbour. '_',
 * '-' and
 * '.' count as equal, and so do upper and lower case.
 */
void nearest_consider(struct nearest *search, const char *wanted, const char *candidate);

#endif
