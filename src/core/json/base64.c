/* Bytes to base64: see the header. */
#include "core/json/base64.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The four letters of up to three bytes; those of no byte at all are padding. */
static void encode(const uint8_t *bytes, size_t count, char *out)
{
    uint32_t bits = (uint32_t)bytes[0] << 16;
    bits |= count > 1 ? (uint32_t)bytes[1] << 8 : 0;
    bits |= count > 2 ? (uint32_t)bytes[2] : 0;
    for (size_t i = 0; i < 4; i++) {
        out[i] = i <= count ? letters[(bits >> (18 - 6 * i)) & 0x3f] : '=';
    }
}

void base64_append(struct buf *out, struct slice bytes)
{
    size_t groups = bytes.len / 3 + (bytes.len % 3 != 0);
    /* A slice cannot be long enough for 4 / 3 of it to overflow: it is in memory, after all. */
    char *at = groups == 0 ? NULL : buf_reserve(out, groups * 4);
    if (at == NULL) {
        return;
    }
    const uint8_t *from = (const uint8_t *)bytes.data;
    for (size_t left = bytes.len; left > 0; at += 4) {
        size_t count = left < 3 ? left : 3;
        encode(from, count, at);
        from += count;
        left -= count;
    }
    out->len += groups * 4;
}
