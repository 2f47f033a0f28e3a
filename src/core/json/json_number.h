/*
 * Compares JSON numbers by their text, exactly: 9007199254740993 is not 9007199254740992, 1e400 is
 * more than 1e399, 1.0 is 1, and -0 is 0. There is no floating point, and so no locale. Takes time
 * linear in the texts. No allocation, no I/O; any thread.
 *
 * There is one limit: exponents above JSON_NUMBER_MAX_EXPONENT count as equal to it, and likewise
 * below its negative, so that such numbers differ in their digits only.
 */
#ifndef CORE_JSON_JSON_NUMBER_H
#define CORE_JSON_JSON_NUMBER_H

#include "base/buf.h"

#define JSON_NUMBER_MAX_EXPONENT 1000000000000000000 /* 10^18 */

struct json_number {
    struct slice text; /* borrowed */
    bool is_small;     /* the value is `small` */
    int64_t small;
};

/* Reads `text`, a number of RFC 8259, section 6; only a short integer is_small. */
struct json_number json_number_of(struct slice text);

/* Below 0, 0 or above. */
int json_number_order(const struct json_number *a, const struct json_number *b);

/* Appends the number in its one spelling: equal numbers have equal texts. */
void json_number_append(struct slice text, struct buf *out);

#endif
