/* Listening sockets: alone or shared, taken addresses, bad names, and who gets a connection. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "net/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char error[300];

static int open_at(const char *host, int port, bool is_shared)
{
    error[0] = '\0';
    return listener_open(host, port, is_shared, error, sizeof(error));
}

static int open_well(const char *host, int port, bool is_shared)
{
    int fd = open_at(host, port, is_shared);
    assert_true(fd >= 0);
    return fd;
}

static int open_again(int fd)
{
    return listener_open_again(fd, error, sizeof(error));
}

static int connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void test_a_taken_address_is_refused(void **state)
{
    static const struct {
        bool is_first_shared;
        bool is_second_shared;
    } cases[] = {{false, false}, {false, true}, {true, false}, {true, true}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int fd = open_well("127.0.0.1", 0, cases[i].is_first_shared);
        int port = listener_port(fd);
        assert_true(port > 0);
        assert_int_equal(open_at("127.0.0.1", port, cases[i].is_second_shared), -1);
        assert_non_null(strstr(error, "127.0.0.1"));
        assert_non_null(strstr(error, "Address already in use"));
        assert_non_null(strstr(error, "--listen"));
        close(fd);
        close(open_well("127.0.0.1", port, cases[i].is_second_shared));
    }
}

static void test_bad_addresses(void **state)
{
    static const struct {
        const char *host;
        const char *words;
    } cases[] = {
        {"no-such-host.invalid", "cannot listen on 'no-such-host.invalid'"},
        {"192.0.2.1", "cannot listen on 192.0.2.1 port 0"}, /* nobody's address */
        {"256.1.1.1", "cannot listen on '256.1.1.1'"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(open_at(cases[i].host, 0, false), -1);
        assert_non_null(strstr(error, cases[i].words));
        assert_int_equal(open_at(cases[i].host, 0, true), -1);
        assert_non_null(strstr(error, cases[i].words));
    }
}

static void test_several_on_one_address(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "", "localhost"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        int first = open_well(hosts[i], 0, true);
        int second = open_again(first);
        int third = open_again(second);
        assert_true(second >= 0 && third >= 0);
        assert_int_equal(listener_port(second), listener_port(first));
        assert_int_equal(listener_port(third), listener_port(first));
        close(third);
        close(second);
        close(first);
    }
}

static void test_not_again_if_not_shared(void **state)
{
    int pipe_fds[2];
    (void)state;
    int fd = open_well("127.0.0.1", 0, false);
    assert_int_equal(open_again(fd), -1);
    assert_non_null(strstr(error, "Address already in use"));
    close(fd);
    assert_int_equal(open_again(fd), -1); /* closed */
    assert_int_equal(pipe(pipe_fds), 0);
    assert_int_equal(open_again(pipe_fds[0]), -1);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

/* Whether a connection waits on the socket; takes it. */
static bool take(int fd)
{
    struct pollfd poller = {fd, POLLIN, 0};
    if (poll(&poller, 1, 0) != 1) {
        return false;
    }
    int connection = accept(fd, NULL, NULL);
    assert_true(connection >= 0);
    close(connection);
    return true;
}

static void test_connections_are_spread(void **state)
{
    enum {
        CONNECTIONS = 64
    };
    int clients[CONNECTIONS];
    int taken[2] = {0, 0};
    (void)state;
    int fds[2] = {open_well("127.0.0.1", 0, true), -1};
    fds[1] = open_again(fds[0]);
    assert_true(fds[1] >= 0);
    for (int i = 0; i < CONNECTIONS; i++) {
        clients[i] = connect_to(listener_port(fds[0]));
    }
    for (int i = 0; i < 2; i++) {
        while (take(fds[i])) {
            taken[i]++;
        }
    }
    /* By a hash of addresses and ports: none of 64 for one has a chance of 2 in 2^64. */
    assert_true(taken[0] > 0 && taken[1] > 0);
    assert_int_equal(taken[0] + taken[1], CONNECTIONS);
    for (int i = 0; i < CONNECTIONS; i++) {
        close(clients[i]);
    }
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_taken_address_is_refused),
        cmocka_unit_test(test_bad_addresses),
        cmocka_unit_test(test_several_on_one_address),
        cmocka_unit_test(test_not_again_if_not_shared),
        cmocka_unit_test(test_connections_are_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
