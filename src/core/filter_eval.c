/*
 * Filters evaluated. Three values: what is missing, or of a type that the operator is not for, is
 * undefined (JSON_KIND_MISSING where a value is meant). It recurses as deep as parentheses and !
 * nest, with a few calls for each. No allocation; any thread, as the index allows.
 */
#include "core/filter_node.h"

enum truth {
    UNDEFINED,
    FALSE,
    TRUE
};

/* A value, from the record, the expression or of a size. */
struct operand {
    struct json_value value;          /* a literal's text has no escapes */
    const struct json_number *number; /* of a number: what is read of it, if it has been */
    struct json_number own;           /* where it is read to */
    char digits[20];                  /* a size's text */
};

struct evaluation {
    const struct filter_node *nodes;
    struct json_index *index;
};

static enum truth truth_of(const struct evaluation *e, const struct filter_node *node);

static inline const struct filter_node *first_of(const struct evaluation *e,
                                                 const struct filter_node *node)
{
    return &e->nodes[node->first];
}

/* NULL behind the last one. */
static inline const struct filter_node *next_of(const struct evaluation *e,
                                                const struct filter_node *node)
{
    return node->next == FILTER_NO_NODE ? NULL : &e->nodes[node->next];
}

static inline enum truth truth_is(bool is_true)
{
    return is_true ? TRUE : FALSE;
}

static inline struct json_text text_of(const struct operand *o)
{
    return json_text_of(o->value.text, o->value.has_escapes);
}

/* ---- operands ---- */

static inline struct json_value find(const struct evaluation *e, const struct filter_node *path)
{
    if (path->is_hidden) {
        return (struct json_value){JSON_KIND_MISSING, false, {NULL, 0}, 0};
    }
    return json_index_find(e->index, &path->as.path);
}

static void take_size(const struct evaluation *e, const struct filter_node *call,
                      struct operand *out)
{
    struct json_value value = find(e, first_of(e, call));
    struct json_text text = json_text_of(value.text, value.has_escapes);
    size_t size;
    switch (value.kind) {
    case JSON_KIND_STRING:
        size = json_text_count(&text);
        break;
    case JSON_KIND_ARRAY:
    case JSON_KIND_OBJECT:
        size = json_index_size(e->index, &value);
        break;
    default:
        return;
    }
    out->value.kind = JSON_KIND_NUMBER;
    out->value.text = slice_of(out->digits, int64_format((int64_t)size, out->digits));
}

static enum json_kind kind_of_truth(enum truth truth)
{
    return truth == TRUE ? JSON_KIND_TRUE : truth == FALSE ? JSON_KIND_FALSE : JSON_KIND_MISSING;
}

static void take_operand(const struct evaluation *e, const struct filter_node *node,
                         struct operand *out)
{
    out->number = NULL;
    if (node->op == FILTER_PATH) {
        out->value = find(e, node);
        return;
    }
    out->value = (struct json_value){JSON_KIND_MISSING, false, {NULL, 0}, 0};
    switch (node->op) {
    case FILTER_TEXT:
        out->value.kind = JSON_KIND_STRING;
        out->value.text = node->as.text;
        break;
    case FILTER_NUMBER:
        out->value.kind = JSON_KIND_NUMBER;
        out->number = &node->as.number;
        break;
    case FILTER_NULL:
        out->value.kind = JSON_KIND_NULL;
        break;
    case FILTER_SIZE:
        take_size(e, node, out);
        break;
    default:
        out->value.kind = kind_of_truth(truth_of(e, node));
        break;
    }
}

static inline const struct json_number *number_of(struct operand *o)
{
    if (o->number == NULL) {
        o->own = json_number_of(o->value.text);
        o->number = &o->own;
    }
    return o->number;
}

/* ---- comparisons ---- */

static bool is_boolean(enum json_kind kind)
{
    return kind == JSON_KIND_TRUE || kind == JSON_KIND_FALSE;
}

static enum truth equality(struct operand *a, struct operand *b)
{
    enum json_kind left = a->value.kind;
    enum json_kind right = b->value.kind;
    if (left == JSON_KIND_MISSING || right == JSON_KIND_MISSING) {
        return UNDEFINED;
    }
    if (left == JSON_KIND_NULL || right == JSON_KIND_NULL ||
        (is_boolean(left) && is_boolean(right))) {
        return truth_is(left == right);
    }
    if (left == JSON_KIND_STRING && right == JSON_KIND_STRING) {
        struct json_text x = text_of(a);
        struct json_text y = text_of(b);
        return truth_is(json_text_is_same(&x, &y));
    }
    if (left == JSON_KIND_NUMBER && right == JSON_KIND_NUMBER) {
        return truth_is(json_number_order(number_of(a), number_of(b)) == 0);
    }
    return UNDEFINED;
}

static enum truth inequality(enum filter_op op, struct operand *a, struct operand *b)
{
    int order;
    if (a->value.kind == JSON_KIND_NUMBER && b->value.kind == JSON_KIND_NUMBER) {
        order = json_number_order(number_of(a), number_of(b));
    } else if (a->value.kind == JSON_KIND_STRING && b->value.kind == JSON_KIND_STRING) {
        struct json_text x = text_of(a);
        struct json_text y = text_of(b);
        order = json_text_order(&x, &y);
    } else {
        return UNDEFINED;
    }
    switch (op) {
    case FILTER_LT:
        return truth_is(order < 0);
    case FILTER_LE:
        return truth_is(order <= 0);
    case FILTER_GT:
        return truth_is(order > 0);
    default:
        return truth_is(order >= 0);
    }
}

static enum truth negation(enum truth truth)
{
    return truth == UNDEFINED ? UNDEFINED : truth == TRUE ? FALSE : TRUE;
}

