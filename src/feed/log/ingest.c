/* Tail readers to partition logs: see the header. */
#include "feed/log/ingest.h"
#include "feed/log/plog_watch.h"
#include "feed/log/plogs.h"

enum {
    BATCH_RECORDS = 512,
    BATCH_BYTES = 512 * 1024
};

static void mark_dirty(struct partition_log *log)
{
    if (list_is_empty(&log->dirty_node)) {
        list_push_back(&log->plogs->dirty, &log->dirty_node);
    }
}

/* Without memory, or while its deserializer waits, nothing is lost: the record is read again later.
 */
static void stop_and_retry(struct partition_log *log)
{
    reader_stop(log->topic->tail->reader, log->topic->name, log->partition);
    plog_pause(log);
}

static void take_record(struct partition_log *log, const struct read_event *event)
{
    if (event->offset < log->range.end) {
        return; /* a fetch begins at a batch's border, which may lie before the offset asked for */
    }
    if (plog_render(log, log->topic->tail->reader, event, &log->range) < 0) {
        stop_and_retry(log);
        return;
    }
    log->plogs->context->counters.records_read++;
    mark_dirty(log);
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
    struct read_event event;
    enum read_kind kind = reader_next(tail->reader, &event);
    struct partition_log *log = kind == READ_NOTHING ? NULL : event.tag;
    switch (kind) {
    case READ_NOTHING:
        return false;
    case READ_RECORD:
        *bytes += event.value.len + event.key.len;
        if (log->state == LOG_LIVE) {
            take_record(log, &event);
        }
        break;
    case READ_OUT_OF_RANGE:
        plog_check(log);
        break;
    case READ_LOST:
        feed_note_lost(log, &event);
        plog_pause(log);
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

static void take_batch(struct tail *tail)
{
    size_t bytes = 0;
    tail->has_more = true;
    for (int i = 0; i < BATCH_RECORDS && bytes < BATCH_BYTES && tail->has_more; i++) {
        tail->has_more = take_event(tail, &bytes);
    }
}

void ingest_run(struct plogs *plogs)
{
    for (size_t i = 0; i < plogs->tail_count; i++) {
        take_batch(&plogs->tails[i]);
    }
}
