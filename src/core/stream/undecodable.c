/*
 * Finds the reason in a value's first bytes, or in the bytes where it stops being JSON: see the
 * header. If the bytes may mean several things, it guesses the most likely one.
 */
#include "core/stream/undecodable.h"

#include "core/json/json.h"
#include "core/json/json_scan.h"

enum {
    REGISTRY_HEADER_LEN = 5
};

static const struct {
    const char *label;
    const char *clause;
    const char *advice;
} reasons[] = {
#define UNDECODABLE(name, label, clause, advice) {label, clause, advice},
#include "core/stream/undecodable.def"
#undef UNDECODABLE
};
_Static_assert(ARRAY_LEN(reasons) == UNDECODABLE_REASONS, "a row for each reason");

const char *undecodable_label(enum undecodable reason)
{
    ASSERT(reason < UNDECODABLE_REASONS);
    return reasons[reason].label;
}

const char *undecodable_clause(enum undecodable reason)
{
    ASSERT(reason < UNDECODABLE_REASONS);
    return reasons[reason].clause;
}

const char *undecodable_advice(enum undecodable reason)
{
    ASSERT(reason < UNDECODABLE_REASONS);
    return reasons[reason].advice;
}

/* ---- by its beginning ---- */

static bool begins(struct slice value, const char *bytes, size_t len)
{
    return value.len >= len && memcmp(value.data, bytes, len) == 0;
}

static bool is_ascii_text(char c)
{
    return (c >= ' ' && c <= '~') || c == '\t' || c == '\n' || c == '\r';
}

/* Whether each of the first two characters, or the only one, is ASCII and takes `width` bytes of
 * which the others are zero, the character at `place` of them. */
static bool is_wide(struct slice value, size_t width, size_t place)
{
    size_t len = value.len < 2 * width ? width : 2 * width;
    for (size_t i = 0; i < len; i++) {
        char c = i < value.len ? value.data[i] : '\1';
        if (i % width == place ? !is_ascii_text(c) : c != '\0') {
            return false;
        }
    }
    return true;
}

static bool is_utf_16_or_32(struct slice value)
{
    return begins(value, "\xff\xfe", 2) || begins(value, "\xfe\xff", 2) ||
           begins(value, "\0\0\xfe\xff", 4) || is_wide(value, 2, 0) || is_wide(value, 2, 1) ||
           is_wide(value, 4, 0) || is_wide(value, 4, 3);
}

/* gzip, zstd and LZ4 frames. */
static bool is_compressed(struct slice value)
{
    return begins(value, "\x1f\x8b", 2) || begins(value, "\x28\xb5\x2f\xfd", 4) ||
           begins(value, "\x04\x22\x4d\x18", 4);
}

/* Whether the first bytes tell the reason. */
static bool is_told_by_beginning(struct slice value, enum undecodable *reason)
{
    if (is_utf_16_or_32(value)) {
        *reason = UNDECODABLE_UTF_16;
    } else if (value.len >= REGISTRY_HEADER_LEN && value.data[0] == '\0') {
        *reason = UNDECODABLE_REGISTRY_HEADER;
    } else if (begins(value, "\xef\xbb\xbf", 3)) {
        *reason = UNDECODABLE_BOM;
    } else if (is_compressed(value)) {
        *reason = UNDECODABLE_COMPRESSED;
    } else {
        return false;
    }
    return true;
}

/* ---- by where it stops being JSON ---- */

struct reading {
    struct json_reader reader;
    enum json_token first;
    struct slice text; /* of the first token */
    bool is_complete;  /* the value has ended, and the reader is after it */
};

static enum json_token read_all(struct reading *r, struct slice value)
{
    json_reader_init(&r->reader, value);
    r->reader.takes_ill_formed = true; /* as the minifier does */
    enum json_token token = json_reader_next(&r->reader);
    r->first = token;
    r->text = r->reader.text;
    while (token != JSON_TOKEN_END && token != JSON_TOKEN_ERROR) {
        r->is_complete = r->reader.depth == 0;
        token = json_reader_next(&r->reader);
    }
    return token;
}

