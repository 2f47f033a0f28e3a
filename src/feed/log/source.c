/* Look-ups: the one part of the source interface that has memory of its own. */
#include "feed/log/source.h"
#include "base/mem.h"

struct offset_lookup *offset_lookup_new(size_t count)
{
    struct offset_lookup *lookup =
        mem_zalloc(sizeof(*lookup) + count * sizeof(struct offset_query));
    if (lookup == NULL) {
        return NULL;
    }
    lookup->queries = (struct offset_query *)(void *)(lookup + 1);
    lookup->count = count;
    return lookup;
}

void offset_lookup_free(struct offset_lookup *lookup)
{
    mem_free(lookup);
}
