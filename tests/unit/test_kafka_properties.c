/* Unit tests of kafka/properties. */
#include "kafka/properties.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void refused(void **state)
{
    (void)state;
    static const char *const names[] = {"group.id",
                                        "group.instance.id",
                                        "enable.partition.eof",
                                        "auto.offset.reset",
                                        "enable.auto.commit",
                                        "auto.commit.enable",
                                        "enable.auto.offset.store",
                                        "offset.store.method",
                                        "log.queue",
                                        "bootstrap.servers",
                                        "metadata.broker.list",
                                        "fetch.wait.max.ms",
                                        "allow.auto.create.topics",
                                        "test.mock.num.brokers",
                                        "opaque",
                                        "log_cb",
                                        "socket_cb",
                                        "rebalance_cb"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct ksse_error error = {""};
        const char *reason = kafka_property_refused(names[i]);
        assert_non_null(reason);
        assert_int_equal(kafka_property_check(names[i], "1", &error), KSSE_EREFUSED);
        assert_non_null(strstr(error.message, names[i]));
        assert_non_null(strstr(error.message, reason));
    }
    assert_null(kafka_property_refused("_cb"));
    assert_null(kafka_property_refused("group.id2"));
    assert_null(kafka_property_refused(""));
}

static void taken(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"security.protocol", "SASL_SSL"},
                                           {"sasl.mechanisms", "SCRAM-SHA-512"},
                                           {"sasl.password", "x"},
                                           {"client.id", "me"},
                                           {"enable.random.seed", "false"},
                                           {"queued.min.messages", "1000"},
                                           {"fetch.message.max.bytes", "1000"},
                                           {"fetch.min.bytes", "1"},
                                           {"isolation.level", "read_uncommitted"},
                                           {"statistics.interval.ms", "1000"},
                                           {"broker.address.family", "v4"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ksse_error error = {"untouched"};
        assert_int_equal(kafka_property_check(cases[i][0], cases[i][1], &error), 0);
        assert_string_equal(error.message, "untouched");
    }
}

static void not_taken(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *value;
        const char *part;
    } cases[] = {
        {"nonsense.for.sure", "1", "No such configuration property: \"nonsense.for.sure\""},
        {"sasl.mechansm", "PLAIN", "did you mean \"sasl.mechanism"},
        {"client_id", "x", "did you mean \"client.id\""},
        {"", "x", "No such configuration property"},
        {"security.protocol", "ssh", "security.protocol"},
        {"queued.min.messages", "many", "queued.min.messages"},
        {"queued.min.messages", "0", "queued.min.messages"},
        {"socket.nagle.disable", "perhaps", "socket.nagle.disable"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ksse_error error = {""};
        assert_int_equal(kafka_property_check(cases[i].name, cases[i].value, &error), KSSE_EKAFKA);
        if (strstr(error.message, cases[i].part) == NULL) {
            fail_msg("%s: %s", cases[i].name, error.message);
        }
    }
    assert_int_equal(kafka_property_check("nonsense", "x", NULL), KSSE_EKAFKA);
}

static void secrets(void **state)
{
    (void)state;
    static const char *const secret[] = {"sasl.password",
                                         "ssl.key.password",
                                         "ssl.key.pem",
                                         "ssl.keystore.password",
                                         "sasl.oauthbearer.client.secret",
                                         "sasl.oauthbearer.config",
                                         "SASL.PASSWORD"};
    static const char *const open[] = {"sasl.username",     "client.id",
                                       "security.protocol", "",
                                       "ssl.key.location",  "sasl.oauthbearer.token.endpoint.url"};
    for (size_t i = 0; i < ARRAY_LEN(secret); i++) {
        assert_true(kafka_property_is_secret(secret[i]));
    }
    for (size_t i = 0; i < ARRAY_LEN(open); i++) {
        assert_false(kafka_property_is_secret(open[i]));
    }
}

static void all_together(void **state)
{
    (void)state;
    char names[3][32] = {"client.id", "security.protocol", "group.id"};
    char values[3][32] = {"me", "ssl", "x"};
    struct kafka_property properties[3];
    for (size_t i = 0; i < 3; i++) {
        properties[i] = (struct kafka_property){names[i], values[i]};
    }
    struct ksse_error error = {""};
    assert_int_equal(kafka_properties_check_all(NULL, 0, &error), 0);
    assert_int_equal(kafka_properties_check_all(properties, 2, &error), 0);
    assert_int_equal(kafka_properties_check_all(properties, 3, &error), KSSE_EREFUSED);
    strcpy(values[1], "sslx");
    assert_int_equal(kafka_properties_check_all(properties, 3, &error), KSSE_EKAFKA);
    assert_non_null(strstr(error.message, "sslx"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused), cmocka_unit_test(taken),        cmocka_unit_test(not_taken),
        cmocka_unit_test(secrets), cmocka_unit_test(all_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
