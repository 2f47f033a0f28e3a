/*
 * C11 threads on POSIX threads, for builds with -DSANITIZE=thread only. ThreadSanitizer knows the
 * latter and not the former, which Debian's librdkafka is made of: a thread that was started
 * without its knowledge crashes it, and a lock that it does not see is no lock to it. Linked into a
 * program, these stand in for the C library's.
 *
 * It relies on what glibc does itself: mtx_t and cnd_t have the layout of pthread_mutex_t and
 * pthread_cond_t, thrd_t is pthread_t, once_flag is an int.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

#define STAND_IN __attribute__((visibility("default")))

_Static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t), "glibc's mtx_t is a pthread_mutex_t");
_Static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t), "glibc's cnd_t is a pthread_cond_t");
_Static_assert(sizeof(once_flag) == sizeof(pthread_once_t), "glibc's once_flag is one, too");
_Static_assert(sizeof(thrd_t) == sizeof(pthread_t), "glibc's thrd_t is a pthread_t");

struct start {
    thrd_start_t function;
    void *argument;
};

static int result_of(int error)
{
    switch (error) {
    case 0:
        return thrd_success;
    case EBUSY:
        return thrd_busy;
    case ETIMEDOUT:
        return thrd_timedout;
    case ENOMEM:
        return thrd_nomem;
    default:
        return thrd_error;
    }
}

static void *run(void *opaque)
{
    struct start start = *(struct start *)opaque;
    free(opaque);
    return (void *)(intptr_t)start.function(start.argument);
}

STAND_IN int thrd_create(thrd_t *thread, thrd_start_t function, void *argument)
{
    struct start *start = malloc(sizeof(*start));
    if (start == NULL) {
        return thrd_nomem;
    }
    *start = (struct start){function, argument};
    int error = pthread_create((pthread_t *)thread, NULL, run, start);
    if (error != 0) {
        free(start);
    }
    return result_of(error);
}

STAND_IN int thrd_join(thrd_t thread, int *result)
{
    void *ended_with = NULL;
    int error = pthread_join((pthread_t)thread, &ended_with);
    if (error == 0 && result != NULL) {
        *result = (int)(intptr_t)ended_with;
    }
    return result_of(error);
}

STAND_IN int thrd_detach(thrd_t thread)
{
    return result_of(pthread_detach((pthread_t)thread));
}

STAND_IN void call_once(once_flag *flag, void (*function)(void))
{
    pthread_once((pthread_once_t *)(void *)flag, function);
}

static pthread_mutex_t *mutex_of(mtx_t *mutex)
{
    return (pthread_mutex_t *)(void *)mutex;
}

static pthread_cond_t *cond_of(cnd_t *cond)
{
    return (pthread_cond_t *)(void *)cond;
}

STAND_IN int mtx_init(mtx_t *mutex, int type)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    if ((type & mtx_recursive) != 0) {
        pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    }
    int error = pthread_mutex_init(mutex_of(mutex), &attributes);
    pthread_mutexattr_destroy(&attributes);
    return result_of(error);
}

STAND_IN void mtx_destroy(mtx_t *mutex)
{
    pthread_mutex_destroy(mutex_of(mutex));
}

STAND_IN int mtx_lock(mtx_t *mutex)
{
    return result_of(pthread_mutex_lock(mutex_of(mutex)));
}

STAND_IN int mtx_trylock(mtx_t *mutex)
{
    return result_of(pthread_mutex_trylock(mutex_of(mutex)));
}

STAND_IN int mtx_unlock(mtx_t *mutex)
{
    return result_of(pthread_mutex_unlock(mutex_of(mutex)));
}

STAND_IN int cnd_init(cnd_t *cond)
{
    return result_of(pthread_cond_init(cond_of(cond), NULL));
}

STAND_IN void cnd_destroy(cnd_t *cond)
{
    pthread_cond_destroy(cond_of(cond));
}

STAND_IN int cnd_signal(cnd_t *cond)
{
    return result_of(pthread_cond_signal(cond_of(cond)));
}

STAND_IN int cnd_broadcast(cnd_t *cond)
{
    return result_of(pthread_cond_broadcast(cond_of(cond)));
}

STAND_IN int cnd_wait(cnd_t *cond, mtx_t *mutex)
{
    return result_of(pthread_cond_wait(cond_of(cond), mutex_of(mutex)));
}

STAND_IN int cnd_timedwait(cnd_t *restrict cond, mtx_t *restrict mutex,
                           const struct timespec *restrict until)
{
    return result_of(pthread_cond_timedwait(cond_of(cond), mutex_of(mutex), until));
}
