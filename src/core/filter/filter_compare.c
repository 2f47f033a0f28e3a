/* Compares two values as filters do: see the header. Any thread. */
#include "core/filter/filter_eval.h"

static size_t shorter(struct slice a, struct slice b)
{
    return a.len < b.len ? a.len : b.len;
}

/* Whether the budget allows a comparison of the two. */
static inline bool pay_comparison(struct evaluation *e, const struct filter_operand *a,
                                  const struct filter_operand *b)
{
    if (a->value.kind == JSON_KIND_NUMBER) {
        return pay(e, NUMBER_COST * (a->value.text.len + b->value.text.len));
    }
    bool has_escapes = a->value.has_escapes || b->value.has_escapes;
    size_t len = shorter(a->value.text, b->value.text);
    return pay(e, has_escapes ? ESCAPED_COST * len : len / 8);
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

static bool are_equal_texts(const struct filter_operand *a, const struct filter_operand *b)
{
    bool is_plain = !a->value.has_escapes && !b->value.has_escapes;
    return is_plain ? slice_eq(a->value.text, b->value.text) : order_of_texts(a, b) == 0;
}

enum truth filter_equality(struct evaluation *e, const struct filter_operand *a,
                           const struct filter_operand *b)
{
    enum json_kind left = a->value.kind;
    enum json_kind right = b->value.kind;
    if (left == right && (left == JSON_KIND_STRING || left == JSON_KIND_NUMBER)) {
        if (!pay_comparison(e, a, b)) {
            return UNDEFINED;
        }
        return truth_is(left == JSON_KIND_STRING ? are_equal_texts(a, b)
                                                 : order_of_numbers(a, b) == 0);
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

enum truth filter_inequality(struct evaluation *e, enum filter_op op,
                             const struct filter_operand *a, const struct filter_operand *b)
{
    enum json_kind kind = a->value.kind;
    bool has_order = kind == JSON_KIND_NUMBER || kind == JSON_KIND_STRING;
    if (!has_order || b->value.kind != kind || !pay_comparison(e, a, b)) {
        return UNDEFINED;
    }
    int order = kind == JSON_KIND_NUMBER ? order_of_numbers(a, b) : order_of_texts(a, b);
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
