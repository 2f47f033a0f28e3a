/* What a feed counts and tells: see the header. */
#include "feed/log/feed_context.h"
#include "feed/log/plogs.h"

void feed_context_init(struct feed_context *context, const struct feed_options *options,
                       struct source *source)
{
    *context = (struct feed_context){.options = *options, .source = source, .wall_ms = INT64_MAX};
    if (options->record_bytes == 0 || options->record_bytes > MOST_RECORD_BYTES) {
        context->options.record_bytes = MOST_RECORD_BYTES;
    }
}

static void note_skip(struct feed_context *context, const struct record *record,
                      struct deserializer_fault fault)
{
    const struct feed_events *events = &context->options.events;
    ASSERT(fault.reason < UNDECODABLE_REASONS);
    context->counters.records_undecodable[fault.reason]++;
    if (events->on_undecodable != NULL) {
        events->on_undecodable(events->opaque, record, &fault);
    }
}

void feed_note_undecodable(struct feed_context *context, const struct record *record,
                           const struct deserializer *deserializer)
{
    note_skip(context, record, deserializer_fault(deserializer, record));
}

void feed_note_too_large(struct feed_context *context, const struct record *record)
{
    enum undecodable reason = UNDECODABLE_RECORD_TOO_LARGE;
    note_skip(context, record, (struct deserializer_fault){reason, undecodable_clause(reason)});
}

void feed_note_unknown(const struct partition_log *log)
{
    struct feed_context *context = log->plogs->context;
    const struct feed_events *events = &context->options.events;
    context->counters.lookups_failed++;
    if (events->on_lookup_failed != NULL) {
        events->on_lookup_failed(events->opaque, log->topic->name, log->partition);
    }
}

void feed_note_lost(const struct partition_log *log, const struct read_event *event)
{
    const struct feed_events *events = &log->plogs->context->options.events;
    ASSERT(event->kind == READ_LOST);
    if (events->on_lost != NULL) {
        events->on_lost(events->opaque, log->topic->name, log->partition, event->message);
    }
}

static void note_error(struct feed_context *context, const struct partition_log *log,
                       const struct read_event *event)
{
    const struct feed_events *events = &context->options.events;
    context->counters.read_errors++;
    if (events->on_read_error != NULL) {
        events->on_read_error(events->opaque, log->topic->name, log->partition, event->offset,
                              event->message);
    }
}

void feed_note_unread(const struct partition_log *log, const struct read_event *event)
{
    struct feed_context *context = log->plogs->context;
    const struct feed_events *events = &context->options.events;
    if (event->kind == READ_ERROR) {
        note_error(context, log, event);
        return;
    }
    ASSERT(event->kind == READ_UNREADABLE && event->to >= event->offset);
    context->counters.unreadable_ranges++;
    if (events->on_unreadable != NULL) {
        events->on_unreadable(events->opaque, log->topic->name, log->partition, event->offset,
                              event->to);
    }
}
