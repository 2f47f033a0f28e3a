/*
 * Plans out of libavro's schemas. See plan.h. The only file that knows libavro. Named types are
 * nodes that several parts lead to, so that a plan is no larger than its schema, recursive or not.
 */
#include "avro/plan.h"
#include "avro/notes.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "core/json/json.h"

#include <avro.h>
#include <pthread.h>
#include <stdio.h>

static const char own_name[] = "_kafka";

/* libavro, unless it is built otherwise, has one error text for the process. */
static pthread_mutex_t parse_lock = PTHREAD_MUTEX_INITIALIZER;

/* The node of a type that has a name. */
struct named {
    struct list node;
    avro_schema_t schema;
    uint32_t index;
};

struct builder {
    struct plan *plan;
    struct notes notes;
    size_t note_at;
    uint32_t node_room;
    uint32_t part_room;
    struct list named;
    struct map named_by_schema;
    enum plan_outcome outcome;
    char *reason;
    size_t reason_len;
};

static bool add_type(struct builder *b, avro_schema_t schema, uint32_t *index);

static bool refuse(struct builder *b, const char *why)
{
    snprintf(b->reason, b->reason_len, "%s", why);
    b->outcome = PLAN_BAD;
    return false;
}

static bool fail_memory(struct builder *b)
{
    b->outcome = PLAN_NO_MEMORY;
    return false;
}

/* ---- the table ---- */

/* Makes room for `more` items behind `count`; false without memory. */
static bool make_room(void **items, size_t item_size, uint32_t *room, uint32_t count, uint32_t more)
{
    if (more <= *room - count) {
        return true;
    }
    uint32_t wanted = *room * 2 > count + more ? *room * 2 : count + more;
    void *grown = mem_realloc(*items, wanted * item_size);
    if (grown == NULL) {
        return false;
    }
    *items = grown;
    *room = wanted;
    return true;
}

static bool add_node(struct builder *b, enum plan_type type, uint32_t *index)
{
    struct plan *plan = b->plan;
    void *nodes = plan->nodes;
    if (!make_room(&nodes, sizeof(*plan->nodes), &b->node_room, plan->node_count, 1)) {
        return fail_memory(b);
    }
    plan->nodes = nodes;
    plan->nodes[plan->node_count] =
        (struct plan_node){.type = type, .scale = PLAN_NO_SCALE, .part = plan->part_count};
    *index = plan->node_count++;
    return true;
}

/* Gives the node its parts, all at once since they stand behind each other; returns the first. */
static bool add_parts(struct builder *b, uint32_t index, size_t count, uint32_t *first)
{
    struct plan *plan = b->plan;
    void *parts = plan->parts;
    if (count > PLAN_MAX_TEXT) {
        return refuse(b, "the schema is too large");
    }
    if (!make_room(&parts, sizeof(*plan->parts), &b->part_room, plan->part_count,
                   (uint32_t)count)) {
        return fail_memory(b);
    }
    plan->parts = parts;
    for (size_t i = 0; i < count; i++) {
        plan->parts[plan->part_count + i] = (struct plan_part){0};
    }
    plan->nodes[index].part = plan->part_count;
    plan->nodes[index].part_count = (uint32_t)count;
    *first = plan->part_count;
    plan->part_count += (uint32_t)count;
    return true;
}

/* The part's text: the name as JSON, and what comes behind it. */
static bool set_text(struct builder *b, uint32_t part, const char *name, const char *behind)
{
    struct buf *texts = &b->plan->texts;
    size_t before = texts->len;
    json_append_string(texts, slice_str(name));
    buf_append_str(texts, behind);
    if (!buf_ok(texts)) {
        return fail_memory(b);
    }
    b->plan->parts[part].text_at = (uint32_t)before;
    b->plan->parts[part].text_len = (uint32_t)(texts->len - before);
    return true;
}

/* Sets the part's node; parts move while that is made. */
static bool set_node(struct builder *b, uint32_t part, avro_schema_t schema)
{
    uint32_t index;
    if (!add_type(b, schema, &index)) {
        return false;
    }
    b->plan->parts[part].node = index;
    return true;
}

