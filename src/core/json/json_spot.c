/* The tree of what is wanted of records: see the header. */
#include "core/json/json_spot.h"
#include "base/mem.h"

/* ---- sets of spots ---- */

static size_t place_of(const struct json_spots *spots, struct slice key)
{
    size_t place = 0;
    while (place < spots->count && json_key_order(key, spots->few[place]->key) > 0) {
        place++;
    }
    return place;
}

/* From the list into a map. */
static bool become_many(struct json_spots *spots)
{
    for (size_t i = 0; i < spots->count; i++) {
        if (map_put(&spots->many, spots->few[i]->key, spots->few[i]) < 0) {
            map_fini(&spots->many);
            return false;
        }
    }
    mem_free(spots->few);
    spots->few = NULL;
    return true;
}

static bool add_to_few(struct json_spots *spots, struct json_spot *spot)
{
    struct json_spot **few =
        mem_realloc(spots->few, (spots->count + 1) * sizeof(struct json_spot *));
    if (few == NULL) {
        return false;
    }
    spots->few = few;
    size_t place = place_of(spots, spot->key);
    memmove(few + place + 1, few + place, (spots->count - place) * sizeof(struct json_spot *));
    few[place] = spot;
    return true;
}

static bool add(struct json_spots *spots, struct json_spot *spot)
{
    bool is_few = spots->many.count == 0;
    if (is_few && spots->count == JSON_FEW_SPOTS) {
        if (!become_many(spots)) {
            return false;
        }
        is_few = false;
    }
    if (!(is_few ? add_to_few(spots, spot) : map_put(&spots->many, spot->key, spot) == 0)) {
        return false;
    }
    spots->count++;
    spots->lengths_of++;
    spots->lengths |= json_length_bit(spot->key.len);
    return true;
}

/* Without those that are gone. */
static void renew_lengths(struct json_spots *spots)
{
    spots->lengths = 0;
    spots->lengths_of = spots->count;
    size_t at = 0;
    for (size_t i = 0; i < spots->count; i++) {
        const struct json_spot *spot =
            spots->few != NULL ? spots->few[i] : map_next(&spots->many, &at);
        spots->lengths |= json_length_bit(spot->key.len);
    }
}

static void take_out(struct json_spots *spots, struct json_spot *spot)
{
    spots->count--;
    if (spots->few == NULL) {
        struct json_spot *removed = map_remove(&spots->many, spot->key);
        ASSERT(removed == spot);
    } else {
        size_t place = place_of(spots, spot->key);
        ASSERT(spots->few[place] == spot);
        memmove(spots->few + place, spots->few + place + 1,
                (spots->count - place) * sizeof(struct json_spot *));
    }
    if (spots->count == 0) {
        mem_free(spots->few);
        map_fini(&spots->many);
        *spots = (struct json_spots){.few = NULL};
    } else if (spots->count < spots->lengths_of / 2) {
        renew_lengths(spots);
    }
}

/* ---- the tree ---- */

static struct slice key_of(const struct path_step *step)
{
    return step->name.data != NULL ? step->name : json_index_key(&step->index);
}

static void spot_free(struct json_spot *spot)
{
    mem_free((char *)(uintptr_t)spot->key.data);
    mem_free(spot);
}

static struct json_spot *spot_new(struct json_spot *parent, const struct path_step *step)
{
    struct slice key = key_of(step);
    char *copy = mem_alloc(key.len + 1);
    struct json_spot *spot = copy == NULL ? NULL : mem_zalloc(sizeof(*spot));
    if (spot == NULL) {
        mem_free(copy);
        return NULL;
    }
    memcpy(copy, key.data, key.len);
    spot->key = slice_of(copy, key.len);
    spot->parent = parent;
    spot->is_element = step->name.data == NULL;
    return spot;
}

static void note_bounds(struct json_spot *parent, const struct path_step *step)
{
    if (step->name.data == NULL) {
        parent->last_index = step->index > parent->last_index ? step->index : parent->last_index;
    } else if (step->name.len > parent->longest_name) {
        parent->longest_name = step->name.len;
    }
}

struct json_spot *json_spot_child(struct json_spot *parent, const struct path_step *step)
{
    struct json_spots *spots = step->name.data != NULL ? &parent->members : &parent->elements;
    struct json_spot *spot = json_spots_get(spots, key_of(step));
    if (spot != NULL) {
        return spot;
    }
    spot = spot_new(parent, step);
    if (spot == NULL || !add(spots, spot)) {
        if (spot != NULL) {
            spot_free(spot);
        }
        return NULL;
    }
    parent->holders++;
    note_bounds(parent, step);
    return spot;
}

void json_spot_release(struct json_spot *spot)
{
    while (spot->holders == 0 && spot->parent != NULL) {
        struct json_spot *parent = spot->parent;
        take_out(spot->is_element ? &parent->elements : &parent->members, spot);
        parent->holders--;
        spot_free(spot);
        spot = parent;
    }
}
