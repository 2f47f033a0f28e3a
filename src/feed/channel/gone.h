/*
 * What an id names and is not there any more: partitions that a client's earlier stream had, and
 * that its route no longer serves, or Kafka no longer has. Each is told once, as a gap, before
 * anything else; until then it stays in the stream's ids, so that a client that is cut off in
 * between is told the rest when it comes back. Plain data; one thread.
 */
#ifndef FEED_CHANNEL_GONE_H
#define FEED_CHANNEL_GONE_H

#include "base/buf.h"
#include "core/stream/assignment.h"

/* One partition: where its texts end. */
struct gone_end {
    size_t gap;
    size_t entry;
};

/* All zero is none. */
struct gone {
    struct buf gaps;       /* the data of the gap events, one behind the other */
    struct buf entries;    /* what stands for them in an id, each behind a comma */
    struct gone_end *ends; /* sorted by topic and partition */
    size_t count;
    size_t told; /* so many are told, or on their way */
    size_t sent; /* so many of them have left: what is not among these can be taken back */
};

void gone_fini(struct gone *g);

/*
 * Makes the list (empty before) of those assignments that are not `there`, which are partitions
 * and no whole topics. Of several for one partition, the last one counts. KSSE_ENOMEM.
 */
CHECKED int gone_list(struct gone *g, const struct assignments *assignments, const bool *there);

/* Makes *to (empty before) a copy of which nothing is told. KSSE_ENOMEM. */
CHECKED int gone_copy(struct gone *to, const struct gone *from);

static inline bool gone_is_told(const struct gone *g)
{
    return g->told == g->count;
}

/* The data of the gap event that comes next. Something must be left. */
struct slice gone_next_gap(const struct gone *g);

/* Appends to `out` the id of a stream once that event is sent: `id` is what it is without any. */
void gone_append_id(const struct gone *g, struct slice id, struct buf *out);

#endif
