/*
 * Evaluates filters, in three-valued logic: a missing value, or one of a type that the operator
 * does not take, is undefined (as a value: JSON_KIND_MISSING). Recurses as deep as parentheses and
 * ! nest, with a few calls per level. On the index's thread.
 */
#include "core/filter/filter_eval.h"

/* Memory for an operand that is not a literal. */
struct scratch {
    struct filter_operand operand;
    char digits[20]; /* a size's text */
};

static enum truth truth_of(struct evaluation *e, const struct filter_node *node);

static inline struct path_entry *entry_of(const struct evaluation *e,
                                          const struct filter_node *node)
{
    return e->entries[node - e->nodes];
}

static inline const struct filter_node *first_of(const struct evaluation *e,
                                                 const struct filter_node *node)
{
    return &e->nodes[node->first];
}

/* NULL after the last child. */
static inline const struct filter_node *next_of(const struct evaluation *e,
                                                const struct filter_node *node)
{
    return node->next == FILTER_NO_NODE ? NULL : &e->nodes[node->next];
}

/* ---- operands ---- */

static const struct json_value missing = {JSON_KIND_MISSING, false, {NULL, 0}};

static inline const struct json_value *find(struct evaluation *e, const struct filter_node *path)
{
    struct path_entry *entry = entry_of(e, path);
    return entry == NULL ? &missing : path_index_value(e->index, entry);
}

static void take_size(struct evaluation *e, const struct filter_node *call, struct scratch *out)
{
    struct path_entry *entry = entry_of(e, call);
    out->operand.value = missing;
    if (entry == NULL || !json_kind_has_size(path_index_value(e->index, entry)->kind)) {
        return;
    }
    size_t size = path_index_size(e->index, entry);
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
take_operand(struct evaluation *e, const struct filter_node *node, struct scratch *scratch)
{
    if (node->op >= FILTER_TEXT) {
        return &node->as.literal;
    }
    scratch->operand.is_read = false;
    if (node->op == FILTER_PATH) {
        scratch->operand.value = *find(e, node);
    } else if (node->op == FILTER_SIZE) {
        take_size(e, node, scratch);
    } else {
        scratch->operand.value = boolean_of(truth_of(e, node));
    }
    return &scratch->operand;
}

/* ---- comparisons ---- */

static enum truth negation(enum truth truth)
{
    return truth == UNDEFINED ? UNDEFINED : truth == TRUE ? FALSE : TRUE;
}

/* Compares for == when the operator is !=: the caller negates. */
static inline enum truth compare(struct evaluation *e, enum filter_op op,
                                 const struct filter_operand *a, const struct filter_operand *b)
{
    return op == FILTER_EQ || op == FILTER_NE ? filter_equality(e, a, b)
                                              : filter_inequality(e, op, a, b);
}

/* Whether it is the list of the values of a header that came several times. */
static inline bool is_header_list(const struct filter_node *node, const struct json_value *value)
{
    return value->kind == JSON_KIND_ARRAY && node->is_header;
}

/* Whether the header has another value, now in *value; also false once the budget is spent. */
static bool take_header(struct evaluation *e, struct json_walk *walk, struct json_value *value)
{
    struct json_text no_name;
    return json_walk_next(walk, &no_name, value) &&
           pay(e, ELEMENT_COST + WALK_COST * value->text.len);
}

/* A comparison with a header is true if it is true for one of the header's values. */
static enum truth compare_each(struct evaluation *e, enum filter_op op,
                               const struct filter_operand *header,
                               const struct filter_operand *other, bool is_left)
{
    struct json_walk walk = json_walk_begin(&header->value);
    enum truth truth = UNDEFINED;
    struct filter_operand one;
    one.is_read = false;
    while (truth != TRUE && take_header(e, &walk, &one.value)) {
        enum truth of_one = is_left ? compare(e, op, &one, other) : compare(e, op, other, &one);
        truth = of_one == UNDEFINED ? truth : of_one;
    }
    return truth;
}

static enum truth comparison(struct evaluation *e, const struct filter_node *node)
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
        truth = compare_each(e, node->op, a, b, true);
    } else if (is_header_list(second, &b->value)) {
        truth = compare_each(e, node->op, b, a, false);
    } else {
        truth = compare(e, node->op, a, b);
    }
    return node->op == FILTER_NE ? negation(truth) : truth;
}

/* ---- in ---- */

/* Adds an element to the verdict on a list: true once the wanted value is found, undefined as long
 * as it could be compared with no element. */
static enum truth add_element(struct evaluation *e, enum truth so_far,
                              const struct filter_operand *wanted,
                              const struct filter_operand *element)
{
    enum truth truth = pay(e, ELEMENT_COST) ? filter_equality(e, wanted, element) : UNDEFINED;
    return truth == UNDEFINED ? so_far : truth;
}

static enum truth is_in_literals(struct evaluation *e, const struct filter_node *list,
                                 const struct filter_operand *wanted)
{
    enum truth truth = UNDEFINED;
    for (const struct filter_node *at = first_of(e, list); at != NULL && truth != TRUE;
         at = next_of(e, at)) {
        truth = add_element(e, truth, wanted, &at->as.literal);
    }
    return truth;
}

static enum truth is_in_array(struct evaluation *e, const struct json_value *array,
                              const struct filter_operand *wanted)
{
    if (!pay(e, WALK_COST * array->text.len)) {
        return UNDEFINED;
    }
    struct json_walk walk = json_walk_begin(array);
    if (walk.at == walk.end) {
        return FALSE;
    }
    enum truth truth = UNDEFINED;
    struct json_text no_name;
    struct filter_operand element;
    element.is_read = false;
    while (truth != TRUE && json_walk_next(&walk, &no_name, &element.value)) {
        truth = add_element(e, truth, wanted, &element);
    }
    return truth;
}

