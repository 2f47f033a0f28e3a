/* malloc() and friends behind one seam, so that tests can make the n-th allocation fail. */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static _Thread_local long fail_countdown = -1;
static _Thread_local bool has_failed;

static bool must_fail(void)
{
    if (fail_countdown < 0) {
        return false;
    }
    if (fail_countdown-- > 0) {
        return false;
    }
    has_failed = true;
    return true;
}

void *mem_alloc(size_t size)
{
    return must_fail() ? NULL : malloc(size);
}

void *mem_zalloc(size_t size)
{
    return must_fail() ? NULL : calloc(1, size);
}

void *mem_realloc(void *ptr, size_t size)
{
    return must_fail() ? NULL : realloc(ptr, size);
}

char *mem_strndup(const char *text, size_t len)
{
    char *copy = mem_alloc(len + 1);
    if (copy == NULL) {
        return NULL;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

void mem_free(void *ptr)
{
    free(ptr);
}

void mem_fail_after(long count)
{
    fail_countdown = count;
    has_failed = false;
}

bool mem_has_failed(void)
{
    return has_failed;
}
