/*
 * A whole server in this process, on the demo's cluster: what it does when something runs out
 * (memory, descriptors, its own limits) and when it is told to stop.
 */
#include "support/demo_server.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEADS = 40
};

static struct ksse_server *server;
static pthread_t thread;
static const char *worker_count = "1";
static atomic_bool stops_when_undecodable;
static _Thread_local bool has_no_threads; /* pthread_create() fails, on this thread */
static atomic_bool has_told_no_thread;

/* In front of the C library's: librdkafka's threads come this way, too. */
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

/* On a loop's thread: two stops from here cannot but come as one wake-up. */
static void on_log(void *opaque, enum ksse_log_level level, const char *event, const char *message,
                   const struct ksse_log_field *fields, size_t field_count)
{
    (void)opaque;
    (void)level;
    (void)message;
    (void)fields;
    (void)field_count;
    if (strcmp(event, "no-thread") == 0) {
        has_told_no_thread = true;
    }
    if (stops_when_undecodable && strcmp(event, "undecodable") == 0) {
        stops_when_undecodable = false;
        ksse_server_stop(server);
        ksse_server_stop(server);
    }
}

static void make_server(const struct demo_setting *settings, size_t count)
{
    struct demo_setting all[8] = {{"workers", worker_count}};
    assert_true(count < ARRAY_LEN(all));
    for (size_t i = 0; i < count; i++) {
        all[i + 1] = settings[i];
    }
    server = demo_server_new(all, count + 1, on_log);
}

static void start(const struct demo_setting *settings, size_t count)
{
    make_server(settings, count);
    thread = demo_run(server);
}

/* Waits until the server's thread has ended; returns how long that took. */
static int64_t join(void)
{
    int64_t started_ms = now_ms();
    demo_join(thread);
    ksse_server_free(server);
    return now_ms() - started_ms;
}

static void stop(void)
{
    ksse_server_stop(server);
    join();
}

/* The value of a metric, or -1. */
static long metric(const char *name)
{
    static char text[TEXT_LEN];
    char line[100];
    int fd = demo_ask(server, "/-/metrics");
    read_until(fd, NULL, text);
    close(fd);
    snprintf(line, sizeof(line), "\nkafkasse_%s ", name);
    const char *at = strstr(text, line);
    return at == NULL ? -1 : strtol(at + strlen(line), NULL, 10);
}

static void wait_for_metric(const char *name, long value)
{
    int64_t deadline_ms = now_ms() + 10000;
    while (metric(name) != value) {
        assert_true(now_ms() < deadline_ms);
    }
}

/* ---- stopping ---- */

static void test_two_stops_at_once_end_at_once(void **state)
{
    static char text[TEXT_LEN];
    (void)state;
    const struct demo_setting settings[] = {{"drain-timeout", "30s"}};
    make_server(settings, 1);
    stops_when_undecodable = true;
    int fd = demo_ask(server, "/demo.recentchange?since=0");
    thread = demo_run(server);
    /* A drain alone would wait for this client to close its end. */
    assert_true(join() < 15000);
    read_until(fd, ":ok\n\n", text);
    close(fd);
}

static void test_one_stop_ends_streams_on_whole_events(void **state)
{
    static const char end[] = "\n\n\r\n0\r\n\r\n";
    static char text[TEXT_LEN];
    (void)state;
    start(NULL, 0);
    int fd = demo_ask(server, "/demo.recentchange,demo.page-create");
    assert_true(read_until(fd, ":ok\n\n", text));
    ksse_server_stop(server);
    read_until(fd, NULL, text);
    close(fd);
    size_t len = strlen(text);
    assert_true(len > strlen(end) && strcmp(text + len - strlen(end), end) == 0);
    assert_non_null(strstr(text, "retry: "));
    join();
}

static void test_stopping_before_running(void **state)
{
    (void)state;
    make_server(NULL, 0);
    ksse_server_stop(server);
    assert_int_equal(ksse_server_run(server), 0);
    ksse_server_free(server);
}

static void test_a_thread_that_cannot_be_started(void **state)
{
    (void)state;
    make_server(NULL, 0);
    has_no_threads = true;
    has_told_no_thread = false;
    int result = ksse_server_run(server);
    has_no_threads = false;
    assert_int_equal(result, KSSE_ESYSTEM);
    assert_true(has_told_no_thread);
    ksse_server_free(server);
}

/* ---- limits ---- */

static void test_one_client_too_many_is_told_to_come_back(void **state)
{
    static const struct demo_setting settings[] = {{"max-clients", "1"}};
    static char text[TEXT_LEN];
    (void)state;
    start(settings, 1);
    int first = demo_ask(server, "/demo.recentchange");
    assert_true(read_until(first, ":ok\n\n", text));
    int second = demo_ask(server, "/demo.recentchange");
    assert_true(read_until(second, "retry: ", text));
    assert_non_null(strstr(text, "200 OK"));
    assert_false(read_until(second, NULL, text));
    close(second);
    close(first);
    wait_for_metric("clients", 0);
    int third = demo_ask(server, "/demo.recentchange");
    assert_true(read_until(third, "event: message", text));
    close(third);
    stop();
}

