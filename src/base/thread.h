/*
 * Threads. All of them are started here, with a name and with every signal blocked: the signals of
 * a process are for the program around the library, and its handlers must never run on a thread
 * that it does not know.
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include "base/assert.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

enum {
    THREAD_NAME_LEN = 15, /* Linux's limit */
    THREAD_DEFAULT_STACK = 0
};

/*
 * Starts a thread, to be joined with pthread_join(). `name` (copied) is what top, gdb and perf
 * show. Returns 0, or -1 with errno; *out is untouched then. Any thread.
 */
CHECKED int thread_start(const char *name, size_t stack_bytes, void *(*run)(void *opaque),
                         void *opaque, pthread_t *out);

/*
 * Blocks every signal on the calling thread, and gives back what was blocked before. Put around
 * calls of libraries that start threads of their own: these inherit what is blocked.
 */
void thread_block_signals(sigset_t *before);
void thread_restore_signals(const sigset_t *before);

/* A condition variable whose waits end by the monotonic clock. */
void thread_cond_init(pthread_cond_t *cond);

/* Waits, with the lock held, for a signal or until clock_monotonic_ms() is `until_ms`. It may also
 * return for no reason. */
void thread_cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_ms);

#endif
