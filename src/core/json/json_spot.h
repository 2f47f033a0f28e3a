/*
 * A spot: a place in records that somebody wants, or on the way to one. All spots of an index are a
 * tree of the steps of their paths. Private to src/core/json_index.c and json_spot.c. One thread.
 *
 * What is found in a record is not cleared for the next one: numbers tell whether it holds. With
 * each pass over a container its spot gets a new `visit`, and what was found in it remembers that.
 */
#ifndef CORE_JSON_JSON_SPOT_H
#define CORE_JSON_JSON_SPOT_H

#include "base/map.h"
#include "core/json/json_index.h"

enum {
    JSON_FEW_SPOTS = 32
};

/* Spots by key: a sorted list while they are few, since most look-ups end at the first bytes; else
 * a map, since strangers may want thousands, and come and go. */
struct json_spots {
    struct json_spot **few; /* by length of the key, then by its bytes */
    struct map many;        /* empty while they are few */
    uint32_t count;
    uint32_t lengths_of; /* so many keys are in `lengths`, gone ones included */
    uint64_t lengths;    /* a bit for each length of a key; the last one: or longer */
};

struct json_spot {
    struct json_spot *parent; /* NULL: the record */
    struct slice key;         /* owned: a name, or an index's own bytes */
    bool is_element;
    bool wants_size;
    uint32_t holders; /* who want it, and its children */
    struct json_spots members;
    struct json_spots elements;
    size_t longest_name; /* of all members that it has ever had */
    uint32_t last_index; /* of all elements that it has ever had */

    /* Of the record. */
    uint64_t seen_in; /* the parent's visit in which it was there */
    uint64_t visit;
    struct json_value value;
    uint64_t sized_in; /* as seen_in: when `size` was counted */
    size_t size;
    uint64_t flat_in; /* the same of `flat` */
    struct slice flat;
};

/* The order of keys: the cheapest one to look for them in. */
static inline int json_key_order(struct slice a, struct slice b)
{
    if (a.len != b.len) {
        return a.len < b.len ? -1 : 1;
    }
    return a.len == 0 ? 0 : memcmp(a.data, b.data, a.len);
}

static inline uint64_t json_length_bit(size_t len)
{
    return (uint64_t)1 << (len < 63 ? len : 63);
}

/* Returns the child, a new one if need be, or NULL without memory. Nobody holds it yet. */
CHECKED struct json_spot *json_spot_child(struct json_spot *parent, const struct path_step *step);

/* Frees the spot if nobody holds it, and so on upwards. The record's own stays. */
void json_spot_release(struct json_spot *spot);

/* The one with that key, which has no escapes; or NULL. */
static inline struct json_spot *json_spots_get(const struct json_spots *spots, struct slice key)
{
    /* Most names have a length that none of those looked for has. */
    if ((spots->lengths & json_length_bit(key.len)) == 0) {
        return NULL;
    }
    if (spots->count > JSON_FEW_SPOTS || spots->few == NULL) {
        return map_get(&spots->many, key);
    }
    size_t low = 0;
    size_t high = spots->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = json_key_order(key, spots->few[middle]->key);
        if (order == 0) {
            return spots->few[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

static inline struct slice json_index_key(const uint32_t *index)
{
    return slice_of((const char *)index, sizeof(*index));
}

#endif
