/* Cached ranges of a log, and what all of them may hold: see the header. */
#include "feed/replay/cached_range.h"
#include "base/mem.h"
#include "feed/feed.h"
#include "feed/replay/fetcher.h"
#include "feed/replay/replay.h"

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
            s->used_ms = log->feed->now_ms;
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

struct cached_range *cached_range_new(struct partition_log *log, int64_t offset)
{
    struct cached_range *s = mem_zalloc(sizeof(*s));
    if (s == NULL) {
        return NULL;
    }
    s->log = log;
    s->used_ms = log->feed->now_ms;
    range_init(&s->range, &log->feed->cached_range_pool);
    range_restart(&s->range, offset);
    list_init(&s->fetcher_node);
    list_init(&s->followers);
    note_start(s);
    list_push_back(&log->cached_ranges, &s->node);
    return s;
}

static void wake_followers(struct cached_range *s)
{
    while (!list_is_empty(&s->followers)) {
        struct replay_partition *p =
            LIST_FIRST(&s->followers, struct replay_partition, follow_node);
        partition_unfollow(p);
        replay_wake(p->replay);
    }
}

static void cached_range_free(struct cached_range *s)
{
    ASSERT(s->fetcher == NULL);
    wake_followers(s);
    range_restart(&s->range, 0);
    list_remove(&s->node);
    mem_free(s);
}

void cached_range_settle(struct cached_range *s)
{
    s->fetcher = NULL;
    s->used_ms = s->log->feed->now_ms;
    list_remove(&s->fetcher_node);
    wake_followers(s);
    if (s->range.start == s->range.end) {
        cached_range_free(s);
    }
}

void cached_ranges_forget(struct partition_log *log)
{
    while (!list_is_empty(&log->cached_ranges)) {
        struct cached_range *s = LIST_FIRST(&log->cached_ranges, struct cached_range, node);
        range_restart(&s->range, s->range.end);
        if (s->fetcher != NULL) {
            fetcher_stop(s);
        } else {
            cached_range_free(s);
        }
    }
}

bool cached_ranges_are_full(const struct feed *feed)
{
    return feed->cached_range_pool.bytes > feed_half_bytes(feed);
}

void cached_ranges_make_room(struct feed *feed, size_t bytes)
{
    struct range_pool *pool = &feed->cached_range_pool;
    while (!list_is_empty(&pool->blocks) && pool->bytes + bytes > feed_half_bytes(feed)) {
        struct block *oldest = LIST_FIRST(&pool->blocks, struct block, node);
        struct cached_range *s = CONTAINER_OF(oldest->range, struct cached_range, range);
        range_pool_drop_oldest(pool);
        if (s->range.start == s->range.end && s->fetcher == NULL) {
            cached_range_free(s);
        }
    }
}

void cached_ranges_tick(struct feed *feed)
{
    LIST_EACH(log, &feed->logs, struct partition_log, node)
    {
        LIST_EACH_SAFE(s, after, &log->cached_ranges, struct cached_range, node)
        {
            if (s->fetcher == NULL && feed->now_ms - s->used_ms >= UNUSED_MS) {
                cached_range_free(s);
            }
        }
    }
}
