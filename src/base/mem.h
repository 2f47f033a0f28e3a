/*
 * Allocation with a seam for tests: the n-th allocation can be made to fail.
 * A NULL from here is an ordinary outcome: it ends the stream that it hit, not the server.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>

/* Returns new memory, or NULL when there is none. mem_zalloc's is zeroed. Any thread. */
CHECKED void *mem_alloc(size_t size);
CHECKED void *mem_zalloc(size_t size);

/* As realloc(): NULL leaves `ptr` as it was. */
CHECKED void *mem_realloc(void *ptr, size_t size);

/* Returns a new zero-terminated copy of `len` bytes, or NULL. */
CHECKED char *mem_strndup(const char *text, size_t len);

/* NULL is fine. */
void mem_free(void *ptr);

/*
 * Tests only: lets `count` allocations succeed and the one after them fail (then all succeed
 * again); a negative count turns the fault off. Only allocations of the calling thread count: those
 * of others would make the n-th allocation a different one each time.
 */
void mem_fail_after(long count);

/* Tests only: whether the fault that this thread set by mem_fail_after() has happened. */
bool mem_has_failed(void);

#endif
