/* Unit tests of core/nearest. */
#include "base/nearest.h"

#include "base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const char *const names[] = {
    "linger", "listen", "max-clients", "max-clients-per-address", "gap", "security.protocol"};

static const char *nearest_of(const char *wanted)
{
    struct nearest search = {0};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        nearest_consider(&search, wanted, names[i]);
    }
    return search.name;
}

static void close_names(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"linger", "linger"},
        {"lingr", "linger"},
        {"lnger", "linger"},
        {"ilnger", "linger"},
        {"lingerr", "linger"},
        {"LISTEN", "listen"},
        {"max_clients", "max-clients"},
        {"maxclients", "max-clients"},
        {"gpa", "gap"},
        {"max-client-per-adress", "max-clients-per-address"},
        {"security-protocl", "security.protocol"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *found = nearest_of(cases[i][0]);
        assert_non_null(found);
        assert_string_equal(found, cases[i][1]);
    }
}

static void far_names(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "x",
        "gxy",
        "foo",
        "brokers",
        "lxxxxr",
        "a-name-that-is-longer-than-the-longest-that-is-considered-here-x"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_null(nearest_of(cases[i]));
    }
    struct nearest search = {0};
    char candidate[NEAREST_MAX_NAME + 2];
    memset(candidate, 'a', sizeof candidate - 1);
    candidate[sizeof candidate - 1] = '\0';
    nearest_consider(&search, candidate, candidate);
    assert_null(search.name);
    candidate[NEAREST_MAX_NAME] = '\0';
    nearest_consider(&search, candidate, candidate);
    assert_ptr_equal(search.name, candidate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(close_names),
        cmocka_unit_test(far_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
