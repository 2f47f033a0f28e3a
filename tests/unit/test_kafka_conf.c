/* What handles are made with: the defaults, what an operator may change, and what he may not. */
#include "kafka/conf.h"

#include "support/unit.h"

static void expect(const rd_kafka_conf_t *conf, const char *name, const char *expected)
{
    char value[256];
    size_t size = sizeof(value);
    assert_int_equal(rd_kafka_conf_get(conf, name, value, &size), RD_KAFKA_CONF_OK);
    assert_string_equal(value, expected);
}

static rd_kafka_conf_t *make(enum handle_kind kind, const struct kafka_property *properties,
                             size_t count)
{
    struct ksse_error error;
    rd_kafka_conf_t *conf = NULL;
    assert_int_equal(conf_new(kind, "h:1", properties, count, &conf, &error), 0);
    assert_non_null(conf);
    return conf;
}

/* All of an answer is decompressed at once, whichever topics it is of. */
static void answers_are_small(void **state)
{
    static const struct {
        enum handle_kind kind;
        const char *bytes;
    } cases[] = {{HANDLE_TAIL, "524288"},
                 {HANDLE_REPLAY, "1048576"},
                 {HANDLE_SHORT, "524288"},
                 {HANDLE_LOOKUP, "524288"}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rd_kafka_conf_t *conf = make(cases[i].kind, NULL, 0);
        expect(conf, "fetch.max.bytes", cases[i].bytes);
        expect(conf, "message.max.bytes", "524288"); /* else the one above is raised to it */
        expect(conf, "check.crcs", "true");
        expect(conf, "receive.message.max.bytes", "402653184");
        rd_kafka_conf_destroy(conf);
    }
}

static void the_operator_wins_where_nothing_rests_on_it(void **state)
{
    static char names[][40] = {"fetch.max.bytes", "receive.message.max.bytes", "check.crcs",
                               "enable.auto.commit"};
    static char values[][40] = {"9000000", "10000000", "false", "true"};
    struct kafka_property properties[ARRAY_LEN(names)];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        properties[i] = (struct kafka_property){names[i], values[i]};
    }
    for (int kind = 0; kind < HANDLE_KIND_COUNT; kind++) {
        rd_kafka_conf_t *conf = make((enum handle_kind)kind, properties, ARRAY_LEN(names));
        expect(conf, "fetch.max.bytes", "9000000");
        expect(conf, "receive.message.max.bytes", "10000000");
        expect(conf, "check.crcs", "false");
        expect(conf, "enable.auto.commit", "false");
        rd_kafka_conf_destroy(conf);
    }
}

static void what_librdkafka_does_not_take_is_told(void **state)
{
    static char name[] = "fetch.max.bytes";
    static char value[] = "much";
    const struct kafka_property property = {name, value};
    struct ksse_error error;
    rd_kafka_conf_t *conf = NULL;
    (void)state;
    assert_int_equal(conf_new(HANDLE_TAIL, "h:1", &property, 1, &conf, &error), KSSE_EKAFKA);
    assert_int_equal(conf_new(HANDLE_TAIL, "h:1", &property, 1, &conf, NULL), KSSE_EKAFKA);
    assert_null(conf);
    assert_non_null(strstr(error.message, "fetch.max.bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_small),
        cmocka_unit_test(the_operator_wins_where_nothing_rests_on_it),
        cmocka_unit_test(what_librdkafka_does_not_take_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
