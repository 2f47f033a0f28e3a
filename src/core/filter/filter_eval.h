/*
 * Three-valued logic, and the budget of an evaluation. Private to filter_eval.c and
 * filter_compare.c.
 *
 * Each step is paid for before it is taken, with its estimated worst time in nanoseconds. Once the
 * budget is spent, nothing more is done, and everything is undefined. The index's work, done once
 * per record, costs nothing here, so that the outcome depends on the filter and the record alone.
 */
#ifndef CORE_FILTER_FILTER_EVAL_H
#define CORE_FILTER_FILTER_EVAL_H

#include "core/filter/filter_node.h"

enum truth {
    UNDEFINED,
    FALSE,
    TRUE
};

struct evaluation {
    const struct filter_node *nodes;
    struct path_entry *const *entries; /* of each node */
    struct path_index *index;
    int64_t left; /* nanoseconds to spend; negative: spent too much */
};

/* Costs in nanoseconds. Comparing a byte of plain text costs less than one. */
enum {
    NODE_COST = 8,
    ELEMENT_COST = 8,
    WALK_COST = 2,    /* walking over a byte */
    NUMBER_COST = 1,  /* comparing a byte of numbers */
    ESCAPED_COST = 4, /* comparing a byte of texts when one has escapes */
    LONG_NEEDLE =
        16 /* bytes that contains() compares at a time; at worst a whole needle per byte */
};

/* Whether the budget allows a step of that cost. */
static inline bool pay(struct evaluation *e, size_t cost)
{
    if (e->left >= 0) {
        e->left -= cost > FILTER_MAX_COST_NS ? FILTER_MAX_COST_NS + 1 : (int64_t)cost;
    }
    return e->left >= 0;
}

static inline enum truth truth_is(bool is_true)
{
    return is_true ? TRUE : FALSE;
}

static inline struct json_text text_of(const struct json_value *value)
{
    return json_text_of(value->text, value->has_escapes);
}

static inline bool is_boolean(enum json_kind kind)
{
    return kind == JSON_KIND_TRUE || kind == JSON_KIND_FALSE;
}

/* Whether two values are equal; undefined if they cannot be compared. */
enum truth filter_equality(struct evaluation *e, const struct filter_operand *a,
                           const struct filter_operand *b);

/* One of < <= > >=. */
enum truth filter_inequality(struct evaluation *e, enum filter_op op,
                             const struct filter_operand *a, const struct filter_operand *b);

#endif
