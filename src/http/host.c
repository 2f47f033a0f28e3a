/* Host: characters and shape only; no name is looked up and no port is used. */
#include "http/host.h"
#include "http/ascii.h"

static bool is_sub_delim(char c)
{
    return c != '\0' && strchr("!$&'()*+,;=", c) != NULL;
}

static bool is_pct_encoded(struct slice s, size_t at)
{
    return s.data[at] == '%' && s.len - at >= 3 && ascii_hex_value(s.data[at + 1]) >= 0 &&
           ascii_hex_value(s.data[at + 2]) >= 0;
}

static bool is_port(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.data[i])) {
            return false;
        }
    }
    return true;
}

static bool is_zone(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_unreserved(s.data[i]) && !is_pct_encoded(s, i)) {
            return false;
        }
    }
    return s.len > 0;
}

/* Only the alphabet of an address: whether it is one, nobody here needs to know. A link-local one
   has a zone: %25eth0 as in RFC 6874, or %eth0, which is what most clients send. */
static bool is_ip_literal(struct slice s)
{
    struct slice zone = s;
    s = slice_cut(&zone, '%');
    if (zone.data != NULL && !is_zone(zone)) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (ascii_hex_value(s.data[i]) < 0 && s.data[i] != ':' && s.data[i] != '.') {
            return false;
        }
    }
    return s.len > 0;
}

static bool is_reg_name(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        if (!ascii_is_unreserved(c) && !is_sub_delim(c) && !is_pct_encoded(s, i)) {
            return false;
        }
    }
    return s.len > 0;
}

bool http_host_is_valid(struct slice s)
{
    if (s.len == 0) {
        return false;
    }
    struct slice rest = s;
    if (s.data[0] != '[') {
        struct slice name = slice_cut(&rest, ':');
        return is_reg_name(name) && is_port(rest);
    }
    struct slice address = slice_cut(&rest, ']');
    if (rest.data == NULL || !is_ip_literal(slice_of(address.data + 1, address.len - 1))) {
        return false;
    }
    return rest.len == 0 || (rest.data[0] == ':' && is_port(slice_of(rest.data + 1, rest.len - 1)));
}
