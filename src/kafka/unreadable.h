/*
 * Ranges of partitions that probes have lately found to be unreadable. They only spare a second
 * search for the end of a batch; nobody passes over records because they are in here. One thread.
 */
#ifndef KAFKA_UNREADABLE_H
#define KAFKA_UNREADABLE_H

#include "base/assert.h"
#include "base/list.h"

#include <stddef.h>
#include <stdint.h>

enum {
    UNREADABLE_RANGES = 256,
    UNREADABLE_KEPT_MS = 10 * 60 * 1000 /* a topic may be made anew, or repaired */
};

struct unreadable {
    struct list ranges; /* oldest first */
    size_t count;
};

void unreadable_init(struct unreadable *unreadable);
void unreadable_fini(struct unreadable *unreadable);

/* Without memory it is not remembered. */
void unreadable_add(struct unreadable *unreadable, const char *topic, int32_t partition,
                    int64_t from, int64_t to, int64_t now_ms);

/* Returns where the range ends that holds `offset`, or -1 when none does. */
int64_t unreadable_end(struct unreadable *unreadable, const char *topic, int32_t partition,
                       int64_t offset, int64_t now_ms);

#endif
