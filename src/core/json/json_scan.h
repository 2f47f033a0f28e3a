/*
 * What the JSON files share: byte classes, the step over a UTF-8 sequence, the end of a number.
 * Private to src/core/json_*.c; it knows nothing of tokens, nesting or output. Any thread.
 */
#ifndef CORE_JSON_JSON_SCAN_H
#define CORE_JSON_JSON_SCAN_H

#include "base/buf.h"

enum {
    JSON_CLASS_SPACE = 1, /* RFC 8259, section 2 */
    JSON_CLASS_DIGIT = 2,
    JSON_CLASS_HEX = 4,
    JSON_CLASS_PLAIN = 8,  /* ASCII that may stand in a string as it is, DEL included */
    JSON_CLASS_ESCAPE = 16 /* a whole escape with a backslash before it; so not 'u' */
};

/* The classes of each byte. */
extern const uint8_t json_class[256];

static inline bool json_is(char c, int class)
{
    return (json_class[(uint8_t)c] & class) != 0;
}

/* Whether the byte belongs to (or pretends to) a UTF-8 sequence of more than one byte. */
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

/* Whether the code point is one that must not stand bare in an SSE line although JSON allows it. */
static inline bool json_is_line_end(uint32_t code)
{
    return code == 0x85 || code == 0x2028 || code == 0x2029;
}

/* Writes `unit` as \uXXXX: six bytes. */
void json_format_escape(uint32_t unit, char *out);

/*
 * The length of the escape at `at`, its backslash included, or 0 when it is none. Surrogates are
 * not paired.
 */
int json_escape_length(const char *at, const char *end);

/* The next code point of an escaped text, which does not end at *at; moves *at behind it. A lone
 * surrogate is U+FFFD. */
uint32_t json_take_code(const char **at, const char *end);

/* Behind the number that starts at `at` (RFC 8259, section 6), or NULL when there is none. */
const char *json_number_end(const char *at, const char *end);

#endif
