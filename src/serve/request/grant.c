/* See grant.h. Programs narrow a request once or twice, so there is no spare room. */
#include "serve/request/grant.h"
#include "base/mem.h"

void grant_fini(struct grant *grant)
{
    for (size_t i = 0; i < grant->narrowing_count; i++) {
        topic_patterns_fini(&grant->narrowings[i]);
    }
    mem_free(grant->narrowings);
    *grant = (struct grant){NULL, 0};
}

int grant_narrow(struct grant *grant, const struct topic_patterns *narrowing)
{
    size_t size = (grant->narrowing_count + 1) * sizeof(*narrowing);
    struct topic_patterns *grown = mem_realloc(grant->narrowings, size);
    if (grown == NULL) {
        return KSSE_ENOMEM;
    }
    grant->narrowings = grown;
    grown[grant->narrowing_count++] = *narrowing;
    return KSSE_OK;
}

bool grant_shows(const struct grant *grant, const char *topic)
{
    for (size_t i = 0; i < grant->narrowing_count; i++) {
        const struct topic_patterns *narrowing = &grant->narrowings[i];
        /* As a setting the empty list takes everything. */
        if (narrowing->count == 0 || !topic_patterns_match(narrowing, topic)) {
            return false;
        }
    }
    return true;
}
