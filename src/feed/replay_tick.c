/* What time does to replays: heartbeats, retries, and what stalled clients give back. */
#include "feed/feed.h"
#include "feed/replay.h"

enum {
    STALLED_MS = 1000 /* a client that took nothing for so long gives its chunk and reader back */
};

/* Others wait for memory: a slow client, too, has its chunk for so long only. */
static bool has_had_its_turn(const struct replay *r)
{
    const struct feed *feed = r->feed;
    return !queue_is_empty(&feed->starved_replays) && feed->now_ms - r->filled_ms >= STALLED_MS;
}

static void tick_blocked(struct replay *r)
{
    int64_t blocked_ms = r->feed->now_ms - r->blocked_since_ms;
    if (blocked_ms >= STALLED_MS) {
        replay_release_fetcher(r, true);
    }
    if (blocked_ms >= STALLED_MS || has_had_its_turn(r)) {
        replay_give_back(r);
    }
}

static void tick_open(struct replay *r)
{
    struct feed *feed = r->feed;
    bool is_due = feed->now_ms - r->last_frame_ms >= feed->options.heartbeat_ms;
    if (is_due && r->at == r->out->len && r->torn.size == 0) {
        r->last_frame_ms = feed->now_ms;
        if (!replay_restart_out(r)) {
            return;
        }
        if (!replay_beat(r)) {
            return;
        }
    }
    replay_wake(r);
}

/* What one gives back may wake others, out of the list that is being walked: so it is emptied. */
static void tick_list(struct list *replays)
{
    struct list now;
    list_init(&now);
    list_splice_back(&now, replays);
    while (!list_is_empty(&now)) {
        struct replay *r = LIST_FIRST(&now, struct replay, node);
        list_move_back(replays, &r->node);
        if (r->is_blocked) {
            tick_blocked(r);
        } else {
            tick_open(r);
        }
    }
}

void replays_retry(struct feed *feed)
{
    LIST_EACH_SAFE(r, after, &feed->idle_replays, struct replay, node)
    {
        for (size_t i = 0; i < r->writer.position.count; i++) {
            r->places[i].not_before_ms = 0;
        }
        replay_wake(r);
    }
}

void replays_tick(struct feed *feed)
{
    tick_list(&feed->starved_replays.first);
    tick_list(&feed->starved_replays.others);
    tick_list(&feed->idle_replays);
}
