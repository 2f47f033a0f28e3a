/* The tree of the paths that filters use: see the header. */
#include "core/filter/path_entry.h"
#include "base/mem.h"

/* ---- the children of an entry ---- */

static size_t index_of(const struct path_entries *entries, struct slice key)
{
    size_t at = 0;
    while (at < entries->count && path_key_order(key, entries->few[at]->key) > 0) {
        at++;
    }
    return at;
}

/* Moves them from the list into the map. 0 or KSSE_ENOMEM, as the next two. */
CHECKED static int turn_into_map(struct path_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        if (map_put(&entries->many, entries->few[i]->key, entries->few[i]) < 0) {
            map_fini(&entries->many);
            return KSSE_ENOMEM;
        }
    }
    mem_free(entries->few);
    entries->few = NULL;
    return 0;
}

CHECKED static int add_to_few(struct path_entries *entries, struct path_entry *entry)
{
    struct path_entry **few =
        mem_realloc(entries->few, (entries->count + 1) * sizeof(struct path_entry *));
    if (few == NULL) {
        return KSSE_ENOMEM;
    }
    entries->few = few;
    size_t at = index_of(entries, entry->key);
    memmove(few + at + 1, few + at, (entries->count - at) * sizeof(struct path_entry *));
    few[at] = entry;
    return 0;
}

CHECKED static int add(struct path_entries *entries, struct path_entry *entry)
{
    bool is_few = entries->many.count == 0;
    if (is_few && entries->count == PATH_FEW_ENTRIES) {
        if (turn_into_map(entries) < 0) {
            return KSSE_ENOMEM;
        }
        is_few = false;
    }
    if ((is_few ? add_to_few(entries, entry) : map_put(&entries->many, entry->key, entry)) < 0) {
        return KSSE_ENOMEM;
    }
    entries->count++;
    entries->lengths_of++;
    entries->lengths |= path_length_bit(entry->key.len);
    return 0;
}

/* Leaves out the lengths of removed keys. */
static void recount_lengths(struct path_entries *entries)
{
    entries->lengths = 0;
    entries->lengths_of = entries->count;
    size_t at = 0;
    for (size_t i = 0; i < entries->count; i++) {
        const struct path_entry *entry =
            entries->few != NULL ? entries->few[i] : map_next(&entries->many, &at);
        entries->lengths |= path_length_bit(entry->key.len);
    }
}

static void remove_child(struct path_entries *entries, struct path_entry *entry)
{
    entries->count--;
    if (entries->few == NULL) {
        struct path_entry *removed = map_remove(&entries->many, entry->key);
        ASSERT(removed == entry);
    } else {
        size_t at = index_of(entries, entry->key);
        ASSERT(entries->few[at] == entry);
        memmove(entries->few + at, entries->few + at + 1,
                (entries->count - at) * sizeof(struct path_entry *));
    }
    if (entries->count == 0) {
        mem_free(entries->few);
        map_fini(&entries->many);
        *entries = (struct path_entries){.few = NULL};
    } else if (entries->count < entries->lengths_of / 2) {
        recount_lengths(entries);
    }
}

/* ---- the tree ---- */

static struct slice key_of(const struct path_step *step)
{
    return step->name.data != NULL ? step->name : path_index_key(&step->index);
}

static void entry_free(struct path_entry *entry)
{
    mem_free((char *)(uintptr_t)entry->key.data);
    mem_free(entry);
}

static struct path_entry *entry_new(struct path_entry *parent, const struct path_step *step)
{
    struct slice key = key_of(step);
    char *copy = mem_alloc(key.len + 1);
    struct path_entry *entry = copy == NULL ? NULL : mem_zalloc(sizeof(*entry));
    if (entry == NULL) {
        mem_free(copy);
        return NULL;
    }
    memcpy(copy, key.data, key.len);
    entry->key = slice_of(copy, key.len);
    entry->parent = parent;
    entry->is_element = step->name.data == NULL;
    return entry;
}

static void note_bounds(struct path_entry *parent, const struct path_step *step)
{
    if (step->name.data == NULL) {
        parent->last_index = step->index > parent->last_index ? step->index : parent->last_index;
    } else if (step->name.len > parent->longest_name) {
        parent->longest_name = step->name.len;
    }
}

struct path_entry *path_entry_child(struct path_entry *parent, const struct path_step *step)
{
    struct path_entries *entries = step->name.data != NULL ? &parent->members : &parent->elements;
    struct path_entry *entry = path_entries_get(entries, key_of(step));
    if (entry != NULL) {
        return entry;
    }
    entry = entry_new(parent, step);
    if (entry == NULL || add(entries, entry) < 0) {
        if (entry != NULL) {
            entry_free(entry);
        }
        return NULL;
    }
    parent->refs++;
    note_bounds(parent, step);
    return entry;
}

void path_entry_release(struct path_entry *entry)
{
    while (entry->refs == 0 && entry->parent != NULL) {
        struct path_entry *parent = entry->parent;
        remove_child(entry->is_element ? &parent->elements : &parent->members, entry);
        parent->refs--;
        entry_free(entry);
        entry = parent;
    }
}
