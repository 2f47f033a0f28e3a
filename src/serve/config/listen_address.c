/* "ADDR:PORT" to its parts and back, and "off". */
#include "serve/config/listen_address.h"

#include <kafkasse.h>

#include <arpa/inet.h>

static bool is_host_char(char c, bool is_bracketed)
{
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bool is_digit = c >= '0' && c <= '9';
    /* '%' is for the zone of a link-local address: fe80::1%eth0. */
    return is_letter || is_digit || c == '.' || c == '-' || c == '_' ||
           (is_bracketed && (c == ':' || c == '%'));
}

/* The host of "host:port" with its brackets off; false when it cannot be one. */
static bool read_host(struct slice text, struct slice *host, bool *is_bracketed)
{
    *is_bracketed = text.len >= 2 && text.data[0] == '[' && text.data[text.len - 1] == ']';
    *host = *is_bracketed ? slice_of(text.data + 1, text.len - 2) : text;
    for (size_t i = 0; i < host->len; i++) {
        if (!is_host_char(host->data[i], *is_bracketed)) {
            return false;
        }
    }
    return !*is_bracketed || host->len > 0;
}

int listen_address_parse(struct slice text, struct listen_address *out, const char **why)
{
    if (slice_eq_str(text, "off")) {
        *out = (struct listen_address){.is_off = true};
        return 0;
    }
    size_t colon = text.len;
    while (colon > 0 && text.data[colon - 1] != ':') {
        colon--;
    }
    if (colon == 0) {
        *why = "a port is missing: write ADDR:PORT, such as 127.0.0.1:6917 or :6917";
        return KSSE_EVALUE;
    }
    int64_t port;
    struct slice port_text = slice_of(text.data + colon, text.len - colon);
    if (!slice_is_int64(port_text, &port) || port < 0 || port > 65535) {
        *why = "the port behind the last colon must be 0 to 65535";
        return KSSE_EVALUE;
    }
    struct slice host;
    bool is_bracketed;
    struct listen_address made = {.port = (int)port};
    if (!read_host(slice_of(text.data, colon - 1), &host, &is_bracketed)) {
        *why = "the address must be a name, an IPv4 address or an IPv6 address in brackets "
               "([::1]:6917)";
        return KSSE_EVALUE;
    }
    if (host.len >= sizeof made.host) {
        *why = "the address is too long";
        return KSSE_EVALUE;
    }
    if (host.len > 0) {
        memcpy(made.host, host.data, host.len);
    }
    ASSERT(!made.is_off && memchr(made.host, '\0', sizeof made.host) != NULL);
    *out = made;
    return 0;
}

bool listen_address_is_loopback(const struct listen_address *address)
{
    struct in_addr ipv4;
    struct in6_addr ipv6;
    if (address->is_off) {
        return false;
    }
    if (inet_aton(address->host, &ipv4) != 0) {
        return (ntohl(ipv4.s_addr) >> 24) == 127;
    }
    if (inet_pton(AF_INET6, address->host, &ipv6) == 1) {
        return IN6_IS_ADDR_LOOPBACK(&ipv6) ||
               (IN6_IS_ADDR_V4MAPPED(&ipv6) && ipv6.s6_addr[12] == 127);
    }
    return slice_eq_nocase(slice_str(address->host), "localhost");
}

void listen_address_print(const struct listen_address *address, struct buf *out)
{
    ASSERT(address->is_off || (address->port >= 0 && address->port <= 65535));
    if (address->is_off) {
        buf_append_str(out, "off");
        return;
    }
    bool needs_brackets = strchr(address->host, ':') != NULL;
    buf_printf(out, needs_brackets ? "[%s]:%d" : "%s:%d", address->host, address->port);
}
