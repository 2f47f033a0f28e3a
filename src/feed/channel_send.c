/* What a channel renders and how it reaches the clients. Life and growth of a channel: channel.c.
 */
#include "base/mem.h"
#include "feed/channel.h"
#include "feed/feed.h"
#include "feed/replay.h"

enum {
    SEGMENT_BYTES = 128 * 1024, /* where a new segment begins; a larger frame has one of its own */
    KEPT_BYTES = 64 * 1024 /* what the one segment of a channel without slow clients may keep */
};

static bool is_first_segment(const struct channel *c, const struct segment *s)
{
    return c->segments.next == &s->node;
}

static struct segment *last_segment(struct channel *c)
{
    return list_is_empty(&c->segments) ? NULL : LIST_ENTRY(c->segments.prev, struct segment, node);
}

static struct segment *add_segment(struct channel *c)
{
    struct segment *s = segment_new(&c->writer.position);
    if (s != NULL) {
        list_push_back(&c->segments, &s->node);
    }
    return s;
}

/* To be called when no client stands in a segment. */
static void drop_segments(struct channel *c)
{
    list_remove(&c->dirty_node);
    while (!list_is_empty(&c->segments)) {
        segment_free(LIST_FIRST(&c->segments, struct segment, node));
    }
    c->feed->channel_bytes -= c->charged_bytes;
    c->charged_bytes = 0;
}

void channel_seal(struct channel *c)
{
    struct segment *last = last_segment(c);
    if (last != NULL && add_segment(c) == NULL) {
        channel_fail(c);
    }
}

/* A segment that nobody stands in and that was offered is free to be written over. */
static bool can_rewind(const struct channel *c, const struct segment *s)
{
    return list_is_empty(&c->dirty_node) && is_first_segment(c, s) && list_is_empty(&s->clients);
}

/* The segment that a frame of that size goes to. NULL without memory. */
static struct segment *segment_for(struct channel *c, size_t size)
{
    struct segment *s = last_segment(c);
    if (s == NULL) {
        return add_segment(c);
    }
    if (can_rewind(c, s)) {
        segment_rewind(s, KEPT_BYTES);
    } else if (s->len > 0 && s->len + size > SEGMENT_BYTES) {
        return add_segment(c);
    }
    return s;
}

/* The first frame of a turn: remembers where the clients that have everything go on. */
static void note_frame(struct channel *c, struct segment *s, size_t at)
{
    if (list_is_empty(&c->dirty_node)) {
        list_push_back(&c->feed->dirty_channels, &c->dirty_node);
        c->offer_segment = s;
        c->offer_at = at;
    }
    c->last_frame_ms = c->feed->now_ms;
    c->feed->counters.frames_rendered++;
}

/*
 * The position moves without a frame. Without clients nobody stands in a segment: none is kept
 * then, and the id forgets what was sent last, for this was not.
 */
static void channel_skip(struct channel *c, size_t place, int64_t offset)
{
    if (c->client_count == 0) {
        c->writer.position.places[place].timestamp_ms = -1;
        drop_segments(c);
    }
    struct segment *s = last_segment(c);
    if (s != NULL && can_rewind(c, s)) {
        segment_rewind(s, KEPT_BYTES);
    }
    if (writer_skip(&c->writer, s, place, offset) < 0) {
        channel_fail(c);
    }
}

static void channel_move(struct channel *c, const struct move *move)
{
    struct segment *s = segment_for(c, writer_frame_size(&c->writer, move->data.len));
    size_t at = s == NULL ? 0 : s->len;
    if (s == NULL || writer_move(&c->writer, s, move) < 0) {
        channel_fail(c);
        return;
    }
    note_frame(c, s, at);
    c->has_moved_quietly = false;
}

