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

/* Whoever stands at the end of one of its cached ranges can go on. */
static void on_ready(void *opaque)
{
    struct fetcher *f = opaque;
    LIST_EACH(s, &f->cached_ranges, struct cached_range, fetcher_node)
    {
        LIST_EACH(p, &s->followers, struct replay_partition, follow_node)
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

void fetcher_stop(struct cached_range *s)
{
    reader_stop(s->fetcher->reader, s->log->topic->name, s->log->partition);
    cached_range_settle(s);
}

void cached_ranges_forget(struct partition_log *log)
{
    while (!list_is_empty(&log->cached_ranges)) {
        struct cached_range *s = LIST_FIRST(&log->cached_ranges, struct cached_range, node);
        range_restart(&s->range, s->range.end);
        if (s->fetcher != NULL) {
            fetcher_stop(s);
        } else {
            cached_range_free(s);
        }
    }
}

/* A reader reads a partition at one offset only. */
static void stop_elsewhere(struct fetcher *f, const struct partition_log *log)
{
    LIST_EACH(s, &log->cached_ranges, struct cached_range, node)
    {
        if (s->fetcher == f) {
            fetcher_stop(s);
            return;
        }
    }
}

struct cached_range *fetcher_start(struct fetcher *f, struct partition_log *log, int64_t offset)
{
    stop_elsewhere(f, log);
    struct cached_range *s = cached_range_ending(log, offset);
    ASSERT(s == NULL || s->fetcher == NULL);
    if (s == NULL) {
        s = cached_range_new(f->replays, log, offset);
    }
    if (s == NULL) {
        return NULL;
    }
    if (reader_start(f->reader, log->topic->name, log->partition, offset, s) < 0) {
        cached_range_settle(s);
        return NULL;
    }
    s->fetcher = f;
    list_push_back(&f->cached_ranges, &s->fetcher_node);
    return s;
}

/* ---- what comes ---- */

/* Nothing is between the cached range and `offset`: its followers go there. Not beyond the log's
 * end, though: the tail reader may never see what is between (a transaction's marker), and the
 * channel waits at that end. */
static void end_at(struct cached_range *s, int64_t offset)
{
    int64_t end = offset > s->log->range.end ? s->log->range.end : offset;
    if (end > s->range.end) {
        range_skip_to(&s->range, end);
    }
    fetcher_stop(s);
}

static void delay_followers(struct cached_range *s)
{
    LIST_EACH(p, &s->followers, struct replay_partition, follow_node)
    {
        p->not_before_ms = s->log->plogs->context->now_ms + RETRY_MS;
    }
}

void fetcher_delay(struct fetcher *f)
{
    LIST_EACH(s, &f->cached_ranges, struct cached_range, fetcher_node)
    {
        delay_followers(s);
    }
}

/* Whether others have what begins at `offset`: the log, or another cached range. */
static bool is_known(struct cached_range *s, int64_t offset)
{
    if (plog_covers(s->log, offset)) {
        return true;
    }
    if (offset < s->next_start) {
        return false;
    }
    if (cached_range_covering(s->log, offset) != NULL) {
        return true;
    }
    /* It was of one that is gone: what begins behind is looked up anew. */
    s->next_start = INT64_MAX;
    LIST_EACH(other, &s->log->cached_ranges, struct cached_range, node)
    {
        if (other->range.start > offset && other->range.start < s->next_start) {
            s->next_start = other->range.start;
        }
    }
    return false;
}

static void take_record(struct fetcher *f, struct cached_range *s, const struct read_event *event)
{
    size_t bytes = event->key.len + event->value.len;
    f->read_bytes += bytes;
    pace_give(&f->owner->pace, bytes, f->context->now_ms);
    if (event->offset < s->range.end) {
        return; /* a fetch begins at a batch's border, which may lie before the offset asked for */
    }
    int64_t offset = event->offset;
    if (is_known(s, offset)) {
        end_at(s, offset);
    } else if (plog_render(s->log, f->reader, event, &s->range) < 0) {
        delay_followers(s); /* nothing is lost: it is read again later */
        fetcher_stop(s);
    }
    f->context->counters.records_fetched_for_replays++;
}

/* Whoever stands where Kafka has nothing must find out where it has. */
static void refuse(struct cached_range *s)
{
    LIST_EACH(p, &s->followers, struct replay_partition, follow_node)
    {
        p->stage = STAGE_CHECK;
    }
    cached_range_settle(s);
}

/*
 * Nothing between the cached range and `to` can be read: its followers tell a gap up to there, or
 * to where the log begins, which has been read.
 */
static void jump(struct cached_range *s, int64_t to)
{
    const struct partition_log *log = s->log;
    int64_t from = s->range.end;
    int64_t until = from < log->range.start && log->range.start < to ? log->range.start : to;
    LIST_EACH(p, &s->followers, struct replay_partition, follow_node)
    {
        p->gap_from = from;
        p->gap_to = until;
    }
    cached_range_settle(s);
}

static bool take_event(struct fetcher *f)
{
    struct read_event event;
    enum read_kind kind = reader_next(f->reader, &event);
    struct cached_range *s = kind == READ_NOTHING ? NULL : event.tag;
    f->events += kind == READ_NOTHING ? 0 : 1;
    switch (kind) {
    case READ_NOTHING:
        return false;
    case READ_RECORD:
        take_record(f, s, &event);
        break;
    case READ_END:
        if (!plog_covers(s->log, event.offset)) {
            delay_followers(s); /* the log begins behind Kafka's end: both will move */
        }
        end_at(s, event.offset);
        break;
    case READ_OUT_OF_RANGE:
        refuse(s);
        break;
    case READ_LOST:
        f->owner->pace.is_fast = false; /* another reader may do better */
        delay_followers(s);
        cached_range_settle(s);
        break;
    case READ_ERROR:
        feed_note_unread(s->log, &event);
        break;
    case READ_UNREADABLE:
        feed_note_unread(s->log, &event);
        jump(s, event.to);
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
    LIST_EACH(s, &f->cached_ranges, struct cached_range, fetcher_node)
    {
        LIST_EACH(p, &s->followers, struct replay_partition, follow_node)
        {
            struct replay *r = p->replay;
            if (r != f->owner && r->fetcher == NULL && r->state != REPLAY_BLOCKED) {
                return r;
            }
        }
    }
    return NULL;
}
