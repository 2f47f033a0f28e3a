/* Cached ranges of a log, and what all of them may hold: see the header. */
#include "feed/replay/cached_range.h"
#include "base/mem.h"
#include "feed/channel/channels.h"
#include "feed/log/plogs.h"
#include "feed/replay/replay_parts.h"

enum {
    /* Not for long: a topic can be made anew under its old name, and these are of the old topic. */
    UNUSED_MS = 5000
};

struct cached_range *cached_range_covering(const struct partition_log *log, int64_t offset)
{
    LIST_EACH(cached, &log->cached_ranges, struct cached_range, node)
    {
        if (cached->range.start <= offset && offset < cached->range.end) {
            cached->used_ms = log->plogs->context->now_ms;
            return cached;
        }
    }
    return NULL;
}

struct cached_range *cached_range_ending(const struct partition_log *log, int64_t offset)
{
    struct cached_range *found = NULL;
    LIST_EACH(cached, &log->cached_ranges, struct cached_range, node)
    {
        if (cached->range.end == offset && (found == NULL || cached->fetcher != NULL)) {
            found = cached;
        }
    }
    return found;
}

/* Brings `next_start` up to date: its own, and that of the ranges before it. */
static void note_start(struct cached_range *cached)
{
    cached->next_start = INT64_MAX;
    LIST_EACH(other, &cached->log->cached_ranges, struct cached_range, node)
    {
        if (other->range.end <= cached->range.start && cached->range.start < other->next_start) {
            other->next_start = cached->range.start;
        }
        if (other->range.start >= cached->range.end && other->range.start < cached->next_start) {
            cached->next_start = other->range.start;
        }
    }
}

struct cached_range *cached_range_new(struct replays *replays, struct partition_log *log,
                                      int64_t offset)
{
    struct cached_range *cached = mem_zalloc(sizeof(*cached));
    if (cached == NULL) {
        return NULL;
    }
    cached->replays = replays;
    cached->log = log;
    cached->used_ms = log->plogs->context->now_ms;
    range_init(&cached->range, &replays->range_pool);
    range_restart(&cached->range, offset);
    list_init(&cached->fetcher_node);
    list_init(&cached->followers);
    note_start(cached);
    list_push_back(&log->cached_ranges, &cached->node);
    list_push_back(&replays->ranges, &cached->all_node);
    return cached;
}

/* ---- followers ---- */

void cached_range_follow(struct cached_range *cached, struct replay_partition *p)
{
    ASSERT(p->follows == NULL && cached->fetcher != NULL && cached->log == p->log);
    p->follows = cached;
    list_push_back(&cached->followers, &p->follow_node);
}

void cached_range_unfollow(struct replay_partition *p)
{
    if (p->follows != NULL) {
        list_remove(&p->follow_node);
        p->follows = NULL;
    }
}

void replay_unfollow(struct replay *r)
{
    for (size_t i = 0; i < r->writer.position.count; i++) {
        cached_range_unfollow(replay_partition(r, i));
    }
}

static void wake_followers(struct cached_range *cached)
{
    while (!list_is_empty(&cached->followers)) {
        struct replay_partition *p =
            LIST_FIRST(&cached->followers, struct replay_partition, follow_node);
        cached_range_unfollow(p);
        replay_wake(p->replay);
    }
}

void cached_range_free(struct cached_range *cached)
{
    ASSERT(cached->fetcher == NULL && list_is_empty(&cached->fetcher_node));
    wake_followers(cached);
    range_restart(&cached->range, 0);
    list_remove(&cached->node);
    list_remove(&cached->all_node);
    mem_free(cached);
}

void cached_range_settle(struct cached_range *cached)
{
    cached->fetcher = NULL;
    cached->used_ms = cached->log->plogs->context->now_ms;
    list_remove(&cached->fetcher_node);
    wake_followers(cached);
    if (cached->range.start == cached->range.end) {
        cached_range_free(cached);
    }
}

/* ---- all of them ---- */

bool cached_ranges_are_full(const struct replays *replays)
{
    return replays->range_pool.bytes > replays_half_bytes(replays);
}

void cached_ranges_make_room(struct replays *replays, size_t bytes)
{
    struct range_pool *pool = &replays->range_pool;
    while (!list_is_empty(&pool->blocks) && pool->bytes + bytes > replays_half_bytes(replays)) {
        struct block *oldest = LIST_FIRST(&pool->blocks, struct block, node);
        struct cached_range *cached = CONTAINER_OF(oldest->range, struct cached_range, range);
        range_pool_drop_oldest(pool);
        if (cached->range.start == cached->range.end && cached->fetcher == NULL) {
            cached_range_free(cached);
        }
    }
}

void cached_ranges_tick(struct replays *replays)
{
    LIST_EACH_SAFE(cached, after, &replays->ranges, struct cached_range, all_node)
    {
        if (cached->fetcher == NULL && replays->context->now_ms - cached->used_ms >= UNUSED_MS) {
            cached_range_free(cached);
        }
    }
}

/* ---- checks ---- */

static void check_followers(const struct cached_range *cached)
{
    LIST_EACH(p, &cached->followers, struct replay_partition, follow_node)
    {
        ASSERT(p->follows == cached && p->log == cached->log &&
               p->replay->replays == cached->replays);
        ASSERT(p->replay->state != REPLAY_DEAD);
    }
}

void cached_ranges_check(const struct replays *replays)
{
    LIST_EACH(cached, &replays->ranges, struct cached_range, all_node)
    {
        ASSERT(cached->replays == replays && cached->range.pool == &replays->range_pool);
        ASSERT(cached->range.start <= cached->range.end);
        ASSERT((cached->fetcher == NULL) == list_is_empty(&cached->fetcher_node));
        ASSERT(cached->fetcher != NULL || list_is_empty(&cached->followers));
        check_followers(cached);
    }
    size_t bytes = 0;
    LIST_EACH(block, &replays->range_pool.blocks, struct block, node)
    {
        ASSERT(block->range->pool == &replays->range_pool);
        bytes += sizeof(*block) + block->cap;
    }
    ASSERT(bytes == replays->range_pool.bytes);
}
