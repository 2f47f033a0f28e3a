/*
 * The walk over a schema's text. See notes.h. It goes only where the text's structure is Avro's, as
 * libavro does: what is in defaults and other attributes is none of the schema. What is not right
 * there and not noted here, libavro refuses.
 */
#include "avro/notes.h"
#include "avro/number.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "core/json/json.h"

#include <stdio.h>

struct name {
    struct list node;
    size_t len;
    char text[];
};

struct walk {
    struct notes notes;
    size_t room; /* in notes.scales */
    struct list names;
    struct map known; /* the same by text */
    size_t type_count;
    enum plan_outcome outcome;
    char *reason;
    size_t reason_len;
};

/* The members of an object that say what type it is. */
enum member {
    MEMBER_TYPE,
    MEMBER_NAME,
    MEMBER_NAMESPACE,
    MEMBER_LOGICAL_TYPE,
    MEMBER_PRECISION,
    MEMBER_SCALE,
    MEMBER_FIELDS,
    MEMBER_ITEMS,
    MEMBER_VALUES,
    MEMBER_SYMBOLS,
    MEMBER_SIZE,
    MEMBER_COUNT
};

static const char *const member_names[MEMBER_COUNT] = {
    "type",   "name",  "namespace", "logicalType", "precision", "scale",
    "fields", "items", "values",    "symbols",     "size"};

struct members {
    enum json_token token[MEMBER_COUNT]; /* END: not there */
    struct slice text[MEMBER_COUNT];     /* of strings and numbers */
};

static bool walk_type(struct walk *w, struct json_reader *r, enum json_token token,
                      struct slice space, int depth);

static bool refuse(struct walk *w, const char *why)
{
    snprintf(w->reason, w->reason_len, "%s", why);
    w->outcome = PLAN_BAD;
    return false;
}

static bool fail_memory(struct walk *w)
{
    w->outcome = PLAN_NO_MEMORY;
    return false;
}

static bool refuse_json(struct walk *w)
{
    return refuse(w, "the schema is not JSON as Avro has it");
}

/* ---- objects ---- */

/* The member that the reader's NAME is, or MEMBER_COUNT. */
static enum member member_of(const struct json_reader *r)
{
    enum member member = 0;
    while (member < MEMBER_COUNT && !json_text_eq(r->text, member_names[member])) {
        member++;
    }
    return member;
}

/* Reads an object behind its brace, to behind its end. A member that is there twice is refused:
 * readers differ on which one counts. */
static bool read_members(struct walk *w, struct json_reader *r, struct members *out)
{
    enum json_token token;
    memset(out, 0, sizeof(*out));
    while ((token = json_reader_next(r)) == JSON_TOKEN_NAME) {
        enum member member = member_of(r);
        token = json_reader_next(r);
        if (member < MEMBER_COUNT) {
            if (out->token[member] != JSON_TOKEN_END) {
                return refuse(w, "an attribute of the schema is there twice");
            }
            out->token[member] = token;
            out->text[member] = r->text;
        }
        if (json_reader_skip(r, token) < 0) {
            return refuse_json(w);
        }
    }
    return token == JSON_TOKEN_OBJECT_END || refuse_json(w);
}

/* Moves a reader that is behind an object's brace to the member, and returns its first token. */
static enum json_token enter_member(struct json_reader *r, enum member member)
{
    while (json_reader_next(r) == JSON_TOKEN_NAME) {
        bool is_it = member_of(r) == member;
        enum json_token token = json_reader_next(r);
        if (is_it) {
            return token;
        }
        if (json_reader_skip(r, token) < 0) {
            break;
        }
    }
    return JSON_TOKEN_ERROR;
}

static bool is_text(const struct members *members, enum member member, const char *text)
{
    return members->token[member] == JSON_TOKEN_STRING && json_text_eq(members->text[member], text);
}

/* ---- what is noted ---- */

static bool note_scale(struct walk *w, int scale)
{
    if (w->notes.count == w->room) {
        size_t room = w->room == 0 ? 16 : w->room * 2;
        int *scales = mem_realloc(w->notes.scales, room * sizeof(*scales));
        if (scales == NULL) {
            return fail_memory(w);
        }
        w->notes.scales = scales;
        w->room = room;
    }
    w->notes.scales[w->notes.count++] = scale;
    return true;
}