/* Skips white space, also as escapes, and quotes and backslashes of text within text. */
static struct slice skip_wrapping(struct slice text)
{
    while (text.len > 0) {
        bool is_escape = text.data[0] == '\\' && text.len > 1;
        if (is_escape ? strchr("nrt\"\\", text.data[1]) == NULL
                      : !json_is(text.data[0], JSON_CLASS_SPACE)) {
            break;
        }
        size_t len = is_escape ? 2 : 1;
        text = slice_of(text.data + len, text.len - len);
    }
    return text;
}

static enum undecodable of_other_value(const struct reading *r)
{
    struct slice text = r->first == JSON_TOKEN_STRING ? skip_wrapping(r->text) : slice_of("", 0);
    bool is_json = text.len > 0 && (text.data[0] == '{' || text.data[0] == '[');
    return is_json ? UNDECODABLE_DOUBLY_ENCODED : UNDECODABLE_NO_OBJECT;
}

/* The word where reading stopped: letters, digits, signs and points. */
static struct slice word_of(struct slice rest)
{
    size_t len = 0;
    while (len < rest.len) {
        char c = rest.data[len];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !json_is(c, JSON_CLASS_DIGIT) && c != '-' && c != '+' && c != '.') {
            break;
        }
        len++;
    }
    return slice_of(rest.data, len);
}

static bool is_nan(struct slice word)
{
    static const char *const words[] = {"nan", "inf", "infinity"};
    if (word.len > 0 && (word.data[0] == '-' || word.data[0] == '+')) {
        word = slice_of(word.data + 1, word.len - 1);
    }
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (slice_eq_nocase(word, words[i])) {
            return true;
        }
    }
    return false;
}

/* Whether the word is a literal or number that the value's end cut off. */
static bool is_part_of_scalar(struct slice word)
{
    static const char *const literals[] = {"true", "false", "null"};
    for (size_t i = 0; i < ARRAY_LEN(literals); i++) {
        if (word.len < strlen(literals[i]) && memcmp(word.data, literals[i], word.len) == 0) {
            return true;
        }
    }
    char last = word.data[word.len - 1];
    return (word.data[0] == '-' && word.len == 1) ||
           (json_is(word.data[0], JSON_CLASS_DIGIT) && strchr(".eE+-", last) != NULL);
}

static enum undecodable of_error(const struct reading *r)
{
    const struct json_reader *reader = &r->reader;
    struct slice rest = slice_of(reader->in.data + reader->at, reader->in.len - reader->at);
    bool is_container = r->first == JSON_TOKEN_OBJECT_BEGIN || r->first == JSON_TOKEN_ARRAY_BEGIN;
    if (r->is_complete) {
        return is_container ? UNDECODABLE_TRAILING_BYTES : UNDECODABLE_NO_JSON;
    }
    struct slice word = word_of(rest);
    if (is_nan(word)) {
        return UNDECODABLE_NAN;
    }
    if (!is_container) {
        return UNDECODABLE_NO_JSON;
    }
    if (rest.len == 0 || (word.len == rest.len && is_part_of_scalar(word))) {
        return UNDECODABLE_CUT_OFF;
    }
    if (reader->depth == JSON_MAX_DEPTH && (rest.data[0] == '{' || rest.data[0] == '[')) {
        return UNDECODABLE_TOO_DEEP;
    }
    return (uint8_t)rest.data[0] < ' ' ? UNDECODABLE_CONTROL_CHARACTER : UNDECODABLE_NO_JSON;
}

static bool is_blank(struct slice value)
{
    size_t at = 0;
    while (at < value.len && json_is(value.data[at], JSON_CLASS_SPACE)) {
        at++;
    }
    return at == value.len;
}

enum undecodable undecodable_json(struct slice value)
{
    enum undecodable reason;
    struct reading reading = {.is_complete = false};
    if (is_blank(value)) {
        return UNDECODABLE_EMPTY;
    }
    if (is_told_by_beginning(value, &reason)) {
        return reason;
    }
    if (read_all(&reading, value) == JSON_TOKEN_END) {
        return of_other_value(&reading);
    }
    return of_error(&reading);
}
