/* The parser of filters: paths and calls. Any thread. */
#include "base/mem.h"
#include "core/filter/filter_parse.h"

enum {
    SHOWN_NAME = 40 /* bytes of an unknown function's name */
};

static const struct {
    const char *name;
    enum filter_op op;
} methods[] = {{"startsWith", FILTER_STARTS_WITH},
               {"endsWith", FILTER_ENDS_WITH},
               {"contains", FILTER_CONTAINS},
               {"size", FILTER_SIZE}};

static uint16_t unknown_function(struct filter_parser *p, size_t at, struct slice name,
                                 const char *known)
{
    return FILTER_FAULT(p, at, "Unknown function %.*s(): there are %s.",
                        (int)(name.len < SHOWN_NAME ? name.len : SHOWN_NAME), name.data, known);
}

/* A path with all its steps, the name of a method among them. Afterwards the lexer stands after the
 * last step, but its token is still the path's first. */
static uint16_t parse_steps(struct filter_parser *p)
{
    uint16_t node = filter_make_node(p, FILTER_PATH, p->lexer.start);
    if (node == FILTER_NO_NODE) {
        return node;
    }
    struct path *path = &filter_node_of(p, node)->as.path;
    const char *expected;
    p->lexer.at = p->lexer.start;
    int rc = path_parse(p->lexer.text, &p->lexer.at, false, path, &expected);
    if (rc == KSSE_EVALUE) {
        return FILTER_FAULT(p, p->lexer.at, "Expected %s.", expected);
    }
    if (rc < 0) {
        p->rc = rc;
        return FILTER_NO_NODE;
    }
    p->steps += path->count;
    return p->steps <= FILTER_MAX_STEPS
               ? node
               : FILTER_FAULT(p, p->lexer.start, "All paths together have more than %d steps.",
                              FILTER_MAX_STEPS);
}

/* Judges a complete path, and goes on. 0 or KSSE_EVALUE. */
CHECKED static int finish_path(struct filter_parser *p, uint16_t path)
{
    struct filter_node *node = filter_node_of(p, path);
    node->is_header = path_is_header(&node->as.path);
    node->is_hidden = p->hides != NULL && p->hides(p->opaque, &node->as.path);
    return filter_advance(p);
}

/* has(path) and size(path); the token is the function's name. */
static uint16_t parse_function(struct filter_parser *p)
{
    struct slice name = filter_lexed(&p->lexer);
    bool is_has = slice_eq_str(name, "has");
    if (!is_has && !slice_eq_str(name, "size")) {
        return unknown_function(p, p->lexer.start, name, "has(), size()");
    }
    uint16_t call = filter_take_node(p, is_has ? FILTER_HAS : FILTER_SIZE);
    if (call == FILTER_NO_NODE || filter_expect(p, FILTER_TOKEN_OPEN, "Expected (.") < 0) {
        return FILTER_NO_NODE;
    }
    if (p->lexer.token != FILTER_TOKEN_NAME && p->lexer.token != FILTER_TOKEN_OPEN_LIST) {
        return FILTER_FAULT(p, p->lexer.start, "Expected a path.");
    }
    uint16_t path = parse_steps(p);
    if (path == FILTER_NO_NODE || finish_path(p, path) < 0 ||
        filter_expect(p, FILTER_TOKEN_CLOSE, "Expected ) behind the path.") < 0) {
        return FILTER_NO_NODE;
    }
    filter_set_children(p, call, path, FILTER_NO_NODE);
    return call;
}

static uint16_t parse_text_argument(struct filter_parser *p, uint16_t call)
{
    bool is_literal;
    if (p->lexer.token != FILTER_TOKEN_TEXT) {
        return FILTER_FAULT(p, p->lexer.start, "Expected a text in quotes.");
    }
    uint16_t text = filter_parse_literal(p, &is_literal);
    if (text != FILTER_NO_NODE && filter_node_of(p, call)->op == FILTER_CONTAINS &&
        json_needle_init(&filter_node_of(p, call)->as.needle,
                         filter_node_of(p, text)->as.literal.value.text) < 0) {
        p->rc = KSSE_ENOMEM;
        return FILTER_NO_NODE;
    }
    return text;
}

/* path.function("text") and path.size(): makes the call and reads it from its bracket on. */
static uint16_t parse_method_call(struct filter_parser *p, uint16_t path, enum filter_op op)
{
    uint16_t call = filter_make_node(p, op, filter_node_of(p, path)->at);
    if (call == FILTER_NO_NODE || finish_path(p, path) < 0 ||
        filter_expect(p, FILTER_TOKEN_OPEN, "Expected (.") < 0) {
        return FILTER_NO_NODE;
    }
    uint16_t text = FILTER_NO_NODE;
    if (op != FILTER_SIZE) {
        text = parse_text_argument(p, call);
        if (text == FILTER_NO_NODE) {
            return FILTER_NO_NODE;
        }
    }
    filter_set_children(p, call, path, text);
    return filter_expect(p, FILTER_TOKEN_CLOSE, "Expected ).") < 0 ? FILTER_NO_NODE : call;
}

/* Cuts the method's name off the path, which was read together with it. */
static uint16_t parse_method(struct filter_parser *p, uint16_t path)
{
    struct path *steps = &filter_node_of(p, path)->as.path;
    struct slice name = steps->steps[--steps->count].name;
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        if (slice_eq_str(name, methods[i].name)) {
            return parse_method_call(p, path, methods[i].op);
        }
    }
    return unknown_function(p, p->lexer.at - name.len, name,
                            "startsWith(), endsWith(), contains(), size()");
}

/* Whether the token is `not` before an operand: then it cannot be a member's name. */
static bool is_misplaced_not(const struct filter_parser *p)
{
    struct filter_lexer ahead = p->lexer;
    struct filter_fault unused;
    if (!slice_eq_str(filter_lexed(&ahead), "not")) {
        return false;
    }
    ahead.fault = &unused;
    filter_lex(&ahead);
    return ahead.token == FILTER_TOKEN_NAME || ahead.token == FILTER_TOKEN_OPEN;
}

uint16_t filter_parse_path_or_call(struct filter_parser *p)
{
    if (is_misplaced_not(p)) {
        return FILTER_FAULT(p, p->lexer.start, "Use ! instead of not.");
    }
    if (p->lexer.token == FILTER_TOKEN_NAME && filter_lex_peek(&p->lexer) == '(') {
        return parse_function(p);
    }
    uint16_t path = parse_steps(p);
    if (path == FILTER_NO_NODE) {
        return path;
    }
    /* A last step in brackets is a member, and cannot be a method. */
    if (filter_lex_peek(&p->lexer) == '(' && p->lexer.text.data[p->lexer.at - 1] != ']') {
        return parse_method(p, path);
    }
    return finish_path(p, path) < 0 ? FILTER_NO_NODE : path;
}
