/*
 * JSON numbers compared by their text, exactly: 9007199254740993 is not 9007199254740992, 1e400 is
 * more than 1e399, 1.0 is 1 and -0 is 0. No floating point, and so no locale. Time is linear in the
 * texts' lengths. No allocation, no I/O; any thread.
 *
 * The one limit: a number is taken to be below 10^JSON_NUMBER_MAX_EXPONENT, and not nearer to 0
 * than the inverse of that; what is beyond differs from each other in its digits only.
 */
#ifndef CORE_JSON_JSON_NUMBER_H
#define CORE_JSON_JSON_NUMBER_H

#include "base/buf.h"

#define JSON_NUMBER_MAX_EXPONENT 1000000000000000000 /* 10^18 */

struct json_number {
    struct slice text; /* borrowed */
    bool is_small;     /* `small` is all there is to know */
    int64_t small;
};

/* Reads what is quick to read of `text`, a number as RFC 8259, section 6, has it. */
struct json_number json_number_of(struct slice text);

/* Less than 0, 0 or more. */
int json_number_order(const struct json_number *a, const struct json_number *b);

/* Appends the number in one spelling: equal numbers have equal texts. */
void json_number_append(struct slice text, struct buf *out);

#endif
