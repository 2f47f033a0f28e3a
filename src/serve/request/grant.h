/*
 * The topics that the embedding program lets a request see, when it allowed it. Kept as long as the
 * request is. Filters that it adds are part of the request's selection. One thread.
 */
#ifndef SERVE_REQUEST_GRANT_H
#define SERVE_REQUEST_GRANT_H

#include "base/assert.h"
#include "core/stream/topic_pattern.h"

/* All zero is the grant that limits nothing. */
struct grant {
    struct topic_patterns *narrowings; /* a topic must match each one */
    size_t narrowing_count;
};

void grant_fini(struct grant *grant);

/* Takes the patterns over. KSSE_ENOMEM: they stay the caller's. */
CHECKED int grant_narrow(struct grant *grant, const struct topic_patterns *narrowing);

/* Whether no narrowing hides the topic. An empty narrowing hides all of them. */
bool grant_shows(const struct grant *grant, const char *topic);

#endif
