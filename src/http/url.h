/*
 * Percent-encoding and query strings. No I/O; any thread. Source: RFC 3986, and the WHATWG URL
 * standard's application/x-www-form-urlencoded for queries ('+' is a space there).
 */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include "base/buf.h"

/*
 * Appends the decoded form of `in` to `out`. False when a '%' is not followed by two hex digits, or
 * when the decoded bytes hold a NUL; `out` then has its former length.
 */
CHECKED bool url_decode(struct slice in, bool plus_is_space, struct buf *out);

/*
 * Finds the first parameter called `name` (names are compared decoded) in a query and appends its decoded
 * value to `out`. 1 when found, 0 when there is none, -1 when its value is badly encoded.
 */
CHECKED int url_query_get(struct slice query, const char *name, struct buf *out);

/* Appends `in` so that it can stand in a path segment or a query value. */
void url_encode(struct slice in, struct buf *out);

#endif
