/* Reads the tokens of filter expressions, and the texts within quotes. Any thread. */
#include "core/filter/filter_lex.h"
#include "core/json/json_scan.h"

enum {
    REPLACEMENT = 0xfffd,
    FIRST_HIGH_SURROGATE = 0xd800,
    FIRST_LOW_SURROGATE = 0xdc00,
    LAST_SURROGATE = 0xdfff,
    LAST_CODE = 0x10ffff
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name_byte(char c)
{
    return is_letter(c) || json_is(c, JSON_CLASS_DIGIT);
}

/* The byte there, or NUL (which is valid nowhere) at the end. */
static char byte_at(const struct filter_lexer *lexer, size_t at)
{
    return at < lexer->text.len ? lexer->text.data[at] : '\0';
}

static size_t skip_space(const struct filter_lexer *lexer, size_t at)
{
    while (json_is(byte_at(lexer, at), JSON_CLASS_SPACE)) {
        at++;
    }
    return at;
}

char filter_lex_peek(const struct filter_lexer *lexer)
{
    return byte_at(lexer, skip_space(lexer, lexer->at));
}

static enum filter_token bad(struct filter_lexer *lexer, size_t at, const char *message)
{
    filter_fault_set(lexer->fault, at, "%s", message);
    return FILTER_TOKEN_BAD;
}

static enum filter_token lex_name(struct filter_lexer *lexer)
{
    while (is_name_byte(byte_at(lexer, lexer->at))) {
        lexer->at++;
    }
    struct slice name = filter_lexed(lexer);
    if (slice_eq_str(name, "true") || slice_eq_str(name, "false") || slice_eq_str(name, "null")) {
        return FILTER_TOKEN_WORD;
    }
    return slice_eq_str(name, "in") ? FILTER_TOKEN_IN : FILTER_TOKEN_NAME;
}

static enum filter_token lex_number(struct filter_lexer *lexer)
{
    const char *text = lexer->text.data;
    const char *end = json_number_end(text + lexer->start, text + lexer->text.len);
    if (end == NULL) {
        return bad(lexer, lexer->start, "This is no number: write it as in JSON.");
    }
    lexer->at = (size_t)(end - text);
    char next = byte_at(lexer, lexer->at);
    if (is_name_byte(next) || next == '.') {
        return bad(lexer, lexer->start, "This is no number: write it as in JSON.");
    }
    return FILTER_TOKEN_NUMBER;
}

/* Up to the closing quote. filter_lex_unquote() judges the text between the quotes. */
static enum filter_token lex_text(struct filter_lexer *lexer)
{
    char quote = lexer->text.data[lexer->start];
    for (lexer->at = lexer->start + 1; lexer->at < lexer->text.len; lexer->at++) {
        char c = byte_at(lexer, lexer->at);
        if (c == quote) {
            lexer->at++;
            return FILTER_TOKEN_TEXT;
        }
        lexer->at += c == '\\';
    }
    return bad(lexer, lexer->start, "This text has no closing quote.");
}

/* Operators, longer ones before their beginnings. Those with a message are of other languages. */
static const struct {
    const char *spelling;
    enum filter_token token;
    const char *message;
} operators[] = {
    {"===", FILTER_TOKEN_BAD, "Use == instead of ===."},
    {"!==", FILTER_TOKEN_BAD, "Use != instead of !==."},
    {"==", FILTER_TOKEN_EQ, NULL},
    {"!=", FILTER_TOKEN_NE, NULL},
    {"=~", FILTER_TOKEN_BAD, "There are no patterns: use contains(), startsWith() or endsWith()."},
    {"=", FILTER_TOKEN_BAD, "A single = is no operator: use ==."},
    {"<>", FILTER_TOKEN_BAD, "Use != instead of <>."},
    {"<=", FILTER_TOKEN_LE, NULL},
    {">=", FILTER_TOKEN_GE, NULL},
    {"<", FILTER_TOKEN_LT, NULL},
    {">", FILTER_TOKEN_GT, NULL},
    {"&&", FILTER_TOKEN_AND, NULL},
    {"&", FILTER_TOKEN_BAD, "A single & is no operator: use &&. In a URL, write it as %26%26."},
    {"||", FILTER_TOKEN_OR, NULL},
    {"|", FILTER_TOKEN_BAD, "A single | is no operator: use ||."},
    {"!", FILTER_TOKEN_NOT, NULL},
    {"-", FILTER_TOKEN_MINUS, NULL},
    {"(", FILTER_TOKEN_OPEN, NULL},
    {")", FILTER_TOKEN_CLOSE, NULL},
    {"[", FILTER_TOKEN_OPEN_LIST, NULL},
    {"]", FILTER_TOKEN_CLOSE_LIST, NULL},
    {",", FILTER_TOKEN_COMMA, NULL},
    {"+", FILTER_TOKEN_BAD, "There is no arithmetic."},
    {"*", FILTER_TOKEN_BAD, "There is no arithmetic."},
    {"/", FILTER_TOKEN_BAD, "There is no arithmetic."},
    {"%", FILTER_TOKEN_BAD, "There is no arithmetic."},
    {"?", FILTER_TOKEN_BAD, "There is no choice with ? and :."},
};

static enum filter_token lex_operator(struct filter_lexer *lexer)
{
    size_t left = lexer->text.len - lexer->start;
    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        size_t len = strlen(operators[i].spelling);
        if (len <= left &&
            memcmp(lexer->text.data + lexer->start, operators[i].spelling, len) == 0) {
            lexer->at = lexer->start + len;
            return operators[i].token == FILTER_TOKEN_BAD
                       ? bad(lexer, lexer->start, operators[i].message)
                       : operators[i].token;
        }
    }
    return bad(lexer, lexer->start,
               json_is_multibyte(lexer->text.data[lexer->start])
                   ? "Names of other than ASCII letters are written as [\"name\"]."
                   : "This character means nothing here.");
}

