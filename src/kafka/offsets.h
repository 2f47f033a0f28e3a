/*
 * Sends an offset request. Blocks: the look-up threads only.
 */
#ifndef KAFKA_OFFSETS_H
#define KAFKA_OFFSETS_H

#include "kafka/questions.h"

#include <librdkafka/rdkafka.h>

/* Fills in the answers of the request, or sets has_failed, within its timeout_ms. */
void offsets_ask(rd_kafka_t *rk, struct offset_request *request);

#endif
