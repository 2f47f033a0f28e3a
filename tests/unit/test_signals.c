/*
 * The signals of a program that embeds the server are its own: none is ever handled on a thread
 * that the server or librdkafka has started, even while the program itself blocks it.
 */
#include "base/thread.h"
#include "support/demo_server.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int handled;
static atomic_int handled_by; /* the thread's id */

static void on_signal(int number)
{
    (void)number;
    atomic_store(&handled_by, (int)gettid());
    atomic_fetch_add(&handled, 1);
}

static int setup(void **state)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    (void)state;
    atomic_store(&handled, 0);
    sigemptyset(&action.sa_mask);
    return sigaction(SIGUSR1, &action, NULL);
}

/* Whether the thread has the usual signals blocked; true if it has just ended. */
static bool blocks_signals(const char *id, char *name, size_t name_len)
{
    char path[300];
    char line[200];
    unsigned long long blocked = ~0ULL;
    snprintf(path, sizeof(path), "/proc/self/task/%s/status", id);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return true;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        sscanf(line, "SigBlk: %llx", &blocked);
        if (strncmp(line, "Name:\t", 6) == 0) {
            snprintf(name, name_len, "%.*s", (int)strcspn(line + 6, "\n"), line + 6);
        }
    }
    fclose(file);
    unsigned long long wanted = 1ULL << (SIGUSR1 - 1) | 1ULL << (SIGTERM - 1) |
                                1ULL << (SIGHUP - 1) | 1ULL << (SIGCHLD - 1);
    return (blocked & wanted) == wanted;
}

/* Returns how many other threads than the main one and this one there are, all with signals
 * blocked; and how many of them begin with `prefix`. */
static size_t check_threads(const char *prefix, size_t *ours)
{
    size_t count = 0;
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    *ours = 0;
    for (struct dirent *entry = readdir(tasks); entry != NULL; entry = readdir(tasks)) {
        char name[32] = "";
        int id = atoi(entry->d_name);
        if (id == 0 || id == getpid() || id == gettid()) {
            continue;
        }
        if (!blocks_signals(entry->d_name, name, sizeof(name))) {
            fail_msg("the thread %s takes signals", name);
        }
        count++;
        *ours += strncmp(name, prefix, strlen(prefix)) == 0 ? 1 : 0;
    }
    closedir(tasks);
    return count;
}

/* Turns the server until the client has been sent `what`. */
static void turn_until(struct ksse_server *server, int fd, const char *what)
{
    static char text[TEXT_LEN];
    size_t len = 0;
    int64_t until_ms = now_ms() + 60000;
    text[0] = '\0';
    while (strstr(text, what) == NULL) {
        assert_true(now_ms() < until_ms && len + 1 < TEXT_LEN);
        assert_true(demo_turn(server));
        ssize_t got = recv(fd, text + len, TEXT_LEN - 1 - len, MSG_DONTWAIT);
        len += got > 0 ? (size_t)got : 0;
        text[len] = '\0';
    }
}

static void stop_and_free(struct ksse_server *server)
{
    ksse_server_stop(server);
    ksse_server_stop(server);
    while (demo_turn(server)) {
    }
    ksse_server_free(server);
}

/* The program blocks the signal, so that any other thread that did not would get it. */
static void test_only_the_programs_thread_handles_it(void **state)
{
    sigset_t usr1;
    size_t ours;
    (void)state;
    struct ksse_server *server = demo_server_new(NULL, 0, NULL);
    int fd = demo_ask(server, "/demo.recentchange?since=0");
    turn_until(server, fd, "event: message");
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    assert_int_equal(kill(getpid(), SIGUSR1), 0);
    turn_until(server, fd, "event: message"); /* all of them have run meanwhile */
    assert_int_equal(atomic_load(&handled), 0);
    assert_true(check_threads("ksse-", &ours) > ours);
    assert_true(ours >= 4);
    pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
    for (int64_t until_ms = now_ms() + 60000; atomic_load(&handled) == 0;) {
        assert_true(now_ms() < until_ms);
        poll(NULL, 0, 1); /* ThreadSanitizer delivers it with the next call */
    }
    assert_int_equal(atomic_load(&handled), 1);
    assert_int_equal(atomic_load(&handled_by), getpid());
    close(fd);
    stop_and_free(server);
}

static char text_of_client[TEXT_LEN];

/* A thread of the program, beside the one in ksse_server_run(). */
static void *look_and_stop(void *opaque)
{
    struct ksse_server *server = opaque;
    size_t ours;
    int fd = demo_ask(server, "/demo.recentchange?since=0");
    assert_true(read_until(fd, "event: message", text_of_client));
    check_threads("ksse-worker-", &ours);
    assert_int_equal(ours, 2);
    assert_int_equal(kill(getpid(), SIGUSR1), 0);
    assert_true(read_until(fd, "event: message", text_of_client));
    close(fd);
    ksse_server_stop(server);
    ksse_server_stop(server);
    return NULL;
}

static void test_threads_of_workers(void **state)
{
    static const struct demo_setting settings[] = {{"workers", "3"}};
    pthread_t helper;
    (void)state;
    struct ksse_server *server = demo_server_new(settings, 1, NULL);
    assert_int_equal(thread_start("host", THREAD_DEFAULT_STACK, look_and_stop, server, &helper), 0);
    assert_int_equal(ksse_server_run(server), 0);
    pthread_join(helper, NULL);
    ksse_server_free(server);
    assert_int_equal(atomic_load(&handled), 1);
    assert_int_equal(atomic_load(&handled_by), getpid());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_only_the_programs_thread_handles_it, setup),
        cmocka_unit_test_setup(test_threads_of_workers, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
