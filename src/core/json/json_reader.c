/*
 * The pull parser: a token per call, and the values of numbers. It allocates nothing and does not
 * recurse: a level of nesting is a bit. Any thread, one at a time.
 */
#include "core/json/json.h"
#include "core/json/json_scan.h"

/* What may come next: the reader's state, beside the stack of containers. */
enum expects {
    EXPECTS_VALUE,
    EXPECTS_FIRST_NAME, /* or the end of the object */
    EXPECTS_FIRST_ITEM, /* or the end of the array */
    EXPECTS_SEPARATOR,  /* or the end of the container, or of the text */
    EXPECTS_NOTHING,    /* END was returned */
    HAS_FAILED
};

void json_reader_init(struct json_reader *r, struct slice in)
{
    memset(r, 0, sizeof(*r));
    r->in = in;
    r->expects = EXPECTS_VALUE;
}

/* The next byte that is no white space, or NUL (which is valid nowhere) at the end. */
static char skip_space(struct json_reader *r)
{
    while (r->at < r->in.len && json_is(r->in.data[r->at], JSON_CLASS_SPACE)) {
        r->at++;
    }
    return r->at < r->in.len ? r->in.data[r->at] : '\0';
}

static enum json_token fail(struct json_reader *r)
{
    r->expects = HAS_FAILED;
    return JSON_TOKEN_ERROR;
}

static bool is_in_object(const struct json_reader *r)
{
    int top = r->depth - 1;
    return (r->is_object[top / 64] >> (top % 64)) & 1;
}

/* The length of the character at r->at in a string, or 0 when a string must not have it. */
static size_t char_length(const struct json_reader *r)
{
    const char *at = r->in.data + r->at;
    const char *end = r->in.data + r->in.len;
    if (json_is_multibyte(*at)) {
        int step = json_utf8_step(at, end);
        return step > 0 ? (size_t)step : r->takes_ill_formed ? (size_t)-step : 0;
    }
    return *at == '\\' ? (size_t)json_escape_length(at, end) : json_is(*at, JSON_CLASS_PLAIN);
}

static inline void skip_plain(struct json_reader *r)
{
    const char *at = r->in.data + r->at;
    const char *end = r->in.data + r->in.len;
    while (at < end && json_is(*at, JSON_CLASS_PLAIN)) {
        at++;
    }
    r->at = (size_t)(at - r->in.data);
}

/* Reads a string with its quotes. 0, or KSSE_EVALUE with r->at at the bad byte. */
CHECKED static int read_string(struct json_reader *r)
{
    size_t start = ++r->at;
    skip_plain(r);
    while (r->at < r->in.len && r->in.data[r->at] != '"') {
        size_t len = char_length(r);
        if (len == 0) {
            return KSSE_EVALUE;
        }
        r->at += len;
        skip_plain(r);
    }
    if (r->at == r->in.len) {
        return KSSE_EVALUE;
    }
    r->text = slice_of(r->in.data + start, r->at - start);
    r->at++;
    return 0;
}

static enum json_token read_name(struct json_reader *r)
{
    if (skip_space(r) != '"' || read_string(r) < 0 || skip_space(r) != ':') {
        return fail(r);
    }
    r->at++;
    r->expects = EXPECTS_VALUE;
    return JSON_TOKEN_NAME;
}

static enum json_token read_number(struct json_reader *r)
{
    const char *start = r->in.data + r->at;
    const char *end = json_number_end(start, r->in.data + r->in.len);
    if (end == NULL) {
        return fail(r);
    }
    r->text = slice_of(start, (size_t)(end - start));
    r->at += r->text.len;
    r->expects = EXPECTS_SEPARATOR;
    return JSON_TOKEN_NUMBER;
}

static enum json_token read_literal(struct json_reader *r, const char *word, enum json_token token)
{
    if (!slice_starts_with(slice_of(r->in.data + r->at, r->in.len - r->at), word)) {
        return fail(r);
    }
    r->at += strlen(word);
    r->expects = EXPECTS_SEPARATOR;
    return token;
}

static enum json_token open_container(struct json_reader *r, bool is_object)
{
    if (r->depth == JSON_MAX_DEPTH) {
        return fail(r);
    }
    uint64_t bit = (uint64_t)1 << (r->depth % 64);
    uint64_t *word = &r->is_object[r->depth / 64];
    *word = is_object ? *word | bit : *word & ~bit;
    r->depth++;
    r->at++;
    r->expects = is_object ? EXPECTS_FIRST_NAME : EXPECTS_FIRST_ITEM;
    return is_object ? JSON_TOKEN_OBJECT_BEGIN : JSON_TOKEN_ARRAY_BEGIN;
}

static enum json_token close_container(struct json_reader *r)
{
    bool is_object = is_in_object(r);
    r->depth--;
    r->at++;
    r->expects = EXPECTS_SEPARATOR;
    return is_object ? JSON_TOKEN_OBJECT_END : JSON_TOKEN_ARRAY_END;
}