/* ---- types ---- */

static struct slice key_of(const avro_schema_t *schema)
{
    return slice_of((const char *)schema, sizeof(*schema));
}

static bool remember_named(struct builder *b, avro_schema_t schema, uint32_t index)
{
    struct named *named = mem_zalloc(sizeof(*named));
    if (named == NULL) {
        return fail_memory(b);
    }
    named->schema = schema;
    named->index = index;
    list_push_back(&b->named, &named->node);
    return map_put(&b->named_by_schema, key_of(&named->schema), named) == 0 || fail_memory(b);
}

static bool follow_link(struct builder *b, avro_schema_t link, uint32_t *index)
{
    avro_schema_t target = avro_schema_link_target(link);
    const struct named *named = map_get(&b->named_by_schema, key_of(&target));
    if (named == NULL) {
        return refuse(b, "the schema refers to a type before it is defined");
    }
    *index = named->index;
    return true;
}

static bool take_scale(struct builder *b, uint32_t index)
{
    if (b->note_at == b->notes.count) {
        return refuse(b, "the schema has attributes that contradict its types");
    }
    b->plan->nodes[index].scale = b->notes.scales[b->note_at++];
    return true;
}

static bool add_fixed(struct builder *b, avro_schema_t schema, uint32_t index)
{
    int64_t size = avro_schema_fixed_size(schema);
    if (size < 0) {
        return refuse(b, "the schema has a fixed of negative size");
    }
    b->plan->nodes[index].size = (size_t)size;
    return take_scale(b, index) && remember_named(b, schema, index);
}

static bool add_enum(struct builder *b, avro_schema_t schema, uint32_t index)
{
    int count = avro_schema_enum_number_of_symbols(schema);
    uint32_t part;
    if (!add_parts(b, index, (size_t)count, &part) || !remember_named(b, schema, index)) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        if (!set_text(b, part + (uint32_t)i, avro_schema_enum_get(schema, i), "")) {
            return false;
        }
    }
    return true;
}

static bool add_record(struct builder *b, avro_schema_t schema, uint32_t index)
{
    size_t count = avro_schema_record_size(schema);
    uint32_t part;
    if (!add_parts(b, index, count, &part) || !remember_named(b, schema, index)) {
        return false;
    }
    for (size_t i = 0; i < count; i++, part++) {
        const char *name = avro_schema_record_field_name(schema, (int)i);
        b->plan->parts[part].is_own_name = strcmp(name, own_name) == 0;
        if (avro_schema_record_field_get_index(schema, name) != (int)i) {
            /* Avro forbids it, which libavro does not know. */
            return refuse(b, "a record of the schema has two fields of the same name");
        }
        if (!set_text(b, part, name, ":") ||
            !set_node(b, part, avro_schema_record_field_get_by_index(schema, (int)i))) {
            return false;
        }
    }
    return true;
}

static bool add_union(struct builder *b, avro_schema_t schema, uint32_t index)
{
    size_t count = avro_schema_union_size(schema);
    uint32_t part;
    if (!add_parts(b, index, count, &part)) {
        return false;
    }
    for (size_t i = 0; i < count; i++, part++) {
        if (!set_node(b, part, avro_schema_union_branch(schema, (int)i))) {
            return false;
        }
    }
    return true;
}

static bool add_items(struct builder *b, avro_schema_t items, uint32_t index)
{
    uint32_t part;
    return add_parts(b, index, 1, &part) && set_node(b, part, items);
}

static bool fill_node(struct builder *b, avro_schema_t schema, uint32_t index)
{
    switch (avro_typeof(schema)) {
    case AVRO_BYTES:
        return take_scale(b, index);
    case AVRO_FIXED:
        return add_fixed(b, schema, index);
    case AVRO_ENUM:
        return add_enum(b, schema, index);
    case AVRO_RECORD:
        return add_record(b, schema, index);
    case AVRO_UNION:
        return add_union(b, schema, index);
    case AVRO_ARRAY:
        return add_items(b, avro_schema_array_items(schema), index);
    case AVRO_MAP:
        return add_items(b, avro_schema_map_values(schema), index);
    default:
        return true;
    }
}

