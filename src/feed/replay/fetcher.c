/* Kafka's older records to cached ranges: see the header. */
#include "feed/replay/fetcher.h"
#include "base/mem.h"
#include "feed/channel/channels.h"
#include "feed/log/plogs.h"
#include "feed/replay/replay_parts.h"

enum {
    BATCH_RECORDS = 512,
    PUMP_BYTES = 32 * 1024, /* then it is read */
    /* All of a fetch as a rule, so that the reader is free for others. */
    SHORT_BYTES = 256 * 1024,
    SHORT_RECORDS = 8192,
    RETRY_MS = 1000
};

/* The partitions at the ends of its cached ranges can go on. */
static void on_ready(void *opaque)
{
    struct fetcher *f = opaque;
    LIST_EACH(cached, &f->cached_ranges, struct cached_range, fetcher_node)
    {
        LIST_EACH(p, &cached->followers, struct replay_partition, follow_node)
        {
            replay_wake(p->replay);
        }
    }
}

struct fetcher *fetcher_open(struct replay *owner, enum reader_kind kind)
{
    struct feed_context *context = owner->context;
    struct fetcher *f = mem_zalloc(sizeof(*f));
    struct reader *reader = f == NULL ? NULL : source_open_reader(context->source, kind);
    if (reader == NULL) {
        mem_free(f);
        return NULL;
    }
    f->reader = reader;
    f->context = context;
    f->replays = owner->replays;
    f->owner = owner;
    f->kind = kind;
    f->opened_ms = context->now_ms;
    list_init(&f->cached_ranges);
    list_init(&f->node);
    list_push_back(&f->replays->readers.fetchers, &f->node);
    f->reader->on_ready = on_ready;
    f->reader->opaque = f;
    context->counters.replays_from_kafka++;
    return f;
}

void fetcher_close(struct fetcher *f)
{
    reader_close(f->reader);
    while (!list_is_empty(&f->cached_ranges)) {
        cached_range_settle(LIST_FIRST(&f->cached_ranges, struct cached_range, fetcher_node));
    }
    list_remove(&f->node);
    mem_free(f);
}

void fetcher_stop(struct cached_range *cached)
{
    reader_stop(cached->fetcher->reader, cached->log->topic->name, cached->log->partition);
    cached_range_settle(cached);
}

void cached_ranges_forget(struct partition_log *log)
{
    while (!list_is_empty(&log->cached_ranges)) {
        struct cached_range *cached = LIST_FIRST(&log->cached_ranges, struct cached_range, node);
        range_restart(&cached->range, cached->range.end);
        if (cached->fetcher != NULL) {
            fetcher_stop(cached);
        } else {
            cached_range_free(cached);
        }
    }
}

/* A reader reads a partition at one offset only. */
static void stop_elsewhere(struct fetcher *f, const struct partition_log *log)
{
    LIST_EACH(cached, &log->cached_ranges, struct cached_range, node)
    {
        if (cached->fetcher == f) {
            fetcher_stop(cached);
            return;
        }
    }
}

struct cached_range *fetcher_start(struct fetcher *f, struct partition_log *log, int64_t offset)
{
    stop_elsewhere(f, log);
    struct cached_range *cached = cached_range_ending(log, offset);
    ASSERT(cached == NULL || cached->fetcher == NULL);
    if (cached == NULL) {
        cached = cached_range_new(f->replays, log, offset);
    }
    if (cached == NULL) {
        return NULL;
    }
    if (reader_start(f->reader, log->topic->name, log->partition, offset, cached) < 0) {
        cached_range_settle(cached);
        return NULL;
    }
    cached->fetcher = f;
    list_push_back(&f->cached_ranges, &cached->fetcher_node);
    return cached;
}

/* ---- what comes ---- */

/* Kafka has nothing between the cached range and `offset`: its followers go there. They do not go
 * beyond the log's end: the tail reader may never see what lies there (a transaction's marker), and
 * the channel waits at that end. */
static void end_at(struct cached_range *cached, int64_t offset)
{
    int64_t end = offset > cached->log->range.end ? cached->log->range.end : offset;
    if (end > cached->range.end) {
        range_skip_to(&cached->range, end);
    }
    fetcher_stop(cached);
}

static void delay_followers(struct cached_range *cached)
{
    LIST_EACH(p, &cached->followers, struct replay_partition, follow_node)
    {
        p->not_before_ms = cached->log->plogs->context->now_ms + RETRY_MS;
    }
}

void fetcher_delay(struct fetcher *f)
{
    LIST_EACH(cached, &f->cached_ranges, struct cached_range, fetcher_node)
    {
        delay_followers(cached);
    }
}

