/*
 * The grammar of filters, by recursive descent. Parentheses and ! nest FILTER_MAX_DEPTH deep at
 * most, which bounds the recursion. Any thread.
 *
 *     or         = and { "||" and }
 *     and        = comparison { "&&" comparison }
 *     comparison = unary [ ("==" | "!=" | "<" | "<=" | ">" | ">=") unary | "in" (list | unary) ]
 *     unary      = "!" unary | "(" or ")" | literal | path | call
 */
#include "core/filter/filter_parse.h"
#include "base/mem.h"

static uint16_t parse_chain(struct filter_parser *p, enum filter_op op);

/* Says why the token cannot stand where an operator or the end is due. */
static uint16_t explain_rest(struct filter_parser *p)
{
    static const struct {
        const char *word, *message;
    } words[] = {
        {"and", "Use && instead of and."},
        {"or", "Use || instead of or."},
        {"not", "Use !(a in b) instead of a not in b."},
        {"is", "Use == instead of is."},
    };
    const char *message = p->lexer.token == FILTER_TOKEN_CLOSE   ? "There is no ( for this )."
                          : p->lexer.token == FILTER_TOKEN_MINUS ? "There is no arithmetic."
                          : p->lexer.token == FILTER_TOKEN_END   ? "Expected )."
                                                                 : "Expected an operator.";
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (p->lexer.token == FILTER_TOKEN_NAME &&
            slice_eq_nocase(filter_lexed(&p->lexer), words[i].word)) {
            message = words[i].message;
        }
    }
    return FILTER_FAULT(p, p->lexer.start, "%s", message);
}

/* 0 when the node may stand where true or false is due, or KSSE_EVALUE. */
CHECKED static int check_condition(struct filter_parser *p, uint16_t at)
{
    const struct filter_node *node = filter_node_of(p, at);
    const char *what = node->op == FILTER_TEXT     ? "A text"
                       : node->op == FILTER_NUMBER ? "A number"
                       : node->op == FILTER_NULL   ? "null"
                       : node->op == FILTER_SIZE   ? "A size"
                                                   : NULL;
    if (what == NULL) {
        return 0;
    }
    filter_fault_set(p->lexer.fault, node->at,
                     "%s alone is neither true nor false: compare it with something.", what);
    return KSSE_EVALUE;
}

/* Consumes a ! or a bracket. 0 or KSSE_EVALUE. */
CHECKED static int go_deeper(struct filter_parser *p)
{
    if (p->depth == FILTER_MAX_DEPTH) {
        filter_fault_set(p->lexer.fault, p->lexer.start,
                         "Parentheses and ! are nested more than %d deep.", FILTER_MAX_DEPTH);
        return KSSE_EVALUE;
    }
    p->depth++;
    return filter_advance(p);
}

static uint16_t parse_parentheses(struct filter_parser *p)
{
    uint16_t node = go_deeper(p) < 0 ? FILTER_NO_NODE : parse_chain(p, FILTER_OR);
    p->depth--;
    if (node == FILTER_NO_NODE) {
        return node;
    }
    if (p->lexer.token != FILTER_TOKEN_CLOSE) {
        return explain_rest(p);
    }
    return filter_advance(p) < 0 ? FILTER_NO_NODE : node;
}

static uint16_t parse_unary(struct filter_parser *p);

static uint16_t parse_not(struct filter_parser *p)
{
    uint16_t node = filter_make_node(p, FILTER_NOT, p->lexer.start);
    if (node == FILTER_NO_NODE || go_deeper(p) < 0) {
        return FILTER_NO_NODE;
    }
    uint16_t child = parse_unary(p);
    p->depth--;
    if (child == FILTER_NO_NODE || check_condition(p, child) < 0) {
        return FILTER_NO_NODE;
    }
    filter_set_children(p, node, child, FILTER_NO_NODE);
    return node;
}

static uint16_t parse_unary(struct filter_parser *p)
{
    bool is_literal;
    uint16_t literal = filter_parse_literal(p, &is_literal);
    if (is_literal) {
        return literal;
    }
    switch (p->lexer.token) {
    case FILTER_TOKEN_NOT:
        return parse_not(p);
    case FILTER_TOKEN_OPEN:
        return parse_parentheses(p);
    case FILTER_TOKEN_NAME:
    case FILTER_TOKEN_OPEN_LIST:
        return filter_parse_path_or_call(p);
    default:
        return FILTER_FAULT(p, p->lexer.start, "Expected a value.");
    }
}