static bool add_type(struct builder *b, avro_schema_t schema, uint32_t *index)
{
    static const enum plan_type types[] = {
        [AVRO_STRING] = PLAN_STRING,   [AVRO_BYTES] = PLAN_BYTES, [AVRO_INT32] = PLAN_INT,
        [AVRO_INT64] = PLAN_LONG,      [AVRO_FLOAT] = PLAN_FLOAT, [AVRO_DOUBLE] = PLAN_DOUBLE,
        [AVRO_BOOLEAN] = PLAN_BOOLEAN, [AVRO_NULL] = PLAN_NULL,   [AVRO_RECORD] = PLAN_RECORD,
        [AVRO_ENUM] = PLAN_ENUM,       [AVRO_FIXED] = PLAN_FIXED, [AVRO_MAP] = PLAN_MAP,
        [AVRO_ARRAY] = PLAN_ARRAY,     [AVRO_UNION] = PLAN_UNION,
    };
    if (is_avro_link(schema)) {
        return follow_link(b, schema, index);
    }
    ASSERT((size_t)avro_typeof(schema) < ARRAY_LEN(types));
    return add_node(b, types[avro_typeof(schema)], index) && fill_node(b, schema, *index);
}

/* ---- the whole ---- */

/* As add_type(); of a bundle, all schemas, and the last one's node. */
static bool add_root(struct builder *b, avro_schema_t schema, bool is_bundle)
{
    size_t count = is_bundle ? avro_schema_union_size(schema) : 1;
    for (size_t i = 0; i < count; i++) {
        avro_schema_t member = is_bundle ? avro_schema_union_branch(schema, (int)i) : schema;
        if (!add_type(b, member, &b->plan->root)) {
            return false;
        }
    }
    return b->note_at == b->notes.count ||
           refuse(b, "the schema has attributes that contradict its types");
}

static bool build(struct builder *b, struct slice text, bool is_bundle)
{
    avro_schema_t schema;
    pthread_mutex_lock(&parse_lock);
    bool is_parsed = avro_schema_from_json_length(text.data, text.len, &schema) == 0;
    if (!is_parsed) {
        refuse(b, avro_strerror());
    }
    pthread_mutex_unlock(&parse_lock);
    if (!is_parsed) {
        return false;
    }
    bool is_built = add_root(b, schema, is_bundle);
    b->plan->bytes = sizeof(*b->plan) + b->node_room * sizeof(*b->plan->nodes) +
                     b->part_room * sizeof(*b->plan->parts) + b->plan->texts.cap;
    avro_schema_decref(schema);
    return is_built;
}

static void builder_fini(struct builder *b)
{
    notes_fini(&b->notes);
    map_fini(&b->named_by_schema);
    LIST_EACH_SAFE(named, after, &b->named, struct named, node)
    {
        mem_free(named);
    }
}

enum plan_outcome plan_new(struct slice text, bool is_bundle, struct plan **out, char *reason,
                           size_t reason_len)
{
    struct builder b = {.named_by_schema = MAP_INIT, .reason = reason, .reason_len = reason_len};
    list_init(&b.named);
    if (text.len > PLAN_MAX_TEXT) {
        snprintf(reason, reason_len, "the schema is larger than %d bytes", PLAN_MAX_TEXT);
        return PLAN_BAD;
    }
    enum plan_outcome outcome = notes_read(text, is_bundle, &b.notes, reason, reason_len);
    if (outcome != PLAN_OK) {
        return outcome;
    }
    b.plan = mem_zalloc(sizeof(*b.plan));
    bool is_built = b.plan != NULL ? build(&b, text, is_bundle) : fail_memory(&b);
    builder_fini(&b);
    if (!is_built) {
        plan_free(b.plan);
        return b.outcome;
    }
    *out = b.plan;
    return PLAN_OK;
}

void plan_free(struct plan *plan)
{
    if (plan == NULL) {
        return;
    }
    mem_free(plan->nodes);
    mem_free(plan->parts);
    buf_fini(&plan->texts);
    mem_free(plan);
}
