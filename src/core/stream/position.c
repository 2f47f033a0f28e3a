/* The sorted vector of partitions: see the header. */
#include "core/stream/position.h"
#include "base/mem.h"

#include <string.h>

void position_fini(struct position *p)
{
    mem_free(p->partitions);
    *p = POSITION_INIT;
}

static int compare(const struct partition_position *at, const char *topic, int32_t partition)
{
    int order = at->topic == topic ? 0 : strcmp(at->topic, topic);
    if (order != 0) {
        return order;
    }
    return (at->partition > partition) - (at->partition < partition);
}

/* Whether partition `at` and the next one, if there is one, are in order. */
static bool is_in_order(const struct position *p, size_t at)
{
    const struct partition_position *next = &p->partitions[at + 1];
    return at + 1 >= p->count || compare(&p->partitions[at], next->topic, next->partition) < 0;
}

bool position_is_sorted(const struct position *p)
{
    for (size_t i = 0; i < p->count; i++) {
        if (!is_in_order(p, i)) {
            return false;
        }
    }
    return true;
}

int position_copy(struct position *to, const struct position *from)
{
    ASSERT(position_is_sorted(from));
    size_t bytes = from->count * sizeof(struct partition_position);
    struct partition_position *partitions = mem_alloc(bytes == 0 ? 1 : bytes);
    if (partitions == NULL) {
        return KSSE_ENOMEM;
    }
    for (size_t i = 0; i < from->count; i++) {
        partitions[i] = from->partitions[i];
        partitions[i].extra = NULL;
    }
    position_fini(to);
    to->partitions = partitions;
    to->count = from->count;
    return 0;
}

void position_assign(struct position *to, const struct position *from)
{
    ASSERT(to->count == from->count);
    for (size_t i = 0; i < from->count; i++) {
        struct partition_position *partition = &to->partitions[i];
        ASSERT(partition->partition == from->partitions[i].partition);
        partition->offset = from->partitions[i].offset;
        partition->timestamp_ms = from->partitions[i].timestamp_ms;
    }
}

/* The index of the first partition that is not before (topic, partition). */
static size_t lower_bound(const struct position *p, const char *topic, int32_t partition)
{
    size_t low = 0;
    size_t high = p->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&p->partitions[middle], topic, partition) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_at(const struct position *p, size_t at, const char *topic, int32_t partition)
{
    return at < p->count && compare(&p->partitions[at], topic, partition) == 0;
}

long position_insert(struct position *p, struct partition_position partition)
{
    size_t at = lower_bound(p, partition.topic, partition.partition);
    if (is_at(p, at, partition.topic, partition.partition)) {
        return (long)at;
    }
    struct partition_position *partitions =
        mem_realloc(p->partitions, (p->count + 1) * sizeof(struct partition_position));
    if (partitions == NULL) {
        return KSSE_ENOMEM;
    }
    memmove(partitions + at + 1, partitions + at,
            (p->count - at) * sizeof(struct partition_position));
    partitions[at] = partition;
    p->partitions = partitions;
    p->count++;
    ASSERT(is_in_order(p, at) && (at == 0 || is_in_order(p, at - 1)));
    return (long)at;
}

long position_find(const struct position *p, const char *topic, int32_t partition)
{
    size_t at = lower_bound(p, topic, partition);
    return is_at(p, at, topic, partition) ? (long)at : -1;
}
