/*
 * For fuzz_filter.c: makes an expression of dice, and knows what it is of the record by the rules
 * of docs/filters.md, written a second time: plainly, on jansson's values, with strings unescaped
 * and no index. Nothing of src/core but the comparison of numbers that a long double cannot hold.
 */
#ifndef FUZZ_FILTER_REFERENCE_H
#define FUZZ_FILTER_REFERENCE_H

#include "fuzz_filter_record.h"

#include "core/json/json_number.h"

#include <stdio.h>
#include <stdlib.h>

enum truth {
    UNDEFINED,
    FALSE,
    TRUE
};

/* ---- the rules; a value that is NULL is missing ---- */

static inline const char *number_text(const json_t *value)
{
    return json_string_value(json_object_get(value, NUMBER_KEY));
}

static inline enum truth truth_is(bool is_true)
{
    return is_true ? TRUE : FALSE;
}

static inline enum truth negated(enum truth truth)
{
    return truth == UNDEFINED ? UNDEFINED : truth_is(truth == FALSE);
}

/* Two texts of up to 18 characters and small exponents are told apart by a long double. */
static inline int compare_numbers(const char *a, const char *b)
{
    if (strlen(a) <= 18 && strlen(b) <= 18) {
        long double x = strtold(a, NULL);
        long double y = strtold(b, NULL);
        return (x > y) - (x < y);
    }
    struct json_number x = json_number_of(slice_str(a));
    struct json_number y = json_number_of(slice_str(b));
    return json_number_order(&x, &y);
}

/* Whether the two can be put in order; *order says how. */
static inline bool compare(const json_t *a, const json_t *b, int *order)
{
    if (a == NULL || b == NULL) {
        return false;
    }
    if (json_is_string(a) && json_is_string(b)) {
        *order = strcmp(json_string_value(a), json_string_value(b));
        return true;
    }
    if (number_text(a) != NULL && number_text(b) != NULL) {
        *order = compare_numbers(number_text(a), number_text(b));
        return true;
    }
    return false;
}

static inline enum truth equal(const json_t *a, const json_t *b)
{
    int order;
    if (a == NULL || b == NULL) {
        return UNDEFINED;
    }
    if (json_is_null(a) || json_is_null(b)) {
        return truth_is(json_is_null(a) && json_is_null(b));
    }
    if (json_is_boolean(a) && json_is_boolean(b)) {
        return truth_is(json_is_true(a) == json_is_true(b));
    }
    return compare(a, b, &order) ? truth_is(order == 0) : UNDEFINED;
}

static inline enum truth is_in(const json_t *wanted, const json_t *container)
{
    size_t i;
    json_t *element;
    enum truth truth = UNDEFINED;
    if (wanted == NULL || container == NULL || number_text(container) != NULL) {
        return UNDEFINED;
    }
    if (json_is_object(container)) {
        return json_is_string(wanted)
                   ? truth_is(json_object_get(container, json_string_value(wanted)) != NULL)
                   : UNDEFINED;
    }
    if (!json_is_array(container)) {
        return UNDEFINED;
    }
    json_array_foreach(container, i, element)
    {
        enum truth found = equal(wanted, element);
        truth = found > truth ? found : truth;
    }
    return json_array_size(container) == 0 ? FALSE : truth;
}

static inline enum truth condition_of(const json_t *value)
{
    return json_is_boolean(value) ? truth_is(json_is_true(value)) : UNDEFINED;
}

/* ---- expressions: each makes its text and what it is ---- */

static inline enum truth make_condition(struct dice *dice, struct buf *out, int depth);

static inline void space(struct dice *dice, struct buf *out)
{
    static const char *const spaces[] = {"", " ", "  ", "\t", "\n"};
    buf_append_str(out, PICK(dice, spaces));
}

static inline json_t *keep(struct dice *dice, json_t *value)
{
    json_array_append_new(dice->kept, value);
    return value;
}

static inline json_t *make_path(struct dice *dice, struct buf *out)
{
    json_t *value = dice->root;
    unsigned steps = 1 + roll(dice, 3);
    dice->nodes++;
    for (unsigned i = 0; i < steps; i++) {
        if (i > 0 && roll(dice, 3) == 1) {
            unsigned index = roll(dice, 4);
            buf_printf(out, "[%u]", index);
            value = json_array_get(value, index);
            continue;
        }
        unsigned which = roll(dice, sizeof(fuzz_names) / sizeof(fuzz_names[0]));
        if (which < 3 && roll(dice, 3) != 1) {
            buf_append_str(out, i > 0 ? "." : "");
            buf_append_str(out, fuzz_names[which]);
        } else {
            char quote = fuzz_names[which][0] == 'x' || roll(dice, 2) == 1 ? '"' : '\'';
            buf_append_char(out, '[');
            append_spelled(dice, out, fuzz_names[which], quote);
            buf_append_char(out, ']');
        }
        value = number_text(value) != NULL ? NULL : json_object_get(value, fuzz_names[which]);
    }
    return value;
}

static inline const char *make_text(struct dice *dice, struct buf *out)
{
    const char *text = PICK(dice, fuzz_texts);
    dice->nodes++;
    append_spelled(dice, out, text, roll(dice, 2) == 1 ? '\'' : '"');
    return text;
}

static inline json_t *make_literal(struct dice *dice, struct buf *out)
{
    const char *text;
    dice->nodes++;
    switch (roll(dice, 6)) {
    case 0:
    case 1:
        text = PICK(dice, fuzz_numbers);
        buf_append_str(out, text);
        return keep(dice, make_number(text));
    case 2:
    case 3:
        return keep(dice, json_string(make_text(dice, out)));
    case 4:
        buf_append_str(out, "null");
        return json_null();
    default:
        buf_append_str(out, "false");
        return json_false();
    }
}