/* The same for each value of a header. */
static enum truth is_each_in_literals(struct evaluation *e, const struct filter_node *list,
                                      const struct json_value *header)
{
    struct json_walk walk = json_walk_begin(header);
    enum truth truth = UNDEFINED;
    struct filter_operand one;
    one.is_read = false;
    while (truth != TRUE && take_header(e, &walk, &one.value)) {
        enum truth of_one = is_in_literals(e, list, &one);
        truth = of_one == UNDEFINED ? truth : of_one;
    }
    return truth;
}

/* Whether the object has a member whose name is not a literal, so that the index has no entry. */
static enum truth is_in_object(struct evaluation *e, const struct json_value *object,
                               const struct filter_operand *wanted)
{
    struct json_text name = text_of(&wanted->value);
    if (!pay(e, ESCAPED_COST * object->text.len)) {
        return UNDEFINED;
    }
    return truth_is(json_has_member(object, &name));
}

static enum truth is_in(struct evaluation *e, const struct filter_node *node)
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
        return is_in_array(e, container, wanted);
    }
    if (second->is_header && container->kind != JSON_KIND_OBJECT) {
        return filter_equality(e, wanted, values); /* a header that came once */
    }
    if (container->kind != JSON_KIND_OBJECT || wanted->value.kind != JSON_KIND_STRING) {
        return UNDEFINED;
    }
    struct path_entry *member = entry_of(e, node);
    return member == NULL ? is_in_object(e, container, wanted)
                          : truth_is(path_index_value(e->index, member)->kind != JSON_KIND_MISSING);
}

/* ---- conditions ---- */

static enum truth contains(struct evaluation *e, const struct json_text *text,
                           const struct json_needle *needle)
{
    size_t cost = text->has_escapes ? ESCAPED_COST : 2 + needle->text.len / LONG_NEEDLE;
    return pay(e, cost * text->bytes.len) ? truth_is(json_text_contains(text, needle)) : UNDEFINED;
}

static enum truth ends_with(struct evaluation *e, const struct json_text *text, struct slice part)
{
    size_t cost = text->has_escapes ? ESCAPED_COST * text->bytes.len : part.len;
    return pay(e, cost) ? truth_is(json_text_ends_with(text, part)) : UNDEFINED;
}

static enum truth call_on(struct evaluation *e, const struct filter_node *call,
                          const struct json_text *text)
{
    struct slice part = next_of(e, first_of(e, call))->as.literal.value.text;
    switch (call->op) {
    case FILTER_CONTAINS:
        return contains(e, text, &call->as.needle);
    case FILTER_ENDS_WITH:
        return ends_with(e, text, part);
    default:
        return pay(e, part.len) ? truth_is(json_text_starts_with(text, part)) : UNDEFINED;
    }
}

static enum truth call_on_each(struct evaluation *e, const struct filter_node *call,
                               const struct json_value *header)
{
    struct json_walk walk = json_walk_begin(header);
    enum truth truth = UNDEFINED;
    struct json_value one;
    while (truth != TRUE && take_header(e, &walk, &one)) {
        struct json_text text = text_of(&one);
        truth = one.kind == JSON_KIND_STRING ? call_on(e, call, &text) : truth;
    }
    return truth;
}

static enum truth text_call(struct evaluation *e, const struct filter_node *call)
{
    const struct filter_node *path = first_of(e, call);
    const struct json_value *value = find(e, path);
    if (is_header_list(path, value)) {
        return call_on_each(e, call, value);
    }
    if (value->kind != JSON_KIND_STRING) {
        return UNDEFINED;
    }
    /* A prefix is compared without unescaping the whole text. */
    struct json_text text = call->op == FILTER_STARTS_WITH
                                ? text_of(value)
                                : path_index_text(e->index, entry_of(e, path));
    return call_on(e, call, &text);
}

/* A chain of && or ||. `decisive` ends it at once: false for &&, true for ||. */
static enum truth chain(struct evaluation *e, const struct filter_node *node, enum truth decisive)
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

static enum truth truth_of(struct evaluation *e, const struct filter_node *node)
{
    enum json_kind kind;
    if (!pay(e, NODE_COST)) {
        return UNDEFINED;
    }
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
        return truth_is(find(e, first_of(e, node))->kind != JSON_KIND_MISSING);
    case FILTER_STARTS_WITH:
    case FILTER_ENDS_WITH:
    case FILTER_CONTAINS:
        return text_call(e, node);
    case FILTER_PATH:
        kind = find(e, node)->kind;
        return is_boolean(kind) ? truth_is(kind == JSON_KIND_TRUE) : UNDEFINED;
    case FILTER_TRUE:
        return TRUE;
    case FILTER_FALSE:
        return FALSE;
    default:
        return node->op <= FILTER_IN ? comparison(e, node) : UNDEFINED;
    }
}

/* Whether the node is true. At the top, undefined is as good as false, so && can stop sooner. */
static bool is_true(struct evaluation *e, const struct filter_node *node)
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

enum filter_verdict filter_evaluate(const struct filter *filter, struct path_entry *const *entries,
                                    struct path_index *index, uint64_t *cost_ns)
{
    struct evaluation e = {filter->nodes, entries, index, FILTER_MAX_COST_NS};
    bool is_kept = is_true(&e, &filter->nodes[filter->root]);
    *cost_ns += (uint64_t)(FILTER_MAX_COST_NS - e.left);
    if (e.left < 0) {
        return FILTER_TOO_COSTLY;
    }
    return is_kept ? FILTER_KEEPS : FILTER_DROPS;
}
