/*
 * Numbers as JSON. See number.h. The C library writes the hard ones, in whatever locale the process
 * has; most that people send are integers or have a few decimals, and these are written here.
 */
#include "avro/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    TEXT_LEN = 48,
    MAX_DECIMALS = 6, /* of what is tried before the C library is asked */
    LIMBS = DECIMAL_MAX_BYTES / 4,
    LIMB_DIGITS = 9,
    LIMB_BASE = 1000000000,
    DIGITS_LEN = (LIMBS * 32 / 29 + 2) * LIMB_DIGITS
};

static const double powers[MAX_DECIMALS + 1] = {1, 10, 100, 1000, 10000, 100000, 1000000};

/* `digits` is an integer that the number is when it is divided by 10^decimals. */
static void append_scaled(struct buf *out, bool is_negative, int64_t digits, int decimals)
{
    char text[TEXT_LEN];
    size_t len = int64_format(digits, text);
    if (is_negative) {
        buf_append_char(out, '-');
    }
    if (decimals == 0) {
        buf_append(out, text, len);
        return;
    }
    if (len <= (size_t)decimals) {
        buf_append(out, "0.000000", 2 + (size_t)decimals - len);
        buf_append(out, text, len);
        return;
    }
    buf_append(out, text, len - (size_t)decimals);
    buf_append_char(out, '.');
    buf_append(out, text + len - (size_t)decimals, (size_t)decimals);
}

/* What printf() wrote, with a point where the locale has something else. */
static void append_printed(struct buf *out, const char *text)
{
    bool is_in_point = false;
    for (; *text != '\0'; text++) {
        bool is_plain = (*text >= '0' && *text <= '9') || strchr("+-e", *text) != NULL;
        if (is_plain) {
            buf_append_char(out, *text);
        } else if (!is_in_point) {
            buf_append_char(out, '.');
        }
        is_in_point = !is_plain;
    }
}

static bool append_special(struct buf *out, double value)
{
    if (isfinite(value)) {
        return false;
    }
    buf_append_str(out, isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    return true;
}

/*
 * An integer of at most 15 digits divided by a power of ten: both are exact as doubles, so that
 * their quotient is the double nearest to the decimal number, which is what a reader makes of it.
 */
static bool append_simple_double(struct buf *out, double value)
{
    double magnitude = fabs(value);
    if (magnitude >= 1e15) {
        return false;
    }
    for (int decimals = 0; decimals <= MAX_DECIMALS; decimals++) {
        double scaled = nearbyint(magnitude * powers[decimals]);
        if (scaled >= 1e15) {
            return false;
        }
        if (scaled / powers[decimals] == magnitude) {
            append_scaled(out, signbit(value) != 0, (int64_t)scaled, decimals);
            return true;
        }
    }
    return false;
}

void number_append_double(struct buf *out, double value)
{
    char text[TEXT_LEN];
    if (append_special(out, value) || append_simple_double(out, value)) {
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    append_printed(out, text);
}

/* As above, with six digits: what is exact in a float is smaller. */
static bool append_simple_float(struct buf *out, float value)
{
    float magnitude = fabsf(value);
    for (int decimals = 0; decimals <= MAX_DECIMALS; decimals++) {
        float power = (float)powers[decimals];
        float scaled = nearbyintf(magnitude * power);
        if (scaled >= 1e6F) {
            return false;
        }
        if (scaled / power == magnitude) {
            append_scaled(out, signbit(value) != 0, (int64_t)scaled, decimals);
            return true;
        }
    }
    return false;
}

void number_append_float(struct buf *out, float value)
{
    char text[TEXT_LEN];
    if (append_special(out, (double)value) || append_simple_float(out, value)) {
        return;
    }
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value) {
            break;
        }
    }
    append_printed(out, text);
}

/* ---- decimals ---- */

/* The magnitude of a two's complement number, most significant limb first. */
static bool load_magnitude(struct slice bytes, uint32_t limbs[LIMBS])
{
    bool is_negative = ((uint8_t)bytes.data[0] & 0x80) != 0;
    uint32_t carry = is_negative ? 1 : 0;
    memset(limbs, 0, LIMBS * sizeof(*limbs));
    for (size_t i = 0; i < bytes.len; i++) {
        uint32_t byte = (uint8_t)bytes.data[bytes.len - 1 - i];
        if (is_negative) {
            byte = (byte ^ 0xff) + carry;
            carry = byte >> 8;
        }
        limbs[LIMBS - 1 - i / 4] |= (byte & 0xff) << (i % 4 * 8);
    }
    return is_negative;
}

/* Divides in place and returns the rest; *is_zero tells whether nothing is left. */
static uint32_t divide(uint32_t limbs[LIMBS], bool *is_zero)
{
    uint64_t rest = 0;
    *is_zero = true;
    for (size_t i = 0; i < LIMBS; i++) {
        rest = rest << 32 | limbs[i];
        limbs[i] = (uint32_t)(rest / LIMB_BASE);
        rest %= LIMB_BASE;
        *is_zero = *is_zero && limbs[i] == 0;
    }
    return (uint32_t)rest;
}

/* Writes the digits so that they end at `end`, without leading zeros but for `least` digits. */
static char *write_digits(uint32_t limbs[LIMBS], size_t least, char *end)
{
    char *at = end;
    bool is_zero;
    do {
        uint32_t group = divide(limbs, &is_zero);
        for (int i = 0; i < LIMB_DIGITS; i++) {
            *--at = (char)('0' + group % 10);
            group /= 10;
        }
    } while (!is_zero);
    while ((size_t)(end - at) > least && *at == '0') {
        at++;
    }
    while ((size_t)(end - at) < least) {
        *--at = '0';
    }
    return at;
}

int number_append_decimal(struct buf *out, struct slice unscaled, int scale)
{
    uint32_t limbs[LIMBS];
    char digits[DIGITS_LEN];
    char *end = digits + sizeof(digits);
    ASSERT(scale >= 0 && scale <= DECIMAL_MAX_DIGITS);
    if (unscaled.len == 0 || unscaled.len > DECIMAL_MAX_BYTES) {
        return KSSE_EVALUE;
    }
    bool is_negative = load_magnitude(unscaled, limbs);
    char *at = write_digits(limbs, (size_t)scale + 1, end);
    buf_append(out, is_negative ? "\"-" : "\"", is_negative ? 2 : 1);
    buf_append(out, at, (size_t)(end - at) - (size_t)scale);
    if (scale > 0) {
        buf_append_char(out, '.');
        buf_append(out, end - scale, (size_t)scale);
    }
    buf_append_char(out, '"');
    return 0;
}
