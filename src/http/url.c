/* Percent-encoding: see the header for its contract. Knows no schemes, hosts or routes. */
#include "http/url.h"
#include "api/error.h"
#include "http/ascii.h"

/*
 * Decodes the character at *at and moves *at behind it. Returns the byte, or KSSE_EVALUE when it is
 * badly encoded, or a NUL: nothing in a URL of ours has one, and C strings downstream would end
 * there.
 */
static int decode_next(struct slice in, bool plus_is_space, size_t *at)
{
    char c = in.data[*at];
    if (c == '%') {
        if (in.len - *at < 3) {
            return KSSE_EVALUE;
        }
        int high = ascii_hex_value(in.data[*at + 1]);
        int low = ascii_hex_value(in.data[*at + 2]);
        if (high < 0 || low < 0) {
            return KSSE_EVALUE;
        }
        *at += 3;
        int byte = high * 16 + low;
        return byte == 0 ? KSSE_EVALUE : byte;
    }
    *at += 1;
    if (c == '\0') {
        return KSSE_EVALUE;
    }
    return c == '+' && plus_is_space ? ' ' : (unsigned char)c;
}

int url_decode(struct slice in, bool plus_is_space, struct buf *out)
{
    size_t before = out->len;
    for (size_t i = 0; i < in.len;) {
        int byte = decode_next(in, plus_is_space, &i);
        if (byte < 0) {
            buf_truncate(out, before);
            return byte;
        }
        buf_append_char(out, (char)byte);
    }
    return 0;
}

/* Whether `encoded` is `name` once decoded, without a place to decode it to. */
static bool name_matches(struct slice encoded, const char *name)
{
    size_t at = 0;
    for (; at < encoded.len; name++) {
        int byte = decode_next(encoded, true, &at);
        /* A byte is never 0, so this stops at the end of `name` too. */
        if (byte < 0 || byte != (unsigned char)*name) {
            return false;
        }
    }
    return *name == '\0';
}

int url_query_get(struct slice query, const char *name, struct buf *out)
{
    while (query.data != NULL) {
        struct slice pair = slice_cut(&query, '&');
        if (pair.len == 0) {
            continue;
        }
        struct slice value = pair;
        struct slice key = slice_cut(&value, '=');
        if (name_matches(key, name)) {
            int rc = url_decode(value, true, out);
            return rc < 0 ? rc : 1;
        }
    }
    return 0;
}

void url_encode(struct slice in, struct buf *out)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < in.len; i++) {
        unsigned char byte = (unsigned char)in.data[i];
        if (ascii_is_unreserved(in.data[i])) {
            buf_append_char(out, in.data[i]);
        } else {
            const char triple[3] = {'%', hex[byte >> 4], hex[byte & 15]};
            buf_append(out, triple, sizeof(triple));
        }
    }
}
