/* How a replay gets records that only Kafka has: with its own fetcher, or with those of others. See
 * replay_parts.h. */
#include "feed/channel/channels.h"
#include "feed/log/plogs.h"
#include "feed/replay/replay_parts.h"

enum {
    /* That a short reader reads at a time: each may bring a whole fetch. */
    FIRST_PARTITIONS = 2,
    SHORT_PARTITIONS = 8,
    RETRY_MS = 1000
};

/*
 * Nothing is fetched before the log has its offsets: the partition could pass the place where the
 * log will begin, and would wait there for a record that fills the hole.
 */
static bool needs_kafka(const struct replay *r, size_t i)
{
    const struct replay_partition *p = replay_partition(r, i);
    return p->stage == STAGE_KNOWN && plog_has_offsets(p->log) &&
           r->context->now_ms >= p->not_before_ms && replay_range(r, i) == NULL;
}

/* Lets the partition follow the cached range that grows at its offset, if there is one. */
static bool join(struct replay *r, size_t i)
{
    struct replay_partition *p = replay_partition(r, i);
    struct cached_range *cached =
        cached_range_ending(p->log, r->writer.position.partitions[i].offset);
    if (cached == NULL || cached->fetcher == NULL) {
        return false;
    }
    cached_range_follow(cached, p);
    return true;
}

/* Starts a cached range for the partition to follow. One may grow there meanwhile: what a reader
 * that was given up left behind may have been joined. */
static void start(struct replay *r, size_t i)
{
    struct replay_partition *p = replay_partition(r, i);
    if (join(r, i)) {
        return;
    }
    struct cached_range *cached =
        fetcher_start(r->fetcher, p->log, r->writer.position.partitions[i].offset);
    if (cached == NULL) {
        p->not_before_ms = r->context->now_ms + RETRY_MS;
        r->pace.is_fast = false; /* a long one may not even have got descriptors */
    } else {
        cached_range_follow(cached, p);
    }
}

/* How many partitions its fetcher may read at a time. */
static size_t most_partitions(const struct replay *r)
{
    if (r->fetcher->kind == READER_REPLAY) {
        return SIZE_MAX;
    }
    return r->pace.given_bytes < PACE_FIRST_BYTES ? FIRST_PARTITIONS : SHORT_PARTITIONS;
}

/* Partitions at offsets that only Kafka has follow the cached ranges that grow there. Returns how
 * many follow its own fetcher; *missing is how many have no such range yet. */
static size_t join_all(struct replay *r, size_t *missing)
{
    size_t own = 0;
    *missing = 0;
    for (size_t i = 0; i < r->writer.position.count; i++) {
        if (replay_reads_partition(r, i) && needs_kafka(r, i)) {
            if (!join(r, i)) {
                (*missing)++;
            } else if (replay_partition(r, i)->follows->fetcher == r->fetcher) {
                own++;
            }
        }
    }
    return own;
}

/* Starts such ranges for the others, in turn, with its own fetcher. False: it has no reader yet. */
static bool start_all(struct replay *r, size_t own, size_t missing)
{
    size_t count = r->writer.position.count;
    size_t first = r->fetch_turn;
    if (missing > 0 && r->fetcher == NULL) {
        readers_ask(r);
    }
    if (missing > 0 && r->fetcher == NULL) {
        return false;
    }
    for (size_t n = 0; n < count && missing > 0 && own < most_partitions(r); n++) {
        size_t i = (first + n) % count;
        if (replay_reads_partition(r, i) && needs_kafka(r, i) &&
            replay_partition(r, i)->follows == NULL) {
            missing--;
            if (!join(r, i)) { /* a reader that was taken back may have read up to its offset */
                start(r, i);
                r->fetch_turn = i + 1;
                own++;
            }
        }
    }
    return true;
}

/* A short reader has brought what it was opened for. */
static void give_up_exhausted(struct fetcher *f)
{
    if (f->is_exhausted) {
        readers_give_up(f->owner, false);
    }
}

/* Others at the ends of its cached ranges read what has come, before that has to make room. */
static bool wake_others(const struct replay *r, struct fetcher *f)
{
    bool has_any = false;
    LIST_EACH(cached, &f->cached_ranges, struct cached_range, fetcher_node)
    {
        LIST_EACH(p, &cached->followers, struct replay_partition, follow_node)
        {
            if (p->replay != r) {
                replay_wake(p->replay);
                has_any = true;
            }
        }
    }
    return has_any;
}

/* Each fetcher once, however many partitions follow it. */
static enum fetch pump(struct replay *r)
{
    enum fetch fetch = FETCH_NOTHING;
    uint64_t turn = ++r->replays->fetch_turn;
    for (size_t i = 0; i < r->writer.position.count; i++) {
        const struct cached_range *cached = replay_partition(r, i)->follows;
        struct fetcher *f =
            cached == NULL ? NULL : cached->fetcher; /* pumping may free the cached range */
        if (f != NULL && f->turn != turn) {
            f->turn = turn;
            fetch = readers_pump(f) && fetch == FETCH_NOTHING ? FETCH_SOME : fetch;
            if (cached_ranges_are_full(r->replays) && wake_others(r, f)) {
                fetch = FETCH_FULL;
            }
            give_up_exhausted(f);
        }
    }
    return fetch;
}

enum fetch replay_fetch(struct replay *r)
{
    replay_unfollow(r);
    int64_t paused_until_ms = pace_paused_until_ms(&r->pace, r->context->now_ms);
    if (paused_until_ms > 0 && r->fetcher == NULL) {
        readers_pause(r, paused_until_ms);
        return FETCH_NOTHING;
    }
    size_t missing;
    size_t own = join_all(r, &missing);
    bool lacks_reader = !start_all(r, own, missing);
    if (!lacks_reader) {
        readers_leave(r);
    }
    enum fetch fetch = pump(r);
    return fetch == FETCH_NOTHING && lacks_reader ? FETCH_NO_READER : fetch;
}
