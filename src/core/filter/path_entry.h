/*
 * An entry of the path index: a path that a filter uses, or the beginning of one, and what the
 * current record has there. The entries are a tree of the steps of their paths, whose root is the
 * record. Private to path_index.c and path_entry.c. One thread.
 *
 * Values are not cleared between records: numbers tell whether they are current. Each pass over a
 * container gives its entry a new `visit`, and each child remembers the visit that found it.
 */
#ifndef CORE_FILTER_PATH_ENTRY_H
#define CORE_FILTER_PATH_ENTRY_H

#include "base/map.h"
#include "core/filter/path_index.h"

#include <kafkasse/error.h>

enum {
    PATH_FEW_ENTRIES = 32
};

/* The children of an entry, by key: a sorted list while they are few, since most look-ups end at
 * the first bytes; else a map, since clients may bring thousands of paths, and come and go. */
struct path_entries {
    struct path_entry **few; /* by length of the key, then by its bytes */
    struct map many;         /* empty while they are few */
    uint32_t count;
    uint32_t lengths_of; /* how many keys `lengths` covers, removed ones included */
    uint64_t lengths;    /* a bit per length of a key; the last bit also for all longer ones */
};

struct path_entry {
    struct path_entry *parent; /* NULL: the record */
    struct slice key;          /* owned: a name, or an index's own bytes */
    bool is_element;
    bool needs_size;
    uint32_t refs; /* how often it was added, and one per child */
    struct path_entries members;
    struct path_entries elements;
    size_t longest_name; /* of all members that it ever had */
    uint32_t last_index; /* of all elements that it ever had */

    /* Of the current record, if the numbers are current. */
    uint64_t seen_in; /* the parent's visit that found it */
    uint64_t visit;
    struct json_value value;
    uint64_t sized_in; /* the visit in which `size` was counted */
    size_t size;
    uint64_t flat_in;  /* the visit in which `flat` was made */
    struct slice flat; /* the text without escapes */
};

/* The order of keys: by length first, since that is the cheapest to compare. */
static inline int path_key_order(struct slice a, struct slice b)
{
    if (a.len != b.len) {
        return a.len < b.len ? -1 : 1;
    }
    return a.len == 0 ? 0 : memcmp(a.data, b.data, a.len);
}

static inline uint64_t path_length_bit(size_t len)
{
    return (uint64_t)1 << (len < 63 ? len : 63);
}

/* Returns the child for that step, a new one if there is none, or NULL without memory. Does not
 * count as a reference. */
CHECKED struct path_entry *path_entry_child(struct path_entry *parent,
                                            const struct path_step *step);

/* Frees the entry if it has no references, then its parents likewise, but for the root. */
void path_entry_release(struct path_entry *entry);

/* The child with that key, which has no escapes; or NULL. */
static inline struct path_entry *path_entries_get(const struct path_entries *entries,
                                                  struct slice key)
{
    /* Most names of a record have a length that no key has. */
    if ((entries->lengths & path_length_bit(key.len)) == 0) {
        return NULL;
    }
    if (entries->count > PATH_FEW_ENTRIES || entries->few == NULL) {
        return map_get(&entries->many, key);
    }
    size_t low = 0;
    size_t high = entries->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = path_key_order(key, entries->few[middle]->key);
        if (order == 0) {
            return entries->few[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

static inline struct slice path_index_key(const uint32_t *index)
{
    return slice_of((const char *)index, sizeof(*index));
}

#endif
