/*
 * Finds where a partition can be read again behind a batch that cannot be read. Such a batch does
 * not say where it ends. So this tries offsets further and further ahead, and then between the last
 * bad one and the first good one. Only absolute offsets; the caller brings the way to try one.
 */
#ifndef KAFKA_NEXT_READABLE_H
#define KAFKA_NEXT_READABLE_H

#include "base/assert.h"

#include <stdbool.h>
#include <stdint.h>

enum trial_kind {
    TRIAL_RECORD, /* the next record at or behind the offset is at `found` */
    TRIAL_END,    /* there is none: the partition ends at `found`, or before the offset */
    TRIAL_BAD,    /* the batch cannot be read; it begins at `found`; -1: unknown */
    TRIAL_SILENT, /* nothing came: the batch cannot be read, or Kafka was only slow */
    TRIAL_UNKNOWN /* Kafka does not answer, or no more trials are allowed */
};

/* What came of trying to read at an offset. */
struct trial {
    enum trial_kind kind;
    int64_t found;
};

static inline bool trial_is_bad(struct trial trial)
{
    return trial.kind == TRIAL_BAD || trial.kind == TRIAL_SILENT;
}

struct trial_reader {
    struct trial (*read)(struct trial_reader *reader, int64_t offset);
};

/*
 * `from` cannot be read. Returns the next offset that can, or the end of the partition, or where
 * another bad batch begins if the trials end before the end of that one is known; -1: nothing is
 * known.
 */
int64_t next_readable(struct trial_reader *reader, int64_t from);

#endif
