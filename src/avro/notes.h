/*
 * What is to be known of a schema's text before libavro parses it, and what it forgets: that the
 * text is within limits, that no name is defined twice (libavro 1.11 leaks such a schema) or is so
 * long that it, being that of the types within, too, would take gigabytes, and the scales of
 * decimals (it drops logical types). One thread at a time.
 */
#ifndef AVRO_NOTES_H
#define AVRO_NOTES_H

#include "avro/plan.h"

struct notes {
    /* For each `bytes` and each definition of a `fixed`, in the order of the text: the scale of
     * the decimal that it is, or PLAN_NO_SCALE. */
    int *scales;
    size_t count;
};

/* Reads the text, see plan_new(). *out is to be given to notes_fini() after PLAN_OK only. */
CHECKED enum plan_outcome notes_read(struct slice text, bool is_bundle, struct notes *out,
                                     char *reason, size_t reason_len);

void notes_fini(struct notes *notes);

#endif
