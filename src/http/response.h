/*
 * Response heads as bytes. No I/O, no clock; any thread. Source: RFC 9110, RFC 9112, the Fetch
 * standard's CORS protocol.
 */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "base/buf.h"
#include "http/request.h"

/* All strings are borrowed for the call and go out as they are: what comes from a client or a
   setting must have been checked for CR and LF (a parsed request's fields have none). */
/* What CORS lets browsers do with an answer. */
struct http_cors {
    struct slice origin;  /* value of Access-Control-Allow-Origin; len 0: none */
    bool varies;          /* another request's Origin may be answered otherwise */
    bool has_credentials; /* Access-Control-Allow-Credentials, when there is an origin */
};

struct http_response {
    int status;
    const char *content_type; /* NULL: no body */
    int64_t content_length;   /* -1: a stream; close-delimited, or chunked if is_chunked */
    bool is_chunked;          /* only with content_length -1 */
    struct http_cors cors;
    const char *cache_control; /* NULL: "no-cache" */
    const char *extra;         /* more field lines, each with its CRLF; NULL for none */
    int64_t date_s;            /* now, in seconds since 1970, for Date; 0: no such field */
    bool is_head;              /* the answer to HEAD: whatever the head says, no body follows */
    bool closes;               /* Connection: close */
    const struct http_request *preflight; /* the request with OPTIONS that it answers; NULL: it
                                           * answers another one */
};

/* Whether the body has no length in the head. */
static inline bool http_response_is_stream(const struct http_response *r)
{
    return r->content_type != NULL && r->content_length < 0;
}

/* "Not Found" for 404; "Unknown" for a status that has none. */
const char *http_reason(int status);

/*
 * Appends status line, fields and the empty line: Date, Content-Type, Content-Length or
 * Transfer-Encoding, Cache-Control, X-Accel-Buffering: no and Incremental: ?1 (streams),
 * X-Content-Type-Options: nosniff, those of CORS, Allow (405), WWW-Authenticate: Bearer (401),
 * Connection: close where it closes, then `extra`. Without a body, Content-Length is 0, or absent
 * with 204 (RFC 9110, 8.6).
 *
 * The answer to OPTIONS, preflight or not, is 204 with Allow and the fields of CORS only; if that
 * has an origin, also with Allow-Methods GET, HEAD, OPTIONS, Allow-Headers (what the request's
 * Access-Control-Request-Headers asked for, when these are plain tokens; else the usual ones:
 * Last-Event-ID, Accept, Cache-Control), Max-Age 86400.
 */
void http_response_append(const struct http_response *r, struct buf *out);

#endif
