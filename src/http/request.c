/*
 * The request head: finds its lines as the bytes come in, and puts the parts together.
 *
 * Each byte is looked at once on its way in, each line once more when its LF arrives (so that a
 * refusal does not wait for the rest of the head), and the head once more when it is complete (and
 * again with each piece of an empty body in chunks). No decision depends on how the bytes were cut:
 * it is made at one byte, from what is before it. No I/O, no memory of its own; any thread.
 */
#include "http/request.h"
#include "http/request_body.h"
#include "http/request_fields.h"
#include "http/request_line.h"

/* RFC 9110, 5.5: NUL, CR and LF are dangerous, the others are invalid; HTAB has its uses. */
static bool is_forbidden(char c)
{
    unsigned char byte = (unsigned char)c;
    return (byte < ' ' && c != '\t' && c != '\r') || byte == 0x7f;
}

/* Where the request line begins: behind one empty line (RFC 9112, 2.2), which old clients sent
   after the body of the request before. */
static size_t first_line_begin(struct slice in)
{
    if (slice_starts_with(in, "\r\n")) {
        return 2;
    }
    return slice_starts_with(in, "\n") ? 1 : 0;
}

/* The line whose LF is at `lf`, without its line end. */
static struct slice line_before(struct slice in, size_t lf)
{
    const char *before = lf == 0 ? NULL : memrchr(in.data, '\n', lf);
    size_t begin = before == NULL ? 0 : (size_t)(before - in.data) + 1;
    size_t len = lf - begin;
    if (len > 0 && in.data[lf - 1] == '\r') {
        len--;
    }
    return slice_of(in.data + begin, len);
}

/* A line has come to its end at `lf`. HTTP_PARSE_OK when it is the empty line after the fields. */
static enum http_parse line_check(struct slice in, size_t lf)
{
    struct slice line = line_before(in, lf);
    size_t begin = (size_t)(line.data - in.data);
    size_t first = first_line_begin(in);
    if (begin < first) {
        return HTTP_PARSE_MORE;
    }
    if (begin == first) {
        struct request_line ignored;
        enum http_parse outcome = request_line_parse(line, &ignored);
        return outcome == HTTP_PARSE_OK ? HTTP_PARSE_MORE : outcome;
    }
    if (line.len == 0) {
        return HTTP_PARSE_OK;
    }
    struct http_field ignored;
    return request_field_parse(line, &ignored) ? HTTP_PARSE_MORE : HTTP_PARSE_BAD_REQUEST;
}

/* Cuts the next line off *rest, which holds whole lines. */
static struct slice line_cut(struct slice *rest)
{
    struct slice line = slice_cut(rest, '\n');
    if (line.len > 0 && line.data[line.len - 1] == '\r') {
        line.len--;
    }
    return line;
}

/* `head` is a whole head whose lines were all found right, and is followed by `body`. */
static enum http_parse head_parse(struct slice head, struct slice body, struct http_request *out,
                                  size_t *body_len)
{
    size_t first = first_line_begin(head);
    struct slice rest = slice_of(head.data + first, head.len - first);
    struct request_line line;
    enum http_parse outcome = request_line_parse(line_cut(&rest), &line);
    ASSERT(outcome == HTTP_PARSE_OK);

    struct http_request parsed;
    parsed.method = line.method;
    parsed.minor_version = line.minor_version;
    parsed.target = line.target;
    parsed.path = line.path;
    parsed.query = line.query;
    parsed.field_count = 0;
    for (;;) {
        struct slice text = line_cut(&rest);
        if (text.len == 0) {
            break;
        }
        if (parsed.field_count == HTTP_MAX_FIELDS) {
            return HTTP_PARSE_TOO_LARGE;
        }
        bool is_field = request_field_parse(text, &parsed.fields[parsed.field_count]);
        ASSERT(is_field);
        parsed.field_count++;
    }
    bool is_chunked;
    *body_len = 0;
    outcome = request_fields_check(&parsed, &is_chunked);
    if (outcome == HTTP_PARSE_OK && is_chunked) {
        outcome = request_body_check(body, body_len);
    }
    if (outcome == HTTP_PARSE_OK) {
        *out = parsed;
    }
    return outcome;
}

/* The first `limit` bytes hold no whole head. */
static enum http_parse over_limit(struct slice in, size_t limit)
{
    size_t first = first_line_begin(in);
    bool has_line = first < limit && memchr(in.data + first, '\n', limit - first) != NULL;
    return has_line ? HTTP_PARSE_TOO_LARGE : HTTP_PARSE_URI_TOO_LONG;
}

