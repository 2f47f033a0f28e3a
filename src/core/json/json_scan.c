/* The basics of scanning JSON: see the header. No state; any thread. */
#include "core/json/json_scan.h"

#define SPACE JSON_CLASS_SPACE
#define DIGIT JSON_CLASS_DIGIT
#define HEX JSON_CLASS_HEX
#define PLAIN JSON_CLASS_PLAIN
#define ESCAPE JSON_CLASS_ESCAPE

const uint8_t json_class[256] = {
    ['\t'] = SPACE,
    ['\n'] = SPACE,
    ['\r'] = SPACE,
    [' '] = SPACE | PLAIN,
    ['!'] = PLAIN,
    ['"'] = ESCAPE,
    ['#' ... '.'] = PLAIN,
    ['/'] = PLAIN | ESCAPE,
    ['0' ... '9'] = PLAIN | DIGIT | HEX,
    [':' ... '@'] = PLAIN,
    ['A' ... 'F'] = PLAIN | HEX,
    ['G' ... '['] = PLAIN,
    ['\\'] = ESCAPE,
    [']' ... '`'] = PLAIN,
    ['a'] = PLAIN | HEX,
    ['b'] = PLAIN | HEX | ESCAPE,
    ['c' ... 'e'] = PLAIN | HEX,
    ['f'] = PLAIN | HEX | ESCAPE,
    ['g' ... 'm'] = PLAIN,
    ['n'] = PLAIN | ESCAPE,
    ['o' ... 'q'] = PLAIN,
    ['r'] = PLAIN | ESCAPE,
    ['s'] = PLAIN,
    ['t'] = PLAIN | ESCAPE,
    ['u' ... 0x7f] = PLAIN,
};

/* How long a sequence with this lead byte is and what its second byte may be: RFC 3629, section 4.
 */
struct lead {
    int len;
    uint8_t low, high;
};

static struct lead lead_of(uint8_t byte)
{
    if (byte < 0xc2 || byte > 0xf4) {
        return (struct lead){1, 0, 0};
    }
    if (byte < 0xe0) {
        return (struct lead){2, 0x80, 0xbf};
    }
    if (byte < 0xf0) {
        return (struct lead){3, byte == 0xe0 ? 0xa0 : 0x80, byte == 0xed ? 0x9f : 0xbf};
    }
    return (struct lead){4, byte == 0xf0 ? 0x90 : 0x80, byte == 0xf4 ? 0x8f : 0xbf};
}

int json_utf8_step(const char *at, const char *end)
{
    uint8_t first = (uint8_t)*at;
    if (first < 0x80) {
        return 1;
    }
    struct lead lead = lead_of(first);
    for (int i = 1; i < lead.len; i++) {
        if (end - at <= i || (uint8_t)at[i] < lead.low || (uint8_t)at[i] > lead.high) {
            return -i;
        }
        lead.low = 0x80;
        lead.high = 0xbf;
    }
    return lead.len == 1 ? -1 : lead.len;
}

uint32_t json_utf8_decode(const char *at, int len)
{
    uint32_t code = (uint8_t)at[0];
    if (len > 1) {
        code &= 0x7fU >> len;
    }
    for (int i = 1; i < len; i++) {
        code = (code << 6) | ((uint8_t)at[i] & 0x3f);
    }
    return code;
}

int json_utf8_encode(uint32_t code, char *out)
{
    static const uint8_t marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    int len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (int i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    out[0] = (char)(marks[len] | code);
    return len;
}

void json_format_escape(uint32_t unit, char *out)
{
    static const char digits[] = "0123456789abcdef";
    out[0] = '\\';
    out[1] = 'u';
    for (int i = 0; i < 4; i++) {
        out[2 + i] = digits[(unit >> (12 - 4 * i)) & 0xf];
    }
}

int json_escape_length(const char *at, const char *end)
{
    if (end - at < 2 || at[0] != '\\') {
        return 0;
    }
    if (json_is(at[1], ESCAPE)) {
        return 2;
    }
    if (at[1] != 'u' || end - at < 6) {
        return 0;
    }
    bool is_hex =
        json_is(at[2], HEX) && json_is(at[3], HEX) && json_is(at[4], HEX) && json_is(at[5], HEX);
    return is_hex ? 6 : 0;
}

/* The end of one or more digits, or NULL. */
static const char *digits_end(const char *at, const char *end)
{
    const char *start = at;
    while (at < end && json_is(*at, DIGIT)) {
        at++;
    }
    return at == start ? NULL : at;
}

const char *json_number_end(const char *at, const char *end)
{
    if (at < end && *at == '-') {
        at++;
    }
    if (at < end && *at == '0') {
        at++;
    } else {
        at = digits_end(at, end);
    }
    if (at != NULL && at < end && *at == '.') {
        at = digits_end(at + 1, end);
    }
    if (at != NULL && at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-')) {
            at++;
        }
        at = digits_end(at, end);
    }
    return at;
}
