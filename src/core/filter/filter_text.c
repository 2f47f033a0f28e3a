/* Writes a filter in its one spelling: single spaces, no needless parentheses. Any thread. */
#include "core/filter/filter_node.h"
#include "core/json/json.h"

/* How tightly an operator binds; calls and operands bind most tightly. */
enum binding {
    BINDS_OR,
    BINDS_AND,
    BINDS_COMPARISON,
    BINDS_NOT
};

static void append_node(const struct filter *filter, uint16_t at, enum binding least,
                        struct buf *out);

static bool is_bare(struct slice name)
{
    static const char *const reserved[] = {"true", "false", "null", "in"};
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++) {
        if (slice_eq_str(name, reserved[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!is_letter && (i == 0 || c < '0' || c > '9')) {
            return false;
        }
    }
    return name.len > 0;
}

/* As path_append(), but a first name that is a reserved word is quoted, and a hidden path gets a ~.
 */
static void append_path(const struct filter_node *node, struct buf *out)
{
    const struct path *path = &node->as.path;
    buf_append_str(out, node->is_hidden ? "~" : "");
    if (is_bare(path->steps[0].name)) {
        path_append(path, out);
        return;
    }
    buf_append_char(out, '[');
    json_append_string(out, path->steps[0].name);
    buf_append_char(out, ']');
    for (size_t i = 1; i < path->count; i++) {
        /* path_append() of a single step leaves out the dot before it. */
        struct path step = {&path->steps[i], 1, NULL};
        struct slice name = path->steps[i].name;
        size_t before = out->len;
        path_append(&step, out);
        if (name.data != NULL && buf_ok(out) && out->data[before] != '[') {
            buf_truncate(out, before);
            buf_append_char(out, '.');
            buf_append_slice(out, name);
        }
    }
}

static void append_children(const struct filter *filter, const struct filter_node *node,
                            const char *between, enum binding least, struct buf *out)
{
    for (uint16_t at = node->first; at != FILTER_NO_NODE; at = filter->nodes[at].next) {
        if (at != node->first) {
            buf_append_str(out, between);
        }
        append_node(filter, at, least, out);
    }
}

static void append_comparison(const struct filter *filter, const struct filter_node *node,
                              struct buf *out)
{
    static const char *const signs[] = {" == ", " != ", " < ", " <= ", " > ", " >= ", " in "};
    _Static_assert(ARRAY_LEN(signs) == FILTER_IN - FILTER_EQ + 1, "one for each comparison");
    const struct filter_node *right = &filter->nodes[filter->nodes[node->first].next];
    append_node(filter, node->first, BINDS_NOT, out);
    buf_append_str(out, signs[node->op - FILTER_EQ]);
    /* After `in`, a bracket begins a list. */
    bool is_ambiguous =
        node->op == FILTER_IN && right->op == FILTER_PATH && !is_bare(right->as.path.steps[0].name);
    buf_append_str(out, is_ambiguous ? "(" : "");
    append_node(filter, filter->nodes[node->first].next, BINDS_NOT, out);
    buf_append_str(out, is_ambiguous ? ")" : "");
}

static void append_call(const struct filter *filter, const struct filter_node *node,
                        struct buf *out)
{
    static const char *const names[] = {"has", "size", "startsWith", "endsWith", "contains"};
    _Static_assert(ARRAY_LEN(names) == FILTER_CONTAINS - FILTER_HAS + 1, "one for each call");
    const struct filter_node *path = &filter->nodes[node->first];
    const char *name = names[node->op - FILTER_HAS];
    if (path->next == FILTER_NO_NODE) {
        buf_printf(out, "%s(", name);
        append_path(path, out);
    } else {
        append_path(path, out);
        buf_printf(out, ".%s(", name);
        append_node(filter, path->next, BINDS_OR, out);
    }
    buf_append_char(out, ')');
}

static void append_operand(const struct filter *filter, const struct filter_node *node,
                           struct buf *out)
{
    switch (node->op) {
    case FILTER_LIST:
        buf_append_char(out, '[');
        append_children(filter, node, ", ", BINDS_NOT, out);
        buf_append_char(out, ']');
        break;
    case FILTER_PATH:
        append_path(node, out);
        break;
    case FILTER_TEXT:
        json_append_string(out, node->as.literal.value.text);
        break;
    case FILTER_NUMBER:
        buf_append_slice(out, node->as.literal.value.text);
        break;
    default:
        buf_append_str(out, node->op == FILTER_TRUE    ? "true"
                            : node->op == FILTER_FALSE ? "false"
                                                       : "null");
        break;
    }
}

static void append_plain(const struct filter *filter, const struct filter_node *node,
                         struct buf *out)
{
    switch (node->op) {
    case FILTER_OR:
        append_children(filter, node, " || ", BINDS_AND, out);
        break;
    case FILTER_AND:
        append_children(filter, node, " && ", BINDS_COMPARISON, out);
        break;
    case FILTER_NOT:
        buf_append_char(out, '!');
        append_node(filter, node->first, BINDS_NOT, out);
        break;
    default:
        if (node->op <= FILTER_IN) {
            append_comparison(filter, node, out);
        } else if (node->op <= FILTER_CONTAINS) {
            append_call(filter, node, out);
        } else {
            append_operand(filter, node, out);
        }
    }
}

static enum binding binding_of(enum filter_op op)
{
    switch (op) {
    case FILTER_OR:
        return BINDS_OR;
    case FILTER_AND:
        return BINDS_AND;
    default:
        return op >= FILTER_EQ && op <= FILTER_IN ? BINDS_COMPARISON : BINDS_NOT;
    }
}

/* In parentheses if it binds less tightly than `least`. */
static void append_node(const struct filter *filter, uint16_t at, enum binding least,
                        struct buf *out)
{
    const struct filter_node *node = &filter->nodes[at];
    bool is_loose = binding_of(node->op) < least;
    buf_append_str(out, is_loose ? "(" : "");
    append_plain(filter, node, out);
    buf_append_str(out, is_loose ? ")" : "");
}

void filter_make_text(struct filter *filter)
{
    append_node(filter, filter->root, BINDS_OR, &filter->text);
}
