/*
 * Field lines, and what Host, Content-Length and Transfer-Encoding must not say. All that parsers
 * are known to disagree about is refused, so that no proxy in front can be at odds with this server
 * about where a request ends. Keeps nothing; any thread.
 */
#include "http/request_fields.h"
#include "http/ascii.h"
#include "http/host.h"
#include "http/token.h"

bool request_field_parse(struct slice line, struct http_field *out)
{
    struct slice value = line;
    struct slice name = slice_cut(&value, ':');
    /* White space is no part of a token: this refuses obs-fold and a space before the colon too. */
    if (value.data == NULL || !http_is_token(name)) {
        return false;
    }
    *out = (struct http_field){name, slice_trim(value)};
    return true;
}

/* Digits only: "+0", "0x0", "0, 0" and an empty value are read differently by different parsers. */
static bool length_is_valid(struct slice value, bool *is_zero)
{
    *is_zero = true;
    for (size_t i = 0; i < value.len; i++) {
        if (!ascii_is_digit(value.data[i])) {
            return false;
        }
        *is_zero = *is_zero && value.data[i] == '0';
    }
    return value.len > 0;
}

enum http_parse request_fields_check(const struct http_request *r)
{
    int host_count = 0;
    int length_count = 0;
    bool has_length_zero = true;
    bool has_coding = false;
    for (int i = 0; i < r->field_count; i++) {
        struct slice name = r->fields[i].name;
        struct slice value = r->fields[i].value;
        bool is_bad = false;
        if (slice_eq_nocase(name, "Host")) {
            is_bad = ++host_count > 1 || (value.len > 0 && !http_host_is_valid(value));
        } else if (slice_eq_nocase(name, "Content-Length")) {
            is_bad = ++length_count > 1 || !length_is_valid(value, &has_length_zero);
        } else if (slice_eq_nocase(name, "Transfer-Encoding")) {
            /* RFC 9112, 6.1: HTTP/1.0 has none, so whoever sent it there is not to be trusted. */
            is_bad = r->minor_version == 0;
            has_coding = true;
        }
        if (is_bad) {
            return HTTP_PARSE_BAD_REQUEST;
        }
    }
    if (r->minor_version > 0 && host_count == 0) {
        return HTTP_PARSE_BAD_REQUEST;
    }
    return has_coding || !has_length_zero ? HTTP_PARSE_HAS_BODY : HTTP_PARSE_OK;
}
