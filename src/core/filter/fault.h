/*
 * The message for a fault in a text that a person wrote, such as a filter or a list of fields. No
 * I/O; any thread.
 */
#ifndef CORE_FILTER_FAULT_H
#define CORE_FILTER_FAULT_H

#include "base/buf.h"

/*
 * Appends `message`, a sentence, and the place of the fault, marked in the text, to `out`:
 *
 *     Expected a value, at character 10: price >= >>>&& wiki
 *
 * It is one line of UTF-8 without control characters. `at_byte` is the index of a byte, or the
 * text's length for its end. Characters count from 1. A long text is shown in part.
 */
void fault_append(const char *message, size_t at_byte, struct slice text, struct buf *out);

#endif
