/* Lists of origins: see the header. What browsers never send is refused, since they would refuse
 * every answer, and say so in a console that no operator sees. */
#include "serve/config/origins.h"

#include "base/mem.h"
#include "api/error.h"
#include "http/ascii.h"

#include <arpa/inet.h>

/* "scheme://host[:port]" in its parts. */
struct origin {
    struct slice scheme;
    struct slice host; /* with its brackets */
    struct slice port; /* data NULL without one */
};

/* ---- one origin ---- */

static bool is_scheme(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        bool is_inner = i > 0 && (ascii_is_digit(c) || c == '+' || c == '-' || c == '.');
        if (!ascii_is_alpha(c) && !is_inner) {
            return false;
        }
    }
    return s.len > 0;
}

static bool is_bracketed(struct slice host)
{
    return host.len > 2 && host.data[0] == '[' && host.data[host.len - 1] == ']';
}

static bool is_host(struct slice host)
{
    bool is_ipv6 = is_bracketed(host);
    struct slice inner = is_ipv6 ? slice_of(host.data + 1, host.len - 2) : host;
    for (size_t i = 0; i < inner.len; i++) {
        char c = inner.data[i];
        bool is_good =
            is_ipv6 ? ascii_hex_value(c) >= 0 || c == ':' || c == '.' : ascii_is_unreserved(c);
        if (!is_good) {
            return false;
        }
    }
    return inner.len > 0;
}

static bool is_port(struct slice port)
{
    int64_t number;
    return port.len > 0 && port.len <= 5 && port.data[0] != '0' && slice_is_int64(port, &number) &&
           number > 0 && number <= 65535;
}

static void split(struct slice text, struct origin *out)
{
    size_t scheme_len = 0;
    while (scheme_len < text.len && text.data[scheme_len] != ':') {
        scheme_len++;
    }
    out->scheme = slice_of(text.data, scheme_len);
    out->host = slice_of(text.data + scheme_len, text.len - scheme_len);
    out->port = slice_of(NULL, 0);
    if (slice_starts_with(out->host, "://")) {
        out->host = slice_of(out->host.data + 3, out->host.len - 3);
    }
    for (size_t i = out->host.len; i > 0 && out->host.data[i - 1] != ']'; i--) {
        if (out->host.data[i - 1] == ':') {
            out->port = slice_of(out->host.data + i, out->host.len - i);
            out->host.len = i - 1;
            break;
        }
    }
}

static bool has_char(struct slice s, const char *chars)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] != '\0' && strchr(chars, s.data[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* What is wrong with it as a whole, or NULL. */
static const char *text_fault(struct slice text)
{
    if (has_char(text, "*")) {
        return "browsers take no wildcards: list each origin, or * alone for any";
    }
    if (has_char(text, " \t;")) {
        return "put a comma between origins";
    }
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] >= 0x80) {
            return "write it as browsers send it, in ASCII (xn--...)";
        }
    }
    if (memmem(text.data, text.len, "://", 3) == NULL) {
        return "its scheme is missing: write https://example.org";
    }
    return NULL;
}

/* What is wrong with an origin of a list, or NULL. */
static const char *origin_fault(struct slice text)
{
    const char *fault = text_fault(text);
    if (fault != NULL) {
        return fault;
    }
    struct origin o;
    split(text, &o);
    if (!is_scheme(o.scheme)) {
        return "it does not begin with a scheme, such as https://";
    }
    if (has_char(slice_of(o.host.data, (size_t)(text.data + text.len - o.host.data)), "/?#")) {
        return "an origin has no path, and no / at its end";
    }
    if (o.port.data != NULL && !is_port(o.port)) {
        return "its port must be 1 to 65535";
    }
    if (!is_host(o.host)) {
        return "behind :// must be a name or an address, and nothing else but a port";
    }
    if ((slice_eq_nocase(o.scheme, "https") && slice_eq_str(o.port, "443")) ||
        (slice_eq_nocase(o.scheme, "http") && slice_eq_str(o.port, "80"))) {
        return "browsers leave out the port that its scheme has anyway";
    }
    return NULL;
}

/* ---- lists ---- */

