/*
 * Sockets of the program's, served by a server that the program turns in a loop of its own, with
 * the server's descriptor in an epoll of its own.
 */
#include "support/demo_server.h"

#include <sys/epoll.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 60000
};

static struct ksse_server *server;
static const struct ksse_stream_request any_stream = {.topics = "demo.recentchange"};
static const struct demo_setting nowhere[] = {{"listen", "off"}, {"heartbeat", "1s"}};

/* Waits for what the server waits for, in an epoll that watches it. */
static bool wait_and_turn(int outer)
{
    struct epoll_event event;
    assert_true(epoll_wait(outer, &event, 1, ksse_server_timeout_ms(server)) >= 0);
    return ksse_server_turn(server);
}

static void turn_until(int outer, int fd, const char *what, char *text)
{
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    size_t len = 0;
    text[0] = '\0';
    while (strstr(text, what) == NULL) {
        assert_true(now_ms() < deadline_ms);
        assert_true(wait_and_turn(outer));
        ssize_t got = recv(fd, text + len, TEXT_LEN - 1 - len, MSG_DONTWAIT);
        len += got > 0 ? (size_t)got : 0;
        text[len] = '\0';
    }
}

static int watch_server(void)
{
    int outer = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    assert_int_equal(epoll_ctl(outer, EPOLL_CTL_ADD, ksse_server_fd(server), &event), 0);
    return outer;
}

static void test_turned_by_the_program(void **state)
{
    static char text[TEXT_LEN];
    (void)state;
    server = demo_server_new(nowhere, ARRAY_LEN(nowhere), NULL);
    assert_int_equal(ksse_server_port(server), 0);
    int outer = watch_server();
    int first = demo_hand_over(server, &any_stream); /* before anything has happened */
    turn_until(outer, first, "event: message", text);
    int second = demo_hand_over(server, &any_stream); /* between turns */
    turn_until(outer, second, "event: message", text);
    assert_non_null(strstr(text, "HTTP/1.1 200 OK\r\n"));
    close(second);
    ksse_server_stop(server);
    turn_until(outer, first, "retry: ", text);
    close(first);
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    while (wait_and_turn(outer)) {
        assert_true(now_ms() < deadline_ms);
    }
    assert_false(ksse_server_turn(server));
    close(outer);
    ksse_server_free(server);
}

/* It does not spin: with a tick every 250 ms and eight records a second on one of its topics. */
static void test_turns_are_few(void **state)
{
    static char text[TEXT_LEN];
    int turns = 0;
    (void)state;
    server = demo_server_new(nowhere, ARRAY_LEN(nowhere), NULL);
    int outer = watch_server();
    int fd = demo_hand_over(server, &any_stream);
    turn_until(outer, fd, "event: message", text);
    int64_t deadline_ms = now_ms() + 1000;
    while (now_ms() < deadline_ms) {
        assert_true(wait_and_turn(outer));
        turns++;
    }
    assert_in_range(turns, 4, 200);
    close(fd);
    close(outer);
    ksse_server_free(server);
}

static void test_several_workers_are_not_turned(void **state)
{
    static const struct demo_setting settings[] = {{"workers", "2"}, {"listen", "off"}};
    (void)state;
    server = demo_server_new(settings, ARRAY_LEN(settings), NULL);
    assert_int_equal(ksse_server_fd(server), -1);
    assert_false(ksse_server_turn(server));
    ksse_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_turned_by_the_program),
        cmocka_unit_test(test_turns_are_few),
        cmocka_unit_test(test_several_workers_are_not_turned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
