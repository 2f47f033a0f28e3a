/* Admission: limits by settings and descriptors, counting in all and per address, bad addresses. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/mem.h"
#include "serve/request/admission.h"

#include <arpa/inet.h>

static struct peer_key key_of(const char *text)
{
    struct sockaddr_storage address;
    memset(&address, 0, sizeof(address));
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&address;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        address.ss_family = AF_INET;
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
        address.ss_family = AF_INET6;
    }
    struct peer peer = peer_of(&address);
    return peer_key_of(&peer);
}

static void init(struct admission *a, int64_t max_streams, int64_t max_streams_per_address)
{
    struct admission_limits limits = {3, max_streams};
    admission_init(a, &limits, max_streams_per_address);
}

static bool enter(struct admission *a, const char *address)
{
    struct peer_key peer = key_of(address);
    return admission_enter(a, &peer);
}

static void leave(struct admission *a, const char *address)
{
    struct peer_key peer = key_of(address);
    admission_leave(a, &peer);
}

static void test_limits(void **state)
{
    static const struct {
        int64_t max_clients;
        int64_t files;
        int64_t workers;
        struct admission_limits limits;
    } cases[] = {
        {10000, 20000, 1, {10512, 10000}},
        {10000, 10768, 1, {10512, 10000}},
        {10000, 10767, 1, {10511, 9999}},
        {10000, 1024, 1, {768, 576}},
        {10000, 64, 1, {32, 24}},
        {10000, 33, 1, {2, 1}},
        {10000, 0, 1, {2, 1}},
        {1, 20000, 1, {513, 1}},
        {10000000, INT32_MAX, 1, {10000512, 10000000}},
        {10000, 11024, 2, {10512, 10000}},
        {10000, 11023, 2, {10511, 9999}},
        {10000, 1024, 2, {768, 576}},
        {10000, 128, 2, {64, 48}},
        {10000, 64, 2, {2, 1}},
        {10000, 1024, 64, {2, 1}},
        {1, 20000, 64, {513, 1}},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct admission_limits limits =
            admission_limits(cases[i].max_clients, cases[i].files, cases[i].workers);
        assert_int_equal(limits.connections, cases[i].limits.connections);
        assert_int_equal(limits.streams, cases[i].limits.streams);
    }
}

static void test_counts_in_all(void **state)
{
    struct admission a;
    (void)state;
    init(&a, 2, 0);
    assert_true(enter(&a, "127.0.0.1"));
    assert_true(enter(&a, "127.0.0.1"));
    assert_false(enter(&a, "127.0.0.1"));
    leave(&a, "127.0.0.1");
    assert_int_equal(admission_counts(&a).streams, 1);
    assert_true(enter(&a, "::1"));
    leave(&a, "::1");
    leave(&a, "127.0.0.1");
    assert_int_equal(admission_counts(&a).streams, 0);
    admission_fini(&a);
}

static void test_counts_connections(void **state)
{
    struct admission a;
    (void)state;
    init(&a, 2, 0);
    for (int i = 0; i < 3; i++) {
        assert_false(admission_is_full(&a));
        admission_connect(&a);
    }
    assert_true(admission_is_full(&a));
    admission_connect(&a); /* another worker was accepting at the same moment */
    assert_true(admission_is_full(&a));
    admission_disconnect(&a);
    assert_true(admission_is_full(&a));
    admission_disconnect(&a);
    assert_false(admission_is_full(&a));
    assert_int_equal(admission_counts(&a).connections, 2);
    admission_fini(&a);
}

static void idle(struct admission *a, const char *address, int times)
{
    struct peer_key peer = key_of(address);
    for (int i = 0; i < times; i++) {
        assert_true(admission_idle(a, &peer));
    }
}

static void busy(struct admission *a, const char *address, int times)
{
    struct peer_key peer = key_of(address);
    for (int i = 0; i < times; i++) {
        admission_busy(a, &peer);
    }
}

static void expect_greediest(struct admission *a, const char *address)
{
    struct peer_key found;
    struct peer_key peer = key_of(address);
    assert_true(admission_greediest(a, &found));
    assert_int_equal(found.len, peer.len);
    assert_memory_equal(found.bytes, peer.bytes, peer.len);
}

static void test_the_greediest_has_most_idle_connections(void **state)
{
    struct admission a;
    struct peer_key found;
    (void)state;
    init(&a, 2, 1);
    assert_false(admission_greediest(&a, &found));
    idle(&a, "10.0.0.1", 1);
    idle(&a, "10.0.0.2", 1);
    expect_greediest(&a, "10.0.0.1"); /* it came first */
    idle(&a, "10.0.0.2", 1);
    expect_greediest(&a, "10.0.0.2");
    idle(&a, "10.0.0.1", 699);
    expect_greediest(&a, "10.0.0.1");
    idle(&a, "2001:db8::1", 800); /* two of one /64 */
    idle(&a, "2001:db8::2", 800);
    expect_greediest(&a, "2001:db8::3");
    busy(&a, "2001:db8::4", 1600);
    busy(&a, "10.0.0.1", 699);
    expect_greediest(&a, "10.0.0.2");
    busy(&a, "10.0.0.2", 2);
    expect_greediest(&a, "10.0.0.1");
    assert_true(enter(&a, "10.0.0.1"));
    busy(&a, "10.0.0.1", 1);
    assert_false(admission_greediest(&a, &found));
    assert_false(enter(&a, "10.0.0.1")); /* its stream was counted on */
    leave(&a, "10.0.0.1");
    assert_int_equal(a.addresses.count, 0);
    admission_fini(&a);
}

