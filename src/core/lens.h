/*
 * A lens: what a stream sees of records: filters, which must all keep a record, and then a
 * projection. Part of a subscription; looked through once per record and channel, or replay. It
 * does not change once it is made, but counts who holds it: one thread.
 */
#ifndef CORE_LENS_H
#define CORE_LENS_H

#include "core/filter.h"
#include "core/json_index.h"
#include "core/projection.h"

#include <kafkasse.h>

struct lens;

/* Returns a new lens that shows everything, held once; or NULL without memory. */
CHECKED struct lens *lens_new(void);

/* One more holds it; NULL is fine, and given back. */
struct lens *lens_ref(struct lens *lens);

/* One holds it less; the last one frees it. NULL is fine. */
void lens_unref(struct lens *lens);

/* Adds a filter: borrowed while the lens lives, or taken over (also on failure). 0, or -1 without
 * memory. */
CHECKED int lens_add_filter(struct lens *lens, const struct filter *filter);
CHECKED int lens_take_filter(struct lens *lens, struct filter *filter);

/* Adds a callback as a filter; `name` tells it from others and is copied. 0, or -1 without memory.
 */
CHECKED int lens_add_call(struct lens *lens, const char *name, ksse_filter_fn call, void *opaque);

/* Sets the projection: borrowed while the lens lives, or taken over. */
void lens_set_projection(struct lens *lens, const struct projection *projection);
void lens_take_projection(struct lens *lens, struct projection *projection);

/* Whether it shows every record as it is: no lens does the same. */
bool lens_is_clear(const struct lens *lens);

/* Appends a text that lenses share when they show the same. */
void lens_append_key(const struct lens *lens, struct buf *out);

/* What is needed to look: one for all lenses of a thread. Its index is of one record at a time. */
struct glass {
    struct json_index *index;
    struct buf shown; /* what a projection made */
    struct buf why;   /* LENS_FAILED: the sentence, or empty */
    uint64_t effort;  /* private */
    uint64_t cost;    /* of the last look, in it: less than what lenses share of a record */
};

/* 0, or -1 without memory. */
CHECKED int glass_init(struct glass *glass);
void glass_fini(struct glass *glass);

/* The records that are looked at from now on are this one, until the next call. `data` is borrowed.
 */
void glass_set(struct glass *glass, struct slice data);

/* About how many nanoseconds were spent on looking since the beginning. For those who must not do
 * too much at once: what callbacks do is not known, so that these must have a clock, too. */
uint64_t glass_effort(const struct glass *glass);

/* Counts what is done for looks beside them, in about nanoseconds. */
static inline void glass_spend(struct glass *glass, uint64_t effort)
{
    glass->effort += effort;
}

/* Before the first look: the glass finds what the lens looks at in records to come. 0, or -1
 * without memory. */
CHECKED int lens_mount(struct lens *lens, struct glass *glass);

/* As often as it was mounted. */
void lens_dismount(struct lens *lens, struct glass *glass);

enum lens_outcome {
    LENS_KEPT,    /* *data is what is to be shown, until the glass is used again */
    LENS_DROPPED, /* a filter does not keep it */
    LENS_FAILED,  /* a filter failed, or would cost too much: glass->why may say why */
    LENS_NO_MEMORY
};

/* Looks at the event's record, which must be the glass's. The lens is mounted on it. */
CHECKED enum lens_outcome lens_look(const struct lens *lens, struct glass *glass,
                                    const struct ksse_event *event, struct slice *data);

#endif
