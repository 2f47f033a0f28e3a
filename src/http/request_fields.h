/* Field lines of a request head. A part of request.h, which is what others include. */
#ifndef HTTP_REQUEST_FIELDS_H
#define HTTP_REQUEST_FIELDS_H

#include "http/request.h"

/*
 * Parses one field line without its line end; the caller has seen to it that there is no control in
 * it but HTAB. False when it is malformed, and then `out` is not touched. Slices point into `line`.
 */
CHECKED bool request_field_parse(struct slice line, struct http_field *out);

/*
 * What the fields of a complete head say together about Host and the body. HTTP_PARSE_OK (and
 * *is_chunked tells whether a body in chunks follows, which may be empty), BAD_REQUEST or HAS_BODY.
 */
CHECKED enum http_parse request_fields_check(const struct http_request *r, bool *is_chunked);

#endif
