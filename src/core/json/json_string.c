/*
 * Writes and unescapes JSON strings: texts of the server itself and small texts that it reads. Of a
 * record's strings, only names that may mean "_kafka" come here. No state; any thread.
 */
#include "core/json/json.h"
#include "core/json/json_scan.h"

enum {
    REPLACEMENT = 0xfffd,
    FIRST_HIGH_SURROGATE = 0xd800,
    FIRST_LOW_SURROGATE = 0xdc00,
    LAST_SURROGATE = 0xdfff,
    FIRST_SUPPLEMENTARY = 0x10000
};

/* Letters after a backslash, and at the same index the characters that they mean. */
static const char escape_letters[] = "\"\\/bfnrt";
static const char escaped_chars[] = "\"\\/\b\f\n\r\t";

static void append_escape(struct buf *out, uint32_t code)
{
    char text[12];
    if (code < FIRST_SUPPLEMENTARY) {
        json_format_escape(code, text);
        buf_append(out, text, 6);
        return;
    }
    code -= FIRST_SUPPLEMENTARY;
    json_format_escape(FIRST_HIGH_SURROGATE + (code >> 10), text);
    json_format_escape(FIRST_LOW_SURROGATE + (code & 0x3ff), text + 6);
    buf_append(out, text, 12);
}

static void append_escaped_ascii(struct buf *out, char c)
{
    const char *found = c == '\0' ? NULL : strchr(escaped_chars, c);
    if (found == NULL) {
        append_escape(out, (uint8_t)c);
        return;
    }
    char text[] = {'\\', escape_letters[found - escaped_chars]};
    buf_append(out, text, sizeof(text));
}

/* Appends the sequence of bytes from 0x80 on that begins at `at`, and returns its end. */
static const char *append_multibyte(struct buf *out, const char *at, const char *end, bool is_ascii)
{
    int step = json_utf8_step(at, end);
    uint32_t code = step < 0 ? REPLACEMENT : json_utf8_decode(at, step);
    if (is_ascii || json_is_line_end(code)) {
        append_escape(out, code);
    } else {
        char text[4];
        buf_append(out, text, (size_t)json_utf8_encode(code, text));
    }
    return at + (step < 0 ? -step : step);
}

static void append_string(struct buf *out, struct slice text, bool is_ascii)
{
    const char *at = text.data;
    const char *end = text.len == 0 ? at : at + text.len;
    buf_append_char(out, '"');
    while (at < end) {
        const char *run = at;
        while (at < end && json_is(*at, JSON_CLASS_PLAIN) && *at != 0x7f) {
            at++;
        }
        buf_append(out, run, (size_t)(at - run));
        if (at < end && json_is_multibyte(*at)) {
            at = append_multibyte(out, at, end, is_ascii);
        } else if (at < end) {
            append_escaped_ascii(out, *at++);
        }
    }
    buf_append_char(out, '"');
}

void json_append_string(struct buf *out, struct slice text)
{
    append_string(out, text, false);
}

void json_append_string_ascii(struct buf *out, struct slice text)
{
    append_string(out, text, true);
}

bool json_is_utf8(struct slice text)
{
    const char *at = text.data;
    const char *end = text.len == 0 ? at : at + text.len;
    while (at < end) {
        uint64_t word;
        if (end - at >= (ptrdiff_t)sizeof(word)) {
            memcpy(&word, at, sizeof(word));
            if ((word & 0x8080808080808080U) == 0) { /* eight of ASCII: mostly */
                at += sizeof(word);
                continue;
            }
        }
        int step = json_utf8_step(at, end);
        if (step < 0) {
            return false;
        }
        at += step;
    }
    return true;
}

/* ---- and back ---- */

/* The value of the \uXXXX at `at`, which is one. */
static uint32_t escape_unit(const char *at)
{
    uint32_t unit = 0;
    for (int i = 2; i < 6; i++) {
        uint32_t digit = json_is(at[i], JSON_CLASS_DIGIT) ? (uint32_t)(at[i] - '0')
                                                          : (uint32_t)((at[i] | 0x20) - 'a' + 10);
        unit = unit << 4 | digit;
    }
    return unit;
}

/* Takes the \uXXXX at *at, with the other half of a surrogate pair, and returns its code point. */
static uint32_t take_unit_escape(const char **at, const char *end)
{
    uint32_t unit = escape_unit(*at);
    *at += 6;
    if (unit < FIRST_HIGH_SURROGATE || unit > LAST_SURROGATE) {
        return unit;
    }
    if (unit < FIRST_LOW_SURROGATE && json_escape_length(*at, end) == 6) {
        uint32_t low = escape_unit(*at);
        if (low >= FIRST_LOW_SURROGATE && low <= LAST_SURROGATE) {
            *at += 6;
            return FIRST_SUPPLEMENTARY + ((unit - FIRST_HIGH_SURROGATE) << 10) +
                   (low - FIRST_LOW_SURROGATE);
        }
    }
    return REPLACEMENT;
}

uint32_t json_take_code(const char **at, const char *end)
{
    const char *from = *at;
    if (*from != '\\') {
        int step = json_utf8_step(from, end);
        *at += step < 0 ? -step : step;
        return step < 0 ? REPLACEMENT : json_utf8_decode(from, step);
    }
    int len = json_escape_length(from, end);
    if (len == 6) {
        return take_unit_escape(at, end);
    }
    if (len == 0) {
        /* Not from a checked text; any answer does that stays within it. */
        *at += 1;
        return '\\';
    }
    *at += 2;
    return (uint8_t)escaped_chars[strchr(escape_letters, from[1]) - escape_letters];
}

void json_unescape(struct slice escaped, struct buf *out)
{
    const char *at = escaped.data;
    const char *end = escaped.len == 0 ? at : at + escaped.len;
    while (at < end) {
        const char *run = at;
        while (at < end && json_is(*at, JSON_CLASS_PLAIN)) {
            at++;
        }
        buf_append(out, run, (size_t)(at - run));
        if (at < end) {
            char text[4];
            buf_append(out, text, (size_t)json_utf8_encode(json_take_code(&at, end), text));
        }
    }
}

bool json_text_eq_slice(struct slice escaped, struct slice plain)
{
    const char *at = escaped.data;
    const char *end = escaped.len == 0 ? at : at + escaped.len;
    while (at < end) {
        char text[4];
        size_t len = (size_t)json_utf8_encode(json_take_code(&at, end), text);
        if (len > plain.len || memcmp(text, plain.data, len) != 0) {
            return false;
        }
        plain.data += len;
        plain.len -= len;
    }
    return plain.len == 0;
}

bool json_text_eq(struct slice escaped, const char *plain)
{
    return json_text_eq_slice(escaped, slice_str(plain));
}
