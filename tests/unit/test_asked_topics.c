/* The topics of a URL: aliases, names that come again, limits before anything is expanded. */
#include "serve/request/asked_topics.h"
#include "serve/config/config.h"
#include "support/unit.h"

#include "base/mem.h"

#include <stdio.h>
#include <time.h>

enum {
    LIMIT = 100,
    MANY = 32000
};

static struct ksse_config *config;

/* An alias "all" of as many topics as may be, "more" of one more, "half" of some of them. */
static int setup(void **state)
{
    (void)state;
    struct buf list = BUF_INIT;
    config = ksse_config_new();
    for (int i = 0; i <= LIMIT; i++) {
        if (i == LIMIT / 2) {
            buf_append_char(&list, '\0');
            assert_int_equal(ksse_config_set_alias(config, "half", list.data, NULL), 0);
            buf_truncate(&list, list.len - 1);
        }
        if (i == LIMIT) {
            buf_append_char(&list, '\0');
            assert_int_equal(ksse_config_set_alias(config, "all", list.data, NULL), 0);
            buf_truncate(&list, list.len - 1);
        }
        buf_printf(&list, "%stopic-%d", i == 0 ? "" : ",", i);
    }
    buf_append_char(&list, '\0');
    assert_int_equal(ksse_config_set_alias(config, "more", list.data, NULL), 0);
    assert_int_equal(ksse_config_set_route(config, "/{topics}", NULL, NULL, NULL), 0);
    assert_int_equal(ksse_config_set_route(config, "/fixed", "topics", "b,a,b", NULL), 0);
    buf_fini(&list);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ksse_config_free(config);
    return 0;
}

/* The names that were read, or NULL with *code. To be freed. */
static char *read_list(const struct route_config *route, const char *list, enum refusal_code *code)
{
    struct assignments a = ASSIGNMENTS_INIT;
    struct refusal refusal = REFUSAL_INIT;
    struct buf text = BUF_INIT;
    int result = asked_topics_read(config, route, slice_str(list), &a, &refusal);
    for (size_t i = 0; i < a.count; i++) {
        buf_printf(&text, "%s ", assignment_topic(&a, i));
    }
    buf_append_char(&text, '\0');
    *code = refusal.code;
    assert_true((result == 0) == (refusal.code == REFUSED_NOT));
    assignments_fini(&a);
    refusal_fini(&refusal);
    return text.data;
}

static void expect(const struct route_config *route, const char *list, const char *expected)
{
    enum refusal_code code;
    char *text = read_list(route, list, &code);
    assert_int_equal(code, REFUSED_NOT);
    assert_string_equal(text, expected);
    mem_free(text);
}

static void names_once_and_in_order(void **state)
{
    (void)state;
    const struct route_config *topics = &config->routes[0];
    expect(topics, "b,a", "b a ");
    expect(topics, "b,a,b,b,a,c", "b a c ");
    expect(topics, "a,,b,", "a  b ");
    expect(topics, "topic-1,topic-0,topic-1", "topic-1 topic-0 ");
    expect(&config->routes[1], "", "b a ");
}

/* Repeats `word` in a comma list; to be freed. */
static char *repeat(const char *word, size_t times)
{
    struct buf list = BUF_INIT;
    for (size_t i = 0; i < times; i++) {
        buf_append_str(&list, i == 0 ? "" : ",");
        buf_append_str(&list, word);
    }
    buf_append_char(&list, '\0');
    return list.data;
}

static size_t count_words(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += *text == ' ';
    }
    return count;
}

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Expanded each time, these would be 3.2 million names. */
static void an_alias_is_expanded_once(void **state)
{
    enum refusal_code code;
    (void)state;
    char *list = repeat("all", MANY);
    double begun = cpu_s();
    char *text = read_list(&config->routes[0], list, &code);
    double many_s = cpu_s() - begun;
    assert_int_equal(code, REFUSED_NOT);
    assert_int_equal(count_words(text), LIMIT);
    mem_free(text);
    /* As fast as a name of its length. */
    char *names = repeat("one", MANY);
    begun = cpu_s();
    text = read_list(&config->routes[0], names, &code);
    assert_true(many_s < 10 * (cpu_s() - begun) + 0.01);
    assert_string_equal(text, "one ");
    mem_free(text);
    mem_free(names);
    mem_free(list);
}

static void limits_come_first(void **state)
{
    enum refusal_code code;
    (void)state;
    static const char *const cases[] = {"more", "all,one-more", "one-more,all", "half,all,x"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *text = read_list(&config->routes[0], cases[i], &code);
        assert_int_equal(code, REFUSED_TOO_MANY_TOPICS);
        assert_int_equal(count_words(text), LIMIT); /* and not one more */
        mem_free(text);
    }
    char *text = read_list(&config->routes[0], "half,all,half,topic-7", &code);
    assert_int_equal(code, REFUSED_NOT); /* there are no more than LIMIT of them */
    assert_int_equal(count_words(text), LIMIT);
    mem_free(text);
}

static bool attempt(void)
{
    struct assignments a = ASSIGNMENTS_INIT;
    struct refusal refusal = REFUSAL_INIT;
    int result = asked_topics_read(config, &config->routes[0], slice_str("a,half"), &a, &refusal);
    assert_int_equal(refusal.code, result == 0 ? REFUSED_NOT : REFUSED_NO_MEMORY);
    assignments_fini(&a);
    refusal_fini(&refusal);
    return result == 0;
}

static void no_memory(void **state)
{
    (void)state;
    fail_each_allocation(attempt, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_once_and_in_order),
        cmocka_unit_test(an_alias_is_expanded_once),
        cmocka_unit_test(limits_come_first),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
