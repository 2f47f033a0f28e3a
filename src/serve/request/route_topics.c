/* Which routes have a topic: see the header. */
#include "serve/request/route_topics.h"
#include "base/mem.h"

_Static_assert(ROUTE_UNKNOWN == 0, "zeroed memory knows nothing");

void route_topics_use(struct route_topics *topics, const struct config_snapshot *snapshot)
{
    mem_free(topics->items);
    topics->snapshot = snapshot;
    topics->items = mem_zalloc(snapshot->config->route_count * sizeof(*topics->items));
}

void route_topics_fini(struct route_topics *topics)
{
    mem_free(topics->items);
    *topics = (struct route_topics){0};
}

void route_topics_forget(struct route_topics *topics)
{
    for (size_t i = 0; topics->items != NULL && i < topics->snapshot->config->route_count; i++) {
        topics->items[i] = ROUTE_UNKNOWN;
    }
}

static bool has_topic(const struct feed *feed, const struct route_config *route)
{
    size_t at = 0;
    const struct topic *topic;
    while ((topic = feed_next_topic(feed, &at)) != NULL) {
        if (topic->is_listed && topic_patterns_match(&route->options.topics, topic->name)) {
            return true;
        }
    }
    return false;
}

bool route_topics_has(struct route_topics *topics, const struct feed *feed,
                      const struct config_snapshot *snapshot, size_t route_index)
{
    ASSERT(route_index < snapshot->config->route_count);
    const struct route_config *route = &snapshot->config->routes[route_index];
    if (snapshot != topics->snapshot || topics->items == NULL) {
        return has_topic(feed, route);
    }
    enum route_has *item = &topics->items[route_index];
    if (*item == ROUTE_UNKNOWN) {
        *item = has_topic(feed, route) ? ROUTE_HAS_SOME : ROUTE_HAS_NONE;
    }
    return *item == ROUTE_HAS_SOME;
}
