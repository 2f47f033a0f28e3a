/* The growing byte buffer: see the header for its contract. */
#include "base/buf.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    BUF_FIRST_BYTES = 64
};

void buf_fini(struct buf *b)
{
    mem_free(b->data);
    *b = BUF_INIT;
}

static bool buf_grow(struct buf *b, size_t more)
{
    size_t wanted;
    if (__builtin_add_overflow(b->len, more, &wanted)) {
        return false;
    }
    size_t cap = b->cap > SIZE_MAX / 2 ? wanted : b->cap * 2;
    cap = cap < wanted ? wanted : cap;
    cap = cap < BUF_FIRST_BYTES ? BUF_FIRST_BYTES : cap;
    char *data = mem_realloc(b->data, cap);
    if (data == NULL) {
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

char *buf_reserve(struct buf *b, size_t more)
{
    if (b->failed) {
        return NULL;
    }
    if (b->cap - b->len < more && !buf_grow(b, more)) {
        b->failed = true;
        return NULL;
    }
    return b->data + b->len;
}

void buf_append(struct buf *b, const void *data, size_t len)
{
    if (len == 0) {
        return;
    }
    char *at = buf_reserve(b, len);
    if (at != NULL) {
        memcpy(at, data, len);
        b->len += len;
    }
}

void buf_append_char(struct buf *b, char c)
{
    buf_append(b, &c, 1);
}

size_t int64_format(int64_t value, char *out)
{
    char digits[20];
    size_t count = 0;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    size_t len = 0;
    if (value < 0) {
        out[len++] = '-';
    }
    while (count > 0) {
        out[len++] = digits[--count];
    }
    return len;
}

void buf_append_int(struct buf *b, int64_t value)
{
    char text[20];
    buf_append(b, text, int64_format(value, text));
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ASSERT(len >= 0);
    char *at = buf_reserve(b, (size_t)len + 1);
    if (at != NULL) {
        vsnprintf(at, (size_t)len + 1, format, again);
        b->len += (size_t)len;
    }
    va_end(again);
}