static void channel_beat(struct channel *c)
{
    struct segment *s = segment_for(c, c->writer.id.text.len + 64);
    size_t at = s == NULL ? 0 : s->len;
    if (s == NULL || writer_beat(&c->writer, s, c->has_moved_quietly) < 0) {
        channel_fail(c);
        return;
    }
    note_frame(c, s, at);
    c->has_moved_quietly = false;
}

/* Renders all records of the log from its `fresh` cursor on. */
static void take(struct channel *c, const struct channel_link *link)
{
    struct run_cursor cursor = link->log->fresh;
    if (!run_cursor_is_valid(&link->log->run, &cursor)) {
        cursor = RUN_CURSOR_INIT; /* what it had taken was dropped: all that is there is new */
    }
    const struct run_record *record;
    while (!c->has_failed && (record = run_peek(&link->log->run, &cursor)) != NULL) {
        struct move move = {
            .kind = record->kind == RECORD_TOMBSTONE ? FRAME_TOMBSTONE : FRAME_MESSAGE,
            .place = link->place,
            .offset = record->offset + 1,
            .timestamp_ms = record->timestamp_ms,
            .data = slice_of(record->data, record->len),
        };
        run_advance(&cursor, record);
        channel_move(c, &move);
    }
}

/* The position follows the log also past records that are not shown, or that nobody is there to
 * see. */
static void follow(struct channel *c, const struct channel_link *link)
{
    if (c->has_failed || c->writer.position.places[link->place].offset == link->log->run.end) {
        return;
    }
    c->has_moved_quietly = c->client_count > 0;
    channel_skip(c, link->place, link->log->run.end);
}

void channels_take(struct partition_log *log)
{
    LIST_EACH(link, &log->links, struct channel_link, node)
    {
        if (link->channel->client_count > 0) {
            take(link->channel, link);
        }
        follow(link->channel, link);
    }
    run_seek_end(&log->run, &log->fresh);
}

void channels_log_started(struct partition_log *log)
{
    LIST_EACH(link, &log->links, struct channel_link, node)
    {
        struct channel *c = link->channel;
        ASSERT(c->cold_links > 0);
        c->cold_links--;
        follow(c, link);
        c->has_moved_quietly = false;
        replays_log_started(c, log);
    }
}

void channels_gap(struct partition_log *log, int64_t offset, const char *reason)
{
    LIST_EACH(link, &log->links, struct channel_link, node)
    {
        struct channel *c = link->channel;
        struct buf *json = &c->feed->scratch;
        if (c->has_failed) {
            continue;
        }
        c->feed->counters.gaps += c->client_count > 0 ? 1 : 0;
        if (c->client_count > 0 && c->writer.view.gap == GAP_ERROR) {
            channel_end_clients(c, END_GAP);
        }
        if (c->client_count > 0 && c->writer.view.gap == GAP_EVENT) {
            buf_clear(json);
            gap_append_json(&c->writer.position.places[link->place], offset, reason, json);
            struct move move = {FRAME_GAP, link->place, offset, -1, buf_slice(json)};
            channel_move(c, &move);
        } else {
            channel_skip(c, link->place, offset);
        }
        replays_recheck(c, log);
    }
}

enum progress {
    PROGRESS_ALL, /* everything was sent */
    PROGRESS_BLOCKED,
    PROGRESS_GONE
};

/* Sends from (segment, at) to the end of the channel; both are moved on. */
static enum progress send_on(struct channel *c, struct client *client, struct segment **segment,
                             size_t *at)
{
    struct segment *s = *segment;
    for (;;) {
        size_t left = s->len - *at;
        if (left > 0) {
            ssize_t taken = client->ops->send(client, s->data + *at, left);
            if (taken < 0) {
                return PROGRESS_GONE;
            }
            c->feed->counters.sends++;
            c->feed->counters.bytes_sent += (uint64_t)taken;
            *at += (size_t)taken;
            if ((size_t)taken < left) {
                return PROGRESS_BLOCKED;
            }
        }
        if (s->node.next == &c->segments) {
            return PROGRESS_ALL;
        }
        s = LIST_ENTRY(s->node.next, struct segment, node);
        *segment = s;
        *at = 0;
    }
}

