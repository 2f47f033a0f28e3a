/*
 * What the files share that evaluate filters: three truths, and what an evaluation may still do.
 * Private to src/core/filter_*.c.
 *
 * What is done is paid for first, in about nanoseconds at worst, and once too much is spent nothing
 * more is done: everything is undefined then. What the index does once per record costs nothing
 * here, so that it is the filter and the record alone that decide.
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

/* What things cost. Bytes of plain texts are compared for less than one. */
enum {
    NODE_COST = 8,
    ELEMENT_COST = 8,
    WALK_COST = 2,    /* a byte that is walked over */
    NUMBER_COST = 1,  /* a byte of numbers that are compared */
    ESCAPED_COST = 4, /* a byte of texts that are compared while some have escapes */
    LONG_NEEDLE = 16  /* contains() may compare all of a needle at each byte, that many at a time */
};

/* Whether it can be done. */
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

/* Whether two values are equal; undefined where they cannot be. */
enum truth filter_equality(struct evaluation *e, const struct filter_operand *a,
                           const struct filter_operand *b);

/* One of < <= > >=. */
enum truth filter_inequality(struct evaluation *e, enum filter_op op,
                             const struct filter_operand *a, const struct filter_operand *b);

#endif
