/* What time does to replays: heartbeats, retries, and what stalled clients give back. */
#include "feed/feed.h"
#include "feed/replay.h"

enum {
    STALLED_MS = 1000,     /* a client that took nothing for so long gives its chunk back */
    LEASE_BLOCKED_MS = 200 /* ... and its reader, when others wait for one */
};

/* Keeps only what is left of the frame in flight; the rest is read again once the client reads on.
 */
static void give_chunk_back(struct replay *r)
{
    size_t frame_end;
    struct position position = POSITION_INIT;
    if (segment_position_at(r->out, r->at, &position, &frame_end) < 0) {
        return;
    }
    struct segment *out = frame_end == r->out->len ? NULL : segment_new(&position);
    if (out == NULL || segment_begin_with_rest(out, r->out->data + r->at, frame_end - r->at) < 0) {
        segment_free(out);
        position_fini(&position);
        return; /* one frame only, or no memory to save memory with */
    }
    segment_free(r->out);
    r->out = out;
    r->at = 0;
    position_fini(&r->writer.position);
    r->writer.position = position;
    for (size_t i = 0; i < position.count; i++) {
        r->places[i].cursor = RUN_CURSOR_INIT;
    }
    replay_charge(r);
    if (writer_position_changed(&r->writer) < 0) {
        replay_end(r, END_NO_MEMORY);
    }
}

static void tick_blocked(struct replay *r)
{
    int64_t blocked_ms = r->feed->now_ms - r->blocked_since_ms;
    if (blocked_ms >= STALLED_MS) {
        replay_release_fetcher(r, true);
        give_chunk_back(r);
    } else if (blocked_ms >= LEASE_BLOCKED_MS && !list_is_empty(&r->feed->waiting_replays)) {
        replay_release_fetcher(r, true);
    }
}

static void tick_open(struct replay *r)
{
    struct feed *feed = r->feed;
    bool is_due = feed->now_ms - r->last_frame_ms >= feed->options.heartbeat_ms;
    if (is_due && r->at == r->out->len) {
        r->last_frame_ms = feed->now_ms;
        if (!replay_restart_out(r)) {
            return;
        }
        if (writer_beat(&r->writer, r->out, false) < 0) {
            replay_end(r, END_NO_MEMORY);
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

void replays_tick(struct feed *feed)
{
    tick_list(&feed->waiting_replays);
    tick_list(&feed->idle_replays);
}
