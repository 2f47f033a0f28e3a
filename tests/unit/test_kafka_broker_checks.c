/* Which brokers can be reached: checks against a mock cluster, and metadata made by hand. */
#include "kafka/broker_checks.h"
#include "base/clock.h"
#include "base/eventfd.h"

#include <librdkafka/rdkafka_mock.h>
#include <poll.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum {
    CHECK_MS = 60000
};

static struct broker_checks checks;
static int event_fd;
static int changes;
static struct broker changed;

static void on_change(void *opaque, const struct broker *broker)
{
    assert_ptr_equal(opaque, &checks);
    changes++;
    changed = *broker;
}

static int setup(void **state)
{
    (void)state;
    changes = 0;
    event_fd = eventfd_open();
    broker_checks_init(&checks, event_fd, on_change, &checks);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    broker_checks_fini(&checks);
    eventfd_close(event_fd);
    return 0;
}

/* A check at once, with these partitions of "t" read, to its end. */
static void run_check(const struct metadata *metadata, rd_kafka_t *rk, const int32_t *partitions,
                      size_t count)
{
    int64_t until_ms = clock_monotonic_ms() + CHECK_MS;
    checks.next_ms = 0;
    assert_true(broker_checks_begin(&checks, metadata, clock_monotonic_ms()));
    for (size_t i = 0; i < count; i++) {
        broker_checks_want(&checks, "t", partitions[i]);
    }
    broker_checks_end(&checks, rk);
    assert_false(broker_checks_begin(&checks, metadata, INT64_MAX));
    while (checks.is_asking) {
        struct pollfd watched = {event_fd, POLLIN, 0};
        assert_true(clock_monotonic_ms() < until_ms);
        poll(&watched, 1, 1000);
        eventfd_drain(event_fd);
        broker_checks_deliver(&checks);
    }
}

static const struct broker *broker(int32_t id)
{
    const struct broker *found = brokers_find(&checks.brokers, id);
    assert_non_null(found);
    return found;
}

/* ---- by hand: nobody is asked, since no broker leads anything ---- */

static rd_kafka_metadata_partition_t led_by_nobody[] = {{.id = 0, .leader = -1},
                                                        {.id = 1, .leader = -1}};
static rd_kafka_metadata_topic_t leaderless = {
    .topic = (char *)(uintptr_t) "t", .partition_cnt = 2, .partitions = led_by_nobody};
static rd_kafka_metadata_broker_t two[] = {
    {.id = 5, .host = (char *)(uintptr_t) "h", .port = 9092},
    {.id = 6, .host = (char *)(uintptr_t) "a.longer.host", .port = 65535}};

static struct metadata *metadata_of(int brokers)
{
    rd_kafka_metadata_t rd_metadata = {
        .topics = &leaderless, .topic_cnt = 1, .brokers = two, .broker_cnt = brokers};
    struct metadata *metadata = metadata_new(&rd_metadata);
    assert_non_null(metadata);
    return metadata;
}

static void partitions_without_a_leader(void **state)
{
    static const int32_t both[] = {0, 1};
    (void)state;
    struct metadata *metadata = metadata_of(2);
    run_check(metadata, NULL, both, 2);
    assert_int_equal(changes, 0); /* it may be about to be elected */
    assert_true(checks.next_ms <= clock_monotonic_ms() + BROKER_CHECKS_DOUBT_MS);
    run_check(metadata, NULL, both, 2);
    assert_int_equal(changes, 1);
    assert_int_equal(changed.id, NO_LEADER);
    assert_int_equal(changed.state, BROKER_DOWN);
    assert_int_equal(changed.wanted, 2);
    assert_string_equal(changed.examples, "t/0, t/1");
    run_check(metadata, NULL, both, 2);
    assert_int_equal(changes, 1);
    assert_true(checks.next_ms > clock_monotonic_ms() + BROKER_CHECKS_DOUBT_MS);
    run_check(metadata, NULL, NULL, 0);
    assert_int_equal(changes, 2);
    assert_int_equal(changed.state, BROKER_UP);
    assert_int_equal(broker(5)->state, BROKER_UNKNOWN);
    assert_string_equal(broker(5)->address, "h:9092");
    assert_string_equal(broker(6)->address, "a.longer.host:65535");
    metadata_free(metadata);
}

static void a_broker_that_is_not_listed_any_more(void **state)
{
    (void)state;
    struct metadata *with = metadata_of(2);
    struct metadata *without = metadata_of(1);
    run_check(with, NULL, NULL, 0);
    run_check(without, NULL, NULL, 0);
    run_check(without, NULL, NULL, 0);
    assert_int_equal(changes, 1);
    assert_int_equal(changed.id, 6);
    assert_int_equal(changed.state, BROKER_DOWN);
    assert_string_equal(changed.reason, "the cluster does not list it");
    assert_string_equal(changed.address, "a.longer.host:65535");
    checks.next_ms = 0;
    assert_true(
        broker_checks_begin(&checks, without, clock_monotonic_ms() + BROKER_CHECKS_KEPT_MS + 1));
    broker_checks_end(&checks, NULL);
    assert_int_equal(changes, 2);
    assert_int_equal(changed.state, BROKER_UNKNOWN);
    assert_null(brokers_find(&checks.brokers, 6));
    metadata_free(with);
    metadata_free(without);
}

