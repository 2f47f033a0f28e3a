/*
 * JSON, one pass over bytes: the record minifier, the string escaper and a small pull parser.
 *
 * Not a document model: nothing here converts a record's numbers or rebuilds its strings, so that
 * what a producer wrote is what a client reads (2^53+1 and 1e400 stay as they are).
 * No I/O, no state between calls; any thread. Source: RFC 8259; UTF-8 as in RFC 3629 and, for
 * ill-formed bytes, the replacement rule of the WHATWG Encoding standard ("maximal subpart").
 */
#ifndef CORE_JSON_JSON_H
#define CORE_JSON_JSON_H

#include "base/buf.h"

#include <kafkasse/error.h>

enum {
    JSON_MAX_DEPTH = 512 /* deeper nesting is refused: a bit a level, no recursion */
};

enum json_outcome {
    JSON_OK,
    JSON_NOT_OBJECT, /* valid so far, but the top value is a number, string, array, literal */
    JSON_INVALID,    /* not JSON, too deep, or bytes behind the value */
    JSON_NO_MEMORY   /* `out` has failed */
};

/*
 * Checks that `in` is one JSON object and appends it to `out` on one line, minified, without the
 * closing brace and without any top-level member named "_kafka" (whatever escapes spell that
 * name): the caller writes its own "_kafka" member and the brace.
 *
 * Kept as written: numbers, escapes, member order, duplicate names.
 * Changed: white space outside strings goes; ill-formed UTF-8 within strings becomes U+FFFD;
 * U+0085, U+2028 and U+2029 within strings are escaped (\u0085 ...), because some clients take
 * these for line ends. DEL and C1 controls other than U+0085 stay. Refused: control characters in
 * strings, a byte order mark, NUL anywhere, an empty text.
 *
 * On anything but JSON_OK, `out` has its former length. On JSON_OK *has_members tells whether the
 * object that was written has at least one member (so the caller knows whether a comma is due).
 */
CHECKED enum json_outcome json_minify_object(struct slice in, struct buf *out, bool *has_members);

/* The same, but top-level members named "_kafka" stay: *has_kafka tells whether there are any. */
CHECKED enum json_outcome json_minify_whole_object(struct slice in, struct buf *out,
                                                   bool *has_members, bool *has_kafka);

/*
 * Appends `text` as a JSON string with its quotes: `"`, `\` and controls escaped, ill-formed UTF-8
 * replaced by U+FFFD, U+007F, U+0085, U+2028 and U+2029 escaped; all else as it is.
 */
void json_append_string(struct buf *out, struct slice text);

/* Whether it is well-formed UTF-8, controls and all. */
bool json_is_utf8(struct slice text);

/* As json_append_string(), and everything outside printable ASCII is escaped: for event ids. */
void json_append_string_ascii(struct buf *out, struct slice text);

/* ---- pull parser: for small texts such as event ids ---- */

enum json_token {
    JSON_TOKEN_END, /* the whole text was one valid JSON value */
    JSON_TOKEN_ERROR,
    JSON_TOKEN_OBJECT_BEGIN,
    JSON_TOKEN_OBJECT_END,
    JSON_TOKEN_ARRAY_BEGIN,
    JSON_TOKEN_ARRAY_END,
    JSON_TOKEN_NAME, /* of a member; its value is the next token */
    JSON_TOKEN_STRING,
    JSON_TOKEN_NUMBER,
    JSON_TOKEN_TRUE,
    JSON_TOKEN_FALSE,
    JSON_TOKEN_NULL
};

/*
 * Strict: ill-formed UTF-8 is an error here, and so is nesting deeper than JSON_MAX_DEPTH.
 * White space as RFC 8259 has it.
 */
struct json_reader {
    struct slice in;
    size_t at; /* next byte to look at; after an error: where it is */
    int depth;
    int expects;           /* private */
    bool takes_ill_formed; /* bytes within strings that are no UTF-8: no error. May be set at first
                            */
    uint64_t is_object[JSON_MAX_DEPTH / 64];
    struct slice text; /* NAME, STRING: between the quotes, still escaped; NUMBER: as written */
};

/* `in` is borrowed for as long as the reader is used. */
void json_reader_init(struct json_reader *r, struct slice in);

/* Returns the next token; after END or ERROR always the same again. */
enum json_token json_reader_next(struct json_reader *r);

/*
 * Skips the rest of the value whose first token (`first`) was just returned, nested ones included.
 * 0, or KSSE_EVALUE on an error in it, or when `first` begins no value.
 */
CHECKED int json_reader_skip(struct json_reader *r, enum json_token first);

/* Appends the unescaped text of a NAME or STRING to `out`; a lone surrogate becomes U+FFFD. */
void json_unescape(struct slice escaped, struct buf *out);

/* Whether the (still escaped) text of a NAME or STRING spells `plain` once it is unescaped. */
bool json_text_eq(struct slice escaped, const char *plain);
bool json_text_eq_slice(struct slice escaped, struct slice plain);

/*
 * Whether a NUMBER is an integer as JavaScript's Number.isInteger() means it (5, 5.0, 5e2) and
 * fits an int64_t: *out is its exact value. 1e400, 0.5 and 2^63 are none.
 */
CHECKED bool json_number_is_int64(struct slice number, int64_t *out);

#endif
