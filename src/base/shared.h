/*
 * A reference count for owners on one thread: the first member of what they own. It begins with one
 * reference; on_free() is called when the last one goes.
 */
#ifndef BASE_SHARED_H
#define BASE_SHARED_H

#include "base/assert.h"

#include <stddef.h>

struct shared {
    size_t refs;
    void (*on_free)(struct shared *shared);
};

static inline void shared_ref(struct shared *shared)
{
    ASSERT(shared->refs > 0);
    shared->refs++;
}

/* NULL is fine. */
static inline void shared_unref(struct shared *shared)
{
    if (shared != NULL) {
        ASSERT(shared->refs > 0);
        if (--shared->refs == 0) {
            shared->on_free(shared);
        }
    }
}

#endif
