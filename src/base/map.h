/*
 * A hash map from byte strings to pointers: open addressing, linear probing, keyed (random seed per
 * process) so that keys chosen by clients cannot make it slow. Keys are borrowed: they must live
 * as long as their entry (usually they are part of the value).
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/assert.h"
#include "base/slice.h"

struct map_slot {
    struct slice key;
    void *value; /* NULL: free */
    uint64_t hash;
};

struct map {
    struct map_slot *slots;
    size_t cap; /* 0 or a power of two */
    size_t count;
};

#define MAP_INIT                                                                                   \
    (struct map)                                                                                   \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

/* Frees the table, not the values. */
void map_fini(struct map *m);

/* Returns the value of `key`, or NULL. */
void *map_get(const struct map *m, struct slice key);

/* Adds or replaces; `value` must not be NULL. 0, or -1 when there is no memory (map unchanged). */
CHECKED int map_put(struct map *m, struct slice key, void *value);

/* Takes the entry out and returns its value, or NULL when there was none. */
void *map_remove(struct map *m, struct slice key);

/*
 * Walks over all entries in no particular order: start with *at == 0, ends with NULL.
 * The map must not change meanwhile.
 */
void *map_next(const struct map *m, size_t *at);

#endif
