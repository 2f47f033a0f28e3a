/*
 * A round of offset questions as one request to one leader. Blocks: the look-up threads only.
 */
#ifndef KAFKA_OFFSETS_H
#define KAFKA_OFFSETS_H

#include "kafka/questions.h"

#include <librdkafka/rdkafka.h>

/* Fills in the answers of the round, or sets has_failed, within its timeout_ms. */
void offsets_ask(rd_kafka_t *rk, struct round *round);

#endif
