/* What a channel renders of its logs. Through a selection: channel_select.c. How that reaches the
 * clients: channel_send.c. */
#include "base/mem.h"
#include "feed/channel/channel_select.h"
#include "feed/feed.h"
#include "feed/replay/replay.h"

enum {
    SEGMENT_BYTES = 128 * 1024, /* where a new segment begins; a larger frame has one of its own */
    KEPT_BYTES = 64 * 1024, /* what the one segment of a channel without slow clients may keep */
    FRAME_COST = 300, /* nanoseconds, about: by these it is known when to read the clock again */
    COPIES = 4        /* bytes of a frame that are written in one */
};

static bool is_first_segment(const struct channel *c, const struct segment *s)
{
    return c->segments.next == &s->node;
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
    struct segment *last = channel_last_segment(c);
    if (last != NULL && add_segment(c) == NULL) {
        channel_fail(c);
    }
}

/* A segment that nobody stands in and that was offered is free to be written over. */
static bool can_rewind(const struct channel *c, const struct segment *s)
{
    return list_is_empty(&c->dirty_node) && is_first_segment(c, s) && list_is_empty(&s->clients);
}

void channel_shrink(struct channel *c)
{
    struct segment *s = channel_last_segment(c);
    if (s != NULL && s->cap > KEPT_BYTES && can_rewind(c, s)) {
        segment_rewind(s, KEPT_BYTES);
    }
}

/* The segment that a frame of that size goes to. NULL without memory. */
static struct segment *segment_for(struct channel *c, size_t size)
{
    struct segment *s = channel_last_segment(c);
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
static void channel_skip(struct channel *c, size_t partition, int64_t offset)
{
    if (c->client_count == 0) {
        c->writer.position.partitions[partition].timestamp_ms = -1;
        drop_segments(c);
    }
    struct segment *s = channel_last_segment(c);
    if (s != NULL && can_rewind(c, s)) {
        segment_rewind(s, KEPT_BYTES);
    }
    if (writer_skip(&c->writer, s, partition, offset) < 0) {
        channel_fail(c);
    }
}

void channel_show(struct channel *c, const struct move *move)
{
    c->writer.wall_ms = c->feed->wall_ms;
    size_t size = writer_frame_size(&c->writer, move->data.len);
    struct segment *s = segment_for(c, size);
    size_t at = s == NULL ? 0 : s->len;
    selection_scratch_spend(&c->feed->selection_scratch, FRAME_COST + size / COPIES);
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

/* Where the records begin that channels have not taken yet. */
static struct range_cursor fresh_cursor(const struct partition_log *log)
{
    /* If what it had taken was dropped, all that is there is new. */
    return range_cursor_is_valid(&log->range, &log->fresh) ? log->fresh : RANGE_CURSOR_INIT;
}

/* Renders all fresh records of the log as they are. */
static void take(const struct channel_link *link, struct range_cursor cursor)
{
    const struct range_record *record;
    while (!link->channel->has_failed &&
           (record = range_peek(&link->log->range, &cursor)) != NULL) {
        struct move move = record_move(record, link->partition);
        range_advance(&cursor, record);
        channel_show(link->channel, &move);
    }
}

/* Whether channels_select() goes on with it: it has a selection, or others have used up the time
 * for those that have none. */
static bool is_put_off(const struct channel_link *link)
{
    const struct channel *c = link->channel;
    if (c->client_count == 0 || c->has_failed) {
        return false;
    }
    return c->selection != NULL || link->is_behind ||
           turn_now_us(c->feed) >= c->feed->turn.show_until_us;
}

void channel_follow(struct channel_link *link, int64_t offset)
{
    struct channel *c = link->channel;
    if (c->has_failed || c->writer.position.partitions[link->partition].offset == offset) {
        return;
    }
    c->has_moved_quietly = c->client_count > 0;
    channel_skip(c, link->partition, offset);
}

void channels_take(struct partition_log *log)
{
    struct range_cursor fresh = fresh_cursor(log);
    bool has_more = false;
    LIST_EACH(link, &log->links, struct channel_link, node)
    {
        if (is_put_off(link)) {
            link->is_behind = true;
            has_more = true;
            continue;
        }
        if (link->channel->client_count > 0) {
            take(link, fresh);
        }
        select_from(link, log->range.end);
        channel_follow(link, log->range.end);
    }
    if (has_more) {
        look_begin(log, fresh);
    }
    range_seek_end(&log->range, &log->fresh);
}

void channels_log_started(struct partition_log *log)
{
    LIST_EACH(link, &log->links, struct channel_link, node)
    {
        struct channel *c = link->channel;
        ASSERT(c->cold_links > 0);
        c->cold_links--;
        select_from(link, log->range.end);
        channel_follow(link, log->range.end);
        c->has_moved_quietly = false;
        replays_log_started(c, log);
    }
}

static void show_gap(struct channel *c, size_t partition, int64_t offset, const char *reason)
{
    struct buf *json = &c->feed->scratch;
    buf_clear(json);
    gap_append_json(&c->writer.position.partitions[partition], offset, reason, json);
    if (!buf_ok(json)) {
        channel_fail(c);
        return;
    }
    struct move move = {FRAME_GAP, partition, offset, -1, buf_slice(json)};
    channel_show(c, &move);
}

/* Nobody can look at what the log has any more: its clients go on as replays. */
static void leave_lagging(struct partition_log *log)
{
    channels_offer(log->feed);
    select_at_risk(log, log->range.end);
}

void channels_gap(struct partition_log *log, int64_t offset, const char *reason)
{
    leave_lagging(log);
    LIST_EACH(link, &log->links, struct channel_link, node)
    {
        struct channel *c = link->channel;
        if (c->has_failed) {
            continue;
        }
        select_from(link, offset);
        c->feed->counters.gaps += c->client_count > 0 ? 1 : 0;
        /* The record whose time the id holds may be gone, too: until the next one, the offset. */
        c->writer.position.partitions[link->partition].timestamp_ms = -1;
        if (c->client_count > 0 && c->writer.view.gap == GAP_ERROR) {
            channel_end_clients(c, &(struct stream_end){.reason = END_GAP});
        }
        if (c->client_count > 0 && c->writer.view.gap == GAP_EVENT) {
            show_gap(c, link->partition, offset, reason);
        } else {
            c->has_moved_quietly = c->client_count > 0;
            channel_skip(c, link->partition, offset);
        }
        replays_recheck(c, log);
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
