/* Unit tests of serve/config, and of the check and the description of a whole configuration. */
#include "serve/config/config.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static int set_up(void **state)
{
    *state = ksse_config_new();
    return *state == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    ksse_config_free(*state);
    return 0;
}

static void routes_keep_their_order(void **state)
{
    struct ksse_config *config = *state;
    assert_int_equal(ksse_config_set_route(config, "/b", "topics", "x", NULL), 0);
    assert_int_equal(ksse_config_set_route(config, "/a/{topics}", NULL, NULL, NULL), 0);
    assert_int_equal(ksse_config_set_route(config, "/b", "gap", "error", NULL), 0);
    assert_int_equal(config->route_count, 2);
    assert_string_equal(config->routes[0].path, "/b");
    assert_false(config->routes[0].takes_topics);
    assert_int_equal(config->routes[0].options.gap, SETTING_GAP_ERROR);
    assert_string_equal(config->routes[1].path, "/a/{topics}");
}

static void a_bad_option_adds_no_route(void **state)
{
    struct ksse_config *config = *state;
    struct ksse_error error = {""};
    assert_int_equal(ksse_config_set_route(config, "/x", "gap", "loud", &error), KSSE_EVALUE);
    assert_int_equal(ksse_config_set_route(config, "/x", "linger", "1s", &error), KSSE_EUNKNOWN);
    assert_int_equal(ksse_config_set_route(config, "/x/", NULL, NULL, &error), KSSE_EVALUE);
    assert_int_equal(config->route_count, 0);
}

static void aliases(void **state)
{
    struct ksse_config *config = *state;
    static const char *const bad[][2] = {{"x", ""},
                                         {"x", "^a"},
                                         {"x", "a,^b"},
                                         {"x", "a,,b"},
                                         {"", "a"},
                                         {".", "a"},
                                         {"a/b", "a"},
                                         {"__consumer_offsets", "a"},
                                         {"x", "a b"},
                                         {"x,y", "a"},
                                         {"x", "__consumer_offsets"}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct ksse_error error = {""};
        assert_int_equal(ksse_config_set_alias(config, bad[i][0], bad[i][1], &error), KSSE_EVALUE);
        assert_true(error.message[0] != '\0');
    }
    assert_int_equal(config->alias_count, 0);
    assert_int_equal(ksse_config_set_alias(config, "x", "a,b", NULL), 0);
    assert_int_equal(ksse_config_set_alias(config, "y", "c", NULL), 0);
    assert_int_equal(ksse_config_set_alias(config, "x", "d", NULL), 0);
    assert_int_equal(config->alias_count, 2);
    assert_string_equal(config_alias(config, slice_str("x"))->topics.text, "d");
    assert_null(config_alias(config, slice_str("z")));
    assert_null(config_alias(config, slice_str("")));
}

static void properties(void **state)
{
    struct ksse_config *config = *state;
    struct ksse_error error = {""};
    assert_int_equal(ksse_config_set_kafka(config, "group.id", "x", &error), KSSE_EREFUSED);
    assert_int_equal(ksse_config_set_kafka(config, "nonsense", "x", &error), KSSE_EKAFKA);
    assert_int_equal(ksse_config_set_kafka(config, "security.protocol", "x", &error), KSSE_EKAFKA);
    assert_int_equal(config->property_count, 0);
    assert_int_equal(ksse_config_set_kafka(config, "client.id", "a", &error), 0);
    assert_int_equal(ksse_config_set_kafka(config, "client.rack", "r", &error), 0);
    assert_int_equal(ksse_config_set_kafka(config, "client.id", "b", &error), 0);
    assert_int_equal(config->property_count, 2);
    assert_string_equal(config->properties[0].name, "client.rack");
    assert_string_equal(config->properties[1].name, "client.id");
    assert_string_equal(config->properties[1].value, "b");
}

static void get(void **state)
{
    struct ksse_config *config = *state;
    assert_null(ksse_config_get(config, "lingr"));
    assert_int_equal(ksse_config_set(config, "linger", "120s", NULL), 0);
    char *text = ksse_config_get(config, "linger");
    assert_string_equal(text, "2m");
    ksse_text_free(text);
    text = ksse_config_get(config, "topics");
    assert_string_equal(text, "");
    ksse_text_free(text);
}

