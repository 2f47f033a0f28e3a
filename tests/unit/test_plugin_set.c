/* The plug-ins of a server: each text once, closed in the end, and fit for what is wanted. */
#include "plugin/plugin_set.h"
#include "support/unit.h"

#include <dlfcn.h>

#define GOOD PLUGINS "/good.so"

static struct plugin_set set;

static struct plugin *get(const char *spec, enum plugin_role role)
{
    struct plugin *plugin = NULL;
    struct ksse_error error;
    assert_int_equal(plugin_set_get(&set, spec, role, &plugin, &error), 0);
    return plugin;
}

static void assert_refused(const char *spec, enum plugin_role role, const char *words)
{
    struct plugin *untouched = (struct plugin *)&untouched;
    struct plugin *plugin = untouched;
    struct ksse_error error;
    assert_int_equal(plugin_set_get(&set, spec, role, &plugin, &error), KSSE_EVALUE);
    assert_ptr_equal(plugin, untouched);
    if (strstr(error.message, words) == NULL) {
        fail_msg("no '%s' in: %s", words, error.message);
    }
}

static int number_of(void *library, const char *symbol)
{
    const int *number = dlsym(library, symbol);
    assert_non_null(number);
    return *number;
}

static void test_each_is_opened_once(void **state)
{
    (void)state;
    void *library = dlopen(GOOD, RTLD_NOW | RTLD_LOCAL); /* so that its counters live on */
    assert_non_null(library);
    plugin_set_init(&set);
    struct plugin *a = get(GOOD "?a", PLUGIN_DESERIALIZER);
    struct plugin *b = get(GOOD "?b", PLUGIN_DESERIALIZER);
    assert_ptr_not_equal(a, b);
    assert_ptr_equal(get(GOOD "?a", PLUGIN_FILTER), a);
    assert_ptr_equal(get(GOOD "?b", PLUGIN_DESERIALIZER), b);
    assert_int_equal(number_of(library, "opened"), 2);
    assert_string_equal(plugin_state(a), "a");
    assert_string_equal(plugin_state(b), "b");
    plugin_set_fini(&set);
    assert_int_equal(number_of(library, "closed"), 2);
    dlclose(library);
}

static void test_what_it_cannot_do(void **state)
{
    (void)state;
    plugin_set_init(&set);
    assert_refused(PLUGINS "/deserializer.so", PLUGIN_FILTER,
                   "has no filter function: it can only be a deserializer");
    assert_non_null(get(PLUGINS "/deserializer.so", PLUGIN_DESERIALIZER));
    assert_refused(PLUGINS "/filter.so?x", PLUGIN_DESERIALIZER,
                   "/filter.so?x (variant) has no deserialize function: it can only be a filter");
    assert_non_null(get(PLUGINS "/filter.so?x", PLUGIN_FILTER));
    plugin_set_fini(&set);
}

static void test_bad_ones_are_not_kept(void **state)
{
    (void)state;
    plugin_set_init(&set);
    for (int i = 0; i < 2; i++) {
        assert_refused(PLUGINS "/newer_abi.so", PLUGIN_FILTER, "version 2");
        assert_refused("good.so", PLUGIN_FILTER, "whole path");
    }
    assert_true(list_is_empty(&set.entries));
    plugin_set_fini(&set);
}

static bool try_to_get(void)
{
    struct plugin *plugin;
    struct ksse_error error;
    plugin_set_init(&set);
    bool is_done = plugin_set_get(&set, GOOD, PLUGIN_FILTER, &plugin, &error) == 0;
    assert_true(is_done != list_is_empty(&set.entries));
    plugin_set_fini(&set);
    return is_done;
}

static void test_without_memory(void **state)
{
    (void)state;
    fail_each_allocation(try_to_get, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_is_opened_once),
        cmocka_unit_test(test_what_it_cannot_do),
        cmocka_unit_test(test_bad_ones_are_not_kept),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
