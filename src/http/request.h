/*
 * The request head: a strict HTTP/1.x parser without I/O.
 *
 * It takes GET, HEAD and OPTIONS without a body, or with an empty one; what it does not take has a
 * status. It never
 * allocates: slices point into the caller's bytes. Source: RFC 9110, RFC 9112. Any thread.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "base/assert.h"
#include "base/slice.h"

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_OPTIONS
};

enum {
    HTTP_MAX_FIELDS = 100
};

struct http_field {
    struct slice name;  /* as sent */
    struct slice value; /* without leading and trailing white space */
};

struct http_request {
    enum http_method method;
    int minor_version;   /* 0, or 1 for this and every later minor version */
    struct slice target; /* origin form: begins with '/', or "*" with OPTIONS; absolute form is cut
                            down to it (and begins with '?' when it has a query but no path) */
    struct slice path;   /* of target, before '?', still percent-encoded; never empty */
    struct slice query;  /* of target, behind '?', still percent-encoded; empty without one */
    struct http_field fields[HTTP_MAX_FIELDS];
    int field_count;
};

/*
 * What became of a head. A fault shows at the byte or the line that has it, and the first one in
 * the order of the bytes decides. What takes the whole head to see comes last: the fields' number,
 * then Host, Content-Length and Transfer-Encoding as malformed, then a body.
 */
enum http_parse {
    HTTP_PARSE_OK,
    HTTP_PARSE_MORE,               /* not complete yet, nothing wrong so far */
    HTTP_PARSE_BAD_REQUEST,        /* 400: bare CR, obs-fold, space before the colon, NUL or other
                                      control, bad target, bad or second Host, none in 1.1, bad or
                                      second Content-Length, Transfer-Encoding in 1.0 */
    HTTP_PARSE_HAS_BODY,           /* 413: Content-Length other than 0, a chunk with bytes, or any
                                      Transfer-Encoding but `chunked` alone: without a length, and
                                      without Expect, since who waits to be asked for it has one */
    HTTP_PARSE_URI_TOO_LONG,       /* 414: the request line alone is over the limit */
    HTTP_PARSE_TOO_LARGE,          /* 431: the head is over the limit, or too many fields */
    HTTP_PARSE_METHOD,             /* 501: no method that RFC 9110 or RFC 5789 (PATCH) knows */
    HTTP_PARSE_METHOD_NOT_ALLOWED, /* 405: POST, PUT, DELETE, PATCH, CONNECT, TRACE */
    HTTP_PARSE_VERSION             /* 505: HTTP/2.0 preface, HTTP/0.9, other majors */
};

/*
 * Parses the head at the start of `in` (all that was received so far). `limit` is the largest head
 * in bytes, request line, final empty line and an empty body in chunks included; no byte behind it
 * is looked at. *scanned is the parser's note of how far it has looked for the end: 0 for a new
 * connection, then handed back unchanged with more bytes, so that a head that dribbles in costs
 * linear time. The outcome is the
 * same however the bytes were cut. Bare LF line ends are taken (RFC 9112, 2.2), but a CR that is
 * not followed by LF is not; one empty line before the request line is skipped.
 *
 * A refusal may come before the client has sent the rest of its head: read that and throw it away
 * before the close, or the reset that follows unread bytes may overtake the answer.
 *
 * On HTTP_PARSE_OK *request_len is the length of all that belongs to the request and `out` is
 * filled with slices into `in`; otherwise neither is touched. *scanned moves with HTTP_PARSE_MORE
 * only, and never beyond in.len.
 */
CHECKED enum http_parse http_request_parse(struct slice in, size_t limit, size_t *scanned,
                                           struct http_request *out, size_t *request_len);

/*
 * The status code of a refusal (400, 405, 413, ...) and one sentence on what to do. HTTP_PARSE_MORE
 * has them too, for a head that took too long: 408. HTTP_PARSE_OK is 200.
 */
int http_parse_status(enum http_parse outcome);
const char *http_parse_message(enum http_parse outcome);

/*
 * The value of the first field called `name` (ASCII case folded), data NULL when there is none. A
 * field that came more than once counts by its first line, except Accept, which callers join
 * themselves. The slice lives as long as the bytes that were parsed.
 */
struct slice http_request_field(const struct http_request *r, const char *name);

/*
 * The same for what is no good head, or not a whole one: the value of the first whole line of `in`
 * that is a field called `name`. It may hold any byte but LF.
 */
struct slice http_head_field(struct slice in, const char *name);

/* Whether it says `Connection: close`, or is one of HTTP/1.0, which knows no other connections: no
 * further request is to follow it (RFC 9112, 9.3). */
bool http_request_closes(const struct http_request *r);

/* Whether a line of `request`, which was parsed, ends with LF alone. A proxy in front that takes no
 * such line ends sees one request where this server sees two. */
bool http_has_bare_lf(struct slice request);

#endif