static inline json_t *make_size(struct dice *dice, struct buf *out)
{
    dice->nodes++;
    buf_append_str(out, "size(");
    json_t *value = make_path(dice, out);
    buf_append_char(out, ')');
    size_t size = json_is_array(value) ? json_array_size(value) : json_object_size(value);
    if (json_is_string(value)) {
        const char *at = json_string_value(value);
        for (size = 0; *at != '\0'; size++) {
            next_code(&at);
        }
    }
    if (value == NULL || number_text(value) != NULL || value == dice->root ||
        (!json_is_string(value) && !json_is_array(value) && !json_is_object(value))) {
        return NULL;
    }
    char text[24];
    snprintf(text, sizeof(text), "%zu", size);
    return keep(dice, make_number(text));
}

static inline json_t *make_operand(struct dice *dice, struct buf *out, int depth)
{
    enum truth truth;
    json_t *value;
    switch (roll(dice, 8)) {
    default:
        return make_path(dice, out);
    case 3:
        buf_append_char(out, '(');
        value = make_path(dice, out);
        buf_append_char(out, ')');
        return value;
    case 4:
    case 5:
        return make_literal(dice, out);
    case 6:
        return make_size(dice, out);
    case 7:
        if (depth > 4) {
            return make_path(dice, out);
        }
        /* A path alone would be a value here, not a condition. */
        dice->nodes += 2;
        buf_append_str(out, "(true&&(");
        truth = make_condition(dice, out, depth + 1);
        buf_append_str(out, "))");
        return truth == UNDEFINED ? NULL : json_boolean(truth == TRUE);
    }
}

static inline enum truth make_comparison(struct dice *dice, struct buf *out, int depth)
{
    static const char *const signs[] = {"==", "!=", "<", "<=", ">", ">="};
    int order;
    dice->nodes++;
    json_t *left = make_operand(dice, out, depth);
    unsigned sign = roll(dice, 6);
    space(dice, out);
    buf_append_str(out, signs[sign]);
    space(dice, out);
    json_t *right = make_operand(dice, out, depth);
    if (sign < 2) {
        return sign == 0 ? equal(left, right) : negated(equal(left, right));
    }
    if (!compare(left, right, &order)) {
        return UNDEFINED;
    }
    return truth_is(sign == 2   ? order < 0
                    : sign == 3 ? order <= 0
                    : sign == 4 ? order > 0
                                : order >= 0);
}

static inline enum truth make_in(struct dice *dice, struct buf *out, int depth)
{
    dice->nodes++;
    json_t *left = make_operand(dice, out, depth);
    buf_append_str(out, " in ");
    if (roll(dice, 2) == 1) {
        buf_append_char(out, '(');
        json_t *right = make_path(dice, out);
        buf_append_char(out, ')');
        return is_in(left, right);
    }
    json_t *list = keep(dice, json_array());
    dice->nodes++;
    for (unsigned count = 1 + roll(dice, 4); count > 0; count--) {
        buf_append_str(out, json_array_size(list) == 0 ? "[" : " ,");
        json_array_append(list, make_literal(dice, out));
    }
    buf_append_char(out, ']');
    return is_in(left, list);
}

static inline enum truth make_call(struct dice *dice, struct buf *out)
{
    static const char *const calls[] = {".startsWith(", ".endsWith(", ".contains("};
    unsigned which = roll(dice, 3);
    dice->nodes++;
    json_t *value = make_path(dice, out);
    buf_append_str(out, calls[which]);
    const char *part = make_text(dice, out);
    buf_append_char(out, ')');
    if (!json_is_string(value)) {
        return UNDEFINED;
    }
    const char *text = json_string_value(value);
    size_t len = strlen(text);
    size_t part_len = strlen(part);
    if (which == 2) {
        return truth_is(strstr(text, part) != NULL);
    }
    return truth_is(len >= part_len &&
                    memcmp(which == 0 ? text : text + len - part_len, part, part_len) == 0);
}

static inline enum truth make_chain(struct dice *dice, struct buf *out, int depth)
{
    bool is_or = roll(dice, 2) == 1;
    enum truth truth = truth_is(!is_or);
    bool is_decided = false;
    bool is_undefined = false;
    dice->nodes++;
    for (unsigned count = 2 + roll(dice, 3); count > 0; count--) {
        buf_append_char(out, '(');
        enum truth link = make_condition(dice, out, depth + 1);
        buf_append_str(out, count == 1 ? ")" : is_or ? ")||" : ") && ");
        is_decided |= link == truth_is(is_or);
        is_undefined |= link == UNDEFINED;
    }
    return is_decided ? truth_is(is_or) : is_undefined ? UNDEFINED : truth;
}

static inline enum truth make_condition(struct dice *dice, struct buf *out, int depth)
{
    json_t *value;
    switch (roll(dice, depth < 5 ? 10 : 7)) {
    default:
        return make_comparison(dice, out, depth);
    case 3:
        return make_in(dice, out, depth);
    case 4:
        return make_call(dice, out);
    case 5:
        dice->nodes++;
        buf_append_str(out, "has( ");
        value = make_path(dice, out);
        buf_append_char(out, ')');
        return truth_is(value != NULL);
    case 6:
        return condition_of(make_path(dice, out));
    case 7:
        dice->nodes++;
        buf_append_str(out, "!(");
        {
            enum truth truth = make_condition(dice, out, depth + 1);
            buf_append_char(out, ')');
            return negated(truth);
        }
    case 8:
    case 9:
        return make_chain(dice, out, depth);
    }
}

#endif