static void the_copy_is_resolved(void **state)
{
    struct ksse_config *config = *state;
    struct ksse_config *copy;
    assert_int_equal(ksse_config_set(config, "gap", "silent", NULL), 0);
    assert_int_equal(config_resolve(config, &copy), 0);
    assert_int_equal(config->route_count, 0);
    assert_int_equal(copy->route_count, 2);
    assert_string_equal(copy->routes[0].path, "/{topics}");
    assert_string_equal(copy->routes[1].path, "/v2/stream/{topics}");
    assert_int_equal(copy->routes[1].options.gap, SETTING_GAP_SILENT);
    ksse_config_free(copy);

    assert_int_equal(ksse_config_set_route(config, "/x/{topics}", "gap", "error", NULL), 0);
    assert_int_equal(ksse_config_set_alias(config, "y", "a,b", NULL), 0);
    assert_int_equal(ksse_config_set_kafka(config, "client.id", "me", NULL), 0);
    assert_int_equal(config_resolve(config, &copy), 0);
    assert_int_equal(copy->route_count, 1);
    assert_int_equal(copy->routes[0].options.gap, SETTING_GAP_ERROR);
    assert_int_equal(copy->routes[0].options.id_format, SETTING_ID_OFFSET);
    assert_string_equal(config_alias(copy, slice_str("y"))->topics.text, "a,b");
    assert_string_equal(copy->properties[0].value, "me");
    ksse_config_free(copy);
}

static void log_line(void *opaque, enum ksse_log_level level, const char *event,
                     const char *message, const struct ksse_log_field *fields, size_t field_count)
{
    (void)opaque;
    (void)level;
    (void)event;
    (void)message;
    (void)fields;
    (void)field_count;
}

static void the_copy_has_the_log(void **state)
{
    struct ksse_config *config = *state;
    struct ksse_config *copy;
    ksse_config_set_log(config, KSSE_LOG_DEBUG, log_line, config);
    assert_int_equal(config_resolve(config, &copy), 0);
    assert_int_equal(copy->log_level, KSSE_LOG_DEBUG);
    assert_true(copy->log == log_line);
    assert_ptr_equal(copy->log_opaque, config);
    ksse_config_free(copy);
}

/* Checks and expects a sentence with `part`, or success when that is NULL. */
static void check_says(const struct ksse_config *config, const char *part)
{
    struct ksse_error error = {""};
    int rc = ksse_config_check(config, &error);
    if (part == NULL) {
        if (rc != 0) {
            fail_msg("%s", error.message);
        }
    } else if (rc != KSSE_EVALUE || strstr(error.message, part) == NULL) {
        fail_msg("%d %s", rc, error.message);
    }
}

static void check_brokers(void **state)
{
    struct ksse_config *config = *state;
    static const char *const bad[] = {",", "a,,b", "a b", ",a", "a,"};
    check_says(config, "set brokers (-b HOST:PORT), or demo (--demo)");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(ksse_config_set(config, "brokers", bad[i], NULL), 0);
        check_says(config, "write HOST:PORT");
    }
    assert_int_equal(ksse_config_set(config, "brokers", "  ", NULL), 0);
    check_says(config, "set brokers");
    assert_int_equal(ksse_config_set(config, "brokers", "SSL://a:1, b", NULL), 0);
    check_says(config, NULL);
    assert_int_equal(ksse_config_set(config, "demo", "yes", NULL), 0);
    check_says(config, "choose one");
    assert_int_equal(ksse_config_set(config, "brokers", "", NULL), 0);
    check_says(config, NULL);
}

static void check_credentials(void **state)
{
    struct ksse_config *config = *state;
    assert_int_equal(ksse_config_set(config, "demo", "yes", NULL), 0);
    assert_int_equal(ksse_config_set(config, "cors-credentials", "yes", NULL), 0);
    check_says(config, NULL); /* for pages of this machine */
    assert_int_equal(ksse_config_set(config, "listen", ":6917", NULL), 0);
    check_says(config, "cors-credentials: it needs a list");
    assert_int_equal(ksse_config_set(config, "cors-origin", "https://a.example", NULL), 0);
    check_says(config, NULL);
    assert_int_equal(ksse_config_set(config, "cors-origin", "https://a.example,null", NULL), 0);
    check_says(config, "cors-credentials: it needs a list");
    assert_int_equal(ksse_config_set(config, "cors-origin", "", NULL), 0);
    check_says(config, "cors-credentials: it needs a list");
}

