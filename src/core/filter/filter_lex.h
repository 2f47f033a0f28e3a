/*
 * The tokens of filter expressions. Paths and calls are not tokens: the parser reads them from
 * their first name or bracket on. Private to the parser's files.
 */
#ifndef CORE_FILTER_FILTER_LEX_H
#define CORE_FILTER_FILTER_LEX_H

#include "core/filter/filter_node.h"

enum filter_token {
    FILTER_TOKEN_END,
    FILTER_TOKEN_BAD, /* the fault says why */
    FILTER_TOKEN_NAME,
    FILTER_TOKEN_WORD,   /* true, false or null */
    FILTER_TOKEN_TEXT,   /* with its quotes */
    FILTER_TOKEN_NUMBER, /* without a sign */
    FILTER_TOKEN_MINUS,
    FILTER_TOKEN_OPEN,
    FILTER_TOKEN_CLOSE,
    FILTER_TOKEN_OPEN_LIST,
    FILTER_TOKEN_CLOSE_LIST,
    FILTER_TOKEN_COMMA,
    FILTER_TOKEN_NOT,
    FILTER_TOKEN_AND,
    FILTER_TOKEN_OR,
    FILTER_TOKEN_EQ, /* comparisons from here to IN, in the order of enum filter_op */
    FILTER_TOKEN_NE,
    FILTER_TOKEN_LT,
    FILTER_TOKEN_LE,
    FILTER_TOKEN_GT,
    FILTER_TOKEN_GE,
    FILTER_TOKEN_IN
};

_Static_assert(FILTER_TOKEN_IN - FILTER_TOKEN_EQ == (int)FILTER_IN - FILTER_EQ &&
                   FILTER_TOKEN_NE - FILTER_TOKEN_EQ == (int)FILTER_NE - FILTER_EQ &&
                   FILTER_TOKEN_LT - FILTER_TOKEN_EQ == (int)FILTER_LT - FILTER_EQ &&
                   FILTER_TOKEN_LE - FILTER_TOKEN_EQ == (int)FILTER_LE - FILTER_EQ &&
                   FILTER_TOKEN_GT - FILTER_TOKEN_EQ == (int)FILTER_GT - FILTER_EQ &&
                   FILTER_TOKEN_GE - FILTER_TOKEN_EQ == (int)FILTER_GE - FILTER_EQ,
               "the parser computes an operator from its token");

struct filter_lexer {
    struct slice text;
    struct filter_fault *fault;
    enum filter_token token;
    size_t start; /* of the token */
    size_t at;    /* where it ends */
};

/* Goes on to the next token. After END or BAD it stays there. */
void filter_lex(struct filter_lexer *lexer);

/* The bytes of the token. */
static inline struct slice filter_lexed(const struct filter_lexer *lexer)
{
    return slice_of(lexer->text.data + lexer->start, lexer->at - lexer->start);
}

/* The first byte after the token and the spaces that follow it, or NUL at the end. */
char filter_lex_peek(const struct filter_lexer *lexer);

/*
 * Writes the text that a TEXT token stands for, without quotes and escapes, to `out`, which has
 * room for the token. Returns its length, or KSSE_EVALUE with the fault filled in.
 */
CHECKED ptrdiff_t filter_lex_unquote(struct filter_lexer *lexer, char *out);

#endif
