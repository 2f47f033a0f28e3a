/* What time does to replays: heartbeats, retries, and what stalled clients give back. */
#include "feed/channel/channels.h"
#include "feed/log/plogs.h"
#include "feed/replay/replay_parts.h"

enum {
    /* A client that has taken nothing for so long loses its chunk and its reader. When others wait
     * for memory, a slow client loses its chunk when it has had it for so long. */
    STALLED_MS = 1000
};

/* Whether others wait for memory, or will. */
static bool memory_is_wanted(const struct replays *replays)
{
    return replays_are_over_budget(replays) &&
           (!queue_is_empty(&replays->starved) || !queue_is_empty(&replays->ready));
}

static enum end_reason tick_blocked(struct replay *r, bool is_wanted)
{
    int64_t blocked_ms = r->context->now_ms - r->blocked_since_ms;
    bool has_had_its_turn = is_wanted && r->context->now_ms - r->filled_ms >= STALLED_MS;
    if (blocked_ms >= STALLED_MS) {
        readers_give_up(r, true);
    }
    return blocked_ms >= STALLED_MS || has_had_its_turn ? replay_give_back(r) : END_NONE;
}

static enum end_reason beat_if_due(struct replay *r)
{
    const struct feed_context *context = r->context;
    if (context->now_ms - r->last_frame_ms < context->options.heartbeat_ms ||
        !replay_is_between_frames(r)) {
        return END_NONE;
    }
    r->last_frame_ms = context->now_ms;
    enum end_reason end = replay_restart_out(r);
    end = end == END_NONE ? replay_beat(r) : end;
    replay_charge(r);
    return end;
}

/* Wakes it, unless it waits for memory and has nothing to send: it keeps its place in the queue. */
static void tick(struct replay *r, bool is_wanted)
{
    bool is_blocked = r->state == REPLAY_BLOCKED;
    enum end_reason end = is_blocked ? tick_blocked(r, is_wanted) : beat_if_due(r);
    bool has_frame = end == END_NONE && r->at < r->out->len;
    if (end != END_NONE || r->state != REPLAY_WAITS_MEMORY || has_frame) {
        replay_conclude(r, end);
    }
}

/* A replay that gives something back may wake others, which leave the list: it is emptied and
 * filled again. */
static void tick_list(struct list *list, bool is_wanted)
{
    struct list now;
    list_init(&now);
    list_splice_back(&now, list);
    while (!list_is_empty(&now)) {
        struct replay *r = LIST_FIRST(&now, struct replay, node);
        list_move_back(list, &r->node);
        tick(r, is_wanted);
    }
}

void replays_tick(struct replays *replays)
{
    bool is_wanted = memory_is_wanted(replays); /* as it is before anybody is woken */
    tick_list(&replays->starved.first, is_wanted);
    tick_list(&replays->starved.others, is_wanted);
    tick_list(&replays->waiting, is_wanted);
    readers_tick(replays);
    cached_ranges_tick(replays);
}

void replays_retry(struct replays *replays)
{
    LIST_EACH_SAFE(r, after, &replays->waiting, struct replay, node)
    {
        for (size_t i = 0; i < r->writer.position.count; i++) {
            replay_partition(r, i)->not_before_ms = 0;
        }
        replay_wake(r);
    }
}
