/* The body of a request in chunks, which must be empty. A part of request.h, which is what others
 * include. */
#ifndef HTTP_REQUEST_BODY_H
#define HTTP_REQUEST_BODY_H

#include "http/request.h"

/*
 * Looks at what follows the head of a request with `Transfer-Encoding: chunked`. HTTP_PARSE_OK when
 * it is an empty body, which takes *len bytes; HTTP_PARSE_MORE when it can become one;
 * HTTP_PARSE_HAS_BODY when a chunk has bytes; HTTP_PARSE_BAD_REQUEST.
 */
CHECKED enum http_parse request_body_check(struct slice body, size_t *len);

#endif