/* Whether the log or another cached range has the records from `offset` on. */
static bool is_known(struct cached_range *cached, int64_t offset)
{
    if (plog_covers(cached->log, offset)) {
        return true;
    }
    if (offset < cached->next_start) {
        return false;
    }
    if (cached_range_covering(cached->log, offset) != NULL) {
        return true;
    }
    /* The range that began there is gone: the next one is looked up. */
    cached->next_start = INT64_MAX;
    LIST_EACH(other, &cached->log->cached_ranges, struct cached_range, node)
    {
        if (other->range.start > offset && other->range.start < cached->next_start) {
            cached->next_start = other->range.start;
        }
    }
    return false;
}

static void take_record(struct fetcher *f, struct cached_range *cached,
                        const struct read_event *event)
{
    size_t bytes = event->key.len + event->value.len;
    f->read_bytes += bytes;
    pace_give(&f->owner->pace, bytes, f->context->now_ms);
    if (event->offset < cached->range.end) {
        return; /* a fetch begins at a batch's border, which may lie before the offset asked for */
    }
    int64_t offset = event->offset;
    if (is_known(cached, offset)) {
        end_at(cached, offset);
    } else if (plog_render(cached->log, f->reader, event, &cached->range) < 0) {
        delay_followers(cached); /* nothing is lost: it is read again later */
        fetcher_stop(cached);
    }
    f->context->counters.records_fetched_for_replays++;
}

/* Kafka does not have that offset (any more): the followers ask for the offsets that it has. */
static void refuse(struct cached_range *cached)
{
    LIST_EACH(p, &cached->followers, struct replay_partition, follow_node)
    {
        p->stage = STAGE_CHECK;
    }
    cached_range_settle(cached);
}

/*
 * Nothing between the cached range and `to` can be read: its followers tell a gap up to there, or
 * up to the log's first record, if the log begins before that.
 */
static void jump(struct cached_range *cached, int64_t to)
{
    const struct partition_log *log = cached->log;
    int64_t from = cached->range.end;
    int64_t until = from < log->range.start && log->range.start < to ? log->range.start : to;
    LIST_EACH(p, &cached->followers, struct replay_partition, follow_node)
    {
        p->gap_from = from;
        p->gap_to = until;
    }
    cached_range_settle(cached);
}

static bool take_event(struct fetcher *f)
{
    struct read_event event;
    enum read_kind kind = reader_next(f->reader, &event);
    struct cached_range *cached = kind == READ_NOTHING ? NULL : event.tag;
    f->events += kind == READ_NOTHING ? 0 : 1;
    switch (kind) {
    case READ_NOTHING:
        return false;
    case READ_RECORD:
        take_record(f, cached, &event);
        break;
    case READ_END:
        if (!plog_covers(cached->log, event.offset)) {
            delay_followers(cached); /* the log begins behind Kafka's end: both will move */
        }
        end_at(cached, event.offset);
        break;
    case READ_OUT_OF_RANGE:
        refuse(cached);
        break;
    case READ_LOST:
        f->owner->pace.is_fast = false; /* another reader may do better */
        delay_followers(cached);
        cached_range_settle(cached);
        break;
    case READ_ERROR:
        feed_note_unread(cached->log, &event);
        break;
    case READ_UNREADABLE:
        feed_note_unread(cached->log, &event);
        jump(cached, event.to);
        break;
    }
    return true;
}

/* Takes what is there within the bounds. Returns whether there may be more. */
static bool take_events(struct fetcher *f, size_t bytes, int records)
{
    size_t until = f->read_bytes + bytes;
    for (int i = 0; i < records && f->read_bytes < until; i++) {
        if (!take_event(f)) {
            return false;
        }
        f->first_ms = f->first_ms == 0 ? f->context->now_ms : f->first_ms;
        if (cached_ranges_are_full(f->replays)) {
            return true; /* what was taken must be read before it has to make room */
        }
    }
    return true;
}

bool fetcher_pump(struct fetcher *f)
{
    bool is_short = f->kind == READER_SHORT;
    size_t before = f->events;
    cached_ranges_make_room(f->replays, PUMP_BYTES);
    bool has_more = take_events(f, is_short ? SHORT_BYTES : PUMP_BYTES,
                                is_short ? SHORT_RECORDS : BATCH_RECORDS);
    f->is_exhausted = is_short && !has_more && f->read_bytes >= READER_SHORT_BYTES;
    return f->events > before;
}

struct replay *fetcher_heir(const struct fetcher *f)
{
    LIST_EACH(cached, &f->cached_ranges, struct cached_range, fetcher_node)
    {
        LIST_EACH(p, &cached->followers, struct replay_partition, follow_node)
        {
            struct replay *r = p->replay;
            if (r != f->owner && r->fetcher == NULL && r->state != REPLAY_BLOCKED) {
                return r;
            }
        }
    }
    return NULL;
}
