/* For unit tests of projections. */
#ifndef SUPPORT_PROJECTION_FIXTURE_H
#define SUPPORT_PROJECTION_FIXTURE_H

#include "core/filter/projection.h"
#include "support/unit.h"

/* Returns the projection of good lists, to be freed. */
static inline struct projection *make_projection(const char *fields, const char *redact)
{
    struct projection *p = NULL;
    struct projection_fault fault = {false, 0, ""};
    if (projection_new(slice_str(fields), slice_str(redact), &p, &fault) != 0) {
        fail_msg("\"%s\" \"%s\": %s at %zu", fields, redact, fault.message, fault.at);
    }
    return p;
}

#endif
