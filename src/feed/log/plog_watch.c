/* Life of a partition log: see the header. */
#include "feed/log/plog_watch.h"
#include "base/mem.h"
#include "feed/log/plogs.h"

enum {
    RETRY_MS = 1000
};

static void set_state(struct partition_log *log, enum plog_state state)
{
    if (log->state == LOG_COLD && state != LOG_COLD) {
        list_push_back(&log->plogs->logs, &log->node);
    } else if (state == LOG_COLD) {
        list_remove(&log->node);
    }
    log->state = state;
    if (state == LOG_WANTED || state == LOG_CHECKING) {
        log->plogs->has_wanted = true;
    }
}

void plog_watch(struct partition_log *log)
{
    log->watch_count++;
    if (log->state == LOG_COLD) {
        log->retry_at_ms = 0;
        set_state(log, LOG_WANTED);
    }
}

void plog_unwatch(struct partition_log *log)
{
    ASSERT(log->watch_count > 0 && log->state != LOG_COLD);
    if (--log->watch_count == 0) {
        log->unused_since_ms = log->plogs->context->now_ms;
    }
}

/* Puts the log on the tail reader at its end. */
static void follow(struct partition_log *log)
{
    if (reader_start(log->topic->tail->reader, log->topic->name, log->partition, log->range.end,
                     log) == 0) {
        set_state(log, LOG_LIVE);
    } else {
        plog_pause(log);
    }
}

void plog_pause(struct partition_log *log)
{
    log->retry_at_ms = log->plogs->context->now_ms + RETRY_MS;
    set_state(log, LOG_PAUSED);
}

void plog_check(struct partition_log *log)
{
    log->retry_at_ms = 0;
    plog_forget_lookup(log); /* of before: it may not know yet what the reader knows */
    set_state(log, LOG_CHECKING);
}

void plog_begin_jump(struct partition_log *log, int64_t to)
{
    ASSERT(log->state == LOG_LIVE);
    log->jump_to = to;
    set_state(log, LOG_JUMPING);
}

static void restart_behind_gap(struct partition_log *log, int64_t offset, const char *reason)
{
    ASSERT(offset != log->range.end);
    log->plogs->hooks->on_gap(log->plogs->hooks_opaque, log, offset, reason);
    plog_restart(log, offset);
}

void plog_jump(struct partition_log *log)
{
    if (log->state != LOG_JUMPING) {
        return;
    }
    if (log->jump_to > log->range.end) {
        restart_behind_gap(log, log->jump_to, "unreadable");
    }
    follow(log);
}

void plog_start_at(struct partition_log *log, int64_t offset)
{
    if (!plog_has_offsets(log)) {
        plog_forget_lookup(log);
        plog_restart(log, offset);
        follow(log);
        log->plogs->hooks->on_started(log->plogs->hooks_opaque, log);
    }
}

/* ---- offsets ---- */

static bool wants_offsets(const struct partition_log *log)
{
    bool asks = log->state == LOG_WANTED || log->state == LOG_CHECKING;
    return asks && log->lookup == NULL && log->plogs->context->now_ms >= log->retry_at_ms;
}

static void retry_later(struct partition_log *log)
{
    log->retry_at_ms = log->plogs->context->now_ms + RETRY_MS;
    set_state(log, log->state == LOG_STARTING ? LOG_WANTED : log->state);
}

/* The tail's offset was refused: go where Kafka has records, and tell the jump. */
static void settle(struct partition_log *log, int64_t earliest, int64_t latest)
{
    if (log->range.end < earliest || log->range.end > latest) {
        bool is_behind = log->range.end < earliest;
        int64_t offset = is_behind ? earliest : latest;
        restart_behind_gap(log, offset, is_behind ? "expired" : "beyond-end");
    }
    follow(log);
}

/* Two answers: where the log ends and where it begins. */
static void on_offsets(struct offset_lookup *lookup)
{
    struct partition_log *log = lookup->opaque;
    struct offset_query latest = lookup->queries[0];
    struct offset_query earliest = lookup->queries[1];
    log->lookup = NULL;
    offset_lookup_free(lookup);
    if (log->state != LOG_STARTING && log->state != LOG_CHECKING) {
        return; /* started by other means meanwhile */
    }
    if (!latest.is_known || !earliest.is_known) {
        feed_note_unknown(log);
        retry_later(log);
    } else if (log->state == LOG_STARTING) {
        plog_start_at(log, latest.offset);
    } else {
        settle(log, earliest.offset, latest.offset);
    }
    log->plogs->hooks->on_looked_up(log->plogs->hooks_opaque);
}

/* One look-up for each log, so that none waits for another's leader. Without memory, the next tick
 * tries again. */
static void ask(struct partition_log *log)
{
    static const int64_t moments[] = {OFFSET_AT_LATEST, OFFSET_AT_EARLIEST};
    struct offset_lookup *lookup = offset_lookup_new(ARRAY_LEN(moments));
    if (lookup == NULL) {
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
        lookup->queries[i] = (struct offset_query){
            .topic = log->topic->name, .partition = log->partition, .at_ms = moments[i]};
    }
    if (log->state == LOG_WANTED) {
        set_state(log, LOG_STARTING);
    }
    lookup->opaque = log;
    lookup->requester = LOOKUP_OWN;
    lookup->on_done = on_offsets;
    log->lookup = lookup;
    source_lookup(log->plogs->context->source, lookup);
}

void plogs_look_up(struct plogs *plogs)
{
    if (!plogs->has_wanted) {
        return;
    }
    LIST_EACH(log, &plogs->logs, struct partition_log, node)
    {
        if (wants_offsets(log)) {
            ask(log);
        }
    }
    plogs->has_wanted = false;
}

/* ---- time ---- */

void plogs_retry(struct plogs *plogs)
{
    LIST_EACH(log, &plogs->logs, struct partition_log, node)
    {
        if (log->state == LOG_PAUSED) {
            follow(log);
        }
    }
}

static void drop(struct partition_log *log)
{
    reader_stop(log->topic->tail->reader, log->topic->name, log->partition);
    plog_forget_lookup(log);
    plog_restart(log, 0);
    set_state(log, LOG_COLD);
}

void plogs_tick(struct plogs *plogs)
{
    LIST_EACH_SAFE(log, after, &plogs->logs, struct partition_log, node)
    {
        bool is_unused = log->watch_count == 0;
        if (is_unused &&
            plogs->context->now_ms - log->unused_since_ms >= plogs->context->options.linger_ms) {
            drop(log);
        } else if (log->state == LOG_PAUSED && plogs->context->now_ms >= log->retry_at_ms) {
            follow(log);
        }
    }
    plogs->has_wanted = true;
}