static enum json_token read_value(struct json_reader *r)
{
    switch (skip_space(r)) {
    case '{':
        return open_container(r, true);
    case '[':
        return open_container(r, false);
    case '"':
        if (read_string(r) < 0) {
            return fail(r);
        }
        r->expects = EXPECTS_SEPARATOR;
        return JSON_TOKEN_STRING;
    case 't':
        return read_literal(r, "true", JSON_TOKEN_TRUE);
    case 'f':
        return read_literal(r, "false", JSON_TOKEN_FALSE);
    case 'n':
        return read_literal(r, "null", JSON_TOKEN_NULL);
    default:
        return r->at < r->in.len ? read_number(r) : fail(r);
    }
}

static enum json_token read_after_value(struct json_reader *r)
{
    char next = skip_space(r);
    if (r->depth == 0) {
        if (r->at < r->in.len) {
            return fail(r);
        }
        r->expects = EXPECTS_NOTHING;
        return JSON_TOKEN_END;
    }
    if (next == (is_in_object(r) ? '}' : ']')) {
        return close_container(r);
    }
    if (next != ',') {
        return fail(r);
    }
    r->at++;
    return is_in_object(r) ? read_name(r) : read_value(r);
}

enum json_token json_reader_next(struct json_reader *r)
{
    switch ((enum expects)r->expects) {
    case EXPECTS_VALUE:
        return read_value(r);
    case EXPECTS_FIRST_NAME:
        return skip_space(r) == '}' ? close_container(r) : read_name(r);
    case EXPECTS_FIRST_ITEM:
        return skip_space(r) == ']' ? close_container(r) : read_value(r);
    case EXPECTS_SEPARATOR:
        return read_after_value(r);
    case EXPECTS_NOTHING:
        return JSON_TOKEN_END;
    case HAS_FAILED:
        break;
    }
    return JSON_TOKEN_ERROR;
}

int json_reader_skip(struct json_reader *r, enum json_token first)
{
    switch (first) {
    case JSON_TOKEN_STRING:
    case JSON_TOKEN_NUMBER:
    case JSON_TOKEN_TRUE:
    case JSON_TOKEN_FALSE:
    case JSON_TOKEN_NULL:
        return 0;
    case JSON_TOKEN_OBJECT_BEGIN:
    case JSON_TOKEN_ARRAY_BEGIN:
        break;
    default:
        return KSSE_EVALUE; /* not the first token of a value */
    }
    int outside = r->depth - 1;
    while (r->depth > outside) {
        if (json_reader_next(r) == JSON_TOKEN_ERROR) {
            return KSSE_EVALUE;
        }
    }
    return 0;
}

/* ---- numbers ---- */

/* Above any text's length, and such a length can be added without overflow. */
static const int64_t max_exponent = INT64_MAX / 4;

static int64_t exponent_of(struct slice text)
{
    int64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (json_is(text.data[i], JSON_CLASS_DIGIT) && value < max_exponent / 10) {
            value = value * 10 + (text.data[i] - '0');
        }
    }
    return text.data[0] == '-' ? -value : value;
}

/*
 * Splits a number without sign into its digits, among which there may be a point, and the number of
 * digits before the point that the exponent has moved, perhaps far outside of the digits.
 */
static struct slice split_number(struct slice number, int64_t *whole_digits)
{
    struct slice digits = number;
    int64_t exponent = 0;
    for (size_t i = 0; i < number.len; i++) {
        if (number.data[i] == 'e' || number.data[i] == 'E') {
            digits.len = i;
            exponent = exponent_of(slice_of(number.data + i + 1, number.len - i - 1));
            break;
        }
    }
    const char *point = memchr(digits.data, '.', digits.len);
    *whole_digits = (point == NULL ? (int64_t)digits.len : point - digits.data) + exponent;
    return digits;
}

/* Whether the value with another digit fits. It is negative, since INT64_MIN has no positive
 * counterpart. */
static bool fits_digit(int64_t *negative, int digit)
{
    return !__builtin_mul_overflow(*negative, 10, negative) &&
           !__builtin_sub_overflow(*negative, digit, negative);
}

/* Whether a number without sign is an integer that fits; *negative is its negated value. */
static bool is_integer(struct slice number, int64_t *negative)
{
    int64_t left;
    struct slice digits = split_number(number, &left);
    *negative = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] == '.') {
            continue;
        }
        int digit = digits.data[i] - '0';
        if (left > 0 ? !fits_digit(negative, digit) : digit != 0) {
            return false;
        }
        left--;
    }
    /* Zeros that the exponent adds. They soon overflow, unless the value is zero. */
    for (; *negative != 0 && left > 0; left--) {
        if (!fits_digit(negative, 0)) {
            return false;
        }
    }
    return true;
}

bool json_number_is_int64(struct slice number, int64_t *out)
{
    if (number.len == 0 ||
        json_number_end(number.data, number.data + number.len) != number.data + number.len) {
        return false;
    }
    size_t sign = number.data[0] == '-' ? 1 : 0;
    int64_t value;
    if (!is_integer(slice_of(number.data + sign, number.len - sign), &value) ||
        (sign == 0 && __builtin_sub_overflow((int64_t)0, value, &value))) {
        return false;
    }
    *out = value;
    return true;
}
