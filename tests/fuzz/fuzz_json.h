/*
 * For the JSON fuzz targets: a second, plain implementation of the UTF-8 repair, written from the
 * WHATWG Encoding standard ("UTF-8 deserializer"), not from the scanner that it checks.
 */
#ifndef FUZZ_JSON_H
#define FUZZ_JSON_H

#include "base/buf.h"

#define FUZZ_REPLACEMENT "\xef\xbf\xbd"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Appends `size` bytes with each maximal subpart of an ill-formed sequence as U+FFFD. */
static inline void fuzz_repair_utf8(const uint8_t *data, size_t size, struct buf *out)
{
    size_t start = 0;
    int needed = 0;
    uint8_t lower = 0x80;
    uint8_t upper = 0xbf;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = data[i];
        if (needed > 0 && byte >= lower && byte <= upper) {
            lower = 0x80;
            upper = 0xbf;
            if (--needed == 0) {
                buf_append(out, data + start, i + 1 - start);
            }
            continue;
        }
        if (needed > 0) {
            buf_append_str(out, FUZZ_REPLACEMENT);
        }
        start = i;
        lower = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
        upper = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
        if (byte >= 0xc2 && byte <= 0xf4) {
            needed = byte <= 0xdf ? 1 : byte <= 0xef ? 2 : 3;
        } else {
            needed = 0;
            buf_append(out, byte < 0x80 ? (const char *)&byte : FUZZ_REPLACEMENT,
                       byte < 0x80 ? 1 : 3);
        }
    }
    if (needed > 0) {
        buf_append_str(out, FUZZ_REPLACEMENT);
    }
    ASSERT(buf_ok(out));
}

#endif
