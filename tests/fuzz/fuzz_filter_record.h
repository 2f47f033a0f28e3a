/*
 * For fuzz_filter.c: makes a record of dice, in random spellings, and the same as a value of
 * jansson's. Numbers are objects there, with the text, since jansson cannot hold all.
 */
#ifndef FUZZ_FILTER_RECORD_H
#define FUZZ_FILTER_RECORD_H

#include "base/buf.h"

#include <jansson.h>

struct dice {
    const uint8_t *data;
    size_t left;
    json_t *kept; /* an array: owns the literals' values */
    size_t nodes; /* of the expression */
    json_t *root;
};

#define NUMBER_KEY "\x01" /* a number is an object with its text under this name */

/* 0 once there are no more dice: every choice's first way is the simple one. */
static inline unsigned roll(struct dice *dice, unsigned sides)
{
    if (dice->left == 0) {
        return 0;
    }
    dice->left--;
    return *dice->data++ % sides;
}

static const char *const fuzz_names[] = {"a",    "b",    "c", "a b", "\xc3\xa9",
                                         "true", "x\"y", "",  "_k"};
static const char *const fuzz_texts[] = {"",
                                         "a",
                                         "ab",
                                         "abab",
                                         "ababac",
                                         "b",
                                         "\xc3\xa9",
                                         "\n",
                                         "\\n",
                                         "\xef\xbf\xbd",
                                         "\xf0\x9f\x98\x80",
                                         "a\xf0\x9f\x98\x80",
                                         "x\"y",
                                         "a/\t'`?",
                                         "\x01",
                                         "\x7f",
                                         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"};
static const char *const fuzz_numbers[] = {"0",
                                           "-0",
                                           "1",
                                           "1.0",
                                           "10e-1",
                                           "2",
                                           "-1",
                                           "0.5",
                                           "5E-1",
                                           "1e400",
                                           "10e399",
                                           "-1e400",
                                           "9007199254740993",
                                           "9007199254740992",
                                           "9007199254740993.0",
                                           "1e99999999999999999999",
                                           "1e-99999999999999999999",
                                           "123456789012345678901234567890",
                                           "3",
                                           "4",
                                           "1e2",
                                           "100",
                                           "-0.0e9"};

#define PICK(dice, table) (table)[roll(dice, sizeof(table) / sizeof((table)[0]))]

/* ---- spellings ---- */

static inline uint32_t next_code(const char **at)
{
    uint32_t lead = (uint8_t) * (*at)++;
    int more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    uint32_t code = more == 0 ? lead : lead & (0x3fU >> more);
    for (; more > 0; more--) {
        code = code << 6 | ((uint8_t) * (*at)++ & 0x3f);
    }
    return code;
}

static inline void append_unit_escape(struct dice *dice, struct buf *out, uint32_t code)
{
    if (code == 0xfffd && roll(dice, 2) == 1) {
        buf_append_str(out, roll(dice, 2) == 1 ? "\\uDBFF" : "\\udc00");
    } else if (code >= 0x10000) {
        buf_printf(out, "\\u%04x\\u%04X", 0xd800 + ((code - 0x10000) >> 10),
                   0xdc00 + ((code - 0x10000) & 0x3ff));
    } else {
        buf_printf(out, roll(dice, 2) == 1 ? "\\u%04X" : "\\u%04x", code);
    }
}

/* A string within quotes. Lone surrogates may come together by chance and must not: a code that is
 * U+FFFD is followed by one of ASCII or by the end in all of the tables. */
static inline void append_spelled(struct dice *dice, struct buf *out, const char *text, char quote)
{
    buf_append_char(out, quote);
    while (*text != '\0') {
        const char *from = text;
        uint32_t code = next_code(&text);
        if (roll(dice, 4) == 1) {
            append_unit_escape(dice, out, code);
        } else if (code == '\n' || code == '\t') {
            buf_append_str(out, code == '\n' ? "\\n" : "\\t");
        } else if (code < ' ') {
            buf_printf(out, "\\u%04x", code);
        } else {
            buf_append_str(out, code == '\\' || code == (uint8_t)quote ? "\\" : "");
            buf_append(out, from, (size_t)(text - from));
        }
    }
    buf_append_char(out, quote);
}

/* ---- records ---- */

static inline json_t *make_number(const char *text)
{
    json_t *number = json_object();
    json_object_set_new(number, NUMBER_KEY, json_string(text));
    return number;
}

static inline json_t *make_object(struct dice *dice, struct buf *out, int depth);

static inline json_t *make_array(struct dice *dice, struct buf *out, int depth);

static inline json_t *make_value(struct dice *dice, struct buf *out, int depth)
{
    const char *text;
    switch (roll(dice, depth < 4 ? 8 : 6)) {
    case 0:
    case 1:
        text = PICK(dice, fuzz_numbers);
        buf_append_str(out, text);
        return make_number(text);
    case 2:
        text = PICK(dice, fuzz_texts);
        append_spelled(dice, out, text, '"');
        return json_string(text);
    case 3:
        buf_append_str(out, "true");
        return json_true();
    case 4:
        buf_append_str(out, "false");
        return json_false();
    case 5:
        buf_append_str(out, "null");
        return json_null();
    case 6:
        return make_array(dice, out, depth + 1);
    default:
        return make_object(dice, out, depth + 1);
    }
}

static inline json_t *make_array(struct dice *dice, struct buf *out, int depth)
{
    json_t *array = json_array();
    unsigned count = roll(dice, 4);
    buf_append_char(out, '[');
    for (unsigned i = 0; i < count; i++) {
        buf_append_str(out, i > 0 ? "," : "");
        json_array_append_new(array, make_value(dice, out, depth));
    }
    buf_append_char(out, ']');
    return array;
}

/* Members with equal names: the last one counts, but size() counts them all, so there are none
 * within one of them. */
static inline json_t *make_object(struct dice *dice, struct buf *out, int depth)
{
    json_t *object = json_object();
    unsigned count = roll(dice, 12);
    bool is_first = true;
    buf_append_char(out, '{');
    for (unsigned i = 0; i < count; i++) {
        const char *name = PICK(dice, fuzz_names);
        if (depth > 0 && json_object_get(object, name) != NULL) {
            continue;
        }
        buf_append_str(out, is_first ? "" : ",");
        is_first = false;
        append_spelled(dice, out, name, '"');
        buf_append_char(out, ':');
        json_object_set_new(object, name, make_value(dice, out, depth));
    }
    buf_append_char(out, '}');
    return object;
}

#endif
