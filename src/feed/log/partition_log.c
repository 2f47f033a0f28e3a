/* Life of a log, and what all logs together may hold: see the header. */
#include "feed/log/partition_log.h"
#include "base/mem.h"
#include "feed/channel/channel_select.h"
#include "feed/feed.h"
#include "feed/replay/replay.h"

struct partition_log *plog_new(struct feed *feed, struct topic *topic, int32_t partition)
{
    struct partition_log *log = mem_zalloc(sizeof(*log));
    if (log == NULL) {
        return NULL;
    }
    log->feed = feed;
    log->topic = topic;
    log->partition = partition;
    range_init(&log->range, &feed->plog_pool);
    list_init(&log->dirty_node);
    list_init(&log->select_node);
    list_init(&log->node);
    list_init(&log->links);
    list_init(&log->cached_ranges);
    return log;
}

void plog_restart(struct partition_log *log, int64_t offset)
{
    cached_ranges_forget(log);
    log->wait.is_there = false;
    range_restart(&log->range, offset);
    log->fresh = RANGE_CURSOR_INIT;
    log->select_cursor = RANGE_CURSOR_INIT;
    list_remove(&log->select_node);
}

void plog_forget_lookup(struct partition_log *log)
{
    if (log->lookup != NULL) {
        source_cancel(log->feed->source, log->lookup);
        log->lookup = NULL;
    }
}

void plog_free(struct partition_log *log)
{
    if (log == NULL) {
        return;
    }
    plog_forget_lookup(log);
    plog_restart(log, 0);
    list_remove(&log->node);
    list_remove(&log->dirty_node);
    mem_free(log);
}

enum {
    KEPT_SCRATCH_BYTES = 4 * 1024 * 1024 /* of what a large record's text was made in */
};

/* Its text may be six times as long as it is: it is measured again when it is made. */
static enum record_kind render(struct partition_log *log, struct reader *reader,
                               struct record *record, bool *is_too_large)
{
    struct feed *feed = log->feed;
    size_t most = feed->options.record_bytes;
    if (feed->scratch.cap > KEPT_SCRATCH_BYTES) {
        buf_fini(&feed->scratch);
    }
    buf_clear(&feed->scratch);
    *is_too_large = record->key.len + record->value.len > most;
    if (*is_too_large) {
        return RECORD_SKIPPED;
    }
    enum record_kind kind = tail_render(log->topic->tail, reader, record, &feed->scratch);
    bool is_shown = kind == RECORD_MESSAGE || kind == RECORD_TOMBSTONE;
    *is_too_large = is_shown && feed->scratch.len > most;
    return *is_too_large ? RECORD_SKIPPED : kind;
}

int plog_render(struct partition_log *log, struct reader *reader, const struct read_event *event,
                struct record_range *range)
{
    struct feed *feed = log->feed;
    struct record record = {
        .topic = log->topic->name,
        .partition = log->partition,
        .offset = event->offset,
        .timestamp_ms = event->timestamp_ms,
        .key = event->key,
        .value = event->value,
    };
    bool is_too_large;
    enum record_kind kind = render(log, reader, &record, &is_too_large);
    if (kind != RECORD_LATER) {
        record_wait_end(&log->wait, event->offset);
    }
    switch (kind) {
    case RECORD_MESSAGE:
    case RECORD_TOMBSTONE:
        return range_append(range, kind, event->offset, event->timestamp_ms,
                            buf_slice(&feed->scratch));
    case RECORD_UNDECODABLE:
        feed_note_undecodable(feed, &record, log->topic->tail->rendering.deserializer);
        break;
    case RECORD_SKIPPED:
        if (is_too_large) {
            feed_note_too_large(feed, &record);
        } else {
            feed->counters.records_skipped++;
        }
        break;
    case RECORD_LATER:
        feed->counters.records_held++;
        record_wait_begin(&log->wait, event->offset, feed->now_ms);
        return -1;
    case RECORD_NO_MEMORY:
        return -1;
    }
    range_skip_to(range, event->offset + 1);
    return 0;
}

struct ksse_event log_event(const struct partition_log *log, const struct range_record *record)
{
    return (struct ksse_event){
        .topic = log->topic->name,
        .partition = log->partition,
        .offset = record->offset,
        .timestamp_ms = record->timestamp_ms,
        .data = record->data,
        .data_len = record->len,
        .is_tombstone = record->kind == RECORD_TOMBSTONE,
    };
}

void plogs_evict(struct feed *feed, size_t budget_bytes)
{
    ASSERT(list_is_empty(&feed->dirty_logs));
    while (feed->plog_pool.bytes > budget_bytes) {
        int64_t start;
        struct record_range *range = range_pool_oldest(&feed->plog_pool, &start);
        select_at_risk(CONTAINER_OF(range, struct partition_log, range), start);
        range_pool_drop_oldest(&feed->plog_pool);
        feed->counters.log_blocks_evicted++;
    }
}
