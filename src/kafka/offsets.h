/*
 * Answers many offset look-ups with as few requests as possible: usually one per leader. Blocks:
 * the look-up thread only.
 */
#ifndef KAFKA_OFFSETS_H
#define KAFKA_OFFSETS_H

#include "feed/source.h"
#include "kafka/snapshot.h"

#include <librdkafka/rdkafka.h>

/*
 * Fills in the answers of all look-ups in `lookups` (linked by their `node`), before `deadline_ms`
 * (monotonic) or a little later. What could not be told stays is_known == false: topics that the
 * snapshot does not show, leaders that do not answer, no memory.
 */
void offsets_answer(rd_kafka_t *rk, const struct snapshot *snapshot, struct list *lookups,
                    int64_t deadline_ms);

#endif
