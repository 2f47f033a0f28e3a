/* The first line of a request head. A part of request.h, which is what others include. */
#ifndef HTTP_REQUEST_LINE_H
#define HTTP_REQUEST_LINE_H

#include "http/request.h"

struct request_line {
    enum http_method method;
    int minor_version;
    struct slice target;
    struct slice path;
    struct slice query;
};

/*
 * Parses a request line without its line end. HTTP_PARSE_OK, or BAD_REQUEST, VERSION, METHOD or
 * METHOD_NOT_ALLOWED, and then `out` is not touched. Slices point into `line`.
 */
CHECKED enum http_parse request_line_parse(struct slice line, struct request_line *out);

#endif
