/* Peers: what real sockets tell of them, keys for limits, addresses that are none. */
#include "support/unit.h"

#include "net/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static struct peer peer_behind(int fd)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);
    assert_int_equal(getpeername(fd, (struct sockaddr *)&address, &len), 0);
    return peer_of(&address);
}

static void assert_peer(int fd, size_t ip_len, const char *expected)
{
    char text[PEER_TEXT_LEN];
    struct peer peer = peer_behind(fd);
    peer_format(&peer, text);
    assert_string_equal(text, expected);
    assert_int_equal(peer.ip_len, ip_len);
    assert_true(peer.port > 0);
}

/* A socket of that family connects to a listener of IPv6: each end sees the other one. */
static void assert_both_ends(int family, const char *address, size_t ip_len)
{
    struct sockaddr_in6 to = {.sin6_family = AF_INET6};
    socklen_t len = sizeof(to);
    int listener = socket(AF_INET6, SOCK_STREAM, 0);
    int off = 0;
    assert_int_equal(setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)), 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&to, len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&to, &len), 0);
    int client = socket(family, SOCK_STREAM, 0);
    if (family == AF_INET) {
        struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = to.sin6_port};
        assert_int_equal(inet_pton(AF_INET, address, &ipv4.sin_addr), 1);
        assert_int_equal(connect(client, (struct sockaddr *)&ipv4, sizeof(ipv4)), 0);
    } else {
        assert_int_equal(inet_pton(AF_INET6, address, &to.sin6_addr), 1);
        assert_int_equal(connect(client, (struct sockaddr *)&to, sizeof(to)), 0);
    }
    int accepted = accept(listener, NULL, NULL);
    assert_peer(client, ip_len, address);
    assert_peer(accepted, ip_len, address);
    close(accepted);
    close(client);
    close(listener);
}

static void test_addresses(void **state)
{
    (void)state;
    assert_both_ends(AF_INET, "127.0.0.1", 4); /* mapped, where it was accepted */
    assert_both_ends(AF_INET6, "::1", 16);
}

static void test_a_unix_socket_has_no_address(void **state)
{
    int pair[2];
    char text[PEER_TEXT_LEN] = "x";
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct peer peer = peer_behind(pair[0]);
    peer_format(&peer, text);
    assert_string_equal(text, "");
    assert_int_equal(peer.ip_len, 0);
    assert_int_equal(peer.port, 0);
    assert_int_equal(peer_key_of(&peer).len, 0);
    close(pair[0]);
    close(pair[1]);
}

static void test_keys(void **state)
{
    static const struct peer ipv4 = {{1, 2, 3, 4}, 4, 80};
    static const struct peer ipv6 = {{1, 2, 3, 4, 5, 6, 7, 8, 9}, 16, 80};
    (void)state;
    struct peer_key of_ipv4 = peer_key_of(&ipv4);
    struct peer_key of_ipv6 = peer_key_of(&ipv6);
    assert_int_equal(of_ipv4.len, 4);
    assert_memory_equal(of_ipv4.bytes, "\1\2\3\4\0\0\0\0", 8);
    assert_int_equal(of_ipv6.len, 8); /* the /64 */
    assert_memory_equal(of_ipv6.bytes, "\1\2\3\4\5\6\7\10", 8);
    assert_true(peer_key_number(&of_ipv4) != peer_key_number(&of_ipv6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_a_unix_socket_has_no_address),
        cmocka_unit_test(test_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
