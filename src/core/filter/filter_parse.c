/*
 * The grammar of filters, by recursive descent; parentheses and ! are counted, so that it goes no
 * deeper than FILTER_MAX_DEPTH. Any thread.
 *
 *     or         = and { "||" and }
 *     and        = comparison { "&&" comparison }
 *     comparison = unary [ ("==" | "!=" | "<" | "<=" | ">" | ">=") unary | "in" (list | unary) ]
 *     unary      = "!" unary | "(" or ")" | literal | path | call
 */
#include "core/filter/filter_parse.h"
#include "base/mem.h"

static uint16_t parse_chain(struct filter_parser *p, enum filter_op op);

/* The token is where an operator or the end is due. */
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

/* Whether the node may stand where true or false is due; fills in the fault. */
static bool is_condition(struct filter_parser *p, uint16_t at)
{
    const struct filter_node *node = filter_node_of(p, at);
    const char *what = node->op == FILTER_TEXT     ? "A text"
                       : node->op == FILTER_NUMBER ? "A number"
                       : node->op == FILTER_NULL   ? "null"
                       : node->op == FILTER_SIZE   ? "A size"
                                                   : NULL;
    if (what != NULL) {
        filter_fault_set(p->lexer.fault, node->at,
                         "%s alone is neither true nor false: compare it with something.", what);
    }
    return what == NULL;
}

/* Over a ! or a bracket. */
static bool go_deeper(struct filter_parser *p)
{
    if (p->depth == FILTER_MAX_DEPTH) {
        filter_fault_set(p->lexer.fault, p->lexer.start,
                         "Parentheses and ! are nested more than %d deep.", FILTER_MAX_DEPTH);
        return false;
    }
    p->depth++;
    return filter_advance(p);
}

static uint16_t parse_parentheses(struct filter_parser *p)
{
    uint16_t node = go_deeper(p) ? parse_chain(p, FILTER_OR) : FILTER_NO_NODE;
    p->depth--;
    if (node == FILTER_NO_NODE) {
        return node;
    }
    if (p->lexer.token != FILTER_TOKEN_CLOSE) {
        return explain_rest(p);
    }
    return filter_advance(p) ? node : FILTER_NO_NODE;
}

static uint16_t parse_unary(struct filter_parser *p);

static uint16_t parse_not(struct filter_parser *p)
{
    uint16_t node = filter_make_node(p, FILTER_NOT, p->lexer.start);
    if (node == FILTER_NO_NODE || !go_deeper(p)) {
        return FILTER_NO_NODE;
    }
    uint16_t child = parse_unary(p);
    p->depth--;
    if (child == FILTER_NO_NODE || !is_condition(p, child)) {
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

/* Puts a link, or the links of a chain of the same kind, behind *last. */
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

/* A chain of || or &&, or what would be its only link. */
static uint16_t parse_chain(struct filter_parser *p, enum filter_op op)
{
    enum filter_token token = op == FILTER_OR ? FILTER_TOKEN_OR : FILTER_TOKEN_AND;
    uint16_t link = parse_link(p, op);
    if (link == FILTER_NO_NODE || p->lexer.token != token) {
        return link;
    }
    uint16_t chain = filter_make_node(p, op, p->lexer.start);
    uint16_t last = FILTER_NO_NODE;
    while (chain != FILTER_NO_NODE && link != FILTER_NO_NODE && is_condition(p, link)) {
        append_link(p, chain, &last, link);
        if (p->lexer.token != token) {
            return chain;
        }
        link = filter_advance(p) ? parse_link(p, op) : FILTER_NO_NODE;
    }
    return FILTER_NO_NODE;
}

static bool parse_all(struct filter_parser *p)
{
    uint16_t root = filter_advance(p) ? parse_chain(p, FILTER_OR) : FILTER_NO_NODE;
    if (root == FILTER_NO_NODE || !is_condition(p, root)) {
        return false;
    }
    if (p->lexer.token != FILTER_TOKEN_END) {
        explain_rest(p);
        return false;
    }
    p->filter->root = root;
    filter_make_text(p->filter);
    if (!buf_ok(&p->filter->text)) {
        p->outcome = FILTER_NO_MEMORY;
    }
    return buf_ok(&p->filter->text);
}

/* With room for as many nodes as there may be, or NULL. */
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

enum filter_outcome filter_parse(struct slice text,
                                 bool (*hides)(void *opaque, const struct path *path), void *opaque,
                                 struct filter **out, struct filter_fault *fault)
{
    if (text.len > FILTER_MAX_BYTES) {
        filter_fault_set(fault, FILTER_MAX_BYTES, "The expression is longer than %d bytes.",
                         FILTER_MAX_BYTES);
        return FILTER_BAD;
    }
    struct filter_parser p = {.lexer = {.text = text, .fault = fault},
                              .filter = filter_new(text.len),
                              .hides = hides,
                              .opaque = opaque,
                              .outcome = FILTER_BAD};
    if (p.filter == NULL) {
        return FILTER_NO_MEMORY;
    }
    p.literals_end = p.filter->literals;
    if (!parse_all(&p)) {
        filter_free(p.filter);
        return p.outcome;
    }
    give_back_unused(p.filter);
    *out = p.filter;
    return FILTER_OK;
}
