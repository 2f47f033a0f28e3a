/* A short list: see the header. */
#include "kafka/unreadable.h"
#include "base/mem.h"

#include <string.h>

struct range {
    struct list node;
    int32_t partition;
    int64_t from;
    int64_t to;
    int64_t until_ms;
    char topic[];
};

void unreadable_init(struct unreadable *unreadable)
{
    list_init(&unreadable->ranges);
    unreadable->count = 0;
}

static void drop(struct unreadable *unreadable, struct range *range)
{
    ASSERT(unreadable->count > 0);
    list_remove(&range->node);
    mem_free(range);
    unreadable->count--;
}

static void drop_oldest(struct unreadable *unreadable)
{
    drop(unreadable, LIST_FIRST(&unreadable->ranges, struct range, node));
}

void unreadable_fini(struct unreadable *unreadable)
{
    while (unreadable->count > 0) {
        drop_oldest(unreadable);
    }
}

void unreadable_add(struct unreadable *unreadable, const char *topic, int32_t partition,
                    int64_t from, int64_t to, int64_t now_ms)
{
    size_t size = strlen(topic) + 1;
    struct range *range = mem_alloc(sizeof(*range) + size);
    if (range == NULL) {
        return;
    }
    if (unreadable->count == UNREADABLE_RANGES) {
        drop_oldest(unreadable);
    }
    ASSERT(from >= 0 && from < to);
    range->partition = partition;
    range->from = from;
    range->to = to;
    range->until_ms = now_ms + UNREADABLE_KEPT_MS;
    memcpy(range->topic, topic, size);
    list_init(&range->node);
    list_push_back(&unreadable->ranges, &range->node);
    unreadable->count++;
}

int64_t unreadable_end(struct unreadable *unreadable, const char *topic, int32_t partition,
                       int64_t offset, int64_t now_ms)
{
    int64_t end = -1;
    LIST_EACH_SAFE(range, after, &unreadable->ranges, struct range, node)
    {
        if (now_ms >= range->until_ms) {
            drop(unreadable, range);
        } else if (range->partition == partition && range->from <= offset && offset < range->to &&
                   range->to > end && strcmp(range->topic, topic) == 0) {
            end = range->to;
        }
    }
    return end;
}
