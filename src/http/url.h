/*
 * Percent-encoding and query strings. No I/O; any thread. Source: RFC 3986, and the WHATWG URL
 * standard's application/x-www-form-urlencoded for queries ('+' is a space there).
 *
 * Where memory runs out, the buffer has failed (see base/buf.h): what is returned is the same as if
 * it had not, so ask buf_ok() as well.
 */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include "base/buf.h"

/*
 * Appends the decoded form of `in` to `out`. 0, or KSSE_EVALUE when a '%' is not followed by two
 * hex digits, or when the decoded bytes hold a NUL; `out` then has its former length.
 */
CHECKED int url_decode(struct slice in, bool plus_is_space, struct buf *out);

/*
 * Finds the first parameter called `name` (names are compared decoded; one that is badly encoded is
 * never equal) in a query and appends its decoded value to `out`. A parameter without '=' has an
 * empty value. 1 when found, 0 when there is none, KSSE_EVALUE when its value is badly encoded;
 * `out` has its former length then.
 */
CHECKED int url_query_get(struct slice query, const char *name, struct buf *out);

/*
 * Appends `in` so that it can stand in a path segment or a query value: all but RFC 3986's
 * unreserved characters are percent-encoded.
 */
void url_encode(struct slice in, struct buf *out);

#endif