static enum truth comparison(const struct evaluation *e, const struct filter_node *node)
{
    struct operand left;
    struct operand right;
    const struct filter_node *first = first_of(e, node);
    take_operand(e, first, &left);
    if (left.value.kind == JSON_KIND_MISSING) {
        return UNDEFINED;
    }
    take_operand(e, next_of(e, first), &right);
    if (node->op == FILTER_EQ) {
        return equality(&left, &right);
    }
    return node->op == FILTER_NE ? negation(equality(&left, &right))
                                 : inequality(node->op, &left, &right);
}

/* ---- in ---- */

/* What the elements of a list say together: one more of them. True once it is found; else undefined
 * while it could be compared with none of them. */
static enum truth add_element(enum truth so_far, struct operand *wanted, struct operand *element)
{
    enum truth truth = equality(wanted, element);
    return truth == UNDEFINED ? so_far : truth;
}

static enum truth is_in_literals(const struct evaluation *e, const struct filter_node *list,
                                 struct operand *wanted)
{
    enum truth truth = UNDEFINED;
    struct operand element;
    for (const struct filter_node *at = first_of(e, list); at != NULL && truth != TRUE;
         at = next_of(e, at)) {
        take_operand(e, at, &element);
        truth = add_element(truth, wanted, &element);
    }
    return truth;
}

static enum truth is_in_array(const struct json_value *array, struct operand *wanted)
{
    struct json_walk walk = json_walk_begin(array);
    if (walk.at == walk.end) {
        return FALSE;
    }
    enum truth truth = UNDEFINED;
    struct slice no_name;
    struct operand element;
    while (truth != TRUE && json_walk_next(&walk, &no_name, &element.value)) {
        element.number = NULL;
        truth = add_element(truth, wanted, &element);
    }
    return truth;
}

static enum truth is_in(const struct evaluation *e, const struct filter_node *node)
{
    struct operand left;
    struct operand right;
    const struct filter_node *first = first_of(e, node);
    take_operand(e, first, &left);
    if (left.value.kind == JSON_KIND_MISSING) {
        return UNDEFINED;
    }
    const struct filter_node *second = next_of(e, first);
    if (second->op == FILTER_LIST) {
        return is_in_literals(e, second, &left);
    }
    take_operand(e, second, &right);
    if (right.value.kind == JSON_KIND_ARRAY) {
        return is_in_array(&right.value, &left);
    }
    if (right.value.kind == JSON_KIND_OBJECT && left.value.kind == JSON_KIND_STRING) {
        struct json_text name = text_of(&left);
        return truth_is(json_index_member(e->index, &right.value, &name).kind != JSON_KIND_MISSING);
    }
    return UNDEFINED;
}

/* ---- conditions ---- */

static enum truth text_call(const struct evaluation *e, const struct filter_node *call)
{
    const struct filter_node *path = first_of(e, call);
    struct json_value value = find(e, path);
    if (value.kind != JSON_KIND_STRING) {
        return UNDEFINED;
    }
    struct json_text text = json_text_of(value.text, value.has_escapes);
    if (call->op == FILTER_CONTAINS) {
        return truth_is(json_text_contains(&text, &call->as.needle));
    }
    struct slice part = next_of(e, path)->as.text;
    return truth_is(call->op == FILTER_STARTS_WITH ? json_text_starts_with(&text, part)
                                                   : json_text_ends_with(&text, part));
}

/* `decisive` settles it at once: false for &&, true for ||. */
static enum truth chain(const struct evaluation *e, const struct filter_node *node,
                        enum truth decisive)
{
    enum truth truth = negation(decisive);
    for (const struct filter_node *at = first_of(e, node); at != NULL; at = next_of(e, at)) {
        enum truth link = truth_of(e, at);
        if (link == decisive) {
            return decisive;
        }
        truth = link == UNDEFINED ? UNDEFINED : truth;
    }
    return truth;
}

static enum truth truth_of(const struct evaluation *e, const struct filter_node *node)
{
    enum json_kind kind;
    switch (node->op) {
    case FILTER_OR:
        return chain(e, node, TRUE);
    case FILTER_AND:
        return chain(e, node, FALSE);
    case FILTER_NOT:
        return negation(truth_of(e, first_of(e, node)));
    case FILTER_IN:
        return is_in(e, node);
    case FILTER_HAS:
        return truth_is(find(e, first_of(e, node)).kind != JSON_KIND_MISSING);
    case FILTER_STARTS_WITH:
    case FILTER_ENDS_WITH:
    case FILTER_CONTAINS:
        return text_call(e, node);
    case FILTER_PATH:
        kind = find(e, node).kind;
        return is_boolean(kind) ? truth_is(kind == JSON_KIND_TRUE) : UNDEFINED;
    case FILTER_TRUE:
        return TRUE;
    case FILTER_FALSE:
        return FALSE;
    default:
        return node->op <= FILTER_IN ? comparison(e, node) : UNDEFINED;
    }
}

/* Whether it is true, where false and undefined are the same: && can stop sooner there. */
static bool is_true(const struct evaluation *e, const struct filter_node *node)
{
    if (node->op != FILTER_AND && node->op != FILTER_OR) {
        return truth_of(e, node) == TRUE;
    }
    bool decisive = node->op == FILTER_OR;
    for (const struct filter_node *at = first_of(e, node); at != NULL; at = next_of(e, at)) {
        if (is_true(e, at) == decisive) {
            return decisive;
        }
    }
    return !decisive;
}

bool filter_keeps(const struct filter *filter, struct json_index *index)
{
    struct evaluation e = {filter->nodes, index};
    return is_true(&e, &filter->nodes[filter->root]);
}
