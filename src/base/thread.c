/* See thread.h. */
#include "base/thread.h"
#include "base/clock.h"

#include <errno.h>
#include <string.h>

void thread_block_signals(sigset_t *before)
{
    sigset_t all;
    sigfillset(&all);
    int error = pthread_sigmask(SIG_SETMASK, &all, before);
    ASSERT(error == 0);
}

void thread_restore_signals(const sigset_t *before)
{
    int error = pthread_sigmask(SIG_SETMASK, before, NULL);
    ASSERT(error == 0);
}

static int create(size_t stack_bytes, void *(*run)(void *), void *opaque, pthread_t *out)
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0) {
        return error;
    }
    if (stack_bytes != THREAD_DEFAULT_STACK) {
        error = pthread_attr_setstacksize(&attributes, stack_bytes);
        ASSERT(error == 0);
    }
    sigset_t before;
    thread_block_signals(&before);
    error = pthread_create(out, &attributes, run, opaque);
    thread_restore_signals(&before);
    pthread_attr_destroy(&attributes);
    return error;
}

int thread_start(const char *name, size_t stack_bytes, void *(*run)(void *), void *opaque,
                 pthread_t *out)
{
    ASSERT(strlen(name) <= THREAD_NAME_LEN);
    pthread_t thread;
    int error = create(stack_bytes, run, opaque, &thread);
    if (error != 0) {
        errno = error;
        return -1;
    }
    pthread_setname_np(thread, name); /* nothing is lost without one */
    *out = thread;
    return 0;
}

void thread_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

void thread_cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_ms)
{
    struct timespec until = clock_timespec(until_ms);
    pthread_cond_timedwait(cond, lock, &until);
}
