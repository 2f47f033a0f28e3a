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

/* What the fields say so far. */
struct meaning {
    int host_count;
    int length_count;
    int coding_count;
    bool has_length_zero;
    bool has_other_coding; /* than chunked */
    bool has_expect;
};

/* False when it is malformed. */
static bool take_field(struct meaning *m, const struct http_field *field, int minor_version)
{
    struct slice value = field->value;
    if (slice_eq_nocase(field->name, "Host")) {
        return ++m->host_count == 1 && (value.len == 0 || http_host_is_valid(value));
    }
    if (slice_eq_nocase(field->name, "Content-Length")) {
        return ++m->length_count == 1 && length_is_valid(value, &m->has_length_zero);
    }
    if (slice_eq_nocase(field->name, "Transfer-Encoding")) {
        m->coding_count++;
        m->has_other_coding |= !slice_eq_nocase(value, "chunked");
        /* RFC 9112, 6.1: HTTP/1.0 has none, so whoever sent it there is not to be trusted. */
        return minor_version > 0;
    }
    m->has_expect |= slice_eq_nocase(field->name, "Expect");
    return true;
}

enum http_parse request_fields_check(const struct http_request *r, bool *is_chunked)
{
    struct meaning m = {.has_length_zero = true};
    for (int i = 0; i < r->field_count; i++) {
        if (!take_field(&m, &r->fields[i], r->minor_version)) {
            return HTTP_PARSE_BAD_REQUEST;
        }
    }
    if (r->minor_version > 0 && m.host_count == 0) {
        return HTTP_PARSE_BAD_REQUEST;
    }
    if (m.coding_count == 0) {
        *is_chunked = false;
        return m.has_length_zero ? HTTP_PARSE_OK : HTTP_PARSE_HAS_BODY;
    }
    /* A length as well is how requests are smuggled. Who expects to be asked for the body has one,
       and would wait for an answer to that. */
    bool may_be_empty =
        m.coding_count == 1 && !m.has_other_coding && m.length_count == 0 && !m.has_expect;
    *is_chunked = may_be_empty;
    return may_be_empty ? HTTP_PARSE_OK : HTTP_PARSE_HAS_BODY;
}
