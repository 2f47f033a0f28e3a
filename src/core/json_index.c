/*
 * The index: a table of entries, one for each member or element of the containers that somebody has
 * asked for, those of one container side by side. Entry 0 is the record. One thread.
 *
 * Beside each entry stands a tag, 16 bits made of its name: a look-up compares eight tags at a time
 * and then mostly one name. That is linear in the container's members whatever their names are; a
 * hash table would be no faster for a few dozen, and producers could choose names that collide.
 *
 * Walking without the table, and what does not fit into it, is here, too.
 */
#include "core/json_index.h"
#include "base/mem.h"
#include "core/json_skip.h"

enum {
    TAGS_AT_ONCE = 8
};

enum state {
    STATE_UNSEEN,
    STATE_KNOWN,
    STATE_TOO_LARGE /* for what is left of the table: scanned by each look-up */
};

/* Names and values are copied as a whole, which is quicker than field by field. */
struct entry {
    struct json_text name;
    struct json_value value;
    enum state state : 8; /* from here on: of an object or array */
    bool has_escaped_names;
    uint16_t first; /* the entries of its members or elements */
    uint16_t count;
};

struct json_index {
    size_t used;
    uint16_t tags[JSON_INDEX_ENTRIES + TAGS_AT_ONCE];
    struct entry entries[JSON_INDEX_ENTRIES];
};

#define NOT_FOUND SIZE_MAX
#define MISSING ((struct json_value){JSON_KIND_MISSING, false, {NULL, 0}, 0})

struct json_index *json_index_new(void)
{
    struct json_index *index = mem_zalloc(sizeof(*index));
    if (index != NULL) {
        json_index_reset(index, slice_str("{}"));
    }
    return index;
}

void json_index_free(struct json_index *index)
{
    mem_free(index);
}

void json_index_reset(struct json_index *index, struct slice text)
{
    index->entries[0] = (struct entry){.value = {JSON_KIND_OBJECT, false, text, 1}};
    index->used = 1;
}

/* ---- walking ---- */

struct json_walk json_walk_begin(const struct json_value *container)
{
    ASSERT(container->kind == JSON_KIND_OBJECT || container->kind == JSON_KIND_ARRAY);
    ASSERT(container->text.len >= 2);
    const char *start = container->text.data;
    return (struct json_walk){start + 1, start + container->text.len - 1,
                              container->kind == JSON_KIND_OBJECT};
}

bool json_walk_next(struct json_walk *walk, struct slice *name, struct json_value *value)
{
    struct json_text taken;
    if (!json_walk_take(walk, &taken, value)) {
        return false;
    }
    if (walk->is_object) {
        *name = taken.bytes;
    }
    return true;
}

/* ---- without the table ---- */

static struct json_value scan_for_member(const struct json_value *object,
                                         const struct json_text *name)
{
    struct json_walk walk = json_walk_begin(object);
    struct json_value found = MISSING;
    struct json_value value;
    struct json_text taken;
    while (json_walk_take(&walk, &taken, &value)) {
        if (json_text_is_same(&taken, name)) {
            found = value;
        }
    }
    return found;
}

static struct json_value scan_for_element(const struct json_value *array, uint32_t at)
{
    struct json_walk walk = json_walk_begin(array);
    struct json_value value;
    struct json_text no_name;
    while (json_walk_take(&walk, &no_name, &value)) {
        if (at-- == 0) {
            return value;
        }
    }
    return MISSING;
}

static struct json_value scan_for_step(const struct json_value *container,
                                       const struct path_step *step)
{
    if (step->name.data == NULL) {
        return container->kind == JSON_KIND_ARRAY ? scan_for_element(container, step->index)
                                                  : MISSING;
    }
    struct json_text name = json_text_of(step->name, false);
    return container->kind == JSON_KIND_OBJECT ? scan_for_member(container, &name) : MISSING;
}

/* ---- the table ---- */

/* Of its length, first, middle and last byte. */
static inline uint16_t tag_of(struct slice name)
{
    uint32_t bits = (uint32_t)name.len << 24;
    if (name.len > 0) {
        bits ^= (uint32_t)(uint8_t)name.data[0] << 16;
        bits ^= (uint32_t)(uint8_t)name.data[name.len / 2] << 8;
        bits ^= (uint32_t)(uint8_t)name.data[name.len - 1];
    }
    return (uint16_t)((bits * 0x9e3779b1U) >> 16);
}