void filter_lex(struct filter_lexer *lexer)
{
    if (lexer->token == FILTER_TOKEN_BAD) {
        return;
    }
    lexer->at = skip_space(lexer, lexer->at);
    lexer->start = lexer->at;
    char c = byte_at(lexer, lexer->at);
    if (lexer->at == lexer->text.len) {
        lexer->token = FILTER_TOKEN_END;
    } else if (is_letter(c)) {
        lexer->token = lex_name(lexer);
    } else if (json_is(c, JSON_CLASS_DIGIT) || c == '.') {
        lexer->token = lex_number(lexer);
    } else if (c == '"' || c == '\'') {
        lexer->token = lex_text(lexer);
    } else {
        lexer->token = lex_operator(lexer);
    }
}

/* ---- within quotes ---- */

/* The value of `count` digits at `at`, or UINT32_MAX when they are not all digits. */
static uint32_t read_digits(const struct filter_lexer *lexer, size_t at, int count, uint32_t base)
{
    uint32_t value = 0;
    for (; count > 0; count--, at++) {
        char c = byte_at(lexer, at);
        uint32_t digit = json_is(c, JSON_CLASS_DIGIT) ? (uint32_t)(c - '0')
                         : json_is(c, JSON_CLASS_HEX) ? (uint32_t)((c | 0x20) - 'a' + 10)
                                                      : base;
        if (digit >= base || value > UINT32_MAX / base - 1) {
            return UINT32_MAX;
        }
        value = value * base + digit;
    }
    return value;
}

/* Takes the escape at *at and returns its code point, or UINT32_MAX when there is none. */
static uint32_t take_escape(const struct filter_lexer *lexer, size_t *at)
{
    static const char letters[] = "abfnrtv\\?\"'`/";
    static const char meanings[] = "\a\b\f\n\r\t\v\\?\"'`/";
    char letter = byte_at(lexer, *at + 1);
    const char *found = letter == '\0' ? NULL : strchr(letters, letter);
    if (found != NULL) {
        *at += 2;
        return (uint8_t)meanings[found - letters];
    }
    uint32_t code;
    if (letter >= '0' && letter <= '3') {
        code = read_digits(lexer, *at + 1, 3, 8);
        *at += 4;
        return code;
    }
    int count = letter == 'x' || letter == 'X' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
    code = count == 0 ? UINT32_MAX : read_digits(lexer, *at + 2, count, 16);
    *at += 2 + (size_t)count;
    return code <= LAST_CODE ? code : UINT32_MAX;
}

/* Joins a surrogate with the other half, if that follows; alone it is U+FFFD. */
static uint32_t join_surrogates(const struct filter_lexer *lexer, size_t *at, uint32_t code)
{
    if (code < FIRST_HIGH_SURROGATE || code > LAST_SURROGATE) {
        return code;
    }
    if (code < FIRST_LOW_SURROGATE && byte_at(lexer, *at) == '\\' &&
        byte_at(lexer, *at + 1) == 'u') {
        uint32_t low = read_digits(lexer, *at + 2, 4, 16);
        if (low >= FIRST_LOW_SURROGATE && low <= LAST_SURROGATE) {
            *at += 6;
            return 0x10000 + ((code - FIRST_HIGH_SURROGATE) << 10) + (low - FIRST_LOW_SURROGATE);
        }
    }
    return REPLACEMENT;
}

/* Takes the character at *at and writes it. Returns its length, or KSSE_EVALUE. */
static int unquote_next(struct filter_lexer *lexer, size_t *at, char *out)
{
    const char *from = lexer->text.data + *at;
    if (*from == '\\') {
        size_t start = *at;
        uint32_t code = take_escape(lexer, at);
        if (code == UINT32_MAX) {
            bad(lexer, start, "Unknown escape: there are those of CEL and JSON.");
            return KSSE_EVALUE;
        }
        return json_utf8_encode(join_surrogates(lexer, at, code), out);
    }
    int len = json_utf8_step(from, lexer->text.data + lexer->text.len);
    if (len < 0 || (uint8_t)*from < ' ') {
        bad(lexer, *at,
            len < 0 ? "This is not UTF-8." : "Control characters in texts must be escaped.");
        return KSSE_EVALUE;
    }
    memcpy(out, from, (size_t)len);
    *at += (size_t)len;
    return len;
}

ptrdiff_t filter_lex_unquote(struct filter_lexer *lexer, char *out)
{
    char *start = out;
    size_t end = lexer->at - 1;
    for (size_t at = lexer->start + 1; at < end;) {
        int len = unquote_next(lexer, &at, out);
        if (len < 0) {
            return len;
        }
        out += len;
    }
    return out - start;
}
