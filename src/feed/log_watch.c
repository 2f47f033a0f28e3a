/* Life of a partition log: see the header. */
#include "feed/log_watch.h"
#include "base/mem.h"
#include "feed/channel.h"
#include "feed/feed.h"

enum {
    RETRY_MS = 1000
};

static void set_state(struct partition_log *log, enum log_state state)
{
    if (log->state == LOG_COLD && state != LOG_COLD) {
        list_push_back(&log->feed->logs, &log->node);
    } else if (state == LOG_COLD) {
        list_remove(&log->node);
    }
    log->state = state;
    if (state == LOG_WANTED || state == LOG_CHECKING) {
        log->feed->has_wanted_logs = true;
    }
}

void log_watch(struct partition_log *log)
{
    if (log->state == LOG_COLD) {
        log->retry_at_ms = 0;
        set_state(log, LOG_WANTED);
    }
}

void log_unwatch(struct partition_log *log)
{
    if (list_is_empty(&log->links)) {
        log->unused_since_ms = log->feed->now_ms;
    }
}

/* Puts the log on the tail reader at its end. */
static void follow(struct partition_log *log)
{
    if (reader_start(log->topic->tail->reader, log->topic->name, log->partition, log->run.end,
                     log) == 0) {
        set_state(log, LOG_LIVE);
    } else {
        log_pause(log);
    }
}

void log_pause(struct partition_log *log)
{
    log->retry_at_ms = log->feed->now_ms + RETRY_MS;
    set_state(log, LOG_PAUSED);
}

void log_check(struct partition_log *log)
{
    log->retry_at_ms = 0;
    set_state(log, LOG_CHECKING);
}

void log_begin_jump(struct partition_log *log, int64_t to)
{
    log->jump_to = to;
    set_state(log, LOG_JUMPING);
}

static void restart_behind_gap(struct partition_log *log, int64_t offset, const char *reason)
{
    channels_gap(log, offset, reason);
    log_restart(log, offset);
}

void log_jump(struct partition_log *log)
{
    if (log->state != LOG_JUMPING) {
        return;
    }
    if (log->jump_to > log->run.end) {
        restart_behind_gap(log, log->jump_to, "unreadable");
    }
    follow(log);
}

void log_start_at(struct partition_log *log, int64_t offset)
{
    if (!log_has_offsets(log)) {
        log_restart(log, offset);
        follow(log);
        channels_log_started(log);
    }
}

/* ---- offsets ---- */

static bool wants_offsets(const struct partition_log *log)
{
    bool asks = log->state == LOG_WANTED || log->state == LOG_CHECKING;
    return asks && log->feed->now_ms >= log->retry_at_ms;
}

static void retry_later(struct partition_log *log)
{
    log->retry_at_ms = log->feed->now_ms + RETRY_MS;
    set_state(log, log->state == LOG_STARTING ? LOG_WANTED : log->state);
}

/* The tail's offset was refused: go where Kafka has records, and tell the jump. */
static void settle(struct partition_log *log, int64_t earliest, int64_t latest)
{
    if (log->run.end < earliest || log->run.end > latest) {
        bool is_behind = log->run.end < earliest;
        int64_t offset = is_behind ? earliest : latest;
        restart_behind_gap(log, offset, is_behind ? "expired" : "beyond-end");
    }
    follow(log);
}

/* Each log has two answers: where it ends and where it begins. */
static void on_offsets(struct offset_lookup *lookup)
{
    struct feed *feed = lookup->opaque;
    for (size_t i = 0; i < lookup->count; i += 2) {
        struct partition_log *log = feed->looked_up[i / 2];
        const struct offset_query *latest = &lookup->queries[i];
        const struct offset_query *earliest = &lookup->queries[i + 1];
        if (log->state != LOG_STARTING && log->state != LOG_CHECKING) {
            continue; /* started by other means, or dropped, meanwhile */
        }
        if (!latest->is_known || !earliest->is_known) {
            retry_later(log);
        } else if (log->state == LOG_STARTING) {
            log_start_at(log, latest->offset);
        } else {
            settle(log, earliest->offset, latest->offset);
        }
    }
    mem_free(feed->looked_up);
    feed->looked_up = NULL;
    feed->log_lookup = NULL;
    feed->has_wanted_logs = true; /* others may have come meanwhile */
    offset_lookup_free(lookup);
    channels_offer(feed);
}

static size_t count_wanted(const struct feed *feed)
{
    size_t count = 0;
    LIST_EACH(log, &feed->logs, struct partition_log, node)
    {
        count += wants_offsets(log) ? 1 : 0;
    }
    return count;
}

static void ask(struct feed *feed, struct offset_lookup *lookup)
{
    size_t i = 0;
    LIST_EACH(log, &feed->logs, struct partition_log, node)
    {
        if (!wants_offsets(log)) {
            continue;
        }
        struct offset_query query = {.topic = log->topic->name, .partition = log->partition};
        query.at_ms = OFFSET_AT_LATEST;
        lookup->queries[i] = query;
        query.at_ms = OFFSET_AT_EARLIEST;
        lookup->queries[i + 1] = query;
        feed->looked_up[i / 2] = log;
        i += 2;
        if (log->state == LOG_WANTED) {
            set_state(log, LOG_STARTING);
        }
    }
    ASSERT(i == lookup->count);
    lookup->opaque = feed;
    lookup->on_done = on_offsets;
    feed->log_lookup = lookup;
    source_lookup(feed->source, lookup);
}

void logs_look_up(struct feed *feed)
{
    if (!feed->has_wanted_logs || feed->log_lookup != NULL) {
        return;
    }
    feed->has_wanted_logs = false;
    size_t count = count_wanted(feed);
    if (count == 0) {
        return;
    }
    struct offset_lookup *lookup = offset_lookup_new(count * 2);
    feed->looked_up = mem_alloc(count * sizeof(struct partition_log *));
    if (lookup == NULL || feed->looked_up == NULL) {
        offset_lookup_free(lookup);
        mem_free(feed->looked_up);
        feed->looked_up = NULL;
        return; /* the next tick tries again */
    }
    ask(feed, lookup);
}

/* ---- time ---- */

void logs_retry(struct feed *feed)
{
    LIST_EACH(log, &feed->logs, struct partition_log, node)
    {
        if (log->state == LOG_PAUSED) {
            follow(log);
        }
    }
}

static void drop(struct partition_log *log)
{
    reader_stop(log->topic->tail->reader, log->topic->name, log->partition);
    log_restart(log, 0);
    set_state(log, LOG_COLD);
}

void logs_tick(struct feed *feed)
{
    LIST_EACH_SAFE(log, after, &feed->logs, struct partition_log, node)
    {
        bool is_unused = list_is_empty(&log->links);
        if (is_unused && feed->now_ms - log->unused_since_ms >= feed->options.linger_ms) {
            drop(log);
        } else if (log->state == LOG_PAUSED && feed->now_ms >= log->retry_at_ms) {
            follow(log);
        }
    }
    feed->has_wanted_logs = true;
}
