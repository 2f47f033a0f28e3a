/*
 * See mock_cluster.h. One handle is both the home of the mock brokers and the producer. After the
 * start it belongs to the producing thread alone.
 */
#include "kafka/demo/mock_cluster.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "kafka/demo/demo_feed.h"

#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdbool.h>
#include <string.h>

enum {
    BACKLOG_STEP_MS = 700, /* the backlog's timestamps are so far apart */
    FLUSH_TIMEOUT_MS = 5000
};

struct mock_cluster {
    rd_kafka_t *rk;
    rd_kafka_mock_cluster_t *mock;
    struct demo_feed feed;
    struct buf key;
    struct buf value;
    uint64_t pace; /* state of the jitter's random numbers */
    int interval_ms;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;
    pthread_cond_t stopping;
    bool is_stopping; /* under the lock */
};

/* A record that cannot be produced is left out: it is a demo. */
static void produce_one(struct mock_cluster *cluster, int64_t at_ms)
{
    struct demo_record record;
    demo_feed_next(&cluster->feed, at_ms, &cluster->key, &cluster->value, &record);
    if (!buf_ok(&cluster->key) || !buf_ok(&cluster->value)) {
        return;
    }
    void *value = record.is_tombstone ? NULL : (void *)(uintptr_t)record.value.data;
    size_t value_len = record.is_tombstone ? 0 : record.value.len;
    rd_kafka_resp_err_t err = rd_kafka_producev(
        cluster->rk, RD_KAFKA_V_TOPIC(record.topic), RD_KAFKA_V_PARTITION(record.partition_hint),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE(value, value_len),
        RD_KAFKA_V_KEY(record.key.data, record.key.len), RD_KAFKA_V_TIMESTAMP(at_ms),
        RD_KAFKA_V_END);
    (void)err;
}

/* Half to one and a half times the average; xorshift64*. */
static int64_t jitter_ms(struct mock_cluster *cluster)
{
    cluster->pace ^= cluster->pace >> 12;
    cluster->pace ^= cluster->pace << 25;
    cluster->pace ^= cluster->pace >> 27;
    uint64_t random = cluster->pace * UINT64_C(2685821657736338717);
    return cluster->interval_ms / 2 +
           (int64_t)((random >> 33) % (uint64_t)(cluster->interval_ms + 1));
}

static void *produce_main(void *opaque)
{
    struct mock_cluster *cluster = opaque;
    pthread_mutex_lock(&cluster->lock);
    int64_t next_ms = clock_monotonic_ms() + jitter_ms(cluster);
    while (!cluster->is_stopping) {
        if (clock_monotonic_ms() < next_ms) {
            thread_cond_wait_until(&cluster->stopping, &cluster->lock, next_ms);
            continue;
        }
        pthread_mutex_unlock(&cluster->lock);
        produce_one(cluster, clock_wall_ms());
        rd_kafka_poll(cluster->rk, 0);
        pthread_mutex_lock(&cluster->lock);
        next_ms = clock_monotonic_ms() + jitter_ms(cluster);
    }
    pthread_mutex_unlock(&cluster->lock);
    return NULL;
}

static int set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char text[512];
    return rd_kafka_conf_set(conf, name, value, text, sizeof(text)) == RD_KAFKA_CONF_OK
               ? 0
               : KSSE_EKAFKA;
}

static int make_handle(struct mock_cluster *cluster, struct ksse_error *error)
{
    struct ksse_error why;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int rc = set(conf, "client.id", "kafkasse-demo");
    rc = rc < 0 ? rc : set(conf, "linger.ms", "0");
    rc = rc < 0 ? rc : set(conf, "log_level", "3");
    ASSERT(rc == 0);
    /* Else it writes to stderr that its own brokers have ended. */
    rd_kafka_conf_set_log_cb(conf, NULL);
    cluster->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.message, sizeof(why.message));
    if (cluster->rk == NULL) {
        rd_kafka_conf_destroy(conf);
        error_set(error, "%s", why.message);
        return KSSE_EKAFKA;
    }
    return 0;
}

