/* Readers of the fake Kafka: for fake_kafka.c only. */
#ifndef SUPPORT_FAKE_READER_H
#define SUPPORT_FAKE_READER_H

#include "support/fake_kafka.h"

struct reader *fake_reader_open(struct fake_kafka *k, enum reader_kind kind);

/* Makes random batches ready and tells it. */
void fake_readers_dispatch(struct fake_kafka *k);

#endif
