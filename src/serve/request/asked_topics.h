/* The topics that a URL asks for: names, with aliases in place of several. */
#ifndef SERVE_REQUEST_ASKED_TOPICS_H
#define SERVE_REQUEST_ASKED_TOPICS_H

#include "core/stream/assignment.h"
#include "serve/config/config.h"

/*
 * Adds an assignment for each topic of the route's URL, in the order in which they are named first;
 * `topics` is what stands for {topics}, decoded, and is ignored for a route without it. Names that
 * come again cost nothing, and the first topic above max-topics ends it, so that a long URL costs
 * no more than a short one. KSSE_EREFUSED with *refusal filled.
 */
CHECKED int asked_topics_read(const struct ksse_config *config, const struct route_config *route,
                              struct slice topics, struct assignments *out,
                              struct refusal *refusal);

#endif