/* Offers this turn's frames to a client that had everything before. */
static void offer(struct channel *c, struct client *client)
{
    struct segment *segment = c->offer_segment;
    size_t at = c->offer_at;
    switch (send_on(c, client, &segment, &at)) {
    case PROGRESS_ALL:
        break;
    case PROGRESS_BLOCKED:
        client->segment = segment;
        client->at = at;
        list_move_back(&segment->clients, &client->node);
        client->ops->want_writable(client, true);
        break;
    case PROGRESS_GONE:
        client_end(client, END_GONE);
        break;
    }
}

/* Frees segments, oldest first, that nobody stands in any more; the last one stays to be written
 * on. */
static void free_sent_segments(struct channel *c)
{
    for (;;) {
        struct segment *first = LIST_FIRST(&c->segments, struct segment, node);
        if (list_is_empty(&c->segments) || first == last_segment(c) ||
            !list_is_empty(&first->clients)) {
            return;
        }
        segment_free(first);
    }
}

static void charge(struct channel *c)
{
    size_t bytes = 0;
    LIST_EACH(s, &c->segments, struct segment, node)
    {
        bytes += segment_bytes(s);
    }
    c->feed->channel_bytes += bytes - c->charged_bytes;
    c->charged_bytes = bytes;
}

/* Subscriptions are many, and each client can have one of its own: what they keep together is
 * bounded, too. */
static bool is_over_budget(const struct channel *c)
{
    const struct feed *feed = c->feed;
    return c->charged_bytes > feed->options.channel_bytes ||
           feed->channel_bytes > feed->options.channels_bytes;
}

/* What the channel keeps for slow clients is bounded: those that are furthest behind become
 * replays. */
static void demote_slowest(struct channel *c)
{
    charge(c);
    while (is_over_budget(c)) {
        struct segment *first = LIST_FIRST(&c->segments, struct segment, node);
        if (list_is_empty(&first->clients)) {
            return; /* the last segment, or one frame larger than the bound: nobody slow is left */
        }
        LIST_EACH_SAFE(client, after, &first->clients, struct client, node)
        {
            replay_demote(client);
        }
        free_sent_segments(c);
        charge(c);
    }
}

void channel_continue(struct channel *c, struct client *client)
{
    switch (send_on(c, client, &client->segment, &client->at)) {
    case PROGRESS_ALL:
        client->segment = NULL;
        list_move_back(&c->caught_up, &client->node);
        client->ops->want_writable(client, false);
        break;
    case PROGRESS_BLOCKED:
        list_move_back(&client->segment->clients, &client->node);
        break;
    case PROGRESS_GONE:
        client_end(client, END_GONE);
        break;
    }
    free_sent_segments(c);
    charge(c);
}

static void channel_offer(struct channel *c)
{
    LIST_EACH_SAFE(client, after, &c->caught_up, struct client, node)
    {
        offer(c, client);
    }
    free_sent_segments(c);
    demote_slowest(c);
}

void channels_offer(struct feed *feed)
{
    while (!list_is_empty(&feed->dirty_channels)) {
        struct channel *c = LIST_FIRST(&feed->dirty_channels, struct channel, dirty_node);
        list_remove(&c->dirty_node);
        if (!c->has_failed) {
            channel_offer(c);
        }
    }
}

void channels_tick(struct feed *feed)
{
    LIST_EACH_SAFE(c, after, &feed->channel_list, struct channel, node)
    {
        bool is_due = feed->now_ms - c->last_frame_ms >= feed->options.heartbeat_ms;
        if (c->client_count > 0 && is_due && channel_is_live(c) && !c->has_failed) {
            channel_beat(c);
        }
    }
    channels_offer(feed);
}
