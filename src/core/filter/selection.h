/*
 * A selection: which records a stream shows, and what of them: conditions (filter expressions and
 * callbacks), which must all keep a record, and then a projection. Part of a subscription; applied
 * once per record and channel, or replay.
 *
 * Once it is made, only its reference count changes. One thread.
 */
#ifndef CORE_FILTER_SELECTION_H
#define CORE_FILTER_SELECTION_H

#include "core/filter/filter.h"
#include "core/filter/path_index.h"
#include "core/filter/projection.h"

#include <kafkasse/callback.h>
#include <kafkasse/error.h>

struct selection;

/* Returns a new selection that shows everything, with one reference, or NULL without memory. */
CHECKED struct selection *selection_new(void);

/* Adds a reference and returns the selection. NULL is fine. */
struct selection *selection_ref(struct selection *selection);

/* Takes a reference back, and frees the selection with the last one. NULL is fine. */
void selection_unref(struct selection *selection);

/* When the selection is freed, calls release(opaque): what it borrows may go then. Once at most. */
void selection_on_free(struct selection *selection, void (*release)(void *opaque), void *opaque);

/* Adds a filter, borrowed while the selection lives, or taken over (also on failure). 0 or
 * KSSE_ENOMEM. */
CHECKED int selection_add_filter(struct selection *selection, const struct filter *filter);
CHECKED int selection_take_filter(struct selection *selection, struct filter *filter);

/* Adds a callback as a filter. `name`, which is copied, and the last two arguments tell it from
 * others. 0 or KSSE_ENOMEM. */
CHECKED int selection_add_call(struct selection *selection, const char *name, ksse_filter_fn call,
                               void *opaque);

/* Sets the projection, once: borrowed while the selection lives, or taken over. */
void selection_set_projection(struct selection *selection, const struct projection *projection);
void selection_take_projection(struct selection *selection, struct projection *projection);

/* Whether it shows every record as it is, as no selection at all does. */
bool selection_is_clear(const struct selection *selection);

/* Appends a text that is the same for selections that show the same. */
void selection_append_key(const struct selection *selection, struct buf *out);

/* The working memory of all selections of a thread. It has one record at a time. */
struct selection_scratch {
    struct path_index *index;
    struct buf shown;      /* the output of a projection */
    struct buf why;        /* the sentence of SELECTION_FAILED, or empty */
    uint64_t cost_ns;      /* private: without the index's */
    uint64_t last_cost_ns; /* of the last selection_apply(), without what selections share */
};

/* 0 or KSSE_ENOMEM. */
CHECKED int selection_scratch_init(struct selection_scratch *scratch);
void selection_scratch_fini(struct selection_scratch *scratch);

/* Sets the record that selections are applied to. `data`, its JSON, is borrowed until the next
 * call. */
void selection_scratch_set(struct selection_scratch *scratch, struct slice data);

/* The estimated time, in nanoseconds, of all that was done with the scratch so far, so that a turn
 * can bound its work without reading a clock. What callbacks take is a guess: for these, read the
 * clock, too. */
uint64_t selection_scratch_cost_ns(const struct selection_scratch *scratch);

/* Counts work that is done beside selections. */
static inline void selection_scratch_spend(struct selection_scratch *scratch, uint64_t cost_ns)
{
    scratch->cost_ns += cost_ns;
}

/* Registers the paths that the selection uses with the scratch's index: needed before
 * selection_apply(). May be called several times, always with the same scratch. 0 or KSSE_ENOMEM.
 */
CHECKED int selection_attach(struct selection *selection, struct selection_scratch *scratch);

/* As often as it was attached. */
void selection_detach(struct selection *selection, struct selection_scratch *scratch);

enum selection_outcome {
    SELECTION_KEPT,    /* *text is what the stream shows of the record */
    SELECTION_DROPPED, /* a filter does not keep the record */
    SELECTION_FAILED,  /* a filter failed or is too costly: *text is a sentence, or empty */
    SELECTION_NO_MEMORY
};

/* Applies an attached selection to `event`, which is the scratch's record. *text lives until the
 * scratch is used again. */
CHECKED enum selection_outcome selection_apply(const struct selection *selection,
                                               struct selection_scratch *scratch,
                                               const struct ksse_event *event, struct slice *text);

#endif
