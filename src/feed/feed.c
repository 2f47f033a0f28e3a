/* The feed's life and its turn: see the header. */
#include "feed/feed.h"
#include "base/mem.h"
#include "feed/channel/channel_select.h"
#include "feed/log/ingest.h"
#include "feed/log/plog_watch.h"
#include "feed/replay/replay.h"

enum {
    /* Of replays in one turn, with the live clients' batch before each. */
    STEPS = 128,
    STEPS_BYTES = 1024 * 1024 /* ... or so much sent, if that is less */
};

static int open_tails(struct feed *feed, const struct feed_options *options)
{
    struct rendering json = {.deserializer = deserializer_builtin("json")};
    const struct rendering *renderings = options->rendering_count > 0 ? options->renderings : &json;
    size_t count = options->rendering_count > 0 ? options->rendering_count : 1;
    feed->tails = mem_zalloc(count * sizeof(*feed->tails));
    feed->tail_count = feed->tails == NULL ? 0 : count;
    for (size_t i = 0; i < feed->tail_count; i++) {
        if (tail_open(&feed->tails[i], feed, &renderings[i]) < 0) {
            return -1;
        }
    }
    return feed->tails == NULL ? -1 : 0;
}

struct feed *feed_new(const struct feed_options *options, struct source *source)
{
    struct feed *feed = mem_zalloc(sizeof(*feed));
    if (feed == NULL) {
        return NULL;
    }
    feed->options = *options;
    if (options->record_bytes == 0 || options->record_bytes > MOST_RECORD_BYTES) {
        feed->options.record_bytes = MOST_RECORD_BYTES;
    }
    feed->source = source;
    feed->wall_ms = INT64_MAX; /* nothing lies in the future until the owner says otherwise */
    list_init(&feed->logs);
    list_init(&feed->dirty_logs);
    list_init(&feed->select_logs);
    list_init(&feed->late_links);
    range_pool_init(&feed->plog_pool, &feed->next_range_id);
    list_init(&feed->channel_list);
    list_init(&feed->dirty_channels);
    list_init(&feed->dead_channels);
    feed->replays = replays_new(feed);
    if (feed->replays == NULL || selection_scratch_init(&feed->selection_scratch) < 0 ||
        open_tails(feed, options) < 0) {
        feed_free(feed);
        return NULL;
    }
    return feed;
}

void feed_set_time_of_day(struct feed *feed, int64_t wall_ms)
{
    feed->wall_ms = wall_ms;
}

static void reap(struct feed *feed)
{
    replays_reap(feed->replays);
    channels_reap(feed);
    replays_reap(feed->replays); /* of channels that have failed */
}

void feed_free(struct feed *feed)
{
    if (feed == NULL) {
        return;
    }
    if (feed->replays != NULL) {
        reap(feed);
    }
    ASSERT(list_is_empty(&feed->channel_list));
    for (size_t i = 0; i < feed->tail_count; i++) {
        tail_close(&feed->tails[i]);
    }
    replays_free(feed->replays);
    mem_free(feed->tails);
    selection_scratch_fini(&feed->selection_scratch);
    map_fini(&feed->channels);
    buf_fini(&feed->scratch);
    mem_free(feed);
}

static bool tails_have_more(const struct feed *feed)
{
    for (size_t i = 0; i < feed->tail_count; i++) {
        if (feed->tails[i].has_more) {
            return true;
        }
    }
    return false;
}

static bool has_work(const struct feed *feed)
{
    return tails_have_more(feed) || replays_have_work(feed->replays);
}

static bool is_over(struct feed *feed, uint64_t until_bytes, int64_t until_us)
{
    return feed->counters.bytes_sent >= until_bytes || turn_read_us(feed) >= until_us;
}

/* Live clients may need more than a turn: replays go on all the same. */
static int64_t replays_until_us(struct feed *feed)
{
    int64_t least_us = turn_read_us(feed) + REPLAYS_US;
    return least_us > TURN_US ? least_us : TURN_US;
}

bool feed_run(struct feed *feed, int64_t now_ms)
{
    feed->now_ms = now_ms;
    plogs_look_up(feed);
    turn_begin(feed);
    replays_begin_turn(feed->replays);
    uint64_t until = feed->counters.bytes_sent + STEPS_BYTES;
    int64_t until_us = 0;
    int steps = 0;
    do {
        /* While replays are busy the loop is not: what has come for live clients is looked for. */
        if (has_work(feed) || channels_lag(feed)) {
            ingest_run(feed);
        }
        until_us = steps == 0 ? replays_until_us(feed) : until_us;
        replays_step(feed->replays);
    } while (++steps < STEPS && has_work(feed) && !is_over(feed, until, until_us));
    reap(feed);
    return has_work(feed) || channels_lag(feed);
}

void feed_tick(struct feed *feed, int64_t now_ms)
{
    feed->now_ms = now_ms;
    plogs_tick(feed);
    channels_tick(feed);
    replays_tick(feed->replays);
    reap(feed);
}

void feed_retry(struct feed *feed, int64_t now_ms)
{
    feed->now_ms = now_ms;
    plogs_retry(feed);
    replays_retry(feed->replays);
}

static void note_skip(struct feed *feed, const struct record *record,
                      struct deserializer_fault fault)
{
    feed->counters.records_undecodable[fault.reason]++;
    if (feed->options.events.on_undecodable != NULL) {
        feed->options.events.on_undecodable(feed->options.events.opaque, record, &fault);
    }
}

void feed_note_undecodable(struct feed *feed, const struct record *record,
                           const struct deserializer *deserializer)
{
    note_skip(feed, record, deserializer_fault(deserializer, record));
}

void feed_note_too_large(struct feed *feed, const struct record *record)
{
    enum undecodable reason = UNDECODABLE_RECORD_TOO_LARGE;
    note_skip(feed, record, (struct deserializer_fault){reason, undecodable_clause(reason)});
}

void feed_note_unknown(const struct partition_log *log)
{
    struct feed *feed = log->feed;
    feed->counters.lookups_failed++;
    if (feed->options.events.on_lookup_failed != NULL) {
        feed->options.events.on_lookup_failed(feed->options.events.opaque, log->topic->name,
                                              log->partition);
    }
}

void feed_note_unread(const struct partition_log *log, const struct read_event *event)
{
    struct feed *feed = log->feed;
    const struct feed_events *events = &feed->options.events;
    if (event->kind == READ_ERROR) {
        feed->counters.read_errors++;
        if (events->on_read_error != NULL) {
            events->on_read_error(events->opaque, log->topic->name, log->partition, event->offset,
                                  event->message);
        }
    } else {
        feed->counters.unreadable_ranges++;
        if (events->on_unreadable != NULL) {
            events->on_unreadable(events->opaque, log->topic->name, log->partition, event->offset,
                                  event->to);
        }
    }
}
