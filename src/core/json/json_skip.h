/*
 * Skips values of minified JSON that is known to be valid: 16 bytes at a time with SSE2, else one
 * by one. Checks nothing; on a text that is not valid it stops at the end. Private to core. Any
 * thread.
 */
#ifndef CORE_JSON_JSON_SKIP_H
#define CORE_JSON_JSON_SKIP_H

#include "core/json/json_value.h"

#ifdef __SSE2__

#include <emmintrin.h>

static inline __m128i json_load16(const char *at)
{
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

/* A bit for each of 16 bytes that is `a` or `b`. */
static inline unsigned json_mask2(const char *at, char a, char b)
{
    __m128i bytes = json_load16(at);
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(a)),
                                                    _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b))));
}

/* A bit for each of 16 bytes that ends a number or literal. */
static inline unsigned json_scalar_mask(const char *at)
{
    __m128i bytes = json_load16(at);
    __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(',')),
                                                    _mm_cmpeq_epi8(folded, _mm_set1_epi8('}'))));
}

/* A bit for each of 16 bytes that is a quote or a bracket; [ and {, ] and } differ in one bit. */
static inline unsigned json_structure_mask(const char *at)
{
    __m128i bytes = json_load16(at);
    __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    __m128i hits = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    hits = _mm_or_si128(hits, _mm_cmpeq_epi8(folded, _mm_set1_epi8('{')));
    hits = _mm_or_si128(hits, _mm_cmpeq_epi8(folded, _mm_set1_epi8('}')));
    return (unsigned)_mm_movemask_epi8(hits);
}

#endif

/* The closing quote of the string whose text begins at `at`. Sets *has_escapes if it has escapes.
 */
static inline const char *json_string_end(const char *at, const char *end, bool *has_escapes)
{
#ifdef __SSE2__
    while (end - at >= 16) {
        unsigned mask = json_mask2(at, '"', '\\');
        if (mask == 0) {
            at += 16;
            continue;
        }
        at += __builtin_ctz(mask);
        if (*at == '"') {
            return at;
        }
        *has_escapes = true;
        at += 2;
    }
#endif
    while (at < end && *at != '"') {
        if (*at == '\\') {
            *has_escapes = true;
            at++;
        }
        at++;
    }
    return at < end ? at : end;
}

/* The next quote or bracket. */
static inline const char *json_next_structure(const char *at, const char *end)
{
#ifdef __SSE2__
    while (end - at >= 16) {
        unsigned mask = json_structure_mask(at);
        if (mask != 0) {
            return at + __builtin_ctz(mask);
        }
        at += 16;
    }
#endif
    while (at < end && *at != '"' && (*at | 0x20) != '{' && (*at | 0x20) != '}') {
        at++;
    }
    return at;
}

/* The end of the `depth`-th container that is open at `at`, after its bracket. */
static inline const char *json_rest_end(const char *at, const char *end, size_t depth)
{
    bool has_escapes = false;
    do {
        at = json_next_structure(at, end);
        if (at >= end) {
            return end;
        }
        if (*at == '"') {
            at = json_string_end(at + 1, end, &has_escapes);
            if (at >= end) {
                return end;
            }
        } else if ((*at | 0x20) == '{') {
            depth++;
        } else {
            depth--;
        }
        at++;
    } while (depth > 0);
    return at;
}

/* The end of the number or literal that begins at `at`: a comma, a closing bracket or `end`. */
static inline const char *json_scalar_end(const char *at, const char *end)
{
#ifdef __SSE2__
    while (end - at >= 16) {
        unsigned mask = json_scalar_mask(at);
        if (mask != 0) {
            return at + __builtin_ctz(mask);
        }
        at += 16;
    }
#endif
    while (at < end && *at != ',' && (*at | 0x20) != '}') {
        at++;
    }
    return at;
}

static inline enum json_kind json_kind_of(char first)
{
    switch (first) {
    case '"':
        return JSON_KIND_STRING;
    case '{':
        return JSON_KIND_OBJECT;
    case '[':
        return JSON_KIND_ARRAY;
    case 't':
        return JSON_KIND_TRUE;
    case 'f':
        return JSON_KIND_FALSE;
    case 'n':
        return JSON_KIND_NULL;
    default:
        return JSON_KIND_NUMBER;
    }
}

/* Reads the value that begins at `at`, which is before `end`, and returns its end. */
static inline const char *json_take_value(const char *at, const char *end, struct json_value *out)
{
    const char *start = at;
    out->kind = json_kind_of(*at);
    out->has_escapes = false;
    switch (out->kind) {
    case JSON_KIND_STRING:
        at = json_string_end(++start, end, &out->has_escapes);
        out->text = slice_of(start, (size_t)(at - start));
        return at < end ? at + 1 : end;
    case JSON_KIND_OBJECT:
    case JSON_KIND_ARRAY:
        at = json_rest_end(at, end, 0);
        break;
    default:
        at = json_scalar_end(at, end);
        break;
    }
    out->text = slice_of(start, (size_t)(at - start));
    return at;
}

#endif
