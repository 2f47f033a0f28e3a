/*
 * The index: one pass over a record that goes into those objects and arrays only in which something
 * is wanted, and over the others as fast as bytes can be looked at. See the header, and json_spot.h
 * for what is wanted.
 *
 * The pass calls itself as deep as the longest path.
 */
#include "core/json/json_index.h"
#include "base/buf.h"
#include "base/mem.h"
#include "core/json/json_skip.h"
#include "core/json/json_spot.h"

enum {
    KEPT_BYTES = 256 * 1024, /* of unescaped texts, from record to record */
    MAP_COST = 16,           /* nanoseconds of a look-up in a map, about */
    COPY_COST = 2            /* nanoseconds of a byte that is unescaped */
};

struct json_index {
    struct json_spot record;
    bool is_passed;
    uint64_t visits; /* so many numbers were given out */
    uint64_t effort;
    struct buf flat; /* unescaped texts of the record; it does not move meanwhile */
    struct buf name; /* an unescaped name */
};

static const struct json_value missing = {JSON_KIND_MISSING, false, {NULL, 0}};

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
    if (index == NULL) {
        return;
    }
    ASSERT(index->record.holders == 0);
    buf_fini(&index->flat);
    buf_fini(&index->name);
    mem_free(index);
}

/* ---- what is wanted ---- */

static struct json_spot *hold(struct json_index *index, struct json_spot *spot)
{
    index->is_passed = false; /* the record has not been looked at for this one */
    spot->holders++;
    return spot;
}

struct json_spot *json_index_want(struct json_index *index, const struct path *path, bool with_size)
{
    struct json_spot *spot = &index->record;
    for (size_t i = 0; i < path->count; i++) {
        struct json_spot *child = json_spot_child(spot, &path->steps[i]);
        if (child == NULL) {
            json_spot_release(spot);
            return NULL;
        }
        spot = child;
    }
    spot->wants_size |= with_size;
    return hold(index, spot);
}

struct json_spot *json_index_want_member(struct json_index *index, struct json_spot *object,
                                         struct slice name)
{
    /* An empty name is one, too. */
    struct path_step step = {slice_of(name.len == 0 ? "" : name.data, name.len), 0};
    struct json_spot *spot = json_spot_child(object, &step);
    return spot == NULL ? NULL : hold(index, spot);
}

void json_index_forget(struct json_index *index, struct json_spot *spot)
{
    (void)index;
    if (spot != NULL) {
        spot->holders--;
        json_spot_release(spot);
    }
}

void json_index_reset(struct json_index *index, struct slice text)
{
    index->record.value = (struct json_value){JSON_KIND_OBJECT, false, text};
    index->is_passed = false;
    if (index->flat.cap > KEPT_BYTES) {
        buf_fini(&index->flat);
    }
}

/* ---- the pass ---- */

static const char *take(struct json_index *index, struct json_spot *spot, const char *at,
                        const char *end);

/* A name is never more than six times as long for its escapes. */
static struct json_spot *find_escaped(struct json_index *index, const struct json_spot *object,
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
    return json_spots_get(&object->members, slice_of(flat, json_text_copy(&text, flat)));
}

static void count_look_ups(struct json_index *index, const struct json_spots *spots, size_t count)
{
    index->effort += spots->few == NULL && spots->count > 0 ? MAP_COST * count : 0;
}

