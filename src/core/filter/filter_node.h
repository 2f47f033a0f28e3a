/*
 * What a filter is made of: nodes in one array, which know each other by number. Private to
 * src/core/filter_*.c. Whoever parses makes them; afterwards nothing changes.
 */
#ifndef CORE_FILTER_FILTER_NODE_H
#define CORE_FILTER_FILTER_NODE_H

#include "core/filter/filter.h"
#include "core/json/json_number.h"

enum filter_op {
    /* Of two children or more, none of which is of the same kind. */
    FILTER_OR,
    FILTER_AND,
    /* Of one child. */
    FILTER_NOT,
    /* Of two children. */
    FILTER_EQ,
    FILTER_NE,
    FILTER_LT,
    FILTER_LE,
    FILTER_GT,
    FILTER_GE,
    FILTER_IN, /* the second one may be a list */
    /* Calls: a path, and for the last three a text. */
    FILTER_HAS,
    FILTER_SIZE,
    FILTER_STARTS_WITH,
    FILTER_ENDS_WITH,
    FILTER_CONTAINS,
    /* Operands; literals from TEXT on. */
    FILTER_LIST, /* of literals */
    FILTER_PATH,
    FILTER_TEXT,
    FILTER_NUMBER,
    FILTER_TRUE,
    FILTER_FALSE,
    FILTER_NULL
};

#define FILTER_NO_NODE UINT16_MAX

/* What comparisons compare. Small, since thousands of filters may be evaluated in turn. */
struct filter_operand {
    struct json_value value; /* a literal's text has no escapes */
    int64_t small;           /* see struct json_number, of which a literal has all that is read */
    bool is_small;
    bool is_read;
};

struct filter_node {
    enum filter_op op : 8;
    bool is_hidden : 1; /* a path that is always missing */
    bool is_header : 1; /* a path whose value may be a list of a header's values */
    uint16_t at;        /* the byte of the expression where it begins, or an operator stands */
    uint16_t first;     /* child, or FILTER_NO_NODE */
    uint16_t next;      /* sibling, or FILTER_NO_NODE */
    union {
        struct path path;              /* PATH */
        struct filter_operand literal; /* TEXT, NUMBER, TRUE, FALSE, NULL */
        struct json_needle needle;     /* CONTAINS: the text of its second child */
    } as;
};

struct filter {
    struct filter_node *nodes;
    size_t count;
    uint16_t root;
    char *literals;  /* what the literals' texts point into */
    struct buf text; /* see filter_text() */
};

/* Puts the text of the whole filter into filter->text; without memory that has failed. */
void filter_make_text(struct filter *filter);

/* Fills in *fault. */
void filter_fault_set(struct filter_fault *fault, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