/* The number, or `otherwise` when there is none; -1 when it is no such integer. */
static int64_t integer_of(const struct members *members, enum member member, int64_t otherwise)
{
    int64_t value;
    if (members->token[member] == JSON_TOKEN_END) {
        return otherwise;
    }
    if (members->token[member] != JSON_TOKEN_NUMBER ||
        !json_number_is_int64(members->text[member], &value)) {
        return -1;
    }
    return value;
}

/* An invalid logical type is to be ignored, says the specification. */
static int scale_of(const struct members *members)
{
    if (!is_text(members, MEMBER_LOGICAL_TYPE, "decimal")) {
        return PLAN_NO_SCALE;
    }
    int64_t precision = integer_of(members, MEMBER_PRECISION, -1);
    int64_t scale = integer_of(members, MEMBER_SCALE, 0);
    bool is_valid =
        precision > 0 && precision <= DECIMAL_MAX_DIGITS && scale >= 0 && scale <= precision;
    return is_valid ? (int)scale : PLAN_NO_SCALE;
}

static struct name *name_new(struct buf *full)
{
    struct name *name = buf_ok(full) ? mem_alloc(sizeof(*name) + full->len) : NULL;
    if (name != NULL) {
        list_init(&name->node);
        name->len = full->len;
        memcpy(name->text, full->data, full->len);
    }
    buf_fini(full);
    return name;
}

/* The full name as libavro makes it: dots in the name, then the namespace, then the one around. */
static struct name *full_name(const struct members *members, struct slice space)
{
    struct buf plain = BUF_INIT;
    struct buf full = BUF_INIT;
    json_unescape(members->text[MEMBER_NAME], &plain);
    bool has_dot = plain.len > 0 && memchr(plain.data, '.', plain.len) != NULL;
    if (!has_dot && members->token[MEMBER_NAMESPACE] == JSON_TOKEN_STRING) {
        json_unescape(members->text[MEMBER_NAMESPACE], &full);
    } else if (!has_dot) {
        buf_append_slice(&full, space);
    }
    if (full.len > 0) {
        buf_append_char(&full, '.');
    }
    buf_append_slice(&full, buf_slice(&plain));
    full.failed = full.failed || plain.failed;
    buf_fini(&plain);
    return full.len > 0 || full.failed ? name_new(&full) : NULL;
}

/* Notes the definition of a named type; *inner is the namespace of what is defined within it. */
static bool note_name(struct walk *w, const struct members *members, struct slice space,
                      struct slice *inner)
{
    if (members->token[MEMBER_NAME] != JSON_TOKEN_STRING || members->text[MEMBER_NAME].len == 0) {
        return refuse(w, "a type of the schema lacks its name");
    }
    struct name *name = full_name(members, space);
    if (name == NULL) {
        return fail_memory(w);
    }
    list_push_back(&w->names, &name->node);
    if (name->len > PLAN_MAX_NAME) {
        return refuse(w, "a name of the schema is too long");
    }
    struct slice text = slice_of(name->text, name->len);
    if (map_get(&w->known, text) != NULL) {
        snprintf(w->reason, w->reason_len, "the schema defines %.*s twice", SLICE_ARG(text));
        w->outcome = PLAN_BAD;
        return false;
    }
    if (map_put(&w->known, text, name) < 0) {
        return fail_memory(w);
    }
    const char *dot = memrchr(name->text, '.', name->len);
    *inner = dot == NULL ? slice_of(NULL, 0) : slice_of(name->text, (size_t)(dot - name->text));
    return true;
}

/* ---- types ---- */

static bool walk_field(struct walk *w, struct json_reader *r, struct slice space, int depth)
{
    struct json_reader inner = *r;
    struct members members;
    return read_members(w, r, &members) &&
           walk_type(w, &inner, enter_member(&inner, MEMBER_TYPE), space, depth + 1);
}

/* `r` is behind the bracket of the fields. */
static bool walk_fields(struct walk *w, struct json_reader *r, struct slice space, int depth)
{
    enum json_token token;
    while ((token = json_reader_next(r)) == JSON_TOKEN_OBJECT_BEGIN) {
        if (!walk_field(w, r, space, depth)) {
            return false;
        }
    }
    return token == JSON_TOKEN_ARRAY_END || refuse_json(w);
}

