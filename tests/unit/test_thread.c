/* Threads: what they are called, what is blocked on them, their failures, and timed waits. */
#include "base/thread.h"
#include "base/clock.h"
#include "support/unit.h"

#include <dlfcn.h>
#include <errno.h>

static bool has_no_threads; /* pthread_create() fails */

/* In front of the C library's. */
int pthread_create(pthread_t *made, const pthread_attr_t *attributes, void *(*function)(void *),
                   void *argument)
{
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    void *found = dlsym(RTLD_NEXT, "pthread_create");
    if (has_no_threads) {
        return EAGAIN;
    }
    memcpy(&real, &found, sizeof(real));
    return real(made, attributes, function, argument);
}

struct seen {
    sigset_t blocked;
    size_t stack_bytes;
};

static void *look(void *opaque)
{
    struct seen *seen = opaque;
    pthread_attr_t attributes;
    pthread_sigmask(SIG_SETMASK, NULL, &seen->blocked);
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstacksize(&attributes, &seen->stack_bytes);
    pthread_attr_destroy(&attributes);
    return opaque;
}

static bool are_all_blocked(const sigset_t *set)
{
    return sigismember(set, SIGUSR1) && sigismember(set, SIGTERM) && sigismember(set, SIGINT) &&
           sigismember(set, SIGCHLD) && sigismember(set, SIGPIPE) && sigismember(set, SIGRTMAX);
}

static void test_signals_are_blocked_there_and_as_before_here(void **state)
{
    struct seen seen;
    sigset_t before;
    sigset_t after;
    pthread_t thread;
    void *result;
    (void)state;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_int_equal(thread_start("ksse-test", THREAD_DEFAULT_STACK, look, &seen, &thread), 0);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &seen);
    assert_true(are_all_blocked(&seen.blocked));
    assert_false(sigismember(&before, SIGUSR1));
    for (int number = 1; number <= SIGRTMAX; number++) {
        assert_int_equal(sigismember(&before, number), sigismember(&after, number));
    }
}

static void test_the_stack_is_as_large_as_it_was_asked_for(void **state)
{
    struct seen seen;
    pthread_t thread;
    (void)state;
    assert_int_equal(thread_start("ksse-test", 512 * 1024, look, &seen, &thread), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    /* ThreadSanitizer adds to it; the default is 8 MiB as a rule. */
    assert_true(seen.stack_bytes >= 512 * 1024 && seen.stack_bytes < 2 * 1024 * 1024);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *wait_for_lock(void *opaque)
{
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return opaque;
}

static void test_it_has_its_name(void **state)
{
    pthread_t thread;
    char name[16];
    (void)state;
    pthread_mutex_lock(&lock);
    int rc = thread_start("ksse-15-letters", THREAD_DEFAULT_STACK, wait_for_lock, NULL, &thread);
    assert_int_equal(rc, 0);
    assert_int_equal(pthread_getname_np(thread, name, sizeof(name)), 0);
    pthread_mutex_unlock(&lock);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_string_equal(name, "ksse-15-letters");
}

static void test_no_thread_can_be_had(void **state)
{
    pthread_t mine = pthread_self();
    pthread_t thread = mine;
    sigset_t blocked;
    (void)state;
    has_no_threads = true;
    int rc = thread_start("ksse-test", THREAD_DEFAULT_STACK, look, NULL, &thread);
    int error = errno;
    has_no_threads = false;
    assert_int_equal(rc, -1);
    assert_int_equal(error, EAGAIN);
    assert_true(pthread_equal(thread, mine));
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    assert_false(sigismember(&blocked, SIGUSR1));
}

static void test_a_wait_ends_in_time(void **state)
{
    pthread_cond_t cond;
    (void)state;
    thread_cond_init(&cond);
    pthread_mutex_lock(&lock);
    thread_cond_wait_until(&cond, &lock, clock_monotonic_ms() - 1); /* else it hangs here */
    int64_t until_ms = clock_monotonic_ms() + 20;
    while (clock_monotonic_ms() < until_ms) {
        thread_cond_wait_until(&cond, &lock, until_ms);
    }
    assert_true(clock_monotonic_ms() < until_ms + 60000); /* not by the time of day */
    pthread_mutex_unlock(&lock);
    pthread_cond_destroy(&cond);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signals_are_blocked_there_and_as_before_here),
        cmocka_unit_test(test_the_stack_is_as_large_as_it_was_asked_for),
        cmocka_unit_test(test_it_has_its_name),
        cmocka_unit_test(test_no_thread_can_be_had),
        cmocka_unit_test(test_a_wait_ends_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
