/*
 * What librdkafka alone can do: reads a topic and looks at nothing but the mark.
 *
 *     bare_reader -b BROKERS -t TOPIC
 *         from the beginning to the end: records/s
 *     bare_reader -b BROKERS -t TOPIC -c COUNT [-o FILE]
 *         from the end: the latency of COUNT new records; prints "ready" when it has begun.
 *         -o writes for each record its stamp and its age as two int64.
 * Prints JSON. Ends with an error when nothing comes for 20 seconds.
 */
#include "bench.h"
#include "kafka_side.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    BATCH = 1000,
    PATIENCE_MS = 20000
};

struct plan {
    const char *brokers;
    const char *topic;
    const char *ages;
    int64_t count;
};

struct result {
    int64_t records;
    int64_t bytes;
    int64_t first_ns;
    int64_t last_ns;
    FILE *ages;
    struct histogram latency;
};

static void look_at(struct result *result, const rd_kafka_message_t *message, int64_t now,
                    bool is_live)
{
    int64_t stamp;
    size_t keep;
    result->records++;
    result->bytes += (int64_t)message->len;
    if (is_live && mark_find(message->payload, message->len, &stamp, &keep) != NULL) {
        histogram_add(&result->latency, now - stamp);
        if (result->ages != NULL) {
            age_write(result->ages, stamp, now - stamp);
        }
    }
}

static void read_records(struct reader *reader, int64_t wanted, bool is_live, struct result *result)
{
    rd_kafka_message_t *batch[BATCH];
    while (result->records < wanted) {
        ssize_t count =
            rd_kafka_consume_batch_queue(reader->queue, PATIENCE_MS, batch, is_live ? 1 : BATCH);
        if (count <= 0) {
            die("nothing came for %d ms", PATIENCE_MS);
        }
        int64_t now = now_ns();
        result->first_ns = result->records == 0 ? now : result->first_ns;
        result->last_ns = now;
        for (ssize_t i = 0; i < count; i++) {
            if (batch[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                look_at(result, batch[i], now, is_live);
            }
            rd_kafka_message_destroy(batch[i]);
        }
    }
}

static void read_options(int argc, char **argv, struct plan *plan)
{
    for (int option; (option = getopt(argc, argv, "b:t:c:o:")) != -1;) {
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
        case 'o':
            plan->ages = optarg;
            break;
        default:
            exit(2);
        }
    }
    if (plan->brokers == NULL || plan->topic == NULL) {
        die("usage: bare_reader -b BROKERS -t TOPIC [-c COUNT] [-o FILE]");
    }
}

static void print_result(const struct result *result, int64_t began)
{
    double seconds = (double)(result->last_ns - result->first_ns) / 1e9;
    printf("{\"records\":%lld,\"bytes\":%lld,\"first_ms\":%.2f,\"seconds\":%.4f,",
           (long long)result->records, (long long)result->bytes,
           (double)(result->first_ns - began) / 1e6, seconds);
    printf("\"records_per_s\":%.0f,\"cpu_s\":%.3f,",
           seconds > 0 ? (double)result->records / seconds : 0, cpu_seconds());
    histogram_print(&result->latency);
    puts("}");
}

int main(int argc, char **argv)
{
    static struct result result;
    struct plan plan = {0};
    read_options(argc, argv, &plan);
    result.ages = plan.ages == NULL ? NULL : fopen(plan.ages, "wb");
    if (plan.ages != NULL && result.ages == NULL) {
        die("%s", plan.ages);
    }
    bool is_live = plan.count > 0;
    struct reader reader;
    int64_t began = now_ns();
    reader_open(&reader, plan.brokers, plan.topic, !is_live);
    if (is_live) {
        puts("ready");
        fflush(stdout);
    }
    read_records(&reader, is_live ? plan.count : reader.backlog, is_live, &result);
    if (result.ages != NULL && fclose(result.ages) != 0) {
        die("cannot write the ages");
    }
    print_result(&result, began);
    reader_stop(&reader);
    return 0;
}
