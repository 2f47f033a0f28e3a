/* Cached ranges of a log, and what all of them may hold: see the header. */
#include "feed/replay/cached_range.h"
#include "base/mem.h"
#include "feed/channel/channels.h"
#include "feed/log/plogs.h"
#include "feed/replay/replay_parts.h"

enum {
    /* Not for long: a topic can be made anew under its old name, and then these are of the old one.
     */
    UNUSED_MS = 5000
};

struct cached_range *cached_range_covering(const struct partition_log *log, int64_t offset)
{
    LIST_EACH(s, &log->cached_ranges, struct cached_range, node)
    {
        if (s->range.start <= offset && offset < s->range.end) {
            s->used_ms = log->plogs->context->now_ms;
            return s;
        }
    }
    return NULL;
}

struct cached_range *cached_range_ending(const struct partition_log *log, int64_t offset)
{
    struct cached_range *found = NULL;
    LIST_EACH(s, &log->cached_ranges, struct cached_range, node)
    {
        if (s->range.end == offset && (found == NULL || s->fetcher != NULL)) {
            found = s;
        }
    }
    return found;
}

/* From the others' sides, and from its own. */
static void note_start(struct cached_range *s)
{
    s->next_start = INT64_MAX;
    LIST_EACH(other, &s->log->cached_ranges, struct cached_range, node)
    {
        if (other->range.end <= s->range.start && s->range.start < other->next_start) {
            other->next_start = s->range.start;
        }
        if (other->range.start >= s->range.end && other->range.start < s->next_start) {
            s->next_start = other->range.start;
        }
    }
}

struct cached_range *cached_range_new(struct replays *replays, struct partition_log *log,
                                      int64_t offset)
{
    struct cached_range *s = mem_zalloc(sizeof(*s));
    if (s == NULL) {
        return NULL;
    }
    s->replays = replays;
    s->log = log;
    s->used_ms = log->plogs->context->now_ms;
    range_init(&s->range, &replays->range_pool);
    range_restart(&s->range, offset);
    list_init(&s->fetcher_node);
    list_init(&s->followers);
    note_start(s);
    list_push_back(&log->cached_ranges, &s->node);
    list_push_back(&replays->ranges, &s->all_node);
    return s;
}

/* ---- followers ---- */

void cached_range_follow(struct cached_range *s, struct replay_partition *p)
{
    ASSERT(p->follows == NULL && s->fetcher != NULL && s->log == p->log);
    p->follows = s;
    list_push_back(&s->followers, &p->follow_node);
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

static void wake_followers(struct cached_range *s)
{
    while (!list_is_empty(&s->followers)) {
        struct replay_partition *p =
            LIST_FIRST(&s->followers, struct replay_partition, follow_node);
        cached_range_unfollow(p);
        replay_wake(p->replay);
    }
}

void cached_range_free(struct cached_range *s)
{
    ASSERT(s->fetcher == NULL && list_is_empty(&s->fetcher_node));
    wake_followers(s);
    range_restart(&s->range, 0);
    list_remove(&s->node);
    list_remove(&s->all_node);
    mem_free(s);
}

void cached_range_settle(struct cached_range *s)
{
    s->fetcher = NULL;
    s->used_ms = s->log->plogs->context->now_ms;
    list_remove(&s->fetcher_node);
    wake_followers(s);
    if (s->range.start == s->range.end) {
        cached_range_free(s);
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
        struct cached_range *s = CONTAINER_OF(oldest->range, struct cached_range, range);
        range_pool_drop_oldest(pool);
        if (s->range.start == s->range.end && s->fetcher == NULL) {
            cached_range_free(s);
        }
    }
}

void cached_ranges_tick(struct replays *replays)
{
    LIST_EACH_SAFE(s, after, &replays->ranges, struct cached_range, all_node)
    {
        if (s->fetcher == NULL && replays->context->now_ms - s->used_ms >= UNUSED_MS) {
            cached_range_free(s);
        }
    }
}

/* ---- checks ---- */

static void check_followers(const struct cached_range *s)
{
    LIST_EACH(p, &s->followers, struct replay_partition, follow_node)
    {
        ASSERT(p->follows == s && p->log == s->log && p->replay->replays == s->replays);
        ASSERT(p->replay->state != REPLAY_DEAD);
    }
}

void cached_ranges_check(const struct replays *replays)
{
    LIST_EACH(s, &replays->ranges, struct cached_range, all_node)
    {
        ASSERT(s->replays == replays && s->range.pool == &replays->range_pool);
        ASSERT(s->range.start <= s->range.end);
        ASSERT((s->fetcher == NULL) == list_is_empty(&s->fetcher_node));
        ASSERT(s->fetcher != NULL || list_is_empty(&s->followers));
        check_followers(s);
    }
    size_t bytes = 0;
    LIST_EACH(block, &replays->range_pool.blocks, struct block, node)
    {
        ASSERT(block->range->pool == &replays->range_pool);
        bytes += sizeof(*block) + block->cap;
    }
    ASSERT(bytes == replays->range_pool.bytes);
}
