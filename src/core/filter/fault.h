/*
 * What is wrong with a text that somebody wrote, such as a filter or a list of fields, and where.
 * No I/O. Any thread.
 */
#ifndef CORE_FILTER_FAULT_H
#define CORE_FILTER_FAULT_H

#include "base/buf.h"

/*
 * Appends to `out`, for people: the sentence `message` and the place, marked in the text, in one
 * line of UTF-8 without control characters: `Expected a value, at character 10: price >= >>>&&
 * wiki`. `at_byte` is a byte of the text, or its length for the end. Characters count from 1; a
 * long text is shown in part.
 */
void fault_append(const char *message, size_t at_byte, struct slice text, struct buf *out);

#endif
