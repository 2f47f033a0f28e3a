/* Unit tests of serve/listen_address. */
#include "serve/config/listen_address.h"

#include <kafkasse.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void good(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *host;
        int port;
    } cases[] = {
        {"127.0.0.1:6917", "127.0.0.1", 6917},
        {"[::1]:6917", "::1", 6917},
        {"[fe80::1%eth0]:1", "fe80::1%eth0", 1},
        {":6917", "", 6917},
        {"localhost:0", "localhost", 0},
        {"my-host.example:65535", "my-host.example", 65535},
        {"off:1", "off", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct listen_address address;
        const char *why;
        assert_int_equal(listen_address_parse(slice_str(cases[i].text), &address, &why), 0);
        assert_string_equal(address.host, cases[i].host);
        assert_int_equal(address.port, cases[i].port);
        struct buf text = BUF_INIT;
        listen_address_print(&address, &text);
        assert_true(slice_eq_str(buf_slice(&text), cases[i].text));
        buf_fini(&text);
    }
}

static void bad(void **state)
{
    (void)state;
    static const char *const cases[] = {"",
                                        "x",
                                        "127.0.0.1",
                                        ":",
                                        "x:",
                                        "Off",
                                        "off ",
                                        "no",
                                        "x:y",
                                        "x:-1",
                                        "x:65536",
                                        "x: 1",
                                        "x:1 ",
                                        "::1:6917",
                                        "[]:1",
                                        "[::1]",
                                        "[::1]6917",
                                        "[::1:1",
                                        "a b:1",
                                        "a/b:1",
                                        "http://x:1",
                                        "x\ny:1",
                                        "x:99999999999999999999"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct listen_address address = {.port = -7};
        const char *why = NULL;
        if (listen_address_parse(slice_str(cases[i]), &address, &why) == 0) {
            fail_msg("\"%s\" was taken", cases[i]);
        }
        assert_non_null(why);
        assert_int_equal(address.port, -7);
    }
}

static void none(void **state)
{
    struct listen_address address = {.host = "localhost", .port = 7};
    const char *why;
    struct buf text = BUF_INIT;
    (void)state;
    assert_int_equal(listen_address_parse(slice_str("off"), &address, &why), 0);
    assert_true(address.is_off);
    listen_address_print(&address, &text);
    assert_true(slice_eq_str(buf_slice(&text), "off"));
    assert_int_equal(listen_address_parse(slice_str("a:1"), &address, &why), 0);
    assert_false(address.is_off);
    buf_fini(&text);
}

static void long_hosts(void **state)
{
    (void)state;
    char text[300];
    memset(text, 'a', sizeof text);
    memcpy(text + 255, ":80", 3);
    struct listen_address address;
    const char *why;
    assert_int_equal(listen_address_parse(slice_of(text, 258), &address, &why), 0);
    assert_int_equal(strlen(address.host), 255);
    memset(text, 'a', sizeof text);
    memcpy(text + 256, ":80", 3);
    assert_int_equal(listen_address_parse(slice_of(text, 259), &address, &why), KSSE_EVALUE);
}

static void loopback(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_loopback;
    } cases[] = {
        {"127.0.0.1:6917", true},
        {"127.9.9.9:1", true},
        {"localhost:1", true},
        {"LocalHost:1", true},
        {"[::1]:1", true},
        {"[0:0:0:0:0:0:0:1]:1", true},
        {"[::ffff:127.0.0.1]:1", true},
        {":6917", false},
        {"0.0.0.0:1", false},
        {"[::]:1", false},
        {"10.0.0.1:1", false},
        {"[fe80::1%eth0]:1", false},
        {"[::ffff:10.0.0.1]:1", false},
        {"example.org:1", false},
        {"localhost.example.org:1", false},
        {"off", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct listen_address address;
        const char *why;
        assert_int_equal(listen_address_parse(slice_str(cases[i].text), &address, &why), 0);
        if (listen_address_is_loopback(&address) != cases[i].is_loopback) {
            fail_msg("%s", cases[i].text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),       cmocka_unit_test(bad),      cmocka_unit_test(none),
        cmocka_unit_test(long_hosts), cmocka_unit_test(loopback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
