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

/* Where an operand is that is no literal. */
struct scratch {
    struct filter_operand operand;
    char digits[20]; /* a size's text */
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

static inline struct json_text text_of(const struct json_value *value)
{
    return json_text_of(value->text, value->has_escapes);
}

/* ---- operands ---- */

static const struct json_value missing = {JSON_KIND_MISSING, false, {NULL, 0}, 0};

static inline struct json_value find(const struct evaluation *e, const struct filter_node *path)
{
    return path->is_hidden ? missing : json_index_find(e->index, &path->as.path);
}

static void take_size(const struct evaluation *e, const struct filter_node *call,
                      struct scratch *out)
{
    struct json_value value = find(e, first_of(e, call));
    struct json_text text = text_of(&value);
    size_t size;
    out->operand.value = missing;
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
    out->operand.value.kind = JSON_KIND_NUMBER;
    out->operand.value.text = slice_of(out->digits, int64_format((int64_t)size, out->digits));
}

static struct json_value boolean_of(enum truth truth)
{
    struct json_value value = missing;
    value.kind = truth == TRUE    ? JSON_KIND_TRUE
                 : truth == FALSE ? JSON_KIND_FALSE
                                  : JSON_KIND_MISSING;
    return value;
}

/* The operand lives as long as the scratch and the filter. */
static const struct filter_operand *
take_operand(const struct evaluation *e, const struct filter_node *node, struct scratch *scratch)
{
    if (node->op >= FILTER_TEXT) {
        return &node->as.literal;
    }
    scratch->operand.is_read = false;
    if (node->op == FILTER_PATH) {
        scratch->operand.value = find(e, node);
    } else if (node->op == FILTER_SIZE) {
        take_size(e, node, scratch);
    } else {
        scratch->operand.value = boolean_of(truth_of(e, node));
    }
    return &scratch->operand;
}

/* ---- comparisons ---- */

static bool is_boolean(enum json_kind kind)
{
    return kind == JSON_KIND_TRUE || kind == JSON_KIND_FALSE;
}

static int order_of_texts(const struct filter_operand *a, const struct filter_operand *b)
{
    struct json_text x = text_of(&a->value);
    struct json_text y = text_of(&b->value);
    return json_text_order(&x, &y);
}

static inline struct json_number number_of(const struct filter_operand *o)
{
    return o->is_read ? (struct json_number){o->value.text, o->is_small, o->small}
                      : json_number_of(o->value.text);
}

static int order_of_numbers(const struct filter_operand *a, const struct filter_operand *b)
{
    struct json_number x = number_of(a);
    struct json_number y = number_of(b);
    return json_number_order(&x, &y);
}

static enum truth equality(const struct filter_operand *a, const struct filter_operand *b)
{
    enum json_kind left = a->value.kind;
    enum json_kind right = b->value.kind;
    if (left == JSON_KIND_STRING && right == JSON_KIND_STRING) {
        bool is_plain = !a->value.has_escapes && !b->value.has_escapes;
        return truth_is(is_plain ? slice_eq(a->value.text, b->value.text)
                                 : order_of_texts(a, b) == 0);
    }
    if (left == JSON_KIND_NUMBER && right == JSON_KIND_NUMBER) {
        return truth_is(order_of_numbers(a, b) == 0);
    }
    if (left == JSON_KIND_MISSING || right == JSON_KIND_MISSING) {
        return UNDEFINED;
    }
    if (left == JSON_KIND_NULL || right == JSON_KIND_NULL ||
        (is_boolean(left) && is_boolean(right))) {
        return truth_is(left == right);
    }
    return UNDEFINED;
}

static enum truth inequality(enum filter_op op, const struct filter_operand *a,
                             const struct filter_operand *b)
{
    int order;
    if (a->value.kind == JSON_KIND_NUMBER && b->value.kind == JSON_KIND_NUMBER) {
        order = order_of_numbers(a, b);
    } else if (a->value.kind == JSON_KIND_STRING && b->value.kind == JSON_KIND_STRING) {
        order = order_of_texts(a, b);
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

/* Where != is meant, the caller negates. */
static inline enum truth compare(enum filter_op op, const struct filter_operand *a,
                                 const struct filter_operand *b)
{
    return op == FILTER_EQ || op == FILTER_NE ? equality(a, b) : inequality(op, a, b);
}

/* Whether it is the list of the values of a header that came several times. */
static inline bool is_header_list(const struct filter_node *node, const struct json_value *value)
{
    return value->kind == JSON_KIND_ARRAY && node->is_header;
}

/* What holds for one of a header's values holds for the header. */
static enum truth compare_each(enum filter_op op, const struct json_value *header,
                               const struct filter_operand *other, bool is_left)
{
    struct json_walk walk = json_walk_begin(header);
    enum truth truth = UNDEFINED;
    struct slice no_name;
    struct filter_operand one;
    one.is_read = false;
    while (truth != TRUE && json_walk_next(&walk, &no_name, &one.value)) {
        enum truth of_one = is_left ? compare(op, &one, other) : compare(op, other, &one);
        truth = of_one == UNDEFINED ? truth : of_one;
    }
    return truth;
}

static enum truth comparison(const struct evaluation *e, const struct filter_node *node)
{
    struct scratch left;
    struct scratch right;
    const struct filter_node *first = first_of(e, node);
    const struct filter_node *second = next_of(e, first);
    const struct filter_operand *a = take_operand(e, first, &left);
    if (a->value.kind == JSON_KIND_MISSING) {
        return UNDEFINED;
    }
    const struct filter_operand *b = take_operand(e, second, &right);
    enum truth truth;
    if (is_header_list(first, &a->value)) {
        truth = compare_each(node->op, &a->value, b, true);
    } else if (is_header_list(second, &b->value)) {
        truth = compare_each(node->op, &b->value, a, false);
    } else {
        truth = compare(node->op, a, b);
    }
    return node->op == FILTER_NE ? negation(truth) : truth;
}

/* ---- in ---- */

/* What the elements of a list say together: one more of them. True once it is found; else undefined
 * while it could be compared with none of them. */
static enum truth add_element(enum truth so_far, const struct filter_operand *wanted,
                              const struct filter_operand *element)
{
    enum truth truth = equality(wanted, element);
    return truth == UNDEFINED ? so_far : truth;
}

static enum truth is_in_literals(const struct evaluation *e, const struct filter_node *list,
                                 const struct filter_operand *wanted)
{
    enum truth truth = UNDEFINED;
    for (const struct filter_node *at = first_of(e, list); at != NULL && truth != TRUE;
         at = next_of(e, at)) {
        truth = add_element(truth, wanted, &at->as.literal);
    }
    return truth;
}

static enum truth is_in_array(const struct json_value *array, const struct filter_operand *wanted)
{
    struct json_walk walk = json_walk_begin(array);
    if (walk.at == walk.end) {
        return FALSE;
    }
    enum truth truth = UNDEFINED;
    struct slice no_name;
    struct filter_operand element;
    element.is_read = false;
    while (truth != TRUE && json_walk_next(&walk, &no_name, &element.value)) {
        truth = add_element(truth, wanted, &element);
    }
    return truth;
}

/* The same of each value of a header. */
static enum truth is_each_in_literals(const struct evaluation *e, const struct filter_node *list,
                                      const struct json_value *header)
{
    struct json_walk walk = json_walk_begin(header);
    enum truth truth = UNDEFINED;
    struct slice no_name;
    struct filter_operand one;
    one.is_read = false;
    while (truth != TRUE && json_walk_next(&walk, &no_name, &one.value)) {
        enum truth of_one = is_in_literals(e, list, &one);
        truth = of_one == UNDEFINED ? truth : of_one;
    }
    return truth;
}

static enum truth is_in(const struct evaluation *e, const struct filter_node *node)
{
    struct scratch left;
    struct scratch right;
    const struct filter_node *first = first_of(e, node);
    const struct filter_operand *wanted = take_operand(e, first, &left);
    if (wanted->value.kind == JSON_KIND_MISSING) {
        return UNDEFINED;
    }
    const struct filter_node *second = next_of(e, first);
    if (second->op == FILTER_LIST) {
        return is_header_list(first, &wanted->value)
                   ? is_each_in_literals(e, second, &wanted->value)
                   : is_in_literals(e, second, wanted);
    }
    const struct filter_operand *values = take_operand(e, second, &right);
    const struct json_value *container = &values->value;
    if (container->kind == JSON_KIND_ARRAY) {
        return is_in_array(container, wanted);
    }
    if (second->is_header && container->kind != JSON_KIND_OBJECT) {
        return equality(wanted, values); /* a header that came once */
    }
    if (container->kind == JSON_KIND_OBJECT && wanted->value.kind == JSON_KIND_STRING) {
        struct json_text name = text_of(&wanted->value);
        return truth_is(json_index_member(e->index, container, &name).kind != JSON_KIND_MISSING);
    }
    return UNDEFINED;
}

/* ---- conditions ---- */

static enum truth call_on(const struct evaluation *e, const struct filter_node *call,
                          const struct json_value *value)
{
    if (value->kind != JSON_KIND_STRING) {
        return UNDEFINED;
    }
    struct json_text text = text_of(value);
    if (call->op == FILTER_CONTAINS) {
        return truth_is(json_text_contains(&text, &call->as.needle));
    }
    struct slice part = next_of(e, first_of(e, call))->as.literal.value.text;
    return truth_is(call->op == FILTER_STARTS_WITH ? json_text_starts_with(&text, part)
                                                   : json_text_ends_with(&text, part));
}

static enum truth text_call(const struct evaluation *e, const struct filter_node *call)
{
    const struct filter_node *path = first_of(e, call);
    struct json_value value = find(e, path);
    if (!is_header_list(path, &value)) {
        return call_on(e, call, &value);
    }
    struct json_walk walk = json_walk_begin(&value);
    enum truth truth = UNDEFINED;
    struct slice no_name;
    struct json_value one;
    while (truth != TRUE && json_walk_next(&walk, &no_name, &one)) {
        enum truth of_one = call_on(e, call, &one);
        truth = of_one == UNDEFINED ? truth : of_one;
    }
    return truth;
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
