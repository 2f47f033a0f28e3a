/*
 * Floating-point numbers and decimals as JSON. Whatever the locale is. No state; any thread.
 */
#ifndef AVRO_NUMBER_H
#define AVRO_NUMBER_H

#include "api/error.h"
#include "base/buf.h"

enum {
    DECIMAL_MAX_BYTES = 128, /* of a decimal's unscaled value: 308 digits */
    DECIMAL_MAX_DIGITS = 308
};

/*
 * Appends the shortest digits (of 15 to 17, or of 6 to 9) that read back as the same number;
 * "NaN", "Infinity" and "-Infinity" as strings, since JSON has no numbers for them.
 */
void number_append_double(struct buf *out, double value);
void number_append_float(struct buf *out, float value);

/*
 * Appends a decimal as a string, exactly: `unscaled` is a big-endian integer in two's complement,
 * to be divided by ten to the power of `scale` (0 to DECIMAL_MAX_DIGITS); "-0.50" keeps its zero.
 * KSSE_EVALUE, with nothing appended, when there are no bytes or more than DECIMAL_MAX_BYTES.
 */
CHECKED int number_append_decimal(struct buf *out, struct slice unscaled, int scale);

#endif
