/*
 * JSON in one pass over bytes: the record minifier, the string escaper and a small pull parser.
 *
 * There is no document model: a record's numbers and strings are not converted, so that a client
 * reads what the producer wrote (2^53+1 and 1e400 stay as they are).
 * No I/O, no state between calls; any thread. Source: RFC 8259; UTF-8 as in RFC 3629 and, for
 * ill-formed bytes, the replacement rule of the WHATWG Encoding standard ("maximal subpart").
 */
#ifndef CORE_JSON_JSON_H
#define CORE_JSON_JSON_H

#include "base/buf.h"

#include <kafkasse/error.h>

enum {
    JSON_MAX_DEPTH = 512 /* deeper nesting is refused; a level costs a bit, and no recursion */
};

enum json_outcome {
    JSON_OK,
    JSON_NOT_OBJECT, /* valid, but a number, string, array or literal */
    JSON_INVALID,    /* not JSON, too deep, or followed by other bytes */
    JSON_NO_MEMORY   /* `out` has failed */
};

/*
 * Checks that `in` is one JSON object and appends it to `out` on one line, minified, without the
 * closing brace and without any top-level member named "_kafka" (whatever escapes spell that
 * name): the caller writes its own "_kafka" member and the brace.
 *
 * Kept as written: numbers, escapes, member order, duplicate names.
 * Changed: white space outside strings goes; ill-formed UTF-8 within strings becomes U+FFFD;
 * U+0085, U+2028 and U+2029 within strings are escaped (\u0085 ...), because some clients end lines
 * there. DEL and C1 controls other than U+0085 stay. Refused: control characters in
 * strings, a byte order mark, NUL anywhere, an empty text.
 *
 * With JSON_OK, *has_members tells whether the object that was written has members, so that the
 * caller knows whether to write a comma. Otherwise `out` has its former length.
 */
CHECKED enum json_outcome json_minify_object(struct slice in, struct buf *out, bool *has_members);

/* The same, but keeps top-level members named "_kafka"; *has_kafka tells whether there are any. */
CHECKED enum json_outcome json_minify_whole_object(struct slice in, struct buf *out,
                                                   bool *has_members, bool *has_kafka);

/*
 * Appends `text` as a JSON string with its quotes: `"`, `\` and controls escaped, ill-formed UTF-8
 * replaced by U+FFFD, U+007F, U+0085, U+2028 and U+2029 escaped, all else unchanged.
 */
void json_append_string(struct buf *out, struct slice text);

/* Whether the text is well-formed UTF-8; it may have control characters. */
bool json_is_utf8(struct slice text);

/* As json_append_string(), but escapes everything except printable ASCII: for event ids. */
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
 * The parser is strict: ill-formed UTF-8 is an error, and so is nesting deeper than JSON_MAX_DEPTH.
 * White space is that of RFC 8259.
 */
struct json_reader {
    struct slice in;
    size_t at; /* the next byte; after an error, the place of the error */
    int depth;
    int expects;           /* private */
    bool takes_ill_formed; /* ill-formed UTF-8 in strings is no error; to be set before reading */
    uint64_t is_object[JSON_MAX_DEPTH / 64];
    struct slice text; /* NAME, STRING: between the quotes, still escaped; NUMBER: as written */
};

/* `in` is borrowed for as long as the reader is used. */
void json_reader_init(struct json_reader *r, struct slice in);

/* Returns the next token. After END or ERROR it returns the same again. */
enum json_token json_reader_next(struct json_reader *r);

/*
 * Skips the rest of the value whose first token (`first`) was just returned, nested ones included.
 * 0, or KSSE_EVALUE on an error in it, or when `first` begins no value.
 */
CHECKED int json_reader_skip(struct json_reader *r, enum json_token first);

/* Appends the unescaped text of a NAME or STRING to `out`; a lone surrogate becomes U+FFFD. */
void json_unescape(struct slice escaped, struct buf *out);

/* Whether the text of a NAME or STRING, which is still escaped, means `plain`. */
bool json_text_eq(struct slice escaped, const char *plain);
bool json_text_eq_slice(struct slice escaped, struct slice plain);

/*
 * Whether a NUMBER is an integer in the sense of JavaScript's Number.isInteger() (5, 5.0, 5e2) and
 * fits an int64_t; then *out is its exact value. 1e400, 0.5 and 2^63 do not.
 */
CHECKED bool json_number_is_int64(struct slice number, int64_t *out);

#endif
