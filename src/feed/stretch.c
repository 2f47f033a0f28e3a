/* Stretches of a log, and what all of them may hold: see the header. */
#include "feed/stretch.h"
#include "base/mem.h"
#include "feed/feed.h"
#include "feed/fetcher.h"
#include "feed/replay.h"

enum {
    /* Not for long: a topic can be made anew under its old name, and then these are of the old one.
     */
    UNUSED_MS = 5000
};

struct stretch *stretch_covering(const struct partition_log *log, int64_t offset)
{
    LIST_EACH(s, &log->stretches, struct stretch, node)
    {
        if (s->run.start <= offset && offset < s->run.end) {
            s->used_ms = log->feed->now_ms;
            return s;
        }
    }
    return NULL;
}

struct stretch *stretch_ending(const struct partition_log *log, int64_t offset)
{
    struct stretch *found = NULL;
    LIST_EACH(s, &log->stretches, struct stretch, node)
    {
        if (s->run.end == offset && (found == NULL || s->fetcher != NULL)) {
            found = s;
        }
    }
    return found;
}

/* From the others' sides, and from its own. */
static void note_start(struct stretch *s)
{
    s->next_start = INT64_MAX;
    LIST_EACH(other, &s->log->stretches, struct stretch, node)
    {
        if (other->run.end <= s->run.start && s->run.start < other->next_start) {
            other->next_start = s->run.start;
        }
        if (other->run.start >= s->run.end && other->run.start < s->next_start) {
            s->next_start = other->run.start;
        }
    }
}

struct stretch *stretch_new(struct partition_log *log, int64_t offset)
{
    struct stretch *s = mem_zalloc(sizeof(*s));
    if (s == NULL) {
        return NULL;
    }
    s->log = log;
    s->used_ms = log->feed->now_ms;
    run_init(&s->run, &log->feed->stretch_pool);
    run_restart(&s->run, offset);
    list_init(&s->fetcher_node);
    list_init(&s->followers);
    note_start(s);
    list_push_back(&log->stretches, &s->node);
    return s;
}

static void wake_followers(struct stretch *s)
{
    while (!list_is_empty(&s->followers)) {
        struct replay_place *p = LIST_FIRST(&s->followers, struct replay_place, follow_node);
        place_unfollow(p);
        replay_wake(p->replay);
    }
}

static void stretch_free(struct stretch *s)
{
    ASSERT(s->fetcher == NULL);
    wake_followers(s);
    run_restart(&s->run, 0);
    list_remove(&s->node);
    mem_free(s);
}

void stretch_settle(struct stretch *s)
{
    s->fetcher = NULL;
    s->used_ms = s->log->feed->now_ms;
    list_remove(&s->fetcher_node);
    wake_followers(s);
    if (s->run.start == s->run.end) {
        stretch_free(s);
    }
}

void stretches_forget(struct partition_log *log)
{
    while (!list_is_empty(&log->stretches)) {
        struct stretch *s = LIST_FIRST(&log->stretches, struct stretch, node);
        run_restart(&s->run, s->run.end);
        if (s->fetcher != NULL) {
            fetcher_stop(s);
        } else {
            stretch_free(s);
        }
    }
}

bool stretches_are_full(const struct feed *feed)
{
    return feed->stretch_pool.bytes > feed_half_bytes(feed);
}

void stretches_make_room(struct feed *feed, size_t bytes)
{
    struct run_pool *pool = &feed->stretch_pool;
    while (!list_is_empty(&pool->blocks) && pool->bytes + bytes > feed_half_bytes(feed)) {
        struct block *oldest = LIST_FIRST(&pool->blocks, struct block, node);
        struct stretch *s = CONTAINER_OF(oldest->run, struct stretch, run);
        run_pool_drop_oldest(pool);
        if (s->run.start == s->run.end && s->fetcher == NULL) {
            stretch_free(s);
        }
    }
}

void stretches_tick(struct feed *feed)
{
    LIST_EACH(log, &feed->logs, struct partition_log, node)
    {
        LIST_EACH_SAFE(s, after, &log->stretches, struct stretch, node)
        {
            if (s->fetcher == NULL && feed->now_ms - s->used_ms >= UNUSED_MS) {
                stretch_free(s);
            }
        }
    }
}
