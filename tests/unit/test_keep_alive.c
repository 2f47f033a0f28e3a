/*
 * Kept connections of a server that the test turns: each turn answers a few of their requests, and
 * a drain destroys no answer.
 */
#include "support/demo_server.h"

#include <errno.h>
#include <unistd.h>

enum {
    CLIENTS = 300,
    MOST_A_TURN = 2 * 64, /* a turn has two rounds */
    PIPELINED = 200,      /* more bytes than are read at once */
    PATIENCE_MS = 60000
};

static const char short_request[] = "GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n";
static struct ksse_server *server;
static int clients[CLIENTS];

static void ask(int fd, const char *request)
{
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
}

/* More bytes than are read at once. */
static const char *long_request(void)
{
    static char text[10000];
    char filler[9001];
    memset(filler, 'x', sizeof(filler) - 1);
    filler[sizeof(filler) - 1] = '\0';
    snprintf(text, sizeof(text), "GET /-/healthy HTTP/1.1\r\nHost: a\r\nA: %s\r\n\r\n", filler);
    return text;
}

/* How many clients have got an answer since they were looked at; takes it. */
static size_t count_answered(void)
{
    size_t count = 0;
    for (size_t i = 0; i < CLIENTS; i++) {
        char text[1024];
        count += recv(clients[i], text, sizeof(text), MSG_DONTWAIT) > 0;
    }
    return count;
}

static void turn_until_all_have_answers(void)
{
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    for (size_t count = count_answered(); count < CLIENTS; count += count_answered()) {
        assert_true(now_ms() < deadline_ms);
        assert_true(demo_turn(server));
    }
}

/* The first requests bring the connections; how many of the second ones a turn answers at most. */
static size_t most_in_a_turn(const char *request)
{
    size_t most = 0;
    server = demo_server_new(NULL, 0, NULL);
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i] = demo_connect(server);
        ask(clients[i], short_request);
    }
    turn_until_all_have_answers();
    for (size_t i = 0; i < CLIENTS; i++) {
        ask(clients[i], request);
    }
    for (size_t count = 0; count < CLIENTS;) {
        assert_true(demo_turn(server));
        size_t now = count_answered();
        most = now > most ? now : most;
        count += now;
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        close(clients[i]);
    }
    ksse_server_free(server);
    return most;
}

static void test_a_turn_answers_a_few(void **state)
{
    (void)state;
    assert_in_range(most_in_a_turn(short_request), 1, MOST_A_TURN);
}

static void test_a_turn_answers_a_few_long_ones(void **state)
{
    (void)state;
    assert_in_range(most_in_a_turn(long_request()), 1, MOST_A_TURN);
}

/* Some answers were sent, and some requests were not read: no reset may overtake the answers. */
static void test_a_drain_resets_nobody(void **state)
{
    static char text[TEXT_LEN];
    (void)state;
    server = demo_server_new(NULL, 0, NULL);
    int fd = demo_connect(server);
    for (size_t i = 0; i < PIPELINED; i++) {
        ask(fd, short_request);
    }
    ssize_t len = -1;
    while (len < 0) {
        assert_true(demo_turn(server));
        len = recv(fd, text, sizeof(text), MSG_DONTWAIT);
    }
    ksse_server_stop(server);
    for (bool runs = true; len != 0;) {
        runs = runs && demo_turn(server);
        len = recv(fd, text, sizeof(text), MSG_DONTWAIT);
        assert_true(len >= 0 || errno == EAGAIN);
    }
    close(fd);
    ksse_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_turn_answers_a_few),
        cmocka_unit_test(test_a_turn_answers_a_few_long_ones),
        cmocka_unit_test(test_a_drain_resets_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
