/*
 * The pass over a record: it enters only objects and arrays that a path leads into, and skips the
 * others at the speed of memory. It recurses as deep as the longest path. See the header, and
 * path_entry.h for the tree of paths.
 */
#include "core/filter/path_index.h"
#include "base/buf.h"
#include "base/mem.h"
#include "core/filter/path_entry.h"
#include "core/json/json_skip.h"

enum {
    KEPT_BYTES = 256 * 1024, /* of the buffer for unescaped texts, from record to record */
    MAP_COST_NS = 16,        /* a look-up in a map, about */
    COPY_COST_NS = 2         /* unescaping a byte, about; reading one is 1 */
};

struct path_index {
    struct path_entry record; /* the root */
    bool is_read;             /* the entries have the record's values */
    uint64_t visits;          /* the last number that a pass over a container got */
    uint64_t cost_ns;
    struct buf flat; /* unescaped texts of the record; does not move while the record is the same */
    struct buf name; /* an unescaped name */
};

static const struct json_value missing = {JSON_KIND_MISSING, false, {NULL, 0}};

struct path_index *path_index_new(void)
{
    struct path_index *index = mem_zalloc(sizeof(*index));
    if (index != NULL) {
        path_index_set_record(index, slice_str("{}"));
    }
    return index;
}

void path_index_free(struct path_index *index)
{
    if (index == NULL) {
        return;
    }
    ASSERT(index->record.refs == 0);
    buf_fini(&index->flat);
    buf_fini(&index->name);
    mem_free(index);
}

/* ---- paths ---- */

static struct path_entry *ref(struct path_index *index, struct path_entry *entry)
{
    index->is_read = false; /* the last pass did not look for this one */
    entry->refs++;
    return entry;
}

struct path_entry *path_index_add(struct path_index *index, const struct path *path, bool with_size)
{
    struct path_entry *entry = &index->record;
    for (size_t i = 0; i < path->count; i++) {
        struct path_entry *child = path_entry_child(entry, &path->steps[i]);
        if (child == NULL) {
            path_entry_release(entry);
            return NULL;
        }
        entry = child;
    }
    entry->needs_size |= with_size;
    return ref(index, entry);
}

struct path_entry *path_index_add_member(struct path_index *index, struct path_entry *object,
                                         struct slice name)
{
    /* A step without data would be an index, and the name may be empty. */
    struct path_step step = {slice_of(name.len == 0 ? "" : name.data, name.len), 0};
    struct path_entry *entry = path_entry_child(object, &step);
    return entry == NULL ? NULL : ref(index, entry);
}

void path_index_remove(struct path_index *index, struct path_entry *entry)
{
    (void)index;
    if (entry != NULL) {
        ASSERT(entry->refs > 0);
        entry->refs--;
        path_entry_release(entry);
    }
}

void path_index_set_record(struct path_index *index, struct slice text)
{
    index->record.value = (struct json_value){JSON_KIND_OBJECT, false, text};
    index->is_read = false;
    if (index->flat.cap > KEPT_BYTES) {
        buf_fini(&index->flat);
    }
}

/* ---- the pass ---- */

static const char *take(struct path_index *index, struct path_entry *entry, const char *at,
                        const char *end);

/* Escapes make a name six times as long at most (\uXXXX for a byte). */
static struct path_entry *find_escaped(struct path_index *index, const struct path_entry *object,
                                       struct slice name)
{
    if (name.len / 6 > object->longest_name) {
        return NULL;
    }
    struct json_text text = json_text_of(name, true);
    buf_clear(&index->name);
    char *flat = buf_reserve(&index->name, name.len);
    if (flat == NULL) {
        return NULL;
    }
    return path_entries_get(&object->members, slice_of(flat, json_text_copy(&text, flat)));
}

static void count_look_ups(struct path_index *index, const struct path_entries *entries,
                           size_t count)
{
    index->cost_ns += entries->few == NULL && entries->count > 0 ? MAP_COST_NS * count : 0;
}

/* From after the opening bracket to after the closing one. */
static const char *pass_object(struct path_index *index, struct path_entry *object, const char *at,
                               const char *end)
{
    size_t size = 0;
    for (; at < end && *at != '}'; size++) {
        bool has_escapes = false;
        const char *name = at + 1;
        at = json_string_end(name, end, &has_escapes);
        if (end - at <= 2) {
            return end;
        }
        struct slice key = slice_of(name, (size_t)(at - name));
        struct path_entry *member = has_escapes ? find_escaped(index, object, key)
                                                : path_entries_get(&object->members, key);
        at += 2; /* the quote and the colon */
        if (member == NULL) {
            struct json_value unused;
            at = json_take_value(at, end, &unused);
        } else {
            member->seen_in = object->visit;
            at = take(index, member, at, end);
        }
        at += at < end && *at == ',';
    }
    count_look_ups(index, &object->members, size);
    object->size = size;
    object->sized_in = object->visit;
    return at < end ? at + 1 : end;
}

