/*
 * A selection: what a stream sees of records: filters, which must all keep a record, and then a
 * projection. Part of a subscription; looked through once per record and channel, or replay. It
 * does not change once it is made, but counts who holds it: one thread.
 */
#ifndef CORE_FILTER_SELECTION_H
#define CORE_FILTER_SELECTION_H

#include "core/filter/filter.h"
#include "core/json/json_index.h"
#include "core/filter/projection.h"

#include <kafkasse/callback.h>

struct selection;

/* Returns a new selection that shows everything, held once; or NULL without memory. */
CHECKED struct selection *selection_new(void);

/* One more holds it; NULL is fine, and given back. */
struct selection *selection_ref(struct selection *selection);

/* One holds it less; the last one frees it. NULL is fine. */
void selection_unref(struct selection *selection);

/* Adds a filter: borrowed while the selection lives, or taken over (also on failure). 0, or -1
 * without memory. */
CHECKED int selection_add_filter(struct selection *selection, const struct filter *filter);
CHECKED int selection_take_filter(struct selection *selection, struct filter *filter);

/* Adds a callback as a filter; `name` tells it from others and is copied. 0, or -1 without memory.
 */
CHECKED int selection_add_call(struct selection *selection, const char *name, ksse_filter_fn call,
                               void *opaque);

/* Sets the projection: borrowed while the selection lives, or taken over. */
void selection_set_projection(struct selection *selection, const struct projection *projection);
void selection_take_projection(struct selection *selection, struct projection *projection);

/* Whether it shows every record as it is: no selection does the same. */
bool selection_is_clear(const struct selection *selection);

/* Appends a text that selections share when they show the same. */
void selection_append_key(const struct selection *selection, struct buf *out);

/* What is needed to look: one for all selections of a thread. Its index is of one record at a time.
 */
struct selection_scratch {
    struct json_index *index;
    struct buf shown; /* what a projection made */
    struct buf why;   /* SELECTION_FAILED: the sentence, or empty */
    uint64_t effort;  /* private */
    uint64_t cost;    /* of the last look, in it: less than what selections share of a record */
};

/* 0, or -1 without memory. */
CHECKED int selection_scratch_init(struct selection_scratch *scratch);
void selection_scratch_fini(struct selection_scratch *scratch);

/* The records that are looked at from now on are this one, until the next call. `data` is borrowed.
 */
void selection_scratch_set(struct selection_scratch *scratch, struct slice data);

/* About how many nanoseconds were spent on looking since the beginning. For those who must not do
 * too much at once: what callbacks do is not known, so that these must have a clock, too. */
uint64_t selection_scratch_effort(const struct selection_scratch *scratch);

/* Counts what is done for looks beside them, in about nanoseconds. */
static inline void selection_scratch_spend(struct selection_scratch *scratch, uint64_t effort)
{
    scratch->effort += effort;
}

/* Before the first look: the scratch finds what the selection looks at in records to come. 0, or -1
 * without memory. */
CHECKED int selection_mount(struct selection *selection, struct selection_scratch *scratch);

/* As often as it was mounted. */
void selection_dismount(struct selection *selection, struct selection_scratch *scratch);

enum selection_outcome {
    SELECTION_KEPT,    /* *data is what is to be shown, until the scratch is used again */
    SELECTION_DROPPED, /* a filter does not keep it */
    SELECTION_FAILED,  /* a filter failed, or would cost too much: scratch->why may say why */
    SELECTION_NO_MEMORY
};

/* Looks at the event's record, which must be the scratch's. The selection is mounted on it. */
CHECKED enum selection_outcome selection_apply(const struct selection *selection,
                                               struct selection_scratch *scratch,
                                               const struct ksse_event *event, struct slice *data);

#endif
