/*
 * What the embedding program has made of a request when it allowed it: topics that it may see, and
 * filters that a record must pass. Kept as long as the request is. One thread.
 */
#ifndef SERVE_GRANT_H
#define SERVE_GRANT_H

#include "core/filter.h"
#include "core/topic_pattern.h"

/* All zero is the grant that limits nothing. */
struct grant {
    struct topic_patterns *narrowings; /* a topic must match each one */
    size_t narrowing_count;
    struct filter **filters; /* all of them must keep a record */
    size_t filter_count;
};

void grant_fini(struct grant *grant);

/* Take over what they are given. KSSE_ENOMEM: it stays the caller's. */
CHECKED int grant_narrow(struct grant *grant, const struct topic_patterns *narrowing);
CHECKED int grant_add_filter(struct grant *grant, struct filter *filter);

/* Whether no narrowing hides the topic. An empty narrowing hides all of them. */
bool grant_shows(const struct grant *grant, const char *topic);

#endif