static int make_topics(struct mock_cluster *cluster, struct ksse_error *error)
{
    cluster->mock = rd_kafka_mock_cluster_new(cluster->rk, 1);
    if (cluster->mock == NULL) {
        error_set(error, "librdkafka starts no mock cluster");
        return KSSE_EKAFKA;
    }
    for (size_t i = 0; i < DEMO_TOPIC_COUNT; i++) {
        rd_kafka_resp_err_t err = rd_kafka_mock_topic_create(cluster->mock, demo_topics[i].name,
                                                             demo_topics[i].partitions, 1);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            error_set(error, "cannot make the topic %s: %s", demo_topics[i].name,
                      rd_kafka_err2str(err));
            return KSSE_EKAFKA;
        }
    }
    rd_kafka_brokers_add(cluster->rk, rd_kafka_mock_cluster_bootstraps(cluster->mock));
    return 0;
}

static int make_backlog(struct mock_cluster *cluster, size_t count, struct ksse_error *error)
{
    int64_t at_ms = clock_wall_ms() - (int64_t)count * BACKLOG_STEP_MS;
    for (size_t i = 0; i < count; i++) {
        produce_one(cluster, at_ms + (int64_t)i * BACKLOG_STEP_MS);
        rd_kafka_poll(cluster->rk, 0);
    }
    rd_kafka_resp_err_t err = rd_kafka_flush(cluster->rk, FLUSH_TIMEOUT_MS);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        error_set(error, "the mock cluster takes no records: %s", rd_kafka_err2str(err));
        return KSSE_EKAFKA;
    }
    return 0;
}

static int start_thread(struct mock_cluster *cluster, int records_per_second,
                        struct ksse_error *error)
{
    if (records_per_second <= 0) {
        return 0;
    }
    cluster->interval_ms = records_per_second >= 1000 ? 1 : 1000 / records_per_second;
    int rc =
        thread_start("ksse-demo", THREAD_DEFAULT_STACK, produce_main, cluster, &cluster->thread);
    if (rc < 0) {
        error_set(error, "cannot start the demo's thread: %s", strerror(errno));
        return KSSE_ESYSTEM;
    }
    cluster->has_thread = true;
    return 0;
}

static int make_brokers(struct mock_cluster *cluster, struct ksse_error *error)
{
    sigset_t before;
    thread_block_signals(&before); /* librdkafka lets the mock brokers' thread have them */
    int rc = make_handle(cluster, error);
    rc = rc < 0 ? rc : make_topics(cluster, error);
    thread_restore_signals(&before);
    return rc;
}

static int start(struct mock_cluster *cluster, const struct mock_options *options,
                 struct ksse_error *error)
{
    int rc = make_brokers(cluster, error);
    rc = rc < 0 ? rc : make_backlog(cluster, options->backlog, error);
    return rc < 0 ? rc : start_thread(cluster, options->records_per_second, error);
}

int mock_cluster_start(const struct mock_options *options, struct mock_cluster **out,
                       struct ksse_error *error)
{
    struct mock_cluster *cluster = mem_zalloc(sizeof(*cluster));
    if (cluster == NULL) {
        return error_no_memory(error);
    }
    thread_cond_init(&cluster->stopping);
    pthread_mutex_init(&cluster->lock, NULL);
    cluster->key = BUF_INIT;
    cluster->value = BUF_INIT;
    cluster->pace = options->seed | 1;
    demo_feed_init(&cluster->feed, options->seed);
    int rc = start(cluster, options, error);
    if (rc < 0) {
        mock_cluster_stop(cluster);
        return rc;
    }
    *out = cluster;
    return 0;
}

const char *mock_cluster_brokers(const struct mock_cluster *cluster)
{
    return rd_kafka_mock_cluster_bootstraps(cluster->mock);
}

void mock_cluster_stop(struct mock_cluster *cluster)
{
    if (cluster == NULL) {
        return;
    }
    if (cluster->has_thread) {
        pthread_mutex_lock(&cluster->lock);
        cluster->is_stopping = true;
        pthread_cond_signal(&cluster->stopping);
        pthread_mutex_unlock(&cluster->lock);
        pthread_join(cluster->thread, NULL);
    }
    if (cluster->rk != NULL) {
        rd_kafka_purge(cluster->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    }
    if (cluster->mock != NULL) {
        rd_kafka_mock_cluster_destroy(cluster->mock);
    }
    if (cluster->rk != NULL) {
        rd_kafka_destroy(cluster->rk);
    }
    buf_fini(&cluster->key);
    buf_fini(&cluster->value);
    pthread_cond_destroy(&cluster->stopping);
    pthread_mutex_destroy(&cluster->lock);
    mem_free(cluster);
}