/* Enters what is in the container; false when there is no room for it. */
static bool enter_all(struct json_index *index, struct entry *container)
{
    size_t first = index->used;
    size_t used = first;
    struct json_walk walk = json_walk_begin(&container->value);
    container->has_escaped_names = false;
    for (; walk.at < walk.end; used++) {
        if (used == JSON_INDEX_ENTRIES) {
            container->state = STATE_TOO_LARGE;
            return false;
        }
        struct entry *entry = &index->entries[used];
        entry->name = json_text_of(slice_of(NULL, 0), false);
        if (!json_walk_take(&walk, &entry->name, &entry->value)) {
            break;
        }
        entry->value.id = used + 1;
        entry->state = STATE_UNSEEN;
        index->tags[used] = tag_of(entry->name.bytes);
        container->has_escaped_names |= entry->name.has_escapes;
    }
    index->used = used;
    container->first = (uint16_t)first;
    container->count = (uint16_t)(used - first);
    container->state = STATE_KNOWN;
    return true;
}

/* Whether what is in the container is in the table, now if not before. */
static inline bool is_known(struct json_index *index, struct entry *container)
{
    return container->state == STATE_KNOWN ||
           (container->state == STATE_UNSEEN && enter_all(index, container));
}

#ifdef __SSE2__

/* Two bits for each of eight tags that is the wanted one. */
static inline unsigned tag_mask(const uint16_t *tags, uint16_t wanted)
{
    __m128i eight = _mm_loadu_si128((const __m128i *)(const void *)tags);
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi16(eight, _mm_set1_epi16((short)wanted)));
}

#else

static inline unsigned tag_mask(const uint16_t *tags, uint16_t wanted)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < TAGS_AT_ONCE; i++) {
        mask |= tags[i] == wanted ? 3U << (2 * i) : 0;
    }
    return mask;
}

#endif

/* Backwards, since the last one of that name counts. */
static size_t find_plain(const struct json_index *index, const struct entry *object,
                         struct slice name)
{
    uint16_t wanted = tag_of(name);
    size_t first = object->first;
    size_t end = first + object->count;
    while (end > first) {
        size_t from = end - first > TAGS_AT_ONCE ? end - TAGS_AT_ONCE : first;
        unsigned mask = tag_mask(&index->tags[from], wanted) & ((1U << (2 * (end - from))) - 1);
        while (mask != 0) {
            unsigned hit = (31 - (unsigned)__builtin_clz(mask)) / 2;
            if (slice_eq(index->entries[from + hit].name.bytes, name)) {
                return from + hit;
            }
            mask &= (1U << (2 * hit)) - 1;
        }
        end = from;
    }
    return NOT_FOUND;
}

static size_t find_escaped(const struct json_index *index, const struct entry *object,
                           const struct json_text *name)
{
    for (size_t at = (size_t)object->first + object->count; at-- > object->first;) {
        if (json_text_is_same(&index->entries[at].name, name)) {
            return at;
        }
    }
    return NOT_FOUND;
}

static size_t find_member(const struct json_index *index, const struct entry *object,
                          const struct json_text *name)
{
    if (object->value.kind != JSON_KIND_OBJECT) {
        return NOT_FOUND;
    }
    return object->has_escaped_names || name->has_escapes ? find_escaped(index, object, name)
                                                          : find_plain(index, object, name->bytes);
}

static size_t find_step(const struct json_index *index, const struct entry *container,
                        const struct path_step *step)
{
    if (step->name.data == NULL) {
        return container->value.kind == JSON_KIND_ARRAY && step->index < container->count
                   ? container->first + (size_t)step->index
                   : NOT_FOUND;
    }
    struct json_text name = json_text_of(step->name, false);
    return find_member(index, container, &name);
}

static bool is_container(enum json_kind kind)
{
    return kind == JSON_KIND_OBJECT || kind == JSON_KIND_ARRAY;
}

struct json_value json_index_find(struct json_index *index, const struct path *path)
{
    size_t at = 0;
    for (size_t i = 0; i < path->count; i++) {
        struct entry *entry = &index->entries[at];
        if (!is_container(entry->value.kind)) {
            return MISSING;
        }
        if (!is_known(index, entry)) {
            struct json_value value = entry->value;
            for (; i < path->count; i++) {
                value = scan_for_step(&value, &path->steps[i]);
            }
            return value;
        }
        at = find_step(index, entry, &path->steps[i]);
        if (at == NOT_FOUND) {
            return MISSING;
        }
    }
    return index->entries[at].value;
}

struct json_value json_index_member(struct json_index *index, const struct json_value *object,
                                    const struct json_text *name)
{
    ASSERT(object->kind == JSON_KIND_OBJECT);
    if (object->id == 0 || !is_known(index, &index->entries[object->id - 1])) {
        return scan_for_member(object, name);
    }
    size_t at = find_member(index, &index->entries[object->id - 1], name);
    return at == NOT_FOUND ? MISSING : index->entries[at].value;
}

size_t json_index_size(struct json_index *index, const struct json_value *container)
{
    if (container->id != 0 && is_known(index, &index->entries[container->id - 1])) {
        return index->entries[container->id - 1].count;
    }
    struct json_walk walk = json_walk_begin(container);
    struct json_value value;
    struct json_text name;
    size_t count = 0;
    while (json_walk_take(&walk, &name, &value)) {
        count++;
    }
    return count;
}
