/*
 * Where a partition can be read again behind a batch that cannot: batches do not say where they end
 * when they cannot be read, so this looks further and further ahead, and then in between. Only
 * absolute offsets; whoever calls says how to look at one.
 */
#ifndef KAFKA_NEXT_READABLE_H
#define KAFKA_NEXT_READABLE_H

#include "base/assert.h"

#include <stdint.h>
#include <stdbool.h>

enum look_kind {
    LOOK_RECORD, /* the next record at or behind the offset is at `found` */
    LOOK_END,    /* there is none: the partition ends at `found`, or before the offset */
    LOOK_BAD,    /* what stands there cannot be read; its batch begins at `found`, -1 if not told */
    LOOK_SILENT, /* nothing came: the same, or Kafka was only slow */
    LOOK_UNKNOWN /* Kafka does not answer, or there were looks enough */
};

struct look {
    enum look_kind kind;
    int64_t found;
};

static inline bool look_is_bad(struct look look)
{
    return look.kind == LOOK_BAD || look.kind == LOOK_SILENT;
}

struct looker {
    struct look (*look)(struct looker *looker, int64_t offset);
};

/*
 * `from` cannot be read. True with *to: the next offset that can, or where the end is, or where
 * another bad batch begins if there were looks enough before its end was known. False: nothing is
 * known; *to is untouched.
 */
CHECKED bool next_readable(struct looker *looker, int64_t from, int64_t *to);

#endif
