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

/* Two digits a step: every frame carries several of these numbers. */
size_t int64_format(int64_t value, char *out)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    char digits[20];
    char *at = digits + sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    while (rest >= 100) {
        at -= 2;
        memcpy(at, pairs + rest % 100 * 2, 2);
        rest /= 100;
    }
    if (rest >= 10) {
        at -= 2;
        memcpy(at, pairs + rest * 2, 2);
    } else {
        *--at = (char)('0' + rest);
    }
    if (value < 0) {
        *--at = '-';
    }
    size_t len = (size_t)(digits + sizeof(digits) - at);
    memcpy(out, at, len);
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
