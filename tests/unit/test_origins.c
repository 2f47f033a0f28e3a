/* Unit tests of serve/origins: lists of origins, and who is in them. */
#include "serve/config/origins.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const char *const refused_lists[][2] = {
    {"https://a.example/", "no path"},
    {"https://a.example/page", "no path"},
    {"https://a.example:8443/", "no path"},
    {"https://a.example?x", "no path"},
    {"a.example", "scheme is missing"},
    {"localhost:3000", "scheme is missing"},
    {"//a.example", "scheme is missing"},
    {"https:a.example", "scheme is missing"},
    {"https://*.example.org", "no wildcards"},
    {"http://localhost:*", "no wildcards"},
    {"*, https://a.example", "stands alone"},
    {"https://a.example, auto", "stands alone"},
    {"https://a.example https://b.example", "comma"},
    {"https://a.example;https://b.example", "put a comma"},
    {"https://a.example,", "missing beside a comma"},
    {",https://a.example", "missing beside a comma"},
    {"https://a.example,,https://b.example", "missing beside a comma"},
    {",", "missing beside a comma"},
    {"https://", "behind :// must be"},
    {"https://:443", "behind :// must be"},
    {"https://u:p@a.example", "port must be"},
    {"https://u@a.example", "behind :// must be"},
    {"https://[::1", "behind :// must be"},
    {"https://[]", "behind :// must be"},
    {"https://[g]", "behind :// must be"},
    {"https://a[::1]", "behind :// must be"},
    {"://a.example", "begin with a scheme"},
    {"1a://a.example", "begin with a scheme"},
    {"h ttps://a.example", "comma"},
    {"https://a.example:", "port must be"},
    {"https://a.example:0", "port must be"},
    {"https://a.example:080", "port must be"},
    {"https://a.example:65536", "port must be"},
    {"https://a.example:x", "port must be"},
    {"https://a.example:443", "leave out the port"},
    {"http://a.example:80", "leave out the port"},
    {"https://caf\xc3\xa9.example", "xn--"},
    {"https://a.example\r\nx: y", "control"},
    {"https://a.example\x7f", "control"},
    {"Loopback", "scheme is missing"},
    {"any", "scheme is missing"},
};

static void refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refused_lists); i++) {
        struct origins origins = {.takes_null = true};
        struct ksse_error error = {""};
        int rc = origins_parse(slice_str(refused_lists[i][0]), &origins, &error);
        if (rc != KSSE_EVALUE || strstr(error.message, refused_lists[i][1]) == NULL) {
            fail_msg("\"%s\": %d %s", refused_lists[i][0], rc, error.message);
        }
        assert_true(origins.takes_null && origins.text == NULL);
    }
}

