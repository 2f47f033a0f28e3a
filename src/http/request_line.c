/*
 * The request line: method, target, version, with exactly one space between them. RFC 9112, 3 lets
 * a server be lenient about white space; it is one of the ways to smuggle, so this one is not.
 * Does not decode the target and knows no routes. Any thread.
 */
#include "http/request_line.h"
#include "http/ascii.h"
#include "http/host.h"
#include "http/token.h"

/* Visible ASCII: more than RFC 3986 allows, since curl and browsers send {, | and " unencoded.
   '#' would begin a fragment, which no client may send. */
static bool is_target_char(char c)
{
    return c > ' ' && c < 0x7f && c != '#';
}

static bool is_target(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_target_char(s.data[i])) {
            return false;
        }
    }
    return s.len > 0;
}

static enum http_parse version_parse(struct slice version, int *minor)
{
    if (version.len != 8 || !slice_starts_with(version, "HTTP/") ||
        !ascii_is_digit(version.data[5]) || version.data[6] != '.' ||
        !ascii_is_digit(version.data[7])) {
        return HTTP_PARSE_BAD_REQUEST;
    }
    if (version.data[5] != '1') {
        return HTTP_PARSE_VERSION;
    }
    *minor = version.data[7] == '0' ? 0 : 1;
    return HTTP_PARSE_OK;
}

static enum http_parse method_parse(struct slice token, enum http_method *out)
{
    static const struct {
        const char *token;
        enum http_method method;
    } taken[] = {{"GET", HTTP_GET}, {"HEAD", HTTP_HEAD}, {"OPTIONS", HTTP_OPTIONS}};
    static const char *const refused[] = {"POST", "PUT", "DELETE", "PATCH", "CONNECT", "TRACE"};

    for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
        if (slice_eq_str(token, taken[i].token)) {
            *out = taken[i].method;
            return HTTP_PARSE_OK;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        if (slice_eq_str(token, refused[i])) {
            return HTTP_PARSE_METHOD_NOT_ALLOWED;
        }
    }
    return HTTP_PARSE_METHOD;
}

/* How long "http://" or "https://" at the start of `target` is; 0 when it is neither. */
static size_t scheme_len(struct slice target)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        size_t len = strlen(schemes[i]);
        if (target.len >= len && slice_eq_nocase(slice_of(target.data, len), schemes[i])) {
            return len;
        }
    }
    return 0;
}

/* The line has its target in origin or asterisk form; sets the parts of it. */
static void target_set(struct request_line *line, struct slice target)
{
    line->target = target;
    line->query = target;
    line->path = slice_cut(&line->query, '?');
}

/* RFC 9112, 3.2.2: the authority is checked, and then it says nothing to this server. */
static bool absolute_form_cut(struct request_line *line, struct slice target)
{
    size_t begin = scheme_len(target);
    size_t end = begin;
    while (end < target.len && target.data[end] != '/' && target.data[end] != '?') {
        end++;
    }
    if (begin == 0 || !http_host_is_valid(slice_of(target.data + begin, end - begin))) {
        return false;
    }
    struct slice root = slice_of(target.data + begin - 1, 1);
    if (end == target.len) {
        target_set(line, root);
        return true;
    }
    target_set(line, slice_of(target.data + end, target.len - end));
    if (line->path.len == 0) {
        /* http://host?query: the missing "/" is borrowed from the scheme's "//". */
        line->path = root;
    }
    return true;
}

static enum http_parse target_parse(struct request_line *line, struct slice target)
{
    bool is_asterisk = line->method == HTTP_OPTIONS && slice_eq_str(target, "*");
    if (is_asterisk || target.data[0] == '/') {
        target_set(line, target);
        return HTTP_PARSE_OK;
    }
    return absolute_form_cut(line, target) ? HTTP_PARSE_OK : HTTP_PARSE_BAD_REQUEST;
}

/* The version goes before the method: the preface of HTTP/2 has PRI as its method. The method goes
   before the target: that of CONNECT has a form of its own. */
enum http_parse request_line_parse(struct slice line, struct request_line *out)
{
    struct slice version = line;
    struct slice method = slice_cut(&version, ' ');
    struct slice target = slice_cut(&version, ' ');
    if (!http_is_token(method) || !is_target(target)) {
        return HTTP_PARSE_BAD_REQUEST;
    }
    if (version.data == NULL) {
        return slice_eq_str(method, "GET") ? HTTP_PARSE_VERSION : HTTP_PARSE_BAD_REQUEST;
    }
    struct request_line parsed = {.method = HTTP_GET};
    enum http_parse outcome = version_parse(version, &parsed.minor_version);
    if (outcome == HTTP_PARSE_OK) {
        outcome = method_parse(method, &parsed.method);
    }
    if (outcome == HTTP_PARSE_OK) {
        outcome = target_parse(&parsed, target);
    }
    if (outcome == HTTP_PARSE_OK) {
        *out = parsed;
    }
    return outcome;
}
