/* The bare librdkafka reader: see the header. */
#include "kafka_side.h"

#include "bench.h"

#include <errno.h>

enum {
    LOOKUP_MS = 10000,
    RETRY_NS = 20000000
};

void kafka_set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char reason[256];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof(reason)) != RD_KAFKA_CONF_OK) {
        errno = 0;
        die("%s", reason);
    }
}

int32_t kafka_partitions(rd_kafka_t *kafka, rd_kafka_topic_t *topic)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t err = rd_kafka_metadata(kafka, 0, topic, &metadata, LOOKUP_MS);
    errno = 0;
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        die("no metadata: %s", rd_kafka_err2str(err));
    }
    int32_t partitions = metadata->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(metadata);
    if (partitions == 0) {
        die("no such topic: %s", rd_kafka_topic_name(topic));
    }
    return partitions;
}

void kafka_watermarks(rd_kafka_t *kafka, const char *topic, int32_t partition, int64_t *low,
                      int64_t *high)
{
    int64_t deadline = now_ns() + LOOKUP_MS * (int64_t)1000000;
    for (;;) {
        rd_kafka_resp_err_t err =
            rd_kafka_query_watermark_offsets(kafka, topic, partition, low, high, LOOKUP_MS);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            return;
        }
        if (now_ns() > deadline) {
            errno = 0;
            die("no watermarks: %s", rd_kafka_err2str(err));
        }
        sleep_until(now_ns() + RETRY_NS);
    }
}

static void start_partition(struct reader *r, int32_t partition, bool from_beginning)
{
    int64_t low;
    int64_t high;
    kafka_watermarks(r->kafka, rd_kafka_topic_name(r->topic), partition, &low, &high);
    int64_t from = from_beginning ? low : high;
    r->backlog += high - from;
    if (rd_kafka_consume_start_queue(r->topic, partition, from, r->queue) != 0) {
        errno = 0;
        die("cannot read partition %d", (int)partition);
    }
}

void reader_open(struct reader *r, const char *brokers, const char *topic, bool from_beginning)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    kafka_set(conf, "bootstrap.servers", brokers);
    kafka_set(conf, "socket.nagle.disable", "true");
    kafka_set(conf, "fetch.wait.max.ms", "20");
    char reason[256];
    r->kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof(reason));
    if (r->kafka == NULL) {
        die("%s", reason);
    }
    r->topic = rd_kafka_topic_new(r->kafka, topic, NULL);
    r->queue = rd_kafka_queue_new(r->kafka);
    r->backlog = 0;
    r->partitions = kafka_partitions(r->kafka, r->topic);
    for (int32_t i = 0; i < r->partitions; i++) {
        start_partition(r, i, from_beginning);
    }
}

void reader_stop(struct reader *r)
{
    for (int32_t i = 0; i < r->partitions; i++) {
        rd_kafka_consume_stop(r->topic, i);
    }
    rd_kafka_queue_destroy(r->queue);
    rd_kafka_topic_destroy(r->topic);
    rd_kafka_destroy_flags(r->kafka, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}