/* The head's last LF is at `lf`. */
static enum http_parse request_end(struct slice in, size_t lf, size_t limit, size_t *scanned,
                                   struct http_request *out, size_t *request_len)
{
    size_t head_len = lf + 1;
    size_t body_len;
    struct slice body = slice_of(in.data + head_len, in.len - head_len);
    enum http_parse outcome = head_parse(slice_of(in.data, head_len), body, out, &body_len);
    if (outcome == HTTP_PARSE_OK) {
        *request_len = head_len + body_len;
    } else if (outcome == HTTP_PARSE_MORE) {
        if (in.len == limit) {
            return HTTP_PARSE_TOO_LARGE;
        }
        *scanned = lf; /* and all is done again with the next bytes of the body, which are few */
    }
    return outcome;
}

enum http_parse http_request_parse(struct slice in, size_t limit, size_t *scanned,
                                   struct http_request *out, size_t *request_len)
{
    ASSERT(*scanned <= in.len);
    size_t end = in.len < limit ? in.len : limit;
    for (size_t at = *scanned; at < end; at++) {
        char c = in.data[at];
        bool is_after_cr = at > 0 && in.data[at - 1] == '\r';
        if (c == '\n') {
            enum http_parse outcome = line_check(in, at);
            if (outcome == HTTP_PARSE_OK) {
                return request_end(slice_of(in.data, end), at, limit, scanned, out, request_len);
            }
            if (outcome != HTTP_PARSE_MORE) {
                return outcome;
            }
        } else if (is_after_cr || is_forbidden(c)) {
            return HTTP_PARSE_BAD_REQUEST;
        }
    }
    if (end == limit) {
        return over_limit(in, limit);
    }
    *scanned = end;
    return HTTP_PARSE_MORE;
}

struct slice http_head_field(struct slice in, const char *name)
{
    if (in.len == 0) {
        return slice_of(NULL, 0); /* nothing may be added to a null pointer */
    }
    size_t first = first_line_begin(in);
    struct slice rest = slice_of(in.data + first, in.len - first);
    (void)line_cut(&rest); /* the request line */
    while (rest.data != NULL) {
        struct slice line = line_cut(&rest);
        struct http_field field;
        if (rest.data == NULL || line.len == 0) {
            break;
        }
        if (request_field_parse(line, &field) && slice_eq_nocase(field.name, name)) {
            return field.value;
        }
    }
    return slice_of(NULL, 0);
}

struct refusal {
    int status;
    const char *message;
};

static const struct refusal refusals[] = {
    [HTTP_PARSE_OK] = {200, "The request is fine."},
    [HTTP_PARSE_MORE] = {408, "The request head took too long: send it at once."},
    [HTTP_PARSE_BAD_REQUEST] = {400, "The request is malformed: send HTTP/1.1 as in RFC 9112."},
    [HTTP_PARSE_HAS_BODY] = {413, "Requests with a body are not taken: send none."},
    [HTTP_PARSE_URI_TOO_LONG] = {414,
                                 "The URL is too long: send a shorter one, and a long event id "
                                 "in the Last-Event-ID header."},
    [HTTP_PARSE_TOO_LARGE] = {431, "The request head is too large: send fewer or shorter fields."},
    [HTTP_PARSE_METHOD] = {501, "The method is unknown: use GET, HEAD or OPTIONS."},
    [HTTP_PARSE_METHOD_NOT_ALLOWED] = {405, "The method is not allowed: use GET, HEAD or OPTIONS."},
    [HTTP_PARSE_VERSION] = {505, "The HTTP version is not supported: use HTTP/1.1 or HTTP/1.0."},
};

int http_parse_status(enum http_parse outcome)
{
    ASSERT((size_t)outcome < ARRAY_LEN(refusals));
    return refusals[outcome].status;
}

const char *http_parse_message(enum http_parse outcome)
{
    ASSERT((size_t)outcome < ARRAY_LEN(refusals));
    return refusals[outcome].message;
}

struct slice http_request_field(const struct http_request *r, const char *name)
{
    for (int i = 0; i < r->field_count; i++) {
        if (slice_eq_nocase(r->fields[i].name, name)) {
            return r->fields[i].value;
        }
    }
    return slice_of(NULL, 0);
}

static bool names_close(struct slice list)
{
    while (list.data != NULL) {
        if (slice_eq_nocase(slice_trim(slice_cut(&list, ',')), "close")) {
            return true;
        }
    }
    return false;
}

bool http_request_closes(const struct http_request *r)
{
    bool closes = r->minor_version == 0;
    for (int i = 0; i < r->field_count && !closes; i++) {
        closes =
            slice_eq_nocase(r->fields[i].name, "Connection") && names_close(r->fields[i].value);
    }
    return closes;
}

bool http_has_bare_lf(struct slice request)
{
    for (size_t i = 0; i < request.len; i++) {
        if (request.data[i] == '\n' && (i == 0 || request.data[i - 1] != '\r')) {
            return true;
        }
    }
    return false;
}
