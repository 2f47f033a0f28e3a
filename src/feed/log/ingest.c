/* Tail reader to partition logs to channels: see the header. */
#include "feed/log/ingest.h"
#include "feed/channel/channel_select.h"
#include "feed/feed.h"
#include "feed/log/plog_watch.h"
#include "feed/replay/replay.h"

enum {
    BATCH_RECORDS = 512,
    BATCH_BYTES = 512 * 1024
};

static void mark_dirty(struct partition_log *log)
{
    if (!log->is_dirty) {
        log->is_dirty = true;
        list_push_back(&log->feed->dirty_logs, &log->dirty_node);
    }
}

/* Without memory, or while its deserializer waits, nothing is lost: the record is read again later.
 */
static void stop_and_retry(struct partition_log *log)
{
    reader_stop(log->topic->tail->reader, log->topic->name, log->partition);
    plog_pause(log);
}

static void take_record(struct feed *feed, struct partition_log *log,
                        const struct read_event *event)
{
    if (event->offset < log->range.end) {
        return; /* a fetch begins at a batch's border, which may lie before the offset asked for */
    }
    if (plog_render(log, log->topic->tail->reader, event, &log->range) < 0) {
        stop_and_retry(log);
        return;
    }
    feed->counters.records_read++;
    mark_dirty(log);
}

static void lose(struct feed *feed, struct partition_log *log, const char *why)
{
    if (feed->options.events.on_lost != NULL) {
        feed->options.events.on_lost(feed->options.events.opaque, log->topic->name, log->partition,
                                     why);
    }
    plog_pause(log);
}

/* The channels have not taken yet what was read before: the gap is told behind that. */
static void jump_later(struct partition_log *log, int64_t to)
{
    plog_begin_jump(log, to);
    mark_dirty(log);
}

/* False when the reader has nothing more for now. */
static bool take_event(struct tail *tail, size_t *bytes)
{
    struct feed *feed = tail->feed;
    struct read_event event;
    enum read_kind kind = reader_next(tail->reader, &event);
    struct partition_log *log = kind == READ_NOTHING ? NULL : event.tag;
    switch (kind) {
    case READ_NOTHING:
        return false;
    case READ_RECORD:
        *bytes += event.value.len + event.key.len;
        if (log->state == LOG_LIVE) {
            take_record(feed, log, &event);
        }
        break;
    case READ_OUT_OF_RANGE:
        plog_check(log);
        break;
    case READ_LOST:
        lose(feed, log, event.message);
        break;
    case READ_ERROR:
        feed_note_unread(log, &event);
        break;
    case READ_UNREADABLE:
        feed_note_unread(log, &event);
        jump_later(log, event.to);
        break;
    case READ_END:
        break;
    }
    return true;
}

static void take_dirty_logs(struct feed *feed)
{
    struct turn *turn = &feed->turn;
    int64_t began_us = turn_read_us(feed);
    turn->show_until_us = began_us + turn->show_left_us;
    while (!list_is_empty(&feed->dirty_logs)) {
        struct partition_log *log = LIST_FIRST(&feed->dirty_logs, struct partition_log, dirty_node);
        list_remove(&log->dirty_node);
        log->is_dirty = false;
        channels_take(log);
        if (log->state == LOG_JUMPING) {
            channels_offer(feed); /* a gap may end streams: they get what was before it */
            plog_jump(log);
        }
        replays_log_grew(log);
    }
    turn->show_left_us -= turn_read_us(feed) - began_us;
}

static void show(struct feed *feed)
{
    if (!list_is_empty(&feed->dirty_logs)) {
        take_dirty_logs(feed);
    }
    channels_offer(feed); /* to those without a selection, before anybody looks through theirs */
    channels_select(feed);
    channels_offer(feed);
    plogs_evict(feed, feed->options.log_bytes);
}

static void take_batch(struct tail *tail)
{
    size_t bytes = 0;
    tail->has_more = true;
    for (int i = 0; i < BATCH_RECORDS && bytes < BATCH_BYTES && tail->has_more; i++) {
        tail->has_more = take_event(tail, &bytes);
    }
}

void ingest_run(struct feed *feed)
{
    for (size_t i = 0; i < feed->tail_count; i++) {
        take_batch(&feed->tails[i]);
    }
    show(feed);
}
