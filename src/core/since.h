/*
 * The text of `?since=`: a moment in time, in the forms that EventStreams' clients send.
 * No clock in here; any thread.
 */
#ifndef CORE_SINCE_H
#define CORE_SINCE_H

#include "base/assert.h"
#include "base/slice.h"

/*
 * Reads milliseconds since 1970 (digits, optional '-'), or ISO 8601 (2026-01-02, 2026-01-02T03:04,
 * ...:05, ...:05.678, with Z, +02:00, +0200, +02 or nothing; a space instead of the T; a year and
 * month alone: 2026-01, a year alone is milliseconds), or RFC 9110's preferred form of dates (Tue,
 * 02 Jan 2026 03:04:05 GMT, the weekday not checked against the date; the two obsolete forms need a
 * clock or have no zone). Names and letters in either case. Without a zone: UTC. Seconds 60 are
 * refused, 24:00:00 is taken. Digits of a second behind the third are cut off. One space may stand
 * before the zone, or instead of its '+', which is what a query makes of a '+' that was not
 * encoded. Returns false when it is none of these or out of range of years 0000..9999 (in UTC).
 */
CHECKED bool since_parse(struct slice text, int64_t *out_ms);

#endif
