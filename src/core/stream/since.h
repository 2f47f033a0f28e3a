/*
 * The text of `?since=`: a moment in time, in the forms that EventStreams' clients send. Has no
 * clock; any thread.
 */
#ifndef CORE_STREAM_SINCE_H
#define CORE_STREAM_SINCE_H

#include "base/assert.h"
#include "base/slice.h"

#include <kafkasse/error.h>

/*
 * Reads one of these; `now_ms` is the present, in milliseconds since 1970.
 *
 * - Milliseconds since 1970: digits, optional '-', perhaps with a fraction, which is cut off.
 * - A time before now: -15m, -1.5h; s, m, h or d.
 * - ISO 8601: 2026-01-02, 2026-01-02T03:04, ...:05, ...:05.678, with a zone (see moment.h) or
 *   without, which is UTC; a space instead of the T; a year and month alone: 2026-01. A year alone
 *   is milliseconds.
 * - 2026/01/02, also with single digits, and with a time after it as above.
 * - With the month's name: Fri, 02 Jan 2026 03:04:05 +0000 (RFC 2822, RFC 9110), Fri Jan 02 2026
 *   03:04:05 GMT+0000 (UTC) (JavaScript's Date.toString()), Fri Jan  2 03:04:05 2026 (asctime),
 *   and what lies between these. The weekday is not checked against the date.
 *
 * Names and letters, but for s, m, h and d, in either case. Seconds 60 are refused, 24:00:00 is
 * taken. 0, or KSSE_EVALUE when it is none of these or not in the years 0000..9999 (in UTC).
 */
CHECKED int since_parse(struct slice text, int64_t now_ms, int64_t *out_ms);

#endif
