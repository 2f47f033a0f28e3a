/* What a grant hides. */
#include "serve/request/grant.h"

#include "support/unit.h"

static int narrow(struct grant *grant, const char *topics)
{
    struct topic_patterns patterns = {0};
    int result = topic_patterns_parse(slice_str(topics), &patterns, NULL);
    if (result == 0) {
        result = grant_narrow(grant, &patterns);
    }
    if (result != 0) {
        topic_patterns_fini(&patterns);
    }
    return result;
}

static void test_every_narrowing_holds(void **state)
{
    static const struct {
        const char *narrowings[3];
        const char *topic;
        bool is_shown;
    } cases[] = {
        {{NULL}, "a", true},
        {{NULL}, "", true},
        {{"a"}, "a", true},
        {{"a"}, "b", false},
        {{"a"}, "ab", false},
        {{"a"}, "", false},
        {{"a,b"}, "b", true},
        {{" a , b "}, "b", true},
        {{"^a"}, "ab", true},
        {{"^a"}, "ba", false},
        {{"^a$"}, "ab", false},
        {{"a,b", "b,c"}, "b", true},
        {{"a,b", "b,c"}, "a", false},
        {{"a,b", "b,c"}, "c", false},
        {{"^a", "b", "^."}, "b", false},
        {{"^.", "^b", "b"}, "b", true},
        {{""}, "a", false},
        {{" "}, "a", false},
        {{"a", ""}, "a", false},
        {{"^_"}, "__consumer_offsets", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct grant grant = {0};
        for (size_t n = 0; n < 3 && cases[i].narrowings[n] != NULL; n++) {
            assert_int_equal(narrow(&grant, cases[i].narrowings[n]), 0);
        }
        assert_int_equal(grant_shows(&grant, cases[i].topic), cases[i].is_shown);
        grant_fini(&grant);
    }
}

static bool attempt(void)
{
    struct grant grant = {0};
    bool is_done = narrow(&grant, "a,^b") == 0 && narrow(&grant, "c") == 0;
    assert_true(!is_done || grant.narrowing_count == 2);
    grant_fini(&grant);
    return is_done;
}

static void test_without_memory(void **state)
{
    (void)state;
    fail_each_allocation(attempt, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_narrowing_holds),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
