/*
 * A position: where a stream stands, per partition. Plain data, no I/O; one thread at a time.
 */
#ifndef CORE_STREAM_POSITION_H
#define CORE_STREAM_POSITION_H

#include "base/assert.h"

#include <kafkasse/error.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

/* One partition of a position. */
struct partition_position {
    const char *topic; /* interned: partitions of one topic have the same pointer; borrowed */
    int32_t partition;
    int64_t offset;       /* of the next record: everything before it was sent or skipped */
    int64_t timestamp_ms; /* of the newest record that was sent, or less (see
                           * feed/channel/writer.c); -1: none yet */
    void *extra;          /* for the owner of the position; NULL in copies */
};

/* Sorted by topic name, then partition; no two partitions are equal in both. */
struct position {
    struct partition_position *partitions;
    size_t count;
};

#define POSITION_INIT                                                                              \
    (struct position)                                                                              \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

void position_fini(struct position *p);

/* Whether the partitions are in order and differ: true of every position between calls. */
bool position_is_sorted(const struct position *p);

/* Makes *to, which is POSITION_INIT or a position, a copy. 0 or KSSE_ENOMEM. */
CHECKED int position_copy(struct position *to, const struct position *from);

/* Sets the offsets and times of *to to those of *from, which has the same partitions. `extra`
 * stays. */
void position_assign(struct position *to, const struct position *from);

/*
 * Adds a partition, unless the position has it already, and returns its index, or KSSE_ENOMEM.
 */
CHECKED long position_insert(struct position *p, struct partition_position partition);

/* The index of a partition, or -1. `topic` need not be interned. */
long position_find(const struct position *p, const char *topic, int32_t partition);

#endif