static uint16_t parse_comparison(struct filter_parser *p)
{
    uint16_t left = parse_unary(p);
    if (left == FILTER_NO_NODE || p->lexer.token < FILTER_TOKEN_EQ) {
        return left;
    }
    enum filter_op op = (enum filter_op)(p->lexer.token - FILTER_TOKEN_EQ + FILTER_EQ);
    uint16_t node = filter_take_node(p, op);
    if (node == FILTER_NO_NODE) {
        return node;
    }
    bool is_list = op == FILTER_IN && p->lexer.token == FILTER_TOKEN_OPEN_LIST;
    uint16_t right = is_list ? filter_parse_list(p) : parse_unary(p);
    if (right == FILTER_NO_NODE) {
        return right;
    }
    if (p->lexer.token >= FILTER_TOKEN_EQ) {
        return FILTER_FAULT(p, p->lexer.start, "Comparisons do not chain: use && between them.");
    }
    filter_set_children(p, node, left, right);
    return node;
}

static uint16_t parse_link(struct filter_parser *p, enum filter_op op)
{
    return op == FILTER_OR ? parse_chain(p, FILTER_AND) : parse_comparison(p);
}

/* Appends a link to the chain, after *last; the links of a chain of the same kind one by one. */
static void append_link(struct filter_parser *p, uint16_t chain, uint16_t *last, uint16_t link)
{
    uint16_t first = link;
    if (filter_node_of(p, link)->op == filter_node_of(p, chain)->op) {
        first = filter_node_of(p, link)->first;
        filter_node_of(p, link)->first = FILTER_NO_NODE;
    }
    if (*last == FILTER_NO_NODE) {
        filter_node_of(p, chain)->first = first;
    } else {
        filter_node_of(p, *last)->next = first;
    }
    *last = first;
    while (filter_node_of(p, *last)->next != FILTER_NO_NODE) {
        *last = filter_node_of(p, *last)->next;
    }
}

/* A chain of || or &&; with one link only, that link. */
static uint16_t parse_chain(struct filter_parser *p, enum filter_op op)
{
    enum filter_token token = op == FILTER_OR ? FILTER_TOKEN_OR : FILTER_TOKEN_AND;
    uint16_t link = parse_link(p, op);
    if (link == FILTER_NO_NODE || p->lexer.token != token) {
        return link;
    }
    uint16_t chain = filter_make_node(p, op, p->lexer.start);
    uint16_t last = FILTER_NO_NODE;
    while (chain != FILTER_NO_NODE && link != FILTER_NO_NODE && check_condition(p, link) == 0) {
        append_link(p, chain, &last, link);
        if (p->lexer.token != token) {
            return chain;
        }
        link = filter_advance(p) < 0 ? FILTER_NO_NODE : parse_link(p, op);
    }
    return FILTER_NO_NODE;
}

CHECKED static int parse_all(struct filter_parser *p)
{
    uint16_t root = filter_advance(p) < 0 ? FILTER_NO_NODE : parse_chain(p, FILTER_OR);
    if (root == FILTER_NO_NODE || check_condition(p, root) < 0) {
        return p->rc;
    }
    if (p->lexer.token != FILTER_TOKEN_END) {
        explain_rest(p);
        return p->rc;
    }
    p->filter->root = root;
    filter_make_text(p->filter);
    return buf_ok(&p->filter->text) ? 0 : KSSE_ENOMEM;
}

/* A new filter with room for FILTER_MAX_NODES, or NULL without memory. */
static struct filter *filter_new(size_t text_len)
{
    struct filter *filter = mem_zalloc(sizeof(*filter));
    if (filter == NULL) {
        return NULL;
    }
    filter->nodes = mem_alloc(FILTER_MAX_NODES * sizeof(*filter->nodes));
    filter->literals = mem_alloc(text_len + 1);
    if (filter->nodes == NULL || filter->literals == NULL) {
        filter_free(filter);
        return NULL;
    }
    return filter;
}

static void give_back_unused(struct filter *filter)
{
    struct filter_node *smaller =
        mem_realloc(filter->nodes, filter->count * sizeof(*filter->nodes));
    if (smaller != NULL) {
        filter->nodes = smaller;
    }
}

int filter_parse(struct slice text, bool (*hides)(void *opaque, const struct path *path),
                 void *opaque, struct filter **out, struct filter_fault *fault)
{
    if (text.len > FILTER_MAX_BYTES) {
        filter_fault_set(fault, FILTER_MAX_BYTES, "The expression is longer than %d bytes.",
                         FILTER_MAX_BYTES);
        return KSSE_EVALUE;
    }
    struct filter_parser p = {.lexer = {.text = text, .fault = fault},
                              .filter = filter_new(text.len),
                              .hides = hides,
                              .opaque = opaque,
                              .rc = KSSE_EVALUE};
    if (p.filter == NULL) {
        return KSSE_ENOMEM;
    }
    p.literals_end = p.filter->literals;
    int rc = parse_all(&p);
    if (rc < 0) {
        filter_free(p.filter);
        return rc;
    }
    give_back_unused(p.filter);
    *out = p.filter;
    return 0;
}
