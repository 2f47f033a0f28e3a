/* What is named and was never there: see the header. */
#include "ghosts.h"
#include "story.h"

#include <stdio.h>
#include <string.h>

static const char topic[] = "ghost \"town\"";

bool ghosts_own(struct slice name)
{
    /* As the data of an event has it, and as an assignment has it. */
    return slice_eq_str(name, "ghost \\\"town\\\"") || slice_eq_str(name, topic);
}

void ghosts_conjure(struct bytes *id, struct rng *rng)
{
    id->len = strlen(id->data) - 1; /* without the ']' */
    for (int64_t i = rng_between(rng, 1, GHOSTS); i > 0; i--) {
        char entry[100];
        int len = snprintf(entry, sizeof(entry),
                           ",{\"topic\":\"ghost \\\"town\\\"\",\"partition\":%lld,\"offset\":%lld}",
                           (long long)rng_between(rng, 0, GHOSTS - 1),
                           (long long)rng_between(rng, 0, 1000000));
        bytes_add(id, entry, (size_t)len);
    }
    bytes_add(id, "]", 2);
}

void ghosts_open(struct ghosts *g, const struct assignments *id, const struct view *view)
{
    *g = (struct ghosts){0};
    for (size_t i = 0; i < id->count && view->gap == GAP_EVENT; i++) {
        const struct assignment *item = &id->items[i];
        if (ghosts_own(slice_str(assignment_topic(id, i)))) {
            g->untold += g->is_untold[item->partition] ? 0 : 1;
            g->is_untold[item->partition] = true;
            g->from[item->partition] = item->start.value;
        }
    }
}

void ghosts_take_gap(struct ghosts *g, const char *name, int64_t partition, int64_t from)
{
    CHECK(partition >= 0 && partition < GHOSTS && g->is_untold[partition],
          "%s: ghost %lld is told, and was not asked for", name, (long long)partition);
    CHECK(g->from[partition] == from, "%s: ghost %lld is gone from %lld, not %lld", name,
          (long long)partition, (long long)from, (long long)g->from[partition]);
    g->is_untold[partition] = false;
    g->untold--;
}

void ghosts_check_entry(const struct ghosts *g, const char *name, const struct assignment *item)
{
    CHECK(item->partition < GHOSTS && g->is_untold[item->partition] &&
              item->start.kind == START_OFFSET && item->start.value == g->from[item->partition],
          "%s: an id with ghost %d at %lld", name, (int)item->partition,
          (long long)item->start.value);
}
