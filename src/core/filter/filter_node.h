/*
 * The syntax tree of a filter: nodes in one array, which refer to each other by number. The parser
 * makes them; afterwards nothing changes. Private to filter*.c.
 */
#ifndef CORE_FILTER_FILTER_NODE_H
#define CORE_FILTER_FILTER_NODE_H

#include "core/filter/filter.h"
#include "core/json/json_number.h"

enum filter_op {
    /* Two or more children, none of the same kind. */
    FILTER_OR,
    FILTER_AND,
    /* One child. */
    FILTER_NOT,
    /* Two children. */
    FILTER_EQ,
    FILTER_NE,
    FILTER_LT,
    FILTER_LE,
    FILTER_GT,
    FILTER_GE,
    FILTER_IN, /* the second child may be a list */
    /* Calls: a path and, for the last three, a text. */
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

_Static_assert(FILTER_EQ < FILTER_NE && FILTER_NE < FILTER_LT && FILTER_GE < FILTER_IN &&
                   FILTER_IN < FILTER_HAS,
               "comparisons stand together, IN last, calls after them");
_Static_assert(FILTER_HAS < FILTER_SIZE && FILTER_CONTAINS < FILTER_LIST &&
                   FILTER_PATH < FILTER_TEXT && FILTER_TEXT < FILTER_NULL,
               "calls come before operands, literals last");

#define FILTER_NO_NODE UINT16_MAX

/* An operand of a comparison. Small, since thousands of filters may be evaluated in turn. */
struct filter_operand {
    struct json_value value; /* a literal's text has no escapes */
    int64_t small;           /* of a number, as in struct json_number, once it is_read */
    bool is_small;
    bool is_read; /* always true of a literal number */
};

struct filter_node {
    enum filter_op op : 8;
    bool is_hidden : 1; /* a path that counts as missing in all records */
    bool is_header : 1; /* a path whose value may be the list of a header's values */
    uint16_t at;        /* the byte of the expression where it begins; an operator: where it is */
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
    char *literals;  /* the memory of the literals' texts */
    struct buf text; /* see filter_text() */
};

/* Writes filter->text, which is marked as failed without memory. */
void filter_make_text(struct filter *filter);

/* Fills in *fault. */
void filter_fault_set(struct filter_fault *fault, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
