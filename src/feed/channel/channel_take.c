/* What channels take of their logs. Through a selection: channel_select.c. How that reaches the
 * clients: channel_send.c. */
#include "feed/channel/channel_select.h"

/* Where the records begin that channels have not taken yet. */
static struct range_cursor fresh_cursor(const struct partition_log *log)
{
    /* If the records that they had taken were dropped, all that is there is new. */
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
           turn_now_us(&c->channels->turn) >= c->channels->turn.show_until_us;
}

void channels_take(struct channels *channels, struct partition_log *log)
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
        select_begin(channels, log, fresh);
    }
    range_seek_end(&log->range, &log->fresh);
}

void channels_log_started(struct channels *channels, struct partition_log *log)
{
    LIST_EACH(link, &log->links, struct channel_link, node)
    {
        struct channel *c = link->channel;
        ASSERT(c->cold_links > 0);
        c->cold_links--;
        select_from(link, log->range.end);
        channel_follow(link, log->range.end);
        c->has_moved_quietly = false;
        channels->hooks->on_log_started(channels->hooks_opaque, c, log);
    }
}

static void show_gap(struct channel *c, size_t partition, int64_t offset, const char *reason)
{
    struct buf *json = &c->channels->gap;
    buf_clear(json);
    gap_append_json(&c->writer.position.partitions[partition], offset, reason, json);
    if (!buf_ok(json)) {
        channel_fail(c);
        return;
    }
    struct move move = {FRAME_GAP, partition, offset, -1, buf_slice(json)};
    channel_show(c, &move);
}

/* No selection can be applied to what the log has: it goes. Clients of channels that lag go on as
 * replays. */
static void leave_lagging(struct channels *channels, struct partition_log *log)
{
    channels_offer(channels);
    channels_at_risk(log, log->range.end);
}

void channels_gap(struct channels *channels, struct partition_log *log, int64_t offset,
                  const char *reason)
{
    leave_lagging(channels, log);
    LIST_EACH(link, &log->links, struct channel_link, node)
    {
        struct channel *c = link->channel;
        if (c->has_failed) {
            continue;
        }
        select_from(link, offset);
        channels->context->counters.gaps += c->client_count > 0 ? 1 : 0;
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
        channels->hooks->on_gap(channels->hooks_opaque, c, log);
    }
}
