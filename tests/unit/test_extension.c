/*
 * What settings name that is not built in: callbacks, and plug-ins as servers and checks of a
 * configuration open and close them. tests/plugins/variant.c counts how often.
 */
#include "serve/config/extension.h"
#include "support/watched_plugin.h"

#define GOOD PLUGINS "/good.so"
#define FILTER PLUGINS "/filter.so"

static struct ksse_config *new_config(void)
{
    struct ksse_config *config = ksse_config_new();
    assert_int_equal(ksse_config_set(config, "demo", "yes", NULL), 0);
    assert_int_equal(ksse_config_set(config, "listen", "off", NULL), 0);
    return config;
}

static void set_route(struct ksse_config *config, const char *path, const char *name,
                      const char *value)
{
    assert_int_equal(ksse_config_set_route(config, path, name, value, NULL), 0);
}

/* Two texts in three routes and five places. */
static struct ksse_config *with_plugins(void)
{
    struct ksse_config *config = new_config();
    set_route(config, "/a/{topics}", "filter", "plugin:" GOOD);
    set_route(config, "/a/{topics}", "deserializer", "plugin:" GOOD);
    set_route(config, "/b/{topics}", "filter", "plugin:" GOOD);
    set_route(config, "/b/{topics}", "deserializer", "plugin:" GOOD "?other");
    set_route(config, "/c/{topics}", "filter", "plugin:" GOOD "?other");
    return config;
}

static void test_a_check_closes_what_it_opens(void **state)
{
    struct watched_plugin good = watch_plugin(GOOD);
    struct ksse_config *config = with_plugins();
    (void)state;
    assert_int_equal(ksse_config_check(config, NULL), 0);
    assert_plugin_counts(&good, 2, 2);
    ksse_config_free(config);
    assert_plugin_counts(&good, 2, 2);
    unwatch_plugin(&good);
}

static void test_a_server_opens_them_once(void **state)
{
    struct watched_plugin good = watch_plugin(GOOD);
    struct ksse_config *config = with_plugins();
    struct ksse_server *server;
    struct ksse_server *other;
    (void)state;
    assert_int_equal(ksse_server_new(config, &server, NULL), 0);
    assert_plugin_counts(&good, 2, 0);
    assert_int_equal(ksse_server_new(config, &other, NULL), 0);
    assert_plugin_counts(&good, 4, 0);
    ksse_config_free(config);
    ksse_server_free(server);
    assert_plugin_counts(&good, 4, 2);
    ksse_server_free(other);
    assert_plugin_counts(&good, 4, 4);
    unwatch_plugin(&good);
}

/* What was opened before something else turned out wrong is closed. */
static void test_a_server_that_cannot_be_made_closes_them(void **state)
{
    static const struct {
        const char *path;
        const char *name;
        const char *value; /* NULL: the address is no address of this machine */
        int result;
    } cases[] = {
        {"/z/{topics}", "filter", "plugin:" PLUGINS "/open_fails.so", KSSE_EVALUE},
        {"/z/{topics}", "filter", "plugin:" PLUGINS "/no_name.so", KSSE_EVALUE},
        {"/z/{topics}", "filter", "callback:nobody", KSSE_EVALUE},
        {"/z/{topics}", "redact", "a,,b", KSSE_EVALUE},
        {NULL, NULL, NULL, KSSE_ELISTEN},
    };
    struct watched_plugin good = watch_plugin(GOOD);
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ksse_config *config = with_plugins();
        struct ksse_server *server = NULL;
        if (cases[i].path != NULL) {
            set_route(config, cases[i].path, cases[i].name, cases[i].value);
            assert_int_equal(ksse_config_check(config, NULL), cases[i].result);
            assert_int_equal(*good.closed, *good.opened);
        } else {
            assert_int_equal(ksse_config_set(config, "listen", "192.0.2.1:1", NULL), 0);
        }
        assert_int_equal(ksse_server_new(config, &server, NULL), cases[i].result);
        assert_null(server);
        assert_int_equal(*good.closed, *good.opened);
        ksse_config_free(config);
    }
    assert_true(*good.opened > 0);
    unwatch_plugin(&good);
}

static void test_a_plug_in_in_the_wrong_place(void **state)
{
    struct watched_plugin filter = watch_plugin(FILTER);
    struct ksse_config *config = new_config();
    struct ksse_error error;
    (void)state;
    set_route(config, "/{topics}", "deserializer", "plugin:" FILTER);
    assert_int_equal(ksse_config_check(config, &error), KSSE_EVALUE);
    assert_non_null(strstr(error.message, "it is a filter only"));
    assert_plugin_counts(&filter, 1, 1);
    ksse_config_free(config);
    unwatch_plugin(&filter);
}

static struct ksse_config *shared;

static bool attempt(void)
{
    return ksse_config_check(shared, NULL) == 0;
}

static void test_closed_without_memory(void **state)
{
    struct watched_plugin good = watch_plugin(GOOD);
    (void)state;
    shared = with_plugins();
    fail_each_allocation(attempt, true);
    assert_int_equal(*good.closed, *good.opened);
    ksse_config_free(shared);
    unwatch_plugin(&good);
}

static enum ksse_filtered keep(void *opaque, const struct ksse_event *event,
                               struct ksse_output *output)
{
    (void)opaque, (void)event, (void)output;
    return KSSE_FILTER_KEEP;
}

static void test_callbacks(void **state)
{
    struct ksse_config *config = new_config();
    struct extension *e = NULL;
    struct ksse_error error;
    int tag;
    (void)state;
    assert_int_equal(ksse_config_add_filter(config, "mine", keep, &tag, NULL), 0);
    assert_int_equal(extension_new(config, "callback:mine", true, &e, &error), 0);
    assert_true(extension_is_known(e));
    assert_true(e->filter == keep);
    assert_ptr_equal(e->filter_opaque, &tag);
    assert_null(e->deserialize);
    extension_unref(e);
    e = NULL;
    assert_int_equal(extension_new(config, "callback:", true, &e, &error), KSSE_EVALUE);
    assert_int_equal(extension_new(config, "callback:Mine", true, &e, &error), KSSE_EVALUE);
    assert_non_null(strstr(error.message, "\"Mine\""));
    assert_null(e);
    extension_unref(NULL);
    ksse_config_free(config);
}

static void test_what_is_a_spec(void **state)
{
    (void)state;
    assert_true(extension_is_spec("plugin:/x.so"));
    assert_true(extension_is_spec("callback:x"));
    assert_false(extension_is_spec("json"));
    assert_false(extension_is_spec("plugin"));
    assert_false(extension_is_spec("a == 'plugin:/x.so'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_check_closes_what_it_opens),
        cmocka_unit_test(test_a_server_opens_them_once),
        cmocka_unit_test(test_a_server_that_cannot_be_made_closes_them),
        cmocka_unit_test(test_a_plug_in_in_the_wrong_place),
        cmocka_unit_test(test_closed_without_memory),
        cmocka_unit_test(test_callbacks),
        cmocka_unit_test(test_what_is_a_spec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
