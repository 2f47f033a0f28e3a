/* A feed's turn: see the header. */
#include "feed/feed_parts.h"
#include "feed/log/ingest.h"
#include "feed/log/plog_watch.h"

enum {
    /* Of replays in one turn, with the live clients' batch before each. */
    STEPS = 128,
    STEPS_BYTES = 1024 * 1024, /* ... or so much sent, if that is less */
    CHECKED_OBJECTS = 64       /* that feed_check() looks at, for each turn */
};

void feed_set_time_of_day(struct feed *feed, int64_t wall_ms)
{
    feed->context.wall_ms = wall_ms;
}

static void set_time(struct feed *feed, int64_t now_ms)
{
    ASSERT(now_ms >= feed->context.now_ms);
    feed->context.now_ms = now_ms;
}

/* Walking through thousands of clients takes longer than a turn: a check pays for those that it
 * leaves out. */
static void check_now_and_then(struct feed *feed)
{
#ifdef KSSE_CHECKS
    if (feed->unchecked_turns > 0) {
        feed->unchecked_turns--;
    } else {
        feed->unchecked_turns = feed_check(feed) / CHECKED_OBJECTS;
    }
#else
    (void)feed;
#endif
}

/* ---- live clients ---- */

static void take_dirty_logs(struct feed *feed)
{
    struct channels *channels = &feed->channels;
    struct partition_log *log;
    turn_begin_show(&channels->turn);
    while ((log = plogs_take_dirty(&feed->plogs)) != NULL) {
        channels_take(channels, log);
        if (log->state == LOG_JUMPING) {
            channels_offer(channels); /* a gap may end streams: they get what was before it */
            plog_jump(log);
        }
        replays_log_grew(log);
    }
    turn_end_show(&channels->turn);
}

/* Takes a batch of new records, and sends it to the live clients. */
static void run_live(struct feed *feed)
{
    struct channels *channels = &feed->channels;
    ingest_run(&feed->plogs);
    if (!list_is_empty(&feed->plogs.dirty)) {
        take_dirty_logs(feed);
    }
    channels_offer(channels); /* to those without a selection, before any selection is applied */
    channels_select(channels);
    channels_offer(channels);
    plogs_evict(&feed->plogs);
}

/* ---- turns ---- */

static bool has_work(const struct feed *feed)
{
    return plogs_have_more(&feed->plogs) || replays_have_work(feed->replays);
}

static bool is_over(struct feed *feed, uint64_t until_bytes, int64_t until_us)
{
    return feed->context.counters.bytes_sent >= until_bytes ||
           turn_read_us(&feed->channels.turn) >= until_us;
}

/* Live clients may need more than a turn: replays go on all the same. */
static int64_t replays_until_us(struct feed *feed)
{
    int64_t least_us = turn_read_us(&feed->channels.turn) + REPLAYS_US;
    return least_us > TURN_US ? least_us : TURN_US;
}

bool feed_run(struct feed *feed, int64_t now_ms)
{
    set_time(feed, now_ms);
    plogs_look_up(&feed->plogs);
    turn_begin(&feed->channels.turn);
    replays_begin_turn(feed->replays);
    uint64_t until = feed->context.counters.bytes_sent + STEPS_BYTES;
    int64_t until_us = 0;
    int steps = 0;
    do {
        /* While replays are busy the loop is not: what has come for live clients is looked for. */
        if (has_work(feed) || channels_lag(&feed->channels)) {
            run_live(feed);
        }
        until_us = steps == 0 ? replays_until_us(feed) : until_us;
        replays_step(feed->replays);
    } while (++steps < STEPS && has_work(feed) && !is_over(feed, until, until_us));
    feed_reap(feed);
    check_now_and_then(feed);
    return has_work(feed) || channels_lag(&feed->channels);
}

int64_t feed_due_ms(const struct feed *feed)
{
    return replays_due_ms(feed->replays);
}

void feed_tick(struct feed *feed, int64_t now_ms)
{
    set_time(feed, now_ms);
    plogs_tick(&feed->plogs);
    channels_tick(&feed->channels);
    replays_tick(feed->replays);
    feed_reap(feed);
}

void feed_retry(struct feed *feed, int64_t now_ms)
{
    set_time(feed, now_ms);
    plogs_retry(&feed->plogs);
    replays_retry(feed->replays);
}