static void test_idle_without_memory(void **state)
{
    struct admission a;
    struct peer_key found;
    struct peer_key peer = key_of("10.0.0.1");
    (void)state;
    init(&a, 2, 0);
    for (int n = 0; n < 2; n++) {
        mem_fail_after(n);
        assert_false(admission_idle(&a, &peer));
        mem_fail_after(-1);
        assert_false(admission_greediest(&a, &found));
    }
    assert_int_equal(a.addresses.count, 0);
    admission_fini(&a);
}

enum {
    THREADS = 4,
    ROUNDS = 2000
};

static void *come_and_go(void *opaque)
{
    struct admission *a = opaque;
    struct peer_key peer = key_of("10.0.0.1");
    size_t let_in = 0;
    for (int i = 0; i < ROUNDS; i++) {
        admission_connect(a);
        if (admission_enter(a, &peer)) {
            let_in += admission_counts(a).streams <= 2;
            admission_leave(a, &peer);
        } else {
            let_in++;
        }
        admission_disconnect(a);
    }
    return let_in == ROUNDS ? a : NULL;
}

static void test_several_threads(void **state)
{
    pthread_t threads[THREADS];
    struct admission a;
    (void)state;
    init(&a, 2, 2);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &a), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        assert_non_null(result); /* never more than two streams */
    }
    assert_int_equal(admission_counts(&a).streams, 0);
    assert_int_equal(admission_counts(&a).connections, 0);
    assert_int_equal(a.addresses.count, 0);
    admission_fini(&a);
}

static void test_counts_per_address(void **state)
{
    /* The second one counts as the first one does, or not. */
    static const struct {
        const char *one;
        const char *other;
        bool is_same;
    } cases[] = {
        {"10.0.0.1", "10.0.0.1", true},
        {"10.0.0.1", "10.0.0.2", false},
        {"10.0.0.1", "::ffff:10.0.0.1", true},
        {"2001:db8::1", "2001:db8::ffff:2", true},
        {"2001:db8::1", "2001:db8:0:1::1", false},
        {"10.0.0.1", "a00:1::", false}, /* the same first four bytes */
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct admission a;
        init(&a, 100, 1);
        assert_true(enter(&a, cases[i].one));
        assert_int_equal(enter(&a, cases[i].other), !cases[i].is_same);
        leave(&a, cases[i].one);
        assert_true(enter(&a, cases[i].one));
        admission_fini(&a);
    }
}

static void test_peers_without_an_address_are_counted_in_all_only(void **state)
{
    struct sockaddr_storage address;
    struct admission a;
    (void)state;
    memset(&address, 0xff, sizeof(address));
    address.ss_family = AF_UNIX;
    struct peer nobody = peer_of(&address);
    struct peer_key peer = peer_key_of(&nobody);
    assert_int_equal(peer.len, 0);
    init(&a, 2, 1);
    assert_true(admission_enter(&a, &peer));
    assert_true(admission_enter(&a, &peer));
    assert_false(admission_enter(&a, &peer));
    admission_leave(&a, &peer);
    assert_true(admission_enter(&a, &peer));
    admission_fini(&a);
}

static void test_numbers_of_addresses(void **state)
{
    static const struct peer_key keys[] = {
        {{127, 0, 0, 1}, 4},
        {{127, 0, 0, 2}, 4},
        {{0}, 4},
        {{0}, 8},
        {{0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 8}, /* would be 0 with its length */
        {{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1}, 8},
        {{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 2}, 8},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        assert_true(peer_key_number(&keys[i]) != 0);
        for (size_t j = 0; j < i; j++) {
            assert_true(peer_key_number(&keys[i]) != peer_key_number(&keys[j]));
        }
    }
}

static void test_forgets_addresses(void **state)
{
    struct admission a;
    (void)state;
    init(&a, 100, 5);
    for (int i = 0; i < 1000; i++) {
        assert_true(enter(&a, i % 2 == 0 ? "10.0.0.1" : "10.0.0.2"));
        leave(&a, i % 2 == 0 ? "10.0.0.1" : "10.0.0.2");
    }
    assert_int_equal(a.addresses.count, 0);
    admission_fini(&a);
}

static void test_without_memory(void **state)
{
    (void)state;
    for (int n = 0;; n++) {
        struct admission a;
        init(&a, 100, 5);
        mem_fail_after(n);
        bool is_done = enter(&a, "10.0.0.1");
        bool has_failed = mem_has_failed() != 0;
        mem_fail_after(-1);
        assert_int_equal(is_done, !has_failed);
        assert_int_equal(admission_counts(&a).streams, is_done ? 1 : 0);
        admission_fini(&a);
        if (!has_failed) {
            assert_true(n >= 2);
            return;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_counts_in_all),
        cmocka_unit_test(test_counts_connections),
        cmocka_unit_test(test_the_greediest_has_most_idle_connections),
        cmocka_unit_test(test_idle_without_memory),
        cmocka_unit_test(test_several_threads),
        cmocka_unit_test(test_counts_per_address),
        cmocka_unit_test(test_peers_without_an_address_are_counted_in_all_only),
        cmocka_unit_test(test_numbers_of_addresses),
        cmocka_unit_test(test_forgets_addresses),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
