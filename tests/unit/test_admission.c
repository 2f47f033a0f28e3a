/* Admission: limits by settings and descriptors, counting in all and per address, bad addresses. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/mem.h"
#include "serve/admission.h"

#include <arpa/inet.h>

static struct peer_key peer_of(const char *text)
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
    return peer_key_of(&address);
}

static bool enter(struct admission *a, const char *address)
{
    struct peer_key peer = peer_of(address);
    return admission_enter(a, &peer);
}

static void leave(struct admission *a, const char *address)
{
    struct peer_key peer = peer_of(address);
    admission_leave(a, &peer);
}

static void test_limits(void **state)
{
    static const struct {
        int64_t max_clients;
        int64_t files;
        struct admission_limits limits;
    } cases[] = {
        {10000, 20000, {10512, 10000}},
        {10000, 10768, {10512, 10000}},
        {10000, 10767, {10511, 9999}},
        {10000, 1024, {768, 576}},
        {10000, 64, {32, 24}},
        {10000, 33, {2, 1}},
        {10000, 0, {2, 1}},
        {1, 20000, {513, 1}},
        {10000000, INT32_MAX, {10000512, 10000000}},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct admission_limits limits = admission_limits(cases[i].max_clients, cases[i].files);
        assert_int_equal(limits.connections, cases[i].limits.connections);
        assert_int_equal(limits.streams, cases[i].limits.streams);
    }
}

static void test_counts_in_all(void **state)
{
    struct admission a;
    (void)state;
    admission_init(&a, 2, 0);
    assert_true(enter(&a, "127.0.0.1"));
    assert_true(enter(&a, "127.0.0.1"));
    assert_false(enter(&a, "127.0.0.1"));
    leave(&a, "127.0.0.1");
    assert_int_equal(a.streams, 1);
    assert_true(enter(&a, "::1"));
    leave(&a, "::1");
    leave(&a, "127.0.0.1");
    assert_int_equal(a.streams, 0);
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
        admission_init(&a, 100, 1);
        assert_true(enter(&a, cases[i].one));
        assert_int_equal(enter(&a, cases[i].other), !cases[i].is_same);
        leave(&a, cases[i].one);
        assert_true(enter(&a, cases[i].one));
        admission_fini(&a);
    }
}

static void test_forgets_addresses(void **state)
{
    struct admission a;
    (void)state;
    admission_init(&a, 100, 5);
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
        admission_init(&a, 100, 5);
        mem_fail_after(n);
        bool is_done = enter(&a, "10.0.0.1");
        bool has_failed = mem_has_failed() != 0;
        mem_fail_after(-1);
        assert_int_equal(is_done, !has_failed);
        assert_int_equal(a.streams, is_done ? 1 : 0);
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
        cmocka_unit_test(test_counts_per_address),
        cmocka_unit_test(test_forgets_addresses),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
