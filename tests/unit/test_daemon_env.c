/* Unit tests of daemon/env: which variables are Kubernetes' own. The rest is in
 * tests/system/test_command_line.py. */
#include "daemon/env.c"

#include "daemon/failure.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* What a Service called kafkasse gives to each container, and one called kafkasse-metrics. */
static const char *const of_kubernetes[] = {
    "KAFKASSE_SERVICE_HOST=10.0.171.239",
    "KAFKASSE_SERVICE_PORT=6917",
    "KAFKASSE_SERVICE_PORT_HTTP=6917",
    "KAFKASSE_PORT=tcp://10.0.171.239:6917",
    "KAFKASSE_PORT=udp://10.0.171.239:6917",
    "KAFKASSE_PORT=sctp://[fd00::1]:6917",
    "KAFKASSE_PORT_6917_TCP=tcp://10.0.171.239:6917",
    "KAFKASSE_PORT_6917_TCP_PROTO=tcp",
    "KAFKASSE_PORT_6917_TCP_PORT=6917",
    "KAFKASSE_PORT_6917_TCP_ADDR=10.0.171.239",
    "KAFKASSE_PORT_53_UDP_ADDR=10.0.171.239",
    "KAFKASSE_METRICS_SERVICE_HOST=10.0.171.240",
    "KAFKASSE_METRICS_SERVICE_PORT_WEB=9090",
    "KAFKASSE_METRICS_PORT=tcp://10.0.171.240:9090",
    "KAFKASSE_METRICS_PORT_9090_TCP_ADDR=10.0.171.240",
};

static const char *const not_of_kubernetes[] = {
    "KAFKASSE_PORT=6917",
    "KAFKASSE_PORT=",
    "KAFKASSE_=tcp://10.0.171.239:6917",
    "KAFKASSE_SUPPORT=tcp://10.0.171.239:6917",
    "KAFKASSE_PORTS=tcp://10.0.171.239:6917",
    "KAFKASSE_PORT_6917=tcp://10.0.171.239:6917",
    "KAFKASSE_PORT_TCP=tcp://10.0.171.239:6917",
    "KAFKASSE_PORT_6917_TCP_NAME=x",
    "KAFKASSE_PORT_6917_TCPX=x",
    "KAFKASSE_PORT_6917_=x",
    "KAFKASSE_SERVICE_HOSTS=x",
    "KAFKASSE_SERVICE=x",
    "KAFKASSE_LISTEN=SERVICE_HOST=PORT=tcp://x",
    "KAFKASSE_LISTNE=:6917",
};

static bool is_of_kubernetes(const char *entry)
{
    struct variable v;
    assert_true(read_entry(entry, &v));
    return env_is_of_kubernetes(v.word, v.word_len, v.value);
}

static void test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof of_kubernetes / sizeof of_kubernetes[0]; i++) {
        if (!is_of_kubernetes(of_kubernetes[i])) {
            fail_msg("%s", of_kubernetes[i]);
        }
    }
    for (size_t i = 0; i < sizeof not_of_kubernetes / sizeof not_of_kubernetes[0]; i++) {
        if (is_of_kubernetes(not_of_kubernetes[i])) {
            fail_msg("%s", not_of_kubernetes[i]);
        }
    }
}

static void test_names(void **state)
{
    static const char *const others[] = {"KAFKASSE_CONFIG=x", "KAFKASSE_LINGER", "KAFKASS=1",
                                         "XKAFKASSE_LINGER=1m", ""};
    struct variable v;
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(read_entry(others[i], &v));
    }
    assert_true(read_entry("KAFKASSE_MAX_CLIENTS=3=4", &v));
    assert_string_equal(v.name, "max-clients");
    assert_string_equal(v.value, "3=4");
    assert_true(read_entry("KAFKASSE_CONFIGS=x", &v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
