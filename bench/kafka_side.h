/*
 * The bare librdkafka reader that the bench compares with: one handle, one queue, all partitions of
 * one topic at absolute offsets, no group; and what else the programs ask of Kafka.
 */
#ifndef BENCH_KAFKA_SIDE_H
#define BENCH_KAFKA_SIDE_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

struct reader {
    rd_kafka_t *kafka;
    rd_kafka_topic_t *topic;
    rd_kafka_queue_t *queue;
    int32_t partitions;
    int64_t backlog; /* records between the start and the ends at that time */
};

/* Sets a property or ends the process. */
void kafka_set(rd_kafka_conf_t *conf, const char *name, const char *value);

/* The number of the topic's partitions. */
int32_t kafka_partitions(rd_kafka_t *kafka, rd_kafka_topic_t *topic);

/*
 * The ends of a partition, from its leader, so that there is a connection to it. Waits for a leader
 * that has only just been made; ends the process if there is none.
 */
void kafka_watermarks(rd_kafka_t *kafka, const char *topic, int32_t partition, int64_t *low,
                      int64_t *high);

/* Starts to read all partitions from their beginnings or from their ends. */
void reader_open(struct reader *r, const char *brokers, const char *topic, bool from_beginning);

/* At once: what librdkafka still holds is left to the end of the process. */
void reader_stop(struct reader *r);

#endif
