/*
 * Produces JSON records whose first member is the time they were made, to all partitions in turn.
 *
 *     produce -b BROKERS -t TOPIC -c COUNT [-r RECORDS/S] [-k BURST] [-s BYTES | -e] [-z BYTES]
 *
 * With -k that many at once, then a pause that keeps to the rate; without -r as fast as Kafka takes
 * them. With -e they are the short ones of sample_record.h. -z is how large a batch becomes. Prints
 * JSON when all are acknowledged.
 */
#include "bench.h"
#include "kafka_side.h"
#include "sample_record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    VALUE_MAX = 1 << 20,
    FLUSH_MS = 60000
};

struct plan {
    const char *brokers;
    const char *topic;
    long count;
    long rate;
    long burst;
    size_t bytes;
    bool are_edits;
    const char *batch_bytes; /* NULL: librdkafka's default, about 1 MB */
};

static long failed;

static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque)
{
    (void)kafka;
    (void)opaque;
    failed += message->err != RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void read_options(int argc, char **argv, struct plan *plan)
{
    for (int option; (option = getopt(argc, argv, "b:t:c:r:s:k:ez:")) != -1;) {
        switch (option) {
        case 'b':
            plan->brokers = optarg;
            break;
        case 't':
            plan->topic = optarg;
            break;
        case 'c':
            plan->count = number_of(optarg, 1);
            break;
        case 'r':
            plan->rate = number_of(optarg, 1);
            break;
        case 's':
            plan->bytes = (size_t)number_of(optarg, 80);
            break;
        case 'k':
            plan->burst = number_of(optarg, 1);
            break;
        case 'e':
            plan->are_edits = true;
            break;
        case 'z':
            plan->batch_bytes = optarg;
            break;
        default:
            exit(2);
        }
    }
    if (plan->brokers == NULL || plan->topic == NULL || plan->count == 0 ||
        plan->bytes > VALUE_MAX) {
        die("usage: produce -b BROKERS -t TOPIC -c COUNT [-r RECORDS/S] [-k BURST] "
            "[-s BYTES | -e] [-z BYTES]");
    }
}

static rd_kafka_t *producer_new(const struct plan *plan)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    kafka_set(conf, "bootstrap.servers", plan->brokers);
    kafka_set(conf, "socket.nagle.disable", "true");
    kafka_set(conf, "linger.ms", plan->rate == 0 ? "20" : plan->burst > 1 ? "1" : "0");
    kafka_set(conf, "acks", "1");
    kafka_set(conf, "queue.buffering.max.messages", "1000000");
    if (plan->batch_bytes != NULL) {
        kafka_set(conf, "batch.size", plan->batch_bytes);
    }
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    char reason[256];
    rd_kafka_t *kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
    if (kafka == NULL) {
        die("%s", reason);
    }
    return kafka;
}

/* {"t":<now>,"n":<n>,"text":"..."} of exactly `bytes`. */
static void write_plain(struct buf *value, size_t bytes, long n)
{
    buf_printf(value, "{" MARK "%lld,\"n\":%ld,\"text\":\"", (long long)now_ns(), n);
    size_t more = bytes - value->len;
    char *text = buf_reserve(value, more);
    if (text != NULL) {
        for (size_t i = 0; i < more - 2; i++) {
            text[i] = "lorem ipsum dolor sit amet "[i % 27];
        }
        memcpy(text + more - 2, "\"}", 2);
        value->len += more;
    }
}

/* {"t":<now>, and the members of the n-th sample. */
static void write_edit(struct buf *value, long n)
{
    static struct buf sample;
    buf_clear(&sample);
    sample_record(&sample, &sample_styles[0], (unsigned)n);
    buf_printf(value, "{" MARK "%lld,", (long long)now_ns());
    buf_append(value, sample.data + 1, sample.len - 1);
}

static void write_value(struct buf *value, const struct plan *plan, long n)
{
    buf_clear(value);
    if (plan->are_edits) {
        write_edit(value, n);
    } else {
        write_plain(value, plan->bytes, n);
    }
    if (!buf_ok(value)) {
        die("no memory");
    }
}

static void produce_one(rd_kafka_t *kafka, rd_kafka_topic_t *topic, int32_t partition,
                        const struct buf *value)
{
    while (rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY, value->data, value->len, NULL, 0,
                            NULL) != 0) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            die("produce: %s", rd_kafka_err2str(rd_kafka_last_error()));
        }
        rd_kafka_poll(kafka, 10);
    }
}

/*
 * Asks each partition's leader for something, so that its connection is there: else the first
 * records would be as old as connecting takes before they are sent.
 */
static void reach_leaders(rd_kafka_t *kafka, const char *topic, int32_t partitions)
{
    for (int32_t i = 0; i < partitions; i++) {
        int64_t low;
        int64_t high;
        kafka_watermarks(kafka, topic, i, &low, &high);
    }
}

int main(int argc, char **argv)
{
    static struct buf value;
    struct plan plan = {.bytes = 300, .burst = 1};
    read_options(argc, argv, &plan);
    rd_kafka_t *kafka = producer_new(&plan);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(kafka, plan.topic, NULL);
    int32_t partitions = kafka_partitions(kafka, topic);
    reach_leaders(kafka, plan.topic, partitions);
    int64_t began = now_ns();
    for (long i = 0; i < plan.count; i++) {
        if (plan.rate > 0 && i % plan.burst == 0) {
            sleep_until(began + i * 1000000000 / plan.rate);
        }
        write_value(&value, &plan, i);
        produce_one(kafka, topic, (int32_t)(i % partitions), &value);
        rd_kafka_poll(kafka, 0);
    }
    errno = 0;
    if (rd_kafka_flush(kafka, FLUSH_MS) != RD_KAFKA_RESP_ERR_NO_ERROR || failed > 0) {
        die("%ld records were refused, %d are left", failed, rd_kafka_outq_len(kafka));
    }
    printf("{\"records\":%ld,\"seconds\":%.3f}\n", plan.count, (double)(now_ns() - began) / 1e9);
    buf_fini(&value);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(kafka);
    return 0;
}
