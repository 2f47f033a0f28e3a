/*
 * Data to JSON. See render.h. Every length and count is compared with the bytes that are left, and
 * what takes no bytes is counted, so that a record costs no more than its size and these limits.
 */
#include "avro/render.h"
#include "avro/number.h"
#include "core/json/base64.h"
#include "core/json/json.h"

#include <endian.h>

struct render {
    const struct plan *plan;
    const uint8_t *at;
    const uint8_t *end;
    struct buf *out;
    size_t most; /* out must not become longer */
    int depth;
    int empty_left; /* of RENDER_MAX_EMPTY */
};

static bool render_value(struct render *r, uint32_t index);

static size_t bytes_left(const struct render *r)
{
    return (size_t)(r->end - r->at);
}

/* ---- leaves ---- */

/* A variable-length zig-zag integer of at most 64 bits. */
static inline bool take_long(struct render *r, int64_t *out)
{
    uint64_t value = 0;
    for (int shift = 0; r->at < r->end; shift += 7) {
        uint8_t byte = *r->at++;
        if (shift == 63 && byte > 1) {
            return false;
        }
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            *out = (int64_t)(value >> 1 ^ (0 - (value & 1)));
            return true;
        }
    }
    return false;
}

static bool take_bytes(struct render *r, size_t len, struct slice *out)
{
    if (len > bytes_left(r)) {
        return false;
    }
    *out = slice_of((const char *)r->at, len);
    r->at += len;
    return true;
}

static bool take_counted(struct render *r, struct slice *out)
{
    int64_t len;
    return take_long(r, &len) && len >= 0 && (uint64_t)len <= bytes_left(r) &&
           take_bytes(r, (size_t)len, out);
}

static bool render_long(struct render *r, int64_t least, int64_t most)
{
    int64_t value;
    if (!take_long(r, &value) || value < least || value > most) {
        return false;
    }
    buf_append_int(r->out, value);
    return true;
}

static bool render_boolean(struct render *r)
{
    struct slice byte;
    if (!take_bytes(r, 1, &byte) || (uint8_t)byte.data[0] > 1) {
        return false;
    }
    buf_append_str(r->out, byte.data[0] == 1 ? "true" : "false");
    return true;
}

static bool render_float(struct render *r)
{
    struct slice bytes;
    uint32_t bits;
    float value;
    if (!take_bytes(r, sizeof(bits), &bytes)) {
        return false;
    }
    memcpy(&bits, bytes.data, sizeof(bits));
    bits = le32toh(bits);
    memcpy(&value, &bits, sizeof(value));
    number_append_float(r->out, value);
    return true;
}

static bool render_double(struct render *r)
{
    struct slice bytes;
    uint64_t bits;
    double value;
    if (!take_bytes(r, sizeof(bits), &bytes)) {
        return false;
    }
    memcpy(&bits, bytes.data, sizeof(bits));
    bits = le64toh(bits);
    memcpy(&value, &bits, sizeof(value));
    number_append_double(r->out, value);
    return true;
}

static bool render_string(struct render *r)
{
    struct slice text;
    if (!take_counted(r, &text)) {
        return false;
    }
    json_append_string(r->out, text);
    return true;
}

static bool render_bytes(struct render *r, const struct plan_node *node)
{
    struct slice bytes;
    bool is_there =
        node->type == PLAN_FIXED ? take_bytes(r, node->size, &bytes) : take_counted(r, &bytes);
    if (!is_there) {
        return false;
    }
    if (node->scale != PLAN_NO_SCALE) {
        return number_append_decimal(r->out, bytes, node->scale) == 0;
    }
    buf_append_char(r->out, '"');
    base64_append(r->out, bytes);
    buf_append_char(r->out, '"');
    return true;
}

/* The part that an index in the data chooses: of an enum or a union. */
static const struct plan_part *take_part(struct render *r, const struct plan_node *node)
{
    int64_t index;
    if (!take_long(r, &index) || index < 0 || index >= (int64_t)node->part_count) {
        return NULL;
    }
    return &r->plan->parts[node->part + (uint32_t)index];
}

static void append_text(struct render *r, const struct plan_part *part)
{
    buf_append(r->out, r->plan->texts.data + part->text_at, part->text_len);
}

static bool render_enum(struct render *r, const struct plan_node *node)
{
    const struct plan_part *symbol = take_part(r, node);
    if (symbol == NULL) {
        return false;
    }
    append_text(r, symbol);
    return true;
}

/* ---- containers ---- */

static bool render_union(struct render *r, const struct plan_node *node)
{
    const struct plan_part *branch = take_part(r, node);
    return branch != NULL && render_value(r, branch->node);
}

/*
 * The fields with the opening brace, without the closing one. With `is_top`, a field _kafka is read
 * and not shown.
 */
static bool render_fields(struct render *r, const struct plan_node *node, bool is_top,
                          bool *has_members)
{
    *has_members = false;
    buf_append_char(r->out, '{');
    for (uint32_t i = 0; i < node->part_count; i++) {
        const struct plan_part *field = &r->plan->parts[node->part + i];
        size_t before = r->out->len;
        if (*has_members) {
            buf_append_char(r->out, ',');
        }
        append_text(r, field);
        if (!render_value(r, field->node)) {
            return false;
        }
        if (is_top && field->is_own_name) {
            buf_truncate(r->out, before);
        } else {
            *has_members = true;
        }
    }
    return true;
}

