/*
 * What the files of the parser share: its state, and how nodes are made. Private to
 * src/core/filter_*.c.
 *
 * A function that makes a node returns its number, or FILTER_NO_NODE when `outcome` and the fault
 * say why there is none. What nodes own is theirs from the beginning, so filter_free() cleans up.
 */
#ifndef CORE_FILTER_FILTER_PARSE_H
#define CORE_FILTER_FILTER_PARSE_H

#include "core/filter/filter_lex.h"

struct filter_parser {
    struct filter_lexer lexer;
    struct filter *filter;
    bool (*hides)(void *opaque, const struct path *path);
    void *opaque;
    char *literals_end; /* where the next literal goes */
    int depth;
    size_t steps;                /* of all paths so far */
    enum filter_outcome outcome; /* why there is no node */
};

#define FILTER_FAULT(p, at, ...)                                                                   \
    (filter_fault_set((p)->lexer.fault, at, __VA_ARGS__), (uint16_t)FILTER_NO_NODE)

static inline struct filter_node *filter_node_of(const struct filter_parser *p, uint16_t at)
{
    return &p->filter->nodes[at];
}

uint16_t filter_make_node(struct filter_parser *p, enum filter_op op, size_t at);

/* Makes a node of the token, which it consumes. */
uint16_t filter_take_node(struct filter_parser *p, enum filter_op op);

void filter_set_children(struct filter_parser *p, uint16_t parent, uint16_t first, uint16_t second);

/* Goes on to the next token; false when it is a bad one. */
CHECKED bool filter_advance(struct filter_parser *p);

/* Consumes the token if it is this one; else fills in the fault. */
CHECKED bool filter_expect(struct filter_parser *p, enum filter_token token, const char *message);

/* The literal that the token begins. FILTER_NO_NODE without a fault when it begins none, which
 * *is_literal tells. */
uint16_t filter_parse_literal(struct filter_parser *p, bool *is_literal);

/* What may stand right of `in` only; the token is its bracket. */
uint16_t filter_parse_list(struct filter_parser *p);

/* The token is a name, or the bracket that a path may begin with. */
uint16_t filter_parse_path_or_call(struct filter_parser *p);

#endif
