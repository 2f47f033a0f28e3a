/*
 * For the tests of the kafka room: a mock cluster of librdkafka's with topics and records of our
 * own, and a source on it whose dispatch is turned by hand, with deadlines instead of sleeps.
 */
#ifndef TESTS_KAFKA_FIXTURE_H
#define TESTS_KAFKA_FIXTURE_H

#include "kafka/source.h"
#include "base/clock.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <poll.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

enum {
    DEADLINE_MS = 60000,
    BROKER_COUNT = 3
};

struct fixture {
    rd_kafka_t *producer;
    rd_kafka_mock_cluster_t *mock;
    struct kafka_source *kafka;
    struct source *source;
    int metadata_count;
    int up_count;
    int down_count;
    char reason[256];
    char topics[256]; /* of the newest metadata: "name/partitions " each */
};

static inline void fixture_on_metadata(void *opaque, const struct topic_info *topics, size_t count)
{
    struct fixture *f = opaque;
    size_t len = 0;
    f->metadata_count++;
    f->topics[0] = '\0';
    for (size_t i = 0; i < count && len < sizeof(f->topics) - 1; i++) {
        len += (size_t)snprintf(f->topics + len, sizeof(f->topics) - len, "%s/%d ", topics[i].name,
                                (int)topics[i].partition_count);
    }
}

static inline void fixture_on_up(void *opaque)
{
    ((struct fixture *)opaque)->up_count++;
}

static inline void fixture_on_down(void *opaque, const char *reason)
{
    struct fixture *f = opaque;
    f->down_count++;
    snprintf(f->reason, sizeof(f->reason), "%s", reason);
}

/* Waits for the descriptor, but not beyond the deadline, and dispatches. */
static inline void fixture_turn(struct fixture *f, int64_t deadline_ms)
{
    int64_t left_ms = deadline_ms - clock_monotonic_ms();
    struct pollfd watched = {kafka_source_fd(f->kafka), POLLIN, 0};
    poll(&watched, 1, left_ms < 0 ? 0 : (int)left_ms);
    kafka_source_dispatch(f->kafka);
}

#define TURN_UNTIL(f, condition)                                                                   \
    do {                                                                                           \
        int64_t until_ms_ = clock_monotonic_ms() + DEADLINE_MS;                                    \
        while (!(condition)) {                                                                     \
            assert_true(clock_monotonic_ms() < until_ms_);                                         \
            fixture_turn((f), until_ms_);                                                          \
        }                                                                                          \
    } while (0)

static inline void fixture_produce(struct fixture *f, const char *topic, int32_t partition,
                                   const char *key, const char *value)
{
    size_t key_len = key == NULL ? 0 : strlen(key);
    size_t value_len = value == NULL ? 0 : strlen(value);
    rd_kafka_resp_err_t err =
        rd_kafka_producev(f->producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, key_len),
                          RD_KAFKA_V_VALUE((void *)(uintptr_t)value, value_len), RD_KAFKA_V_END);
    assert_int_equal(err, RD_KAFKA_RESP_ERR_NO_ERROR);
}

static inline void fixture_flush(struct fixture *f)
{
    assert_int_equal(rd_kafka_flush(f->producer, DEADLINE_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
}

/* `count` records in each partition, whose values are their offsets. */
static inline void fixture_fill(struct fixture *f, const char *topic, int32_t partitions, int count)
{
    for (int32_t partition = 0; partition < partitions; partition++) {
        for (int i = 0; i < count; i++) {
            char value[32];
            snprintf(value, sizeof(value), "%d", i);
            fixture_produce(f, topic, partition, NULL, value);
        }
    }
    fixture_flush(f);
}

static inline void fixture_start_cluster(struct fixture *f)
{
    char error[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    memset(f, 0, sizeof(*f));
    f->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
    assert_non_null(f->producer);
    f->mock = rd_kafka_mock_cluster_new(f->producer, BROKER_COUNT);
    assert_non_null(f->mock);
    rd_kafka_brokers_add(f->producer, rd_kafka_mock_cluster_bootstraps(f->mock));
}

static inline void fixture_start_source(struct fixture *f, const char *brokers, int refresh_ms)
{
    struct ksse_error error;
    struct kafka_options options = {
        .brokers = brokers, .replay_readers = 2, .refresh_ms = refresh_ms};
    assert_int_equal(kafka_source_new(&options, &f->kafka, &error), 0);
    f->source = kafka_source_base(f->kafka);
    f->source->events = (struct source_events){fixture_on_metadata, fixture_on_up, fixture_on_down};
    f->source->opaque = f;
}

/* Topics "a" (3 partitions) and "b" (1), a source that is up. */
static inline void fixture_start(struct fixture *f)
{
    fixture_start_cluster(f);
    assert_int_equal(rd_kafka_mock_topic_create(f->mock, "b", 1, 1), 0);
    assert_int_equal(rd_kafka_mock_topic_create(f->mock, "a", 3, 1), 0);
    /* So that the producer knows them and does not wait for its next look, a second later. */
    const struct rd_kafka_metadata *metadata;
    assert_int_equal(rd_kafka_metadata(f->producer, 1, NULL, &metadata, DEADLINE_MS), 0);
    rd_kafka_metadata_destroy(metadata);
    fixture_start_source(f, rd_kafka_mock_cluster_bootstraps(f->mock), 60000);
    TURN_UNTIL(f, f->metadata_count > 0);
}

static inline void fixture_stop(struct fixture *f)
{
    kafka_source_free(f->kafka);
    if (f->mock != NULL) {
        rd_kafka_mock_cluster_destroy(f->mock);
        rd_kafka_destroy(f->producer);
    }
}

#endif