static bool render_record(struct render *r, const struct plan_node *node)
{
    bool has_members;
    if (!render_fields(r, node, false, &has_members)) {
        return false;
    }
    buf_append_char(r->out, '}');
    return true;
}

/*
 * The count of the next block; 0 ends the array or map. A negative one is followed by the block's
 * length, which readers that do not skip have no use for.
 */
static bool take_block(struct render *r, uint64_t *count)
{
    int64_t value;
    int64_t len;
    if (!take_long(r, &value)) {
        return false;
    }
    *count = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    return value >= 0 || (take_long(r, &len) && len >= 0 && (uint64_t)len <= bytes_left(r));
}

static bool render_map_name(struct render *r)
{
    if (!render_string(r)) {
        return false;
    }
    buf_append_char(r->out, ':');
    return true;
}

/* The count of a block is not believed: the loop ends with the bytes, or with the empty values. */
static bool render_blocks(struct render *r, const struct plan_node *node)
{
    bool is_map = node->type == PLAN_MAP;
    uint32_t item = r->plan->parts[node->part].node;
    bool is_first = true;
    uint64_t count;
    buf_append_char(r->out, is_map ? '{' : '[');
    do {
        if (!take_block(r, &count)) {
            return false;
        }
        for (uint64_t i = 0; i < count; i++) {
            if (!is_first) {
                buf_append_char(r->out, ',');
            }
            is_first = false;
            if ((is_map && !render_map_name(r)) || !render_value(r, item)) {
                return false;
            }
        }
    } while (count > 0);
    buf_append_char(r->out, is_map ? '}' : ']');
    return true;
}

static bool render_container(struct render *r, const struct plan_node *node)
{
    if (r->depth == JSON_MAX_DEPTH) {
        return false;
    }
    r->depth++;
    bool is_right = node->type == PLAN_RECORD ? render_record(r, node) : render_blocks(r, node);
    r->depth--;
    return is_right;
}

static bool render_node(struct render *r, const struct plan_node *node)
{
    switch (node->type) {
    case PLAN_NULL:
        buf_append_str(r->out, "null");
        return true;
    case PLAN_BOOLEAN:
        return render_boolean(r);
    case PLAN_INT:
        return render_long(r, INT32_MIN, INT32_MAX);
    case PLAN_LONG:
        return render_long(r, INT64_MIN, INT64_MAX);
    case PLAN_FLOAT:
        return render_float(r);
    case PLAN_DOUBLE:
        return render_double(r);
    case PLAN_STRING:
        return render_string(r);
    case PLAN_BYTES:
    case PLAN_FIXED:
        return render_bytes(r, node);
    case PLAN_ENUM:
        return render_enum(r, node);
    case PLAN_UNION:
        return render_union(r, node);
    case PLAN_RECORD:
    case PLAN_ARRAY:
    case PLAN_MAP:
        break;
    }
    return render_container(r, node);
}

/* Looks at the output before, too: a record in itself writes its field's name ever again before the
 * first value is finished. */
static bool render_value(struct render *r, uint32_t index)
{
    const uint8_t *before = r->at;
    if (r->out->len > r->most || !render_node(r, &r->plan->nodes[index]) || r->out->len > r->most ||
        !buf_ok(r->out)) {
        return false;
    }
    return r->at > before || r->empty_left-- > 0;
}

/* A record becomes the object itself, whatever unions it is in; all else its member "value". */
static bool render_top(struct render *r, bool *has_members)
{
    uint32_t index = r->plan->root;
    while (r->plan->nodes[index].type == PLAN_UNION) {
        const struct plan_part *branch = take_part(r, &r->plan->nodes[index]);
        if (branch == NULL) {
            return false;
        }
        index = branch->node;
    }
    r->depth = 1;
    if (r->plan->nodes[index].type == PLAN_RECORD) {
        return render_fields(r, &r->plan->nodes[index], true, has_members);
    }
    buf_append_str(r->out, "{\"value\":");
    *has_members = true;
    return render_value(r, index);
}

enum deserializer_outcome plan_render(const struct plan *plan, struct slice bytes, struct buf *out,
                                      bool *has_members)
{
    size_t before = out->len;
    const uint8_t *data = bytes.len == 0 ? (const uint8_t *)"" : (const uint8_t *)bytes.data;
    struct render r = {
        plan, data, data + bytes.len, out, before + RENDER_MAX_TEXT, 0, RENDER_MAX_EMPTY};
    bool is_any;
    bool is_right = render_top(&r, &is_any) && r.at == r.end;
    if (!buf_ok(out)) {
        buf_truncate(out, before);
        return DECODE_NO_MEMORY;
    }
    if (!is_right) {
        buf_truncate(out, before);
        return DECODE_FAILED;
    }
    *has_members = is_any;
    return DECODED;
}
