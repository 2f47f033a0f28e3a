/*
 * Exact comparison of numbers: short integers by value, all others as 0.ddd times a power of ten.
 */
#include "core/json/json_number.h"
#include "core/json/json_scan.h"

enum {
    SMALL_DIGITS = 18,    /* always fit an int64_t */
    MAX_WHOLE_DIGITS = 20 /* longer integers are spelled with an exponent */
};

/* Exponents are read up to here; with a text's length added, they cannot overflow. */
#define MAX_WRITTEN_EXPONENT (4 * (int64_t)JSON_NUMBER_MAX_EXPONENT)

/* 0.ddd * 10^exponent, where the first digit is not 0. */
struct spread {
    int sign; /* -1, 0, 1; with 0 nothing else is set */
    int64_t exponent;
    const char *digits; /* up to `end`; the point may be among them */
    const char *end;
};

struct json_number json_number_of(struct slice text)
{
    struct json_number number = {text, false, 0};
    size_t sign = text.len > 0 && text.data[0] == '-';
    if (text.len - sign > SMALL_DIGITS) {
        return number;
    }
    int64_t value = 0;
    for (size_t i = sign; i < text.len; i++) {
        unsigned digit = (unsigned)(uint8_t)text.data[i] - '0';
        if (digit > 9) {
            return number;
        }
        value = value * 10 + (int64_t)digit;
    }
    number.is_small = true;
    number.small = sign ? -value : value;
    return number;
}

/* The exponent after the e. */
static int64_t read_exponent(const char *at, const char *end)
{
    bool is_negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) {
        at++;
    }
    int64_t value = 0;
    for (; at < end && value < MAX_WRITTEN_EXPONENT; at++) {
        value = value < MAX_WRITTEN_EXPONENT / 10 ? value * 10 + (*at - '0') : MAX_WRITTEN_EXPONENT;
    }
    return is_negative ? -value : value;
}

static int64_t limited(int64_t exponent)
{
    if (exponent > JSON_NUMBER_MAX_EXPONENT) {
        return JSON_NUMBER_MAX_EXPONENT;
    }
    return exponent < -JSON_NUMBER_MAX_EXPONENT ? -JSON_NUMBER_MAX_EXPONENT : exponent;
}

static struct spread spread_of(struct slice text)
{
    struct spread s = {1, 0, NULL, NULL};
    const char *at = text.data;
    const char *end = at + text.len;
    if (*at == '-') {
        s.sign = -1;
        at++;
    }
    const char *point = NULL;
    for (; at < end && (json_is(*at, JSON_CLASS_DIGIT) || *at == '.'); at++) {
        if (*at == '.') {
            point = at;
        } else if (s.digits == NULL && *at != '0') {
            s.digits = at;
        }
    }
    if (s.digits == NULL) {
        s.sign = 0;
        return s;
    }
    s.end = at;
    point = point == NULL ? at : point;
    s.exponent = at < end ? read_exponent(at + 1, end) : 0;
    s.exponent += s.digits < point ? point - s.digits : point + 1 - s.digits;
    s.exponent = limited(s.exponent);
    return s;
}

/* The next digit; after the last one come zeros. */
static inline char next_digit(struct spread *s)
{
    if (s->digits < s->end && *s->digits == '.') {
        s->digits++;
    }
    return s->digits < s->end ? *s->digits++ : '0';
}

/* Compares values without their signs; neither is 0. */
static int order_sizes(struct spread a, struct spread b)
{
    if (a.exponent != b.exponent) {
        return a.exponent < b.exponent ? -1 : 1;
    }
    while (a.digits < a.end || b.digits < b.end) {
        int order = next_digit(&a) - next_digit(&b);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

int json_number_order(const struct json_number *a, const struct json_number *b)
{
    if (a->is_small && b->is_small) {
        return (a->small > b->small) - (a->small < b->small);
    }
    struct spread x = spread_of(a->text);
    struct spread y = spread_of(b->text);
    if (x.sign != y.sign || x.sign == 0) {
        return x.sign - y.sign;
    }
    int order = order_sizes(x, y);
    return x.sign < 0 ? -order : order;
}

/* ---- the one spelling ---- */

static void append_zeros(int64_t count, struct buf *out)
{
    for (; count > 0; count--) {
        buf_append_char(out, '0');
    }
}

/* Appends the digits without the point and without zeros at the end. */
static void append_digits(struct spread s, struct buf *out, int64_t *count)
{
    const char *last = s.end - 1;
    while (*last == '0' || *last == '.') {
        last--;
    }
    *count = 0;
    for (; s.digits <= last; s.digits++) {
        if (*s.digits != '.') {
            buf_append_char(out, *s.digits);
            ++*count;
        }
    }
}

/* Inserts a point after the first `whole` digits from `start` on. */
static void insert_point(struct buf *out, size_t start, int64_t whole)
{
    buf_append_char(out, '.');
    if (buf_ok(out)) {
        char *at = out->data + start + whole;
        memmove(at + 1, at, out->len - 1 - (size_t)(at - out->data));
        *at = '.';
    }
}

void json_number_append(struct slice text, struct buf *out)
{
    struct spread s = spread_of(text);
    if (s.sign == 0) {
        buf_append_char(out, '0');
        return;
    }
    if (s.sign < 0) {
        buf_append_char(out, '-');
    }
    if (s.exponent > -6 && s.exponent <= 0) {
        buf_append_str(out, "0.");
        append_zeros(-s.exponent, out);
    }
    size_t start = out->len;
    int64_t count;
    append_digits(s, out, &count);
    if (s.exponent > -6 && s.exponent <= MAX_WHOLE_DIGITS) {
        append_zeros(s.exponent - count, out);
        if (s.exponent > 0 && s.exponent < count) {
            insert_point(out, start, s.exponent);
        }
        return;
    }
    if (count > 1) {
        insert_point(out, start, 1);
    }
    buf_append_char(out, 'e');
    buf_append_int(out, s.exponent - 1);
}