static bool is_after_last(const struct path_entry *array, size_t index)
{
    return !array->needs_size && (array->elements.count == 0 || index > array->last_index);
}

static const char *pass_array(struct path_index *index, struct path_entry *array, const char *at,
                              const char *end)
{
    uint32_t size = 0;
    for (; at < end && *at != ']'; size++) {
        if (is_after_last(array, size)) {
            count_look_ups(index, &array->elements, size);
            return json_rest_end(at, end, 1);
        }
        struct path_entry *element = path_entries_get(&array->elements, path_index_key(&size));
        if (element == NULL) {
            struct json_value unused;
            at = json_take_value(at, end, &unused);
        } else {
            element->seen_in = array->visit;
            at = take(index, element, at, end);
        }
        at += at < end && *at == ',';
    }
    count_look_ups(index, &array->elements, size);
    array->size = size;
    array->sized_in = array->visit;
    return at < end ? at + 1 : end;
}

/* Puts the value that begins at `at` into the entry, and returns its end. */
static const char *take(struct path_index *index, struct path_entry *entry, const char *at,
                        const char *end)
{
    const char *start = at;
    entry->visit = ++index->visits;
    if (*at == '{' && (entry->members.count > 0 || entry->needs_size)) {
        at = pass_object(index, entry, at + 1, end);
    } else if (*at == '[' && (entry->elements.count > 0 || entry->needs_size)) {
        at = pass_array(index, entry, at + 1, end);
    } else {
        return json_take_value(at, end, &entry->value);
    }
    entry->value =
        (struct json_value){json_kind_of(*start), false, slice_of(start, (size_t)(at - start))};
    return at;
}

static void pass(struct path_index *index)
{
    struct slice text = index->record.value.text;
    index->is_read = true;
    index->cost_ns += text.len;
    buf_clear(&index->flat);
    index->record.visit = ++index->visits;
    pass_object(index, &index->record, text.data + 1, text.data + text.len);
}

/* ---- values ---- */

/* Whether the record has a value there: the pass found it, and each container around it. */
static inline bool is_found(struct path_index *index, const struct path_entry *entry)
{
    if (!index->is_read) {
        pass(index);
    }
    for (; entry->parent != NULL; entry = entry->parent) {
        if (entry->seen_in != entry->parent->visit) {
            return false;
        }
    }
    return true;
}

const struct json_value *path_index_value(struct path_index *index, struct path_entry *entry)
{
    return is_found(index, entry) ? &entry->value : &missing;
}

size_t path_index_size(struct path_index *index, struct path_entry *entry)
{
    if (!is_found(index, entry) || !json_kind_has_size(entry->value.kind)) {
        return 0;
    }
    if (entry->sized_in != entry->visit) {
        ASSERT(entry->value.kind == JSON_KIND_STRING);
        struct json_text text = json_text_of(entry->value.text, entry->value.has_escapes);
        index->cost_ns += text.bytes.len;
        entry->size = json_text_count(&text);
        entry->sized_in = entry->visit;
    }
    return entry->size;
}

struct json_text path_index_text(struct path_index *index, struct path_entry *entry)
{
    const struct json_value *value = path_index_value(index, entry);
    ASSERT(value->kind == JSON_KIND_STRING);
    struct json_text text = json_text_of(value->text, value->has_escapes);
    if (!text.has_escapes) {
        return text;
    }
    if (entry->flat_in != entry->visit) {
        if (index->flat.len == 0 &&
            buf_reserve(&index->flat, index->record.value.text.len) == NULL) {
            buf_clear(&index->flat);
            return text;
        }
        char *flat = index->flat.data + index->flat.len;
        index->cost_ns += COPY_COST_NS * text.bytes.len;
        entry->flat = slice_of(flat, json_text_copy(&text, flat));
        entry->flat_in = entry->visit;
        index->flat.len += entry->flat.len;
    }
    return json_text_of(entry->flat, false);
}

uint64_t path_index_cost_ns(const struct path_index *index)
{
    return index->cost_ns;
}
