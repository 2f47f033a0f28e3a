/*
 * The headers of a record as `_kafka` shows them. Kafka allows a name several times, and any bytes
 * as values; JSON has one member of a name, and text. No state; any thread.
 */
#ifndef CORE_STREAM_RECORD_HEADERS_H
#define CORE_STREAM_RECORD_HEADERS_H

#include "core/stream/record.h"

/*
 * Appends `"headers":{...}`, and `,"headers_base64":{...}` unless that would be empty. Without
 * memory `out` is marked as failed.
 *
 * A name that comes once is a member of one of the two: a string if the value is UTF-8, null if it
 * is null; else in base64. A name that comes several times is a list of all values in Kafka's
 * order. If some of these are UTF-8 or null and others are not, both lists have all places, with
 * null for what the other one has: null in both is a null. Names are in the order in which they
 * come first; what is no UTF-8 in them is U+FFFD, and names that are equal then are one name.
 */
void record_headers_append(const struct record *record, struct buf *out);

#endif