static void examples_are_bounded(void **state)
{
    static char topic[250];
    (void)state;
    memset(topic, 'x', sizeof(topic) - 1);
    struct metadata *metadata = metadata_of(1);
    assert_true(broker_checks_begin(&checks, metadata, 1));
    for (int32_t i = 0; i < 20; i++) {
        broker_checks_want(&checks, i < 10 ? "t" : topic, i);
    }
    broker_checks_end(&checks, NULL);
    assert_int_equal(broker(NO_LEADER)->wanted, 20);
    assert_string_equal(broker(NO_LEADER)->examples, "t/0, t/1, t/2, t/3, t/4 ...");
    metadata_free(metadata);
}

static void words_go_to_their_broker(void **state)
{
    static const struct {
        const char *text;
        int32_t id;
        const char *reason;
    } cases[] = {
        {"h:9092/5: Connect to ipv4#1.2.3.4:9092 failed: refused", 5,
         "Connect to ipv4#1.2.3.4:9092 failed: refused"},
        {"[::1]:9092/6: gone", 6, "gone"},
        {"h:9092/bootstrap: gone", 5, ""},
        {"h:9092/7: gone", 5, ""},
        {"h5: gone", 5, ""},
        {"5: gone", 5, ""},
        {"/: gone", 5, ""},
        {"5/5 brokers are down", 5, ""},
        {"", 5, ""},
    };
    (void)state;
    struct metadata *metadata = metadata_of(2);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        run_check(metadata, NULL, NULL, 0);
        brokers_find(&checks.brokers, 5)->reason[0] = '\0';
        broker_checks_note(&checks, cases[i].text);
        assert_string_equal(broker(cases[i].id)->reason, cases[i].reason);
    }
    metadata_free(metadata);
}

/* ---- against a mock cluster ---- */

/* A cluster of three brokers, each of which leads a partition of "t", and a handle on it. */
struct cluster {
    rd_kafka_t *owner;
    rd_kafka_mock_cluster_t *mock;
    rd_kafka_t *rk;
    struct metadata *metadata;
};

static void cluster_start(struct cluster *c)
{
    const rd_kafka_metadata_t *rd_metadata;
    char error[512];
    c->owner = rd_kafka_new(RD_KAFKA_PRODUCER, NULL, error, sizeof(error));
    c->mock = rd_kafka_mock_cluster_new(c->owner, 3);
    assert_int_equal(rd_kafka_mock_topic_create(c->mock, "t", 3, 1), 0);
    for (int32_t i = 0; i < 3; i++) {
        assert_int_equal(rd_kafka_mock_partition_set_leader(c->mock, "t", i, i + 1), 0);
    }
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    assert_int_equal(rd_kafka_conf_set(conf, "bootstrap.servers",
                                       rd_kafka_mock_cluster_bootstraps(c->mock), error,
                                       sizeof(error)),
                     RD_KAFKA_CONF_OK);
    c->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
    assert_int_equal(rd_kafka_metadata(c->rk, 1, NULL, &rd_metadata, 10000), 0);
    c->metadata = metadata_new(rd_metadata);
    rd_kafka_metadata_destroy(rd_metadata);
}

static void cluster_stop(struct cluster *c)
{
    metadata_free(c->metadata);
    rd_kafka_destroy(c->rk);
    rd_kafka_mock_cluster_destroy(c->mock);
    rd_kafka_destroy(c->owner);
}

static void brokers_go_and_come_back(void **state)
{
    static const int32_t all[] = {0, 1, 2};
    struct cluster c;
    (void)state;
    cluster_start(&c);
    run_check(c.metadata, c.rk, all, 2); /* broker 3 leads nothing that is read: it is asked, too */
    for (int32_t id = 1; id <= 3; id++) {
        assert_int_equal(broker(id)->state, BROKER_UP);
        assert_int_equal(broker(id)->wanted, id < 3);
    }
    assert_int_equal(changes, 0);
    rd_kafka_mock_broker_set_down(c.mock, 2);
    run_check(c.metadata, c.rk, all, 3);
    assert_int_equal(changes, 0);
    run_check(c.metadata, c.rk, all, 3);
    assert_int_equal(changes, 1);
    assert_int_equal(changed.id, 2);
    assert_int_equal(changed.state, BROKER_DOWN);
    assert_string_equal(changed.examples, "t/1");
    assert_int_equal(broker(1)->state, BROKER_UP);
    assert_int_equal(broker(3)->state, BROKER_UP);
    rd_kafka_mock_broker_set_up(c.mock, 2);
    for (int i = 0; i < 20 && changes == 1; i++) {
        run_check(c.metadata, c.rk, all, 3);
    }
    assert_int_equal(changes, 2);
    assert_int_equal(changed.id, 2);
    assert_int_equal(changed.state, BROKER_UP);
    cluster_stop(&c);
}

static void it_ends_while_a_check_is_under_way(void **state)
{
    struct cluster c;
    (void)state;
    cluster_start(&c);
    assert_true(broker_checks_begin(&checks, c.metadata, clock_monotonic_ms()));
    broker_checks_end(&checks, c.rk);
    broker_checks_fini(&checks);
    broker_checks_init(&checks, event_fd, on_change, &checks);
    cluster_stop(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(partitions_without_a_leader, setup, teardown),
        cmocka_unit_test_setup_teardown(a_broker_that_is_not_listed_any_more, setup, teardown),
        cmocka_unit_test_setup_teardown(examples_are_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(words_go_to_their_broker, setup, teardown),
        cmocka_unit_test_setup_teardown(brokers_go_and_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(it_ends_while_a_check_is_under_way, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
