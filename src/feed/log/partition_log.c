/* Life of a log, and what it stores of a record: see the header. */
#include "feed/log/partition_log.h"
#include "base/mem.h"
#include "feed/log/plogs.h"

struct partition_log *plog_new(struct plogs *plogs, struct topic *topic, int32_t partition)
{
    struct partition_log *log = mem_zalloc(sizeof(*log));
    if (log == NULL) {
        return NULL;
    }
    log->plogs = plogs;
    log->topic = topic;
    log->partition = partition;
    range_init(&log->range, &plogs->pool);
    list_init(&log->dirty_node);
    list_init(&log->select_node);
    list_init(&log->node);
    list_init(&log->links);
    list_init(&log->cached_ranges);
    return log;
}

void plog_restart(struct partition_log *log, int64_t offset)
{
    ASSERT(offset >= 0);
    log->plogs->hooks->on_restart(log->plogs->hooks_opaque, log);
    log->wait.is_there = false;
    range_restart(&log->range, offset);
}

void plog_forget_lookup(struct partition_log *log)
{
    if (log->lookup != NULL) {
        source_cancel(log->plogs->context->source, log->lookup);
        log->lookup = NULL;
    }
}

void plog_free(struct partition_log *log)
{
    if (log == NULL) {
        return;
    }
    ASSERT(log->watch_count == 0 && list_is_empty(&log->links));
    plog_forget_lookup(log);
    plog_restart(log, 0);
    ASSERT(list_is_empty(&log->cached_ranges));
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
    struct buf *text = &log->plogs->scratch;
    size_t most = log->plogs->context->options.record_bytes;
    if (text->cap > KEPT_SCRATCH_BYTES) {
        buf_fini(text);
    }
    buf_clear(text);
    *is_too_large = record->key.len + record->value.len > most;
    if (*is_too_large) {
        return RECORD_SKIPPED;
    }
    enum record_kind kind = tail_render(log->topic->tail, reader, record, text);
    bool is_shown = kind == RECORD_MESSAGE || kind == RECORD_TOMBSTONE;
    *is_too_large = is_shown && text->len > most;
    return *is_too_large ? RECORD_SKIPPED : kind;
}

/* Nothing of the record is stored: counts why. */
static void note_skipped(struct partition_log *log, const struct record *record,
                         enum record_kind kind, bool is_too_large)
{
    struct feed_context *context = log->plogs->context;
    if (kind == RECORD_UNDECODABLE) {
        feed_note_undecodable(context, record, log->topic->tail->rendering.deserializer);
    } else if (is_too_large) {
        feed_note_too_large(context, record);
    } else {
        context->counters.records_skipped++;
    }
}

int plog_render(struct partition_log *log, struct reader *reader, const struct read_event *event,
                struct record_range *range)
{
    struct feed_context *context = log->plogs->context;
    struct record record = {
        .topic = log->topic->name,
        .partition = log->partition,
        .offset = event->offset,
        .timestamp_ms = event->timestamp_ms,
        .key = event->key,
        .value = event->value,
    };
    bool is_too_large;
    ASSERT(event->kind == READ_RECORD && event->offset >= range->end);
    enum record_kind kind = render(log, reader, &record, &is_too_large);
    if (kind != RECORD_LATER) {
        record_wait_end(&log->wait, event->offset);
    }
    switch (kind) {
    case RECORD_MESSAGE:
    case RECORD_TOMBSTONE:
        return range_append(range, kind, event->offset, event->timestamp_ms,
                            buf_slice(&log->plogs->scratch));
    case RECORD_UNDECODABLE:
    case RECORD_SKIPPED:
        note_skipped(log, &record, kind, is_too_large);
        range_skip_to(range, event->offset + 1);
        return 0;
    case RECORD_LATER:
        context->counters.records_held++;
        record_wait_begin(&log->wait, event->offset, context->now_ms);
        return KSSE_EAGAIN;
    case RECORD_NO_MEMORY:
        break;
    }
    return KSSE_ENOMEM;
}

struct ksse_event plog_event(const struct partition_log *log, const struct range_record *record)
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
