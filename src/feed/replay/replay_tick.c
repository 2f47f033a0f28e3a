/* What time does to replays: heartbeats, retries, and what stalled clients give back. */
#include "feed/feed.h"
#include "feed/replay/replay.h"

enum {
    /* A client that took nothing for so long gives its chunk and reader back; a slow one its chunk
     * after having had it for so long, when others wait for memory. */
    STALLED_MS = 1000
};

/* Whether others wait for memory, or will. */
static bool memory_is_wanted(const struct feed *feed)
{
    return replays_are_over_budget(feed) &&
           (!queue_is_empty(&feed->starved_replays) || !queue_is_empty(&feed->ready_replays));
}

static void tick_blocked(struct replay *r, bool is_wanted)
{
    int64_t blocked_ms = r->feed->now_ms - r->blocked_since_ms;
    bool has_had_its_turn = is_wanted && r->feed->now_ms - r->filled_ms >= STALLED_MS;
    if (blocked_ms >= STALLED_MS) {
        replay_release_fetcher(r, true);
    }
    if (blocked_ms >= STALLED_MS || has_had_its_turn) {
        replay_give_back(r);
    }
}

/* False: it has ended. */
static bool beat_if_due(struct replay *r)
{
    const struct feed *feed = r->feed;
    bool is_due = feed->now_ms - r->last_frame_ms >= feed->options.heartbeat_ms;
    if (is_due && r->at == r->out->len && r->torn.size == 0) {
        r->last_frame_ms = feed->now_ms;
        return replay_restart_out(r) && replay_beat(r);
    }
    return true;
}

static void tick_idle(struct replay *r, bool is_wanted)
{
    if (r->is_blocked) {
        tick_blocked(r, is_wanted);
    } else if (beat_if_due(r)) {
        replay_wake(r);
    }
}

/* It keeps its place in the queue, unless it has something to send. */
static void tick_starved(struct replay *r, bool is_wanted)
{
    (void)is_wanted;
    if (beat_if_due(r) && r->at < r->out->len) {
        replay_wake(r);
    }
}

/* What one gives back may wake others, out of the list that is being walked: so it is emptied. */
static void tick_list(struct list *replays, void (*tick)(struct replay *r, bool is_wanted),
                      bool is_wanted)
{
    struct list now;
    list_init(&now);
    list_splice_back(&now, replays);
    while (!list_is_empty(&now)) {
        struct replay *r = LIST_FIRST(&now, struct replay, node);
        list_move_back(replays, &r->node);
        tick(r, is_wanted);
    }
}

void replays_retry(struct feed *feed)
{
    LIST_EACH_SAFE(r, after, &feed->idle_replays, struct replay, node)
    {
        for (size_t i = 0; i < r->writer.position.count; i++) {
            replay_partition(r, i)->not_before_ms = 0;
        }
        replay_wake(r);
    }
}

void replays_tick(struct feed *feed)
{
    bool is_wanted = memory_is_wanted(feed); /* as it is before anybody is woken */
    tick_list(&feed->starved_replays.first, tick_starved, is_wanted);
    tick_list(&feed->starved_replays.others, tick_starved, is_wanted);
    tick_list(&feed->idle_replays, tick_idle, is_wanted);
}