static int refuse(struct slice item, const char *why, struct ksse_error *error)
{
    int len = item.len > 80 ? 80 : (int)item.len;
    error_set(error, "\"%.*s\" is not valid: %s", len, item.data, why);
    return KSSE_EVALUE;
}

static int take_item(struct slice item, struct origins *out, struct ksse_error *error)
{
    bool is_alone = slice_eq_str(item, "*") || slice_eq_str(item, "auto");
    if (is_alone) {
        return refuse(item, "it says all, so it stands alone", error);
    }
    if (slice_eq_str(item, "loopback")) {
        out->takes_loopback = true;
        return 0;
    }
    if (slice_eq_str(item, "null")) {
        out->takes_null = true;
        return 0;
    }
    const char *fault = origin_fault(item);
    return fault == NULL ? 0 : refuse(item, fault, error);
}

static int take_list(struct slice rest, struct origins *out, struct ksse_error *error)
{
    while (rest.data != NULL) {
        struct slice item = slice_trim(slice_cut(&rest, ','));
        int rc = item.len == 0 ? refuse(item, "an origin is missing beside a comma", error)
                               : take_item(item, out, error);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

int origins_parse(struct slice text, struct origins *out, struct ksse_error *error)
{
    struct origins made = {0};
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if ((byte < ' ' && byte != '\t') || byte == 0x7f) {
            error_set(error,
                      "the value has control characters: take them out"); /* nor may the message */
            return KSSE_EVALUE;
        }
    }
    text = slice_trim(text);
    if (text.len == 0) {
        *out = made;
        return 0;
    }
    made.takes_any = slice_eq_str(text, "*");
    made.follows_listen = slice_eq_str(text, "auto");
    if (!made.takes_any && !made.follows_listen) {
        int rc = take_list(text, &made, error);
        if (rc < 0) {
            return rc;
        }
    }
    made.text = mem_strndup(text.data, text.len);
    if (made.text == NULL) {
        return error_no_memory(error);
    }
    *out = made;
    return 0;
}

int origins_copy(struct origins *to, const struct origins *from)
{
    *to = *from;
    if (from->text != NULL) {
        to->text = mem_strndup(from->text, strlen(from->text));
        if (to->text == NULL) {
            *to = (struct origins){0};
            return KSSE_ENOMEM;
        }
    }
    return 0;
}

void origins_fini(struct origins *origins)
{
    mem_free(origins->text);
    *origins = (struct origins){0};
}

/* ---- asking ---- */

static bool is_nocase(struct slice a, struct slice b)
{
    return a.len == b.len && strncasecmp(a.data, b.data, a.len) == 0;
}

static bool is_listed(const struct origins *origins, struct slice origin)
{
    struct slice rest = slice_str(origins->text);
    while (rest.data != NULL) {
        if (is_nocase(slice_trim(slice_cut(&rest, ',')), origin)) {
            return true;
        }
    }
    return false;
}

/* Names below localhost are this machine for browsers, too. */
static bool is_loopback_host(struct slice host)
{
    static const char suffix[] = ".localhost";
    size_t len = strlen(suffix);
    if (slice_eq_nocase(host, "localhost") || slice_eq_str(host, "[::1]")) {
        return true;
    }
    if (host.len > len && slice_eq_nocase(slice_of(host.data + host.len - len, len), suffix)) {
        return true;
    }
    char text[INET_ADDRSTRLEN] = "";
    struct in_addr address;
    if (host.len >= sizeof(text)) {
        return false;
    }
    memcpy(text, host.data, host.len);
    return inet_pton(AF_INET, text, &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

static bool is_loopback(struct slice origin)
{
    struct origin o;
    split(origin, &o);
    return (slice_eq_nocase(o.scheme, "http") || slice_eq_nocase(o.scheme, "https")) &&
           origin_fault(origin) == NULL && is_loopback_host(o.host);
}

bool origins_admit(const struct origins *origins, struct slice origin)
{
    if (origins->text == NULL || origin.len == 0) {
        return false;
    }
    if (slice_eq_str(origin, "null")) {
        return origins->takes_null;
    }
    if (origins->takes_loopback && is_loopback(origin)) {
        return true;
    }
    return memmem(origin.data, origin.len, "://", 3) != NULL && is_listed(origins, origin);
}
