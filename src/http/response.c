/* Response heads: nothing but their bytes. What they say is decided by the caller. */
#include "http/response.h"
#include "http/token.h"

#include <time.h>

#define METHODS "GET, HEAD, OPTIONS"

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {511, "Network Authentication Required"},
};

const char *http_reason(int status)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return "Unknown";
}

static void field_append(struct buf *out, const char *name, const char *value)
{
    buf_append_str(out, name);
    buf_append_str(out, ": ");
    buf_append_str(out, value);
    buf_append_str(out, "\r\n");
}

static void status_line_append(struct buf *out, int status)
{
    ASSERT(status >= 100 && status <= 999);
    buf_append_str(out, "HTTP/1.1 ");
    buf_append_int(out, status);
    buf_append_char(out, ' ');
    buf_append_str(out, http_reason(status));
    buf_append_str(out, "\r\n");
}

static void body_fields_append(struct buf *out, const struct http_response *r)
{
    bool is_stream = http_response_is_stream(r);
    ASSERT(!r->is_chunked || is_stream);
    if (r->content_type != NULL) {
        field_append(out, "Content-Type", r->content_type);
    }
    if (r->is_chunked) {
        field_append(out, "Transfer-Encoding", "chunked");
    } else if (!is_stream && r->status != 204 && r->status != 304) {
        buf_append_str(out, "Content-Length: ");
        buf_append_int(out, r->content_type == NULL ? 0 : r->content_length);
        buf_append_str(out, "\r\n");
    }
    field_append(out, "Cache-Control", r->cache_control == NULL ? "no-cache" : r->cache_control);
    if (is_stream) {
        /* Proxies must not hold a stream back, as nginx with its default HTTP/1.0 upstream would:
           the first field is nginx's and Apache's, the second the standard's (RFC 10036). */
        field_append(out, "X-Accel-Buffering", "no");
        field_append(out, "Incremental", "?1");
    }
    field_append(out, "X-Content-Type-Options", "nosniff");
}

static void cors_append(struct buf *out, const struct http_cors *cors)
{
    if (cors->origin.len > 0) {
        buf_append_str(out, "Access-Control-Allow-Origin: ");
        buf_append_slice(out, cors->origin);
        buf_append_str(out, "\r\n");
        if (cors->has_credentials) {
            field_append(out, "Access-Control-Allow-Credentials", "true");
        }
    }
    if (cors->varies) {
        /* Without an origin, too: a cache must not give this answer to whom it is not refused. */
        field_append(out, "Vary", "Origin");
    }
}

/* IMF-fixdate. By hand, since strftime() would ask the program's locale for the names. */
static void date_append(struct buf *out, int64_t date_s)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t seconds = (time_t)date_s;
    struct tm t;
    if (gmtime_r(&seconds, &t) != NULL) {
        buf_printf(out, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n", days + t.tm_wday * 3,
                   t.tm_mday, months + t.tm_mon * 3, t.tm_year + 1900, t.tm_hour, t.tm_min,
                   t.tm_sec);
    }
}

static void fields_append(const struct http_response *r, struct buf *out)
{
    if (r->date_s != 0) {
        date_append(out, r->date_s);
    }
    body_fields_append(out, r);
    cors_append(out, &r->cors);
    if (r->status == 405) {
        /* RFC 9110, 15.5.6 demands it; it is the same everywhere on this server. */
        field_append(out, "Allow", METHODS);
    }
    if (r->status == 401) {
        /* RFC 9110, 15.5.2 demands one. Basic would have browsers ask their users for a password.
         */
        field_append(out, "WWW-Authenticate", "Bearer");
    }
}

static bool is_token_list(struct slice list)
{
    if (list.len == 0) {
        return false;
    }
    while (list.data != NULL) {
        if (!http_is_token(slice_trim(slice_cut(&list, ',')))) {
            return false;
        }
    }
    return true;
}

static void preflight_append(const struct http_request *request, const struct http_cors *cors,
                             struct buf *out)
{
    field_append(out, "Allow", METHODS);
    cors_append(out, cors);
    if (cors->origin.len > 0) {
        struct slice asked = http_request_field(request, "Access-Control-Request-Headers");
        field_append(out, "Access-Control-Allow-Methods", METHODS);
        buf_append_str(out, "Access-Control-Allow-Headers: ");
        buf_append_slice(
            out, is_token_list(asked) ? asked : slice_str("Last-Event-ID, Accept, Cache-Control"));
        buf_append_str(out, "\r\n");
        field_append(out, "Access-Control-Max-Age", "86400");
    }
}

void http_response_append(const struct http_response *r, struct buf *out)
{
    ASSERT(r->preflight == NULL || r->status == 204);
    status_line_append(out, r->status);
    if (r->preflight != NULL) {
        preflight_append(r->preflight, &r->cors, out);
    } else {
        fields_append(r, out);
    }
    if (r->closes) {
        field_append(out, "Connection", "close");
    }
    if (r->extra != NULL) {
        buf_append_str(out, r->extra);
    }
    buf_append_str(out, "\r\n");
}