/* From behind its opening bracket to behind the closing one. */
static const char *pass_object(struct json_index *index, struct json_spot *object, const char *at,
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
        struct json_spot *member =
            has_escapes ? find_escaped(index, object, key) : json_spots_get(&object->members, key);
        at += 2; /* the quote and the colon */
        if (member == NULL) {
            struct json_value unwanted;
            at = json_take_value(at, end, &unwanted);
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

static bool is_behind_all(const struct json_spot *array, size_t index)
{
    return !array->wants_size && (array->elements.count == 0 || index > array->last_index);
}

static const char *pass_array(struct json_index *index, struct json_spot *array, const char *at,
                              const char *end)
{
    uint32_t size = 0;
    for (; at < end && *at != ']'; size++) {
        if (is_behind_all(array, size)) {
            count_look_ups(index, &array->elements, size);
            return json_rest_end(at, end, 1);
        }
        struct json_spot *element = json_spots_get(&array->elements, json_index_key(&size));
        if (element == NULL) {
            struct json_value unwanted;
            at = json_take_value(at, end, &unwanted);
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

/* Takes the value that begins at `at` and returns what is behind it. */
static const char *take(struct json_index *index, struct json_spot *spot, const char *at,
                        const char *end)
{
    const char *start = at;
    spot->visit = ++index->visits;
    if (*at == '{' && (spot->members.count > 0 || spot->wants_size)) {
        at = pass_object(index, spot, at + 1, end);
    } else if (*at == '[' && (spot->elements.count > 0 || spot->wants_size)) {
        at = pass_array(index, spot, at + 1, end);
    } else {
        return json_take_value(at, end, &spot->value);
    }
    spot->value =
        (struct json_value){json_kind_of(*start), false, slice_of(start, (size_t)(at - start))};
    return at;
}

static void pass(struct json_index *index)
{
    struct slice text = index->record.value.text;
    index->is_passed = true;
    index->effort += text.len;
    buf_clear(&index->flat);
    index->record.visit = ++index->visits;
    pass_object(index, &index->record, text.data + 1, text.data + text.len);
}

/* ---- what was found ---- */

/* Whether it was found, and all that it is in. */
static inline bool is_there(struct json_index *index, const struct json_spot *spot)
{
    if (!index->is_passed) {
        pass(index);
    }
    for (; spot->parent != NULL; spot = spot->parent) {
        if (spot->seen_in != spot->parent->visit) {
            return false;
        }
    }
    return true;
}

const struct json_value *json_index_find(struct json_index *index, struct json_spot *spot)
{
    return is_there(index, spot) ? &spot->value : &missing;
}

size_t json_index_size(struct json_index *index, struct json_spot *spot)
{
    if (!is_there(index, spot) || spot->value.kind < JSON_KIND_STRING) {
        return 0;
    }
    if (spot->sized_in != spot->visit) {
        ASSERT(spot->value.kind == JSON_KIND_STRING);
        struct json_text text = json_text_of(spot->value.text, spot->value.has_escapes);
        index->effort += text.bytes.len;
        spot->size = json_text_count(&text);
        spot->sized_in = spot->visit;
    }
    return spot->size;
}

struct json_text json_index_text(struct json_index *index, struct json_spot *spot)
{
    const struct json_value *value = json_index_find(index, spot);
    ASSERT(value->kind == JSON_KIND_STRING);
    struct json_text text = json_text_of(value->text, value->has_escapes);
    if (!text.has_escapes) {
        return text;
    }
    if (spot->flat_in != spot->visit) {
        if (index->flat.len == 0 &&
            buf_reserve(&index->flat, index->record.value.text.len) == NULL) {
            buf_clear(&index->flat);
            return text;
        }
        char *flat = index->flat.data + index->flat.len;
        index->effort += COPY_COST * text.bytes.len;
        spot->flat = slice_of(flat, json_text_copy(&text, flat));
        spot->flat_in = spot->visit;
        index->flat.len += spot->flat.len;
    }
    return json_text_of(spot->flat, false);
}

uint64_t json_index_effort(const struct json_index *index)
{
    return index->effort;
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

bool json_walk_next(struct json_walk *walk, struct json_text *name, struct json_value *value)
{
    const char *at = walk->at;
    const char *end = walk->end;
    if (at >= end) {
        return false;
    }
    if (walk->is_object) {
        const char *start = ++at;
        name->has_escapes = false;
        at = json_string_end(start, end, &name->has_escapes);
        name->bytes = slice_of(start, (size_t)(at - start));
        at += 2; /* the quote and the colon */
        if (at >= end) {
            walk->at = end;
            return false;
        }
    }
    at = json_take_value(at, end, value);
    walk->at = at < end ? at + 1 : end;
    return true;
}

bool json_has_member(const struct json_value *object, const struct json_text *name)
{
    struct json_walk walk = json_walk_begin(object);
    struct json_text taken;
    struct json_value value;
    while (json_walk_next(&walk, &taken, &value)) {
        if (json_text_is_same(&taken, name)) {
            return true;
        }
    }
    return false;
}