static bool walk_branches(struct walk *w, struct json_reader *r, struct slice space, int depth)
{
    enum json_token token;
    while ((token = json_reader_next(r)) != JSON_TOKEN_ARRAY_END) {
        if (token == JSON_TOKEN_ARRAY_BEGIN) {
            /* Avro forbids it, and nesting that adds nothing to the JSON would know no limit. */
            return refuse(w, "the schema has a union in a union");
        }
        if (!walk_type(w, r, token, space, depth + 1)) {
            return false;
        }
    }
    return true;
}

/* `inner` is behind the object's brace. */
static bool walk_members(struct walk *w, struct json_reader *inner, const struct members *members,
                         struct slice space, int depth)
{
    if (is_text(members, MEMBER_TYPE, "bytes")) {
        return note_scale(w, scale_of(members));
    }
    if (is_text(members, MEMBER_TYPE, "fixed")) {
        return note_name(w, members, space, &space) && note_scale(w, scale_of(members));
    }
    if (is_text(members, MEMBER_TYPE, "enum")) {
        return note_name(w, members, space, &space);
    }
    if (is_text(members, MEMBER_TYPE, "record")) {
        if (!note_name(w, members, space, &space)) {
            return false;
        }
        return enter_member(inner, MEMBER_FIELDS) == JSON_TOKEN_ARRAY_BEGIN
                   ? walk_fields(w, inner, space, depth)
                   : refuse(w, "a record of the schema lacks its fields");
    }
    if (is_text(members, MEMBER_TYPE, "array")) {
        return walk_type(w, inner, enter_member(inner, MEMBER_ITEMS), space, depth + 1);
    }
    if (is_text(members, MEMBER_TYPE, "map")) {
        return walk_type(w, inner, enter_member(inner, MEMBER_VALUES), space, depth + 1);
    }
    return true;
}

/* A type whose first token was just returned; `space` is the namespace around it. */
static bool walk_type(struct walk *w, struct json_reader *r, enum json_token token,
                      struct slice space, int depth)
{
    if (depth > PLAN_MAX_DEPTH || ++w->type_count > PLAN_MAX_NODES) {
        return refuse(w, "the schema is nested too deeply or has too many types");
    }
    if (token == JSON_TOKEN_STRING) {
        return !json_text_eq(r->text, "bytes") || note_scale(w, PLAN_NO_SCALE);
    }
    if (token == JSON_TOKEN_ARRAY_BEGIN) {
        return walk_branches(w, r, space, depth);
    }
    if (token != JSON_TOKEN_OBJECT_BEGIN) {
        return refuse_json(w);
    }
    struct json_reader inner = *r;
    struct members members;
    return read_members(w, r, &members) && walk_members(w, &inner, &members, space, depth);
}

/* All of the text; a bundle is an array of types. */
static bool walk_text(struct walk *w, struct slice text, bool is_bundle)
{
    struct json_reader r;
    struct slice no_space = slice_of(NULL, 0);
    json_reader_init(&r, text);
    enum json_token token = json_reader_next(&r);
    if (is_bundle) {
        ASSERT(token == JSON_TOKEN_ARRAY_BEGIN);
        token = json_reader_next(&r);
    }
    do {
        if (!walk_type(w, &r, token, no_space, 0)) {
            return false;
        }
        token = json_reader_next(&r);
    } while (is_bundle && token != JSON_TOKEN_ARRAY_END);
    if (is_bundle) {
        token = json_reader_next(&r);
    }
    return token == JSON_TOKEN_END || refuse_json(w);
}

enum plan_outcome notes_read(struct slice text, bool is_bundle, struct notes *out, char *reason,
                             size_t reason_len)
{
    struct walk w = {.known = MAP_INIT, .reason = reason, .reason_len = reason_len};
    list_init(&w.names);
    if (walk_text(&w, text, is_bundle)) {
        *out = w.notes;
    } else {
        notes_fini(&w.notes);
    }
    map_fini(&w.known);
    LIST_EACH_SAFE(name, after, &w.names, struct name, node)
    {
        mem_free(name);
    }
    return w.outcome;
}

void notes_fini(struct notes *notes)
{
    mem_free(notes->scales);
    notes->scales = NULL;
    notes->count = 0;
}
