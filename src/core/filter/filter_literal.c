/* The parser of filters: making nodes, literals, and lists of these. Any thread. */
#include "base/mem.h"
#include "core/filter/filter_parse.h"

uint16_t filter_make_node(struct filter_parser *p, enum filter_op op, size_t at)
{
    struct filter *filter = p->filter;
    if (filter->count == FILTER_MAX_NODES) {
        return FILTER_FAULT(p, at, "There are more than %d operators, calls, paths and literals.",
                            FILTER_MAX_NODES);
    }
    filter->nodes[filter->count] = (struct filter_node){
        .op = op, .at = (uint16_t)at, .first = FILTER_NO_NODE, .next = FILTER_NO_NODE};
    return (uint16_t)filter->count++;
}

uint16_t filter_take_node(struct filter_parser *p, enum filter_op op)
{
    uint16_t node = filter_make_node(p, op, p->lexer.start);
    return node != FILTER_NO_NODE && filter_advance(p) == 0 ? node : FILTER_NO_NODE;
}

void filter_set_children(struct filter_parser *p, uint16_t parent, uint16_t first, uint16_t second)
{
    filter_node_of(p, parent)->first = first;
    filter_node_of(p, first)->next = second;
}

int filter_advance(struct filter_parser *p)
{
    filter_lex(&p->lexer);
    return p->lexer.token == FILTER_TOKEN_BAD ? KSSE_EVALUE : 0;
}

int filter_expect(struct filter_parser *p, enum filter_token token, const char *message)
{
    if (p->lexer.token == token) {
        return filter_advance(p);
    }
    filter_fault_set(p->lexer.fault, p->lexer.start, "%s", message);
    return KSSE_EVALUE;
}

/* ---- literals ---- */

static struct filter_operand *set_literal(struct filter_parser *p, uint16_t node,
                                          enum json_kind kind, struct slice text)
{
    struct filter_operand *literal = &filter_node_of(p, node)->as.literal;
    *literal = (struct filter_operand){.value = {kind, false, text}};
    return literal;
}

static uint16_t parse_text(struct filter_parser *p)
{
    ptrdiff_t len = filter_lex_unquote(&p->lexer, p->literals_end);
    uint16_t node = len < 0 ? FILTER_NO_NODE : filter_take_node(p, FILTER_TEXT);
    if (node != FILTER_NO_NODE) {
        set_literal(p, node, JSON_KIND_STRING, slice_of(p->literals_end, (size_t)len));
        p->literals_end += len;
    }
    return node;
}

/* Numbers are kept in one spelling, so that 1e3 is as quick to compare as 1000. It may be longer
 * than the token, so it has memory of its own. */
static uint16_t parse_number(struct filter_parser *p, bool is_negative)
{
    struct buf signed_number = BUF_INIT;
    struct buf spelling = BUF_INIT;
    struct slice digits = filter_lexed(&p->lexer);
    uint16_t node = filter_take_node(p, FILTER_NUMBER);
    if (node == FILTER_NO_NODE) {
        return node;
    }
    buf_append_str(&signed_number, is_negative ? "-" : "");
    buf_append_slice(&signed_number, digits);
    if (buf_ok(&signed_number)) {
        json_number_append(buf_slice(&signed_number), &spelling);
        struct filter_operand *literal =
            set_literal(p, node, JSON_KIND_NUMBER, buf_slice(&spelling));
        struct json_number number = json_number_of(literal->value.text);
        literal->is_read = true;
        literal->is_small = number.is_small;
        literal->small = number.small;
    }
    if (!buf_ok(&signed_number) || !buf_ok(&spelling)) {
        p->rc = KSSE_ENOMEM;
        node = FILTER_NO_NODE;
    }
    buf_fini(&signed_number);
    return node;
}

static uint16_t parse_minus(struct filter_parser *p)
{
    size_t at = p->lexer.start;
    if (filter_advance(p) < 0) {
        return FILTER_NO_NODE;
    }
    if (p->lexer.token != FILTER_TOKEN_NUMBER) {
        return FILTER_FAULT(p, at, "A minus belongs to a number: there is no arithmetic.");
    }
    uint16_t node = parse_number(p, true);
    if (node != FILTER_NO_NODE) {
        filter_node_of(p, node)->at = (uint16_t)at;
    }
    return node;
}

static uint16_t parse_word(struct filter_parser *p)
{
    static const struct {
        const char *word;
        enum filter_op op;
        enum json_kind kind;
    } words[] = {
        {"true", FILTER_TRUE, JSON_KIND_TRUE},
        {"false", FILTER_FALSE, JSON_KIND_FALSE},
        {"null", FILTER_NULL, JSON_KIND_NULL},
    };
    size_t i = 0;
    while (i < ARRAY_LEN(words) - 1 && !slice_eq_str(filter_lexed(&p->lexer), words[i].word)) {
        i++;
    }
    uint16_t node = filter_take_node(p, words[i].op);
    if (node != FILTER_NO_NODE) {
        set_literal(p, node, words[i].kind, slice_of(NULL, 0));
    }
    return node;
}

uint16_t filter_parse_literal(struct filter_parser *p, bool *is_literal)
{
    *is_literal = true;
    switch (p->lexer.token) {
    case FILTER_TOKEN_TEXT:
        return parse_text(p);
    case FILTER_TOKEN_NUMBER:
        return parse_number(p, false);
    case FILTER_TOKEN_MINUS:
        return parse_minus(p);
    case FILTER_TOKEN_WORD:
        return parse_word(p);
    default:
        *is_literal = false;
        return FILTER_NO_NODE;
    }
}

static uint16_t parse_element(struct filter_parser *p)
{
    bool is_literal;
    uint16_t node = filter_parse_literal(p, &is_literal);
    return is_literal ? node
                      : FILTER_FAULT(p, p->lexer.start,
                                     "Expected a text, number, true, false or null for the list.");
}

uint16_t filter_parse_list(struct filter_parser *p)
{
    uint16_t list = filter_make_node(p, FILTER_LIST, p->lexer.start);
    uint16_t last = FILTER_NO_NODE;
    do {
        /* Consumes the bracket or a comma. */
        uint16_t node =
            list == FILTER_NO_NODE || filter_advance(p) < 0 ? FILTER_NO_NODE : parse_element(p);
        if (node == FILTER_NO_NODE) {
            return node;
        }
        if (last == FILTER_NO_NODE) {
            filter_node_of(p, list)->first = node;
        } else {
            filter_node_of(p, last)->next = node;
        }
        last = node;
    } while (p->lexer.token == FILTER_TOKEN_COMMA);
    return filter_expect(p, FILTER_TOKEN_CLOSE_LIST, "Expected a comma or ] in the list.") < 0
               ? FILTER_NO_NODE
               : list;
}