static void test_unfinished_heads_are_bounded(void **state)
{
    static const struct demo_setting settings[] = {{"max-head", "1MiB"}};
    static char head[1024 * 1024 - 100];
    static char text[TEXT_LEN];
    int fds[HEADS];
    (void)state;
    int begin =
        snprintf(head, sizeof(head), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: ");
    memset(head + begin, 'x', sizeof(head) - (size_t)begin);
    start(settings, 1);
    for (int i = 0; i < HEADS; i++) {
        fds[i] = demo_connect(server);
        assert_int_equal(send(fds[i], head, sizeof(head), MSG_NOSIGNAL), sizeof(head));
    }
    assert_false(read_until(fds[0], NULL, text));
    assert_non_null(strstr(text, " 408 "));
    long bytes = metric("head_bytes");
    assert_true(bytes > 0 && bytes <= 32 * 1024 * 1024);
    /* The newest one is still welcome. */
    assert_int_equal(send(fds[HEADS - 1], "\r\n\r\n", 4, MSG_NOSIGNAL), 4);
    assert_false(read_until(fds[HEADS - 1], NULL, text));
    assert_non_null(strstr(text, " 200 "));
    for (int i = 0; i < HEADS; i++) {
        close(fds[i]);
    }
    wait_for_metric("head_bytes", 0);
    wait_for_metric("connections_open", 1);
    stop();
}

static void test_slow_heads_are_refused(void **state)
{
    static const struct demo_setting settings[] = {{"head-timeout", "300ms"}};
    static char text[TEXT_LEN];
    (void)state;
    start(settings, 1);
    int silent = demo_connect(server);
    int slow = demo_connect(server);
    assert_int_equal(send(slow, "GET /", 5, MSG_NOSIGNAL), 5);
    assert_false(read_until(slow, NULL, text));
    assert_non_null(strstr(text, " 408 "));
    assert_false(read_until(silent, NULL, text));
    assert_int_equal(strlen(text), 0);
    close(silent);
    close(slow);
    stop();
}

/* The value of a metric on the page. */
static long metric_in(const char *page, const char *name)
{
    char line[100];
    snprintf(line, sizeof(line), "\n%s ", name);
    const char *found = strstr(page, line);
    assert_non_null(found);
    return strtol(found + strlen(line), NULL, 10);
}

static void test_clients_leave_descriptors_to_kafka(void **state)
{
    int fds[100];
    struct rlimit real;
    (void)state;
    getrlimit(RLIMIT_NOFILE, &real);
    struct rlimit low = {64, real.rlim_max};
    setrlimit(RLIMIT_NOFILE, &low);
    start(NULL, 0);
    setrlimit(RLIMIT_NOFILE, &real);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        fds[i] = demo_connect(server);
    }
    /* It came last, and all that came before are idle: the oldest of these were closed. */
    static char text[TEXT_LEN];
    int last = demo_ask(server, "/-/metrics");
    assert_false(read_until(last, NULL, text));
    assert_true(metric_in(text, "kafkasse_connections_open") <= 32);
    assert_true(metric_in(text, "kafkasse_connections_evicted_total") >= 100 + 1 - 32);
    close(last);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        close(fds[i]);
    }
    stop();
}

/* ---- memory ---- */

static int waiting_fd;

/* Takes what comes, and ends the server. */
static void *take_and_stop(void *opaque)
{
    static char text[TEXT_LEN];
    (void)opaque;
    read_until(waiting_fd, "event: message", text);
    close(waiting_fd);
    ksse_server_stop(server);
    ksse_server_stop(server);
    return NULL;
}

/*
 * The n-th allocation from the first turn of the loop on fails, for many n: the stream may end, the
 * server may not.
 */
static void test_streams_without_memory(void **state)
{
    (void)state;
    for (int n = 0; n < 16; n++) {
        pthread_t client;
        make_server(NULL, 0);
        waiting_fd = demo_ask(server, "/demo.recentchange,demo.page-create?since=0");
        assert_int_equal(pthread_create(&client, NULL, take_and_stop, NULL), 0);
        mem_fail_after(n);
        assert_int_equal(ksse_server_run(server), 0);
        mem_fail_after(-1);
        pthread_join(client, NULL);
        ksse_server_free(server);
    }
}

static int use_two_workers(void **state)
{
    (void)state;
    worker_count = "2";
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_stops_at_once_end_at_once),
        cmocka_unit_test(test_one_stop_ends_streams_on_whole_events),
        cmocka_unit_test(test_stopping_before_running),
        cmocka_unit_test(test_one_client_too_many_is_told_to_come_back),
        cmocka_unit_test(test_unfinished_heads_are_bounded),
        cmocka_unit_test(test_slow_heads_are_refused),
        cmocka_unit_test(test_clients_leave_descriptors_to_kafka),
        cmocka_unit_test(test_streams_without_memory),
    };
    const struct CMUnitTest tests_of_two_workers[] = {
        cmocka_unit_test(test_two_stops_at_once_end_at_once),
        cmocka_unit_test(test_one_stop_ends_streams_on_whole_events),
        cmocka_unit_test(test_stopping_before_running),
        cmocka_unit_test(test_a_thread_that_cannot_be_started),
        cmocka_unit_test(test_one_client_too_many_is_told_to_come_back),
        cmocka_unit_test(test_slow_heads_are_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed + cmocka_run_group_tests(tests_of_two_workers, use_two_workers, NULL);
}
