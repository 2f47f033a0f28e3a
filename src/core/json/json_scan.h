/*
 * The basics of scanning JSON: classes of bytes, steps over UTF-8 sequences and escapes, the end of
 * a number. Knows nothing of tokens, nesting or output. Any thread.
 */
#ifndef CORE_JSON_JSON_SCAN_H
#define CORE_JSON_JSON_SCAN_H

#include "base/buf.h"

enum {
    JSON_CLASS_SPACE = 1, /* RFC 8259, section 2 */
    JSON_CLASS_DIGIT = 2,
    JSON_CLASS_HEX = 4,
    JSON_CLASS_PLAIN = 8,  /* ASCII that strings may have unescaped, with DEL */
    JSON_CLASS_ESCAPE = 16 /* a complete escape with a backslash before it; so not 'u' */
};

/* The classes of each byte. */
extern const uint8_t json_class[256];

static inline bool json_is(char c, int class)
{
    return (json_class[(uint8_t)c] & class) != 0;
}

/* Whether the byte belongs to a UTF-8 sequence of several bytes, well-formed or not. */
static inline bool json_is_multibyte(char c)
{
    return ((uint8_t)c & 0x80) != 0;
}

/*
 * Looks at the UTF-8 sequence that starts at `at` (before `end`). Returns its length when it is
 * well-formed (RFC 3629); else the length, negated, of the maximal subpart that one U+FFFD
 * replaces.
 */
int json_utf8_step(const char *at, const char *end);

/* The code point of the well-formed UTF-8 sequence of `len` bytes. */
uint32_t json_utf8_decode(const char *at, int len);

/* Writes the code point (no surrogate) to `out`, 4 bytes at least, and returns the length. */
int json_utf8_encode(uint32_t code, char *out);

/* Whether the code point must be escaped in an SSE line although JSON allows it unescaped. */
static inline bool json_is_line_end(uint32_t code)
{
    return code == 0x85 || code == 0x2028 || code == 0x2029;
}

/* Writes `unit` as \uXXXX: six bytes. */
void json_format_escape(uint32_t unit, char *out);

/* The length of the escape at `at` with its backslash, or 0 when there is none. Surrogates are not
 * paired. */
int json_escape_length(const char *at, const char *end);

/* Takes the next code point of an escaped text, which does not end at *at. A lone surrogate is
 * U+FFFD.
 */
uint32_t json_take_code(const char **at, const char *end);

/* The end of the number that begins at `at` (RFC 8259, section 6), or NULL when there is none. */
const char *json_number_end(const char *at, const char *end);

#endif