static const struct {
    const char *list;
    const char *origin;
    bool is_in;
} admissions[] = {
    {"", "https://a.example", false},
    {"", "null", false},
    {"https://a.example", "https://a.example", true},
    {"https://a.example", "", false},
    {"https://a.example", "null", false},
    {"https://a.example", "http://a.example", false},
    {"https://a.example", "https://a.example:8443", false},
    {"https://a.example", "https://a.example.evil.example", false},
    {"https://a.example", "https://b.a.example", false},
    {"https://a.example", "https://a.exampl", false},
    {"https://a.example", "https://a.example,https://b.example", false},
    {"HTTPS://A.Example", "https://a.example", true},
    {" https://a.example ,\thttp://[::1]:3000", "http://[::1]:3000", true},
    {"https://a.example, https://b.example", "https://b.example", true},
    {"https://a.example, https://b.example", "https://a.example, https://b.example", false},
    {"https://a.example, https://b.example", "https://c.example", false},
    {"chrome-extension://abcdef,capacitor://localhost", "chrome-extension://abcdef", true},
    {"https://a.example, null", "null", true},
    {"https://a.example, null", "loopback", false},
    {"https://a.example, loopback", "loopback", false},
    {"https://a.example, loopback", "https://a.example", true},
    {"loopback", "http://localhost", true},
    {"loopback", "http://localhost:3000", true},
    {"loopback", "https://LOCALHOST:3000", true},
    {"loopback", "http://app.localhost:3000", true},
    {"loopback", "http://127.0.0.1:8000", true},
    {"loopback", "http://127.8.9.10", true},
    {"loopback", "http://[::1]:5173", true},
    {"loopback", "null", false},
    {"loopback", "http://localhost.evil.example", false},
    {"loopback", "http://evillocalhost", false},
    {"loopback", "http://.localhost.evil", false},
    {"loopback", "http://127.0.0.1.evil.example", false},
    {"loopback", "http://127.evil.example", false},
    {"loopback", "http://128.0.0.1", false},
    {"loopback", "http://192.168.0.1", false},
    {"loopback", "http://[::2]", false},
    {"loopback", "http://evil.example:127", false},
    {"loopback", "http://localhost:3000/", false},
    {"loopback", "http://localhost:3000@evil.example", false},
    {"loopback", "http://evil.example#localhost", false},
    {"loopback", "file://localhost", false},
    {"loopback", "ftp://127.0.0.1", false},
    {"loopback", "localhost", false},
    {"loopback", "localhost:3000", false},
};

static void admitted(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(admissions); i++) {
        struct origins origins;
        assert_int_equal(origins_parse(slice_str(admissions[i].list), &origins, NULL), 0);
        if (origins_admit(&origins, slice_str(admissions[i].origin)) != admissions[i].is_in) {
            fail_msg("'%s' in '%s'", admissions[i].origin, admissions[i].list);
        }
        origins_fini(&origins);
    }
    struct origins loopback;
    assert_int_equal(origins_parse(slice_str("loopback"), &loopback, NULL), 0);
    assert_false(origins_admit(&loopback, slice_of("http://localhost\0", 17)));
    assert_false(origins_admit(&loopback, slice_of("http://127.0.0.1\0", 17)));
    assert_false(origins_admit(&loopback, slice_of("http://127.0.0.1\r", 17)));
    assert_false(origins_admit(&loopback, slice_of(NULL, 0)));
    origins_fini(&loopback);
}

static void words(void **state)
{
    (void)state;
    struct origins origins;
    assert_int_equal(origins_parse(slice_str(" * "), &origins, NULL), 0);
    assert_true(origins.takes_any && !origins.follows_listen);
    assert_string_equal(origins.text, "*");
    origins_fini(&origins);
    assert_int_equal(origins_parse(slice_str("auto"), &origins, NULL), 0);
    assert_true(origins.follows_listen && !origins.takes_any);
    assert_false(origins_admit(&origins, slice_str("http://localhost")));
    origins_fini(&origins);
    assert_int_equal(origins_parse(slice_str(" "), &origins, NULL), 0);
    assert_null(origins.text);
}

static void without_memory(void **state)
{
    (void)state;
    struct origins origins = {.takes_null = true};
    mem_fail_after(0);
    int rc = origins_parse(slice_str("null"), &origins, NULL);
    mem_fail_after(-1);
    assert_int_equal(rc, KSSE_ENOMEM);
    assert_null(origins.text);
    assert_int_equal(origins_parse(slice_str("null"), &origins, NULL), 0);
    struct origins copy;
    mem_fail_after(0);
    rc = origins_copy(&copy, &origins);
    mem_fail_after(-1);
    assert_int_equal(rc, KSSE_ENOMEM);
    assert_true(copy.text == NULL && !copy.takes_null);
    assert_int_equal(origins_copy(&copy, &origins), 0);
    origins_fini(&origins);
    assert_true(origins_admit(&copy, slice_str("null")));
    origins_fini(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused),
        cmocka_unit_test(admitted),
        cmocka_unit_test(words),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
