/* Unit tests of core/topic_pattern. */
#include "core/stream/topic_pattern.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

static const struct {
    const char *list;
    const char *topic;
    bool matches;
} matched_topics[] = {
    {"", "anything", true},
    {"  ", "anything", true},
    {"a", "a", true},
    {"a", "b", false},
    {"a", "ab", false},
    {" a , b ", "b", true},
    {"^wiki", "wiki.edits", true},
    {"^wiki", "my.wiki", false},
    {"^wiki$", "wiki.edits", false},
    {"^a|b", "b", true},
    {"^a|b", "web", false},
    {"^a{1,2}$", "aa", true},
    {"^a{1,2}$", "aaa", false},
    {"^[,]x,b", "b", true},
    {"^[],]$,b", "b", true},
    {"^[^],]$,b", "z", true},
    {"^(a|b,c)$,d", "d", true},
    {"^a\\.b$,d", "a.b", true},
    {"^a\\.b$,d", "axb", false},
    {"^.*,a", "x", true},
    {"a.b", "axb", false},
    {"", "__consumer_offsets", false},
    {"^.*", "__consumer_offsets", false},
    {"^__", "__transaction_state", false},
    {"^__", "__share_group_state", false},
    {"^__", "__mine", true},
};

static void match_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(matched_topics); i++) {
        struct topic_patterns patterns;
        struct ksse_error error = {""};
        int rc = topic_patterns_parse(slice_str(matched_topics[i].list), &patterns, &error);
        if (rc != 0) {
            fail_msg("\"%s\": %s", matched_topics[i].list, error.message);
        }
        if (topic_patterns_match(&patterns, matched_topics[i].topic) != matched_topics[i].matches) {
            fail_msg("\"%s\" on %s: not %d", matched_topics[i].list, matched_topics[i].topic,
                     matched_topics[i].matches);
        }
        topic_patterns_fini(&patterns);
    }
}

static void parse_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        const char *part; /* of the sentence */
    } cases[] = {
        {",", "empty item"},
        {"a,", "empty item"},
        {",a", "empty item"},
        {"a,,b", "empty item"},
        {"a b", "\"a b\" is no topic name"},
        {"a/b", "no topic name"},
        {".*", "begins with ^"},
        {".", "no topic name"},
        {"..", "no topic name"},
        {"caf\xc3\xa9", "no topic name"},
        {"^(", "\"^(\" is no regular expression"},
        {"^a[", "no regular expression"},
        {"^a{2,1}", "no regular expression"},
        {"a,^b)c(", "no regular expression"},
        {"^b)|(c", "no regular expression"},
        {"a,__consumer_offsets", "internal to Kafka"},
        {"__transaction_state", "internal to Kafka"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct topic_patterns patterns = {0};
        struct ksse_error error = {""};
        int rc = topic_patterns_parse(slice_str(cases[i].list), &patterns, &error);
        if (rc != KSSE_EVALUE || strstr(error.message, cases[i].part) == NULL) {
            fail_msg("\"%s\": %d, %s", cases[i].list, rc, error.message);
        }
        assert_null(patterns.items);
    }
}

static void names(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "A.b_c-9", "...", "-", "_", "__mine"};
    static const char *const bad[] = {"",    ".",   "..",  " ",    "a b",
                                      "a,b", "a/b", "a:b", "\x7f", "\xc3\xa9"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_true(topic_name_is_valid(slice_str(good[i])));
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_false(topic_name_is_valid(slice_str(bad[i])));
    }
    char longest[251];
    memset(longest, 'x', sizeof longest);
    assert_true(topic_name_is_valid(slice_of(longest, 249)));
    assert_false(topic_name_is_valid(slice_of(longest, 250)));
    assert_false(topic_name_is_valid(slice_of("a\0b", 3)));
    assert_true(topic_is_internal(slice_str("__consumer_offsets")));
    assert_false(topic_is_internal(slice_str("__consumer_offset")));
    assert_false(topic_is_internal(slice_str("_consumer_offsets")));
}

static void copies_are_equal(void **state)
{
    (void)state;
    struct topic_patterns patterns;
    struct topic_patterns copy;
    assert_int_equal(topic_patterns_parse(slice_str(" a, ^b "), &patterns, NULL), 0);
    assert_int_equal(topic_patterns_copy(&copy, &patterns), 0);
    topic_patterns_fini(&patterns);
    assert_string_equal(copy.text, "a, ^b");
    assert_true(topic_patterns_have_regex(&copy));
    assert_true(topic_patterns_match(&copy, "bcd"));
    assert_false(topic_patterns_match(&copy, "cd"));
    topic_patterns_fini(&copy);
    assert_false(topic_patterns_have_regex(&copy));
    assert_int_equal(topic_patterns_copy(&patterns, &copy), 0);
    assert_true(topic_patterns_match(&patterns, "all"));
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (long n = 0;; n++) {
        struct topic_patterns patterns = {0};
        mem_fail_after(n);
        int rc = topic_patterns_parse(slice_str("a,^b,c,^d{1,2}"), &patterns, NULL);
        int has_failed = mem_has_failed();
        mem_fail_after(-1);
        assert_int_equal(rc, has_failed ? KSSE_ENOMEM : 0);
        topic_patterns_fini(&patterns);
        if (!has_failed) {
            assert_true(n > 5);
            return;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match_cases),
        cmocka_unit_test(parse_refuses),
        cmocka_unit_test(names),
        cmocka_unit_test(copies_are_equal),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
