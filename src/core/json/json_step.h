/*
 * A step in copying a JSON string: 16 bytes with SSE2, which every x86-64 has, else 8 in a word. It
 * always reads and writes a whole step. Private to the minifier. Any thread.
 */
#ifndef CORE_JSON_JSON_STEP_H
#define CORE_JSON_JSON_STEP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__

#include <emmintrin.h>

enum {
    JSON_STEP_BYTES = 16
};

/* Copies JSON_STEP_BYTES and returns how many of them, from the first on, are plain. */
static inline size_t json_copy_step(const char *src, char *dst)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)src);
    _mm_storeu_si128((__m128i *)(void *)dst, bytes);
    /* The comparison is signed: bytes from 0x80 on are below the space, too. */
    __m128i special = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    unsigned mask = (unsigned)_mm_movemask_epi8(special);
    return mask == 0 ? JSON_STEP_BYTES : (size_t)__builtin_ctz(mask);
}

#else

enum {
    JSON_STEP_BYTES = 8
};

#define JSON_EACH_BYTE(c) (0x0101010101010101U * (uint64_t)(c))

/* As above, eight bytes in one word. Borrows disturb only the bytes above the first hit. */
static inline size_t json_copy_step(const char *src, char *dst)
{
    uint64_t bytes;
    memcpy(&bytes, src, sizeof(bytes));
    memcpy(dst, &bytes, sizeof(bytes));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bytes = __builtin_bswap64(bytes);
#endif
    uint64_t quote = bytes ^ JSON_EACH_BYTE('"');
    uint64_t backslash = bytes ^ JSON_EACH_BYTE('\\');
    uint64_t special = (bytes - JSON_EACH_BYTE(' ')) | bytes;
    special |= (quote - JSON_EACH_BYTE(1)) | (backslash - JSON_EACH_BYTE(1));
    special &= JSON_EACH_BYTE(0x80);
    return special == 0 ? JSON_STEP_BYTES : (size_t)__builtin_ctzll(special) / 8;
}

#endif

#endif
