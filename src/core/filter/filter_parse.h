/*
 * The parser's state and how nodes are made. Private to the parser's files: filter_parse.c,
 * filter_call.c and filter_literal.c.
 *
 * A function that makes a node returns its number, or FILTER_NO_NODE when `rc` and the fault say
 * why there is none. Nodes own their memory from the beginning, so filter_free() cleans up.
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
    size_t steps; /* of all paths so far */
    int rc;       /* why there is no node: KSSE_EVALUE or KSSE_ENOMEM */
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

/* Goes on to the next token. 0, or KSSE_EVALUE when it is a bad one. */
CHECKED int filter_advance(struct filter_parser *p);

/* Consumes the token if it is this one. 0, or KSSE_EVALUE with the fault filled in. */
CHECKED int filter_expect(struct filter_parser *p, enum filter_token token, const char *message);

/* The literal that the token begins. Sets *is_literal to false, and returns FILTER_NO_NODE without
 * a fault, when the token begins none. */
uint16_t filter_parse_literal(struct filter_parser *p, bool *is_literal);

/* A list, which may stand to the right of `in` only; the token is its bracket. */
uint16_t filter_parse_list(struct filter_parser *p);

/* A path or a call; the token is a name, or the bracket that a path may begin with. */
uint16_t filter_parse_path_or_call(struct filter_parser *p);

#endif
