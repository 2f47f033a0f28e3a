/*
 * A position: where a stream stands, per partition. Plain data, no I/O; one thread at a time.
 */
#ifndef CORE_STREAM_POSITION_H
#define CORE_STREAM_POSITION_H

#include "base/assert.h"

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

/* One partition of a position. */
struct partition_position {
    const char
        *topic; /* interned: two partitions of one topic hold the same pointer; outlives it */
    int32_t partition;
    int64_t offset; /* of the next record: everything before it was sent or skipped */
    /* Of the newest record that was sent, or less; -1: none yet. What an id may hold of a record's
     * time is chosen in feed/channel/writer.c. */
    int64_t timestamp_ms;
    void *extra; /* the owner's: what it keeps of this partition beside; NULL in every copy */
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

/* Makes *to (empty or initialised before) a copy. 0, or -1 without memory (*to unchanged). */
CHECKED int position_copy(struct position *to, const struct position *from);

/* Moves *to where *from stands, which has the same partitions. What belongs to them stays. */
void position_assign(struct position *to, const struct position *from);

/*
 * Adds a partition where it belongs and returns its index, or -1 without memory. When the partition
 * is there already, its index is returned and nothing changes.
 */
CHECKED long position_insert(struct position *p, struct partition_position partition);

/* The index of (topic, partition), or -1. `topic` is compared by name. */
long position_find(const struct position *p, const char *topic, int32_t partition);

#endif
