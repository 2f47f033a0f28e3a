/*
 * The headers of a record as `_kafka` shows them. In Kafka a name may be repeated, and values are
 * bytes; in JSON a name is one member, and values are text. No state; any thread.
 */
#ifndef CORE_STREAM_RECORD_HEADERS_H
#define CORE_STREAM_RECORD_HEADERS_H

#include "core/stream/record.h"

/*
 * Appends `"headers":{...}`, and `,"headers_base64":{...}` unless that would be empty. Without
 * memory `out` is marked as failed.
 *
 * A name that occurs once is a member of one of the two: of `headers`, as a string or null, if the
 * value is UTF-8 or null; else of `headers_base64`. A name that occurs several times is the list of
 * its values, in Kafka's order. If only some of them are UTF-8 or null, it is a list in both, each
 * as long as there are values, with null for the values that the other list has; a value that is
 * null in both is null. Names are in the order of their first occurrence. Bytes of a name that are
 * not UTF-8 become U+FFFD, and names that are equal then count as one.
 */
void record_headers_append(const struct record *record, struct buf *out);

#endif