static void auto_is_decided_by_the_address(void **state)
{
    struct ksse_config *config = *state;
    static const char *const cases[][2] = {
        {"127.0.0.1:1", "loopback"}, {"[::1]:1", "loopback"},
        {"localhost:1", "loopback"}, {":1", "*"},
        {"0.0.0.0:1", "*"},          {"off", "*"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ksse_config *resolved;
        assert_int_equal(ksse_config_set(config, "listen", cases[i][0], NULL), 0);
        assert_int_equal(config_resolve(config, &resolved), 0);
        assert_string_equal(resolved->settings.cors_origin.text, cases[i][1]);
        ksse_config_free(resolved);
    }
    assert_string_equal(config->settings.cors_origin.text, "auto");
}

static void check_retry(void **state)
{
    struct ksse_config *config = *state;
    assert_int_equal(ksse_config_set(config, "demo", "yes", NULL), 0);
    assert_int_equal(ksse_config_set(config, "retry-min", "6s", NULL), 0);
    check_says(config, "retry-min: it is longer");
    assert_int_equal(ksse_config_set(config, "retry-max", "6s", NULL), 0);
    check_says(config, NULL);
}

static void check_fixed_routes(void **state)
{
    struct ksse_config *config = *state;
    assert_int_equal(ksse_config_set(config, "demo", "yes", NULL), 0);
    assert_int_equal(ksse_config_set_route(config, "/x", NULL, NULL, NULL), 0);
    check_says(config, "route /x: topics: its path has no {topics}");
    assert_int_equal(ksse_config_set_route(config, "/x", "topics", "a,^b", NULL), 0);
    check_says(config, "list names of topics, without ^");
    assert_int_equal(ksse_config_set_route(config, "/x", "topics", "a,b", NULL), 0);
    assert_int_equal(ksse_config_set_route(config, "/{topics}", NULL, NULL, NULL), 0);
    check_says(config, NULL);
    assert_int_equal(ksse_config_set_route(config, "/y/z", "topics", "a", NULL), 0);
    check_says(config, NULL);
    assert_int_equal(ksse_config_set_route(config, "/z", "topics", "a", NULL), 0);
    check_says(config, "route /z: it is never reached: put it in front of /{topics}");
}

static void fixed_routes_may_inherit_topics(void **state)
{
    struct ksse_config *config = *state;
    assert_int_equal(ksse_config_set(config, "demo", "yes", NULL), 0);
    assert_int_equal(ksse_config_set(config, "topics", "a,b", NULL), 0);
    assert_int_equal(ksse_config_set_route(config, "/x", NULL, NULL, NULL), 0);
    check_says(config, NULL);
}

static void describe(void **state)
{
    struct ksse_config *config = *state;
    assert_int_equal(ksse_config_set(config, "brokers", "k:9092", NULL), 0);
    assert_int_equal(ksse_config_set(config, "linger", "2m", NULL), 0);
    assert_int_equal(ksse_config_set(config, "heartbeat", "15000ms", NULL), 0);
    assert_int_equal(ksse_config_set_route(config, "/{topics}", "topics", "a,^b", NULL), 0);
    assert_int_equal(ksse_config_set_alias(config, "e", "x,y", NULL), 0);
    assert_int_equal(ksse_config_set_kafka(config, "client.id", "me", NULL), 0);
    assert_int_equal(ksse_config_set_kafka(config, "sasl.password", "hunter2", NULL), 0);
    char *text = ksse_config_describe(config);
    assert_string_equal(text, "listens on 127.0.0.1:6917\n"
                              "reads from the Kafka cluster at k:9092\n"
                              "  with Kafka property client.id = me\n"
                              "  with Kafka property sasl.password = (not shown)\n"
                              "serves /{topics}\n"
                              "  topics = a,^b\n"
                              "  id-format = offset\n"
                              "  default-start = latest\n"
                              "  gap = event\n"
                              "  deserializer = json\n"
                              "  headers = no\n"
                              "  client-filter = yes\n"
                              "  client-fields = yes\n"
                              "with {topics} \"e\" standing for x,y\n"
                              "with linger = 2m\n"
                              "with cors-origin = loopback\n");
    ksse_text_free(text);
}

/* A registry's user and password are nobody's business. */
static void describe_hides_credentials(void **state)
{
    static const struct {
        const char *url;
        const char *shown;
    } cases[] = {
        {"http://r:8081/a@b", "with schema-registry = http://r:8081/a@b\n"},
        {"http://u:pass@r:8081/a@b", "with schema-registry = http://******@r:8081/a@b\n"},
        {"https://u:p@ss@r", "with schema-registry = https://******@r\n"},
        {"u:pass@r", "with schema-registry = u:pass@r\n"}, /* refused when it is used */
    };
    struct ksse_config *config = *state;
    assert_int_equal(ksse_config_set(config, "brokers", "k:9092", NULL), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(ksse_config_set(config, "schema-registry", cases[i].url, NULL), 0);
        char *text = ksse_config_describe(config);
        assert_non_null(strstr(text, cases[i].shown));
        ksse_text_free(text);
    }
}

static void describe_hides_the_token(void **state)
{
    struct ksse_config *config = *state;
    assert_int_equal(ksse_config_set(config, "brokers", "k:9092", NULL), 0);
    assert_int_equal(ksse_config_set(config, "schema-token", "hunter2", NULL), 0);
    char *text = ksse_config_describe(config);
    assert_non_null(strstr(text, "with schema-token = (not shown)\n"));
    assert_null(strstr(text, "hunter2"));
    ksse_text_free(text);
}

static int use_everything(bool *is_done)
{
    struct ksse_config *config = ksse_config_new();
    if (config == NULL) {
        return KSSE_ENOMEM;
    }
    int rc = ksse_config_set(config, "demo", "yes", NULL);
    rc = rc == 0 ? ksse_config_set(config, "topics", "a,^b", NULL) : rc;
    rc = rc == 0 ? ksse_config_set_route(config, "/x", "topics", "a", NULL) : rc;
    rc = rc == 0 ? ksse_config_set_route(config, "/{topics}", NULL, NULL, NULL) : rc;
    rc = rc == 0 ? ksse_config_set_alias(config, "e", "a,b", NULL) : rc;
    rc = rc == 0 ? ksse_config_set_alias(config, "e", "c", NULL) : rc;
    rc = rc == 0 ? ksse_config_set_kafka(config, "client.id", "a", NULL) : rc;
    rc = rc == 0 ? ksse_config_set_kafka(config, "client.id", "b", NULL) : rc;
    rc = rc == 0 ? ksse_config_check(config, NULL) : rc;
    if (rc == 0) {
        char *text = ksse_config_describe(config);
        rc = text == NULL ? KSSE_ENOMEM : 0;
        ksse_text_free(text);
    }
    if (rc == 0) {
        char *text = ksse_config_get(config, "brokers");
        rc = text == NULL ? KSSE_ENOMEM : 0;
        ksse_text_free(text);
    }
    *is_done = rc == 0;
    ksse_config_free(config);
    return rc;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (long n = 0;; n++) {
        bool is_done = false;
        mem_fail_after(n);
        int rc = use_everything(&is_done);
        int has_failed = mem_has_failed();
        mem_fail_after(-1);
        assert_int_equal(rc, has_failed ? KSSE_ENOMEM : 0);
        if (!has_failed) {
            assert_true(is_done && n > 40);
            return;
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(routes_keep_their_order),
        TEST(a_bad_option_adds_no_route),
        TEST(aliases),
        TEST(properties),
        TEST(get),
        TEST(the_copy_is_resolved),
        TEST(the_copy_has_the_log),
        TEST(check_brokers),
        TEST(check_credentials),
        TEST(auto_is_decided_by_the_address),
        TEST(check_retry),
        TEST(check_fixed_routes),
        TEST(fixed_routes_may_inherit_topics),
        TEST(describe),
        TEST(describe_hides_credentials),
        TEST(describe_hides_the_token),
        TEST(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
