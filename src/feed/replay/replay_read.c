/* What a replay reads: from the partition logs where they reach back far enough, else from Kafka.
 */
#include "base/mem.h"
#include "feed/feed.h"
#include "feed/replay/replay.h"

enum {
    /* At most so many, or so much, for one chunk: what does not decode fills none. */
    FETCHES = 8,
    FETCHED_BYTES = 256 * 1024,
    STEP_US = 1000,          /* the same: what a filter drops fills none either */
    MOST_OWED_US = 16 * 1000 /* two of the dearest looks: beyond that, others took the time */
};

enum step {
    STEP_ON,
    STEP_ENDED /* the replay is dead */
};

static bool is_full(const struct replay *r)
{
    bool has_time = !r->has_read || turn_now_us(r->feed) < r->until_us;
    return r->out->len >= r->chunk_bytes || !has_time || r->is_cut;
}

/*
 * An id's time is that of the newest record that was sent before; it begins with the first record
 * that has it, which was sent therefore. Those behind it, of that millisecond or out of order, may
 * have been sent or not.
 */
static bool was_sent(struct replay *r, size_t i, const struct range_record *record)
{
    struct replay_partition *p = replay_partition(r, i);
    bool was = p->start.kind == START_AFTER && record->offset == p->sent_offset &&
               record->timestamp_ms == p->start.value - 1;
    p->has_met_sent = p->has_met_sent || was;
    return was;
}

/* The time that a client asked for is no record's: it counts only until one is sent. */
static void forget_asked_time(struct replay *r, size_t i)
{
    const struct replay_partition *p = replay_partition(r, i);
    struct partition_position *partition = &r->writer.position.partitions[i];
    bool is_time = p->start.kind == START_TIMESTAMP || p->start.kind == START_AFTER;
    if (is_time && !p->has_met_sent && partition->timestamp_ms == p->start.value - 1) {
        partition->timestamp_ms = -1;
    }
}

static enum step emit(struct replay *r, const struct move *move)
{
    forget_asked_time(r, move->partition);
    if (writer_move(&r->writer, r->out, move) < 0) {
        replay_end(r, END_NO_MEMORY);
        return STEP_ENDED;
    }
    r->has_moved_quietly = false;
    r->feed->counters.frames_replayed++;
    return STEP_ON;
}

static enum step skip_to(struct replay *r, size_t i, int64_t offset)
{
    if (r->writer.position.partitions[i].offset >= offset) {
        return STEP_ON;
    }
    r->has_moved_quietly = true;
    if (writer_skip(&r->writer, r->out, i, offset) < 0) {
        replay_end(r, END_NO_MEMORY);
        return STEP_ENDED;
    }
    return STEP_ON;
}

const struct record_range *partition_range(const struct replay *r, size_t i)
{
    const struct replay_partition *p = replay_partition(r, i);
    int64_t offset = r->writer.position.partitions[i].offset;
    if (plog_covers(p->log, offset)) {
        return &p->log->range;
    }
    const struct cached_range *s = cached_range_covering(p->log, offset);
    return s == NULL ? NULL : &s->range;
}

/* What is in the chunk goes out first, or a client would come back to it again and again. */
static enum step fail_filter(struct replay *r)
{
    r->is_cut = r->out->len > 0;
    if (!r->is_cut) {
        replay_end(r, END_FILTER);
    }
    return r->is_cut ? STEP_ON : STEP_ENDED;
}

static enum step select_one(struct replay *r, size_t i, const struct range_record *record)
{
    struct selection_scratch *scratch = &r->feed->selection_scratch;
    struct move move = record_move(record, i);
    struct ksse_event event = log_event(replay_partition(r, i)->log, record);
    selection_scratch_set(scratch, move.data);
    switch (selection_apply(r->channel->selection, scratch, &event, &move.data)) {
    case SELECTION_KEPT:
        return emit(r, &move);
    case SELECTION_DROPPED:
        r->feed->counters.records_filtered++;
        return STEP_ON;
    case SELECTION_FAILED:
        return fail_filter(r);
    case SELECTION_NO_MEMORY:
        break;
    }
    replay_end(r, END_NO_MEMORY);
    return STEP_ENDED;
}

static enum step emit_record(struct replay *r, size_t i, const struct range_record *record)
{
    r->has_read = true;
    if (r->channel->selection != NULL) {
        return select_one(r, i, record);
    }
    struct move move = record_move(record, i);
    return emit(r, &move);
}

/* A replay goes no further than its channel, which may not have looked at all that its logs hold.
 */
static int64_t limit_of(const struct replay *r, size_t i)
{
    bool has_offsets = plog_has_offsets(replay_partition(r, i)->log);
    return has_offsets ? r->channel->writer.position.partitions[i].offset : INT64_MAX;
}

/* Where the partition goes on: what was looked at and dropped is behind it. */
static int64_t next_offset(struct replay *r, size_t i, const struct record_range *range)
{
    const struct range_record *next = range_peek(range, &replay_partition(r, i)->cursor);
    int64_t offset = next == NULL ? range->end : next->offset;
    int64_t limit = limit_of(r, i);
    return offset < limit ? offset : limit;
}

static enum step read_range(struct replay *r, size_t i, const struct record_range *range)
{
    struct replay_partition *p = replay_partition(r, i);
    struct partition_position *partition = &r->writer.position.partitions[i];
    if (!range_cursor_is_valid(range, &p->cursor)) {
        range_seek(range, partition->offset, &p->cursor);
    }
    const struct range_record *record;
    int64_t limit = limit_of(r, i);
    while (!is_full(r) && (record = range_peek(range, &p->cursor)) != NULL &&
           record->offset < limit) {
        bool is_due = record->offset >= partition->offset && !was_sent(r, i, record);
        if (is_due && emit_record(r, i, record) == STEP_ENDED) {
            return STEP_ENDED;
        }
        if (!r->is_cut) {
            range_advance(&p->cursor, record);
        }
    }
    return skip_to(r, i, next_offset(r, i, range));
}

/* What is in the chunk goes out before an end, as above. */
static enum step tell_unreadable(struct replay *r, size_t i)
{
    struct replay_partition *p = replay_partition(r, i);
    int64_t to = p->gap_to;
    bool stands_there = p->gap_from == r->writer.position.partitions[i].offset;
    if (to <= p->gap_from || !stands_there || partition_range(r, i) != NULL) {
        p->gap_to = 0; /* somebody could read it after all */
        return STEP_ON;
    }
    if (r->writer.view.gap == GAP_ERROR && r->out->len > 0) {
        r->is_cut = true;
        return STEP_ON;
    }
    p->gap_to = 0;
    return replay_gap(r, i, to, "unreadable") ? STEP_ON : STEP_ENDED;
}

/* From one range to the next, as far as that goes. */
static enum step read_partition(struct replay *r, size_t i)
{
    const struct partition_position *partition = &r->writer.position.partitions[i];
    int64_t before;
    if (replay_partition(r, i)->gap_to > 0 && tell_unreadable(r, i) == STEP_ENDED) {
        return STEP_ENDED;
    }
    do {
        const struct record_range *range = partition_range(r, i);
        before = partition->offset;
        if (range == NULL) {
            return STEP_ON;
        }
        if (read_range(r, i, range) == STEP_ENDED) {
            return STEP_ENDED;
        }
    } while (!is_full(r) && partition->offset != before);
    return STEP_ON;
}

/* ---- a chunk ---- */

enum reach {
    REACH_ALL,    /* every partition stands where the channel stands */
    REACH_FUTURE, /* some stand behind their log's end: the log has to come there */
    REACH_LOGS,   /* the logs have more */
    REACH_CACHED, /* cached ranges have more */
    REACH_KAFKA   /* some are older than what anybody holds */
};

static enum reach reach_of_partition(const struct replay *r, size_t i, int64_t target)
{
    const struct partition_log *log = replay_partition(r, i)->log;
    int64_t offset = r->writer.position.partitions[i].offset;
    if (!plog_has_offsets(log)) {
        return REACH_FUTURE;
    }
    if (!plog_covers(log, offset)) {
        return cached_range_covering(log, offset) != NULL ? REACH_CACHED : REACH_KAFKA;
    }
    if (offset == target) {
        return REACH_ALL;
    }
    return offset < target ? REACH_LOGS : REACH_FUTURE;
}

static enum reach reach_of(const struct replay *r)
{
    enum reach reach = channel_is_live(r->channel) ? REACH_ALL : REACH_FUTURE;
    const struct position *target = &r->channel->writer.position;
    for (size_t i = 0; i < r->writer.position.count; i++) {
        enum reach here = reach_of_partition(r, i, target->partitions[i].offset);
        reach = here > reach ? here : reach;
    }
    return reach;
}

/* All partitions get their turn: the next chunk begins with the partition behind the one that
 * filled this one. */
static enum step read_runs(struct replay *r)
{
    size_t count = r->writer.position.count;
    for (size_t n = 0; n < count && !is_full(r); n++) {
        size_t i = r->turn++ % count;
        if (replay_reads_partition(r, i) && read_partition(r, i) == STEP_ENDED) {
            return STEP_ENDED;
        }
    }
    return STEP_ON;
}

/* An offset beyond its log's end may be an old one of a partition that was cut off: Kafka knows. */
static bool check_future(struct replay *r)
{
    bool has_any = false;
    for (size_t i = 0; i < r->writer.position.count; i++) {
        struct replay_partition *p = replay_partition(r, i);
        if (plog_has_offsets(p->log) && !p->is_future &&
            p->log->range.end < r->writer.position.partitions[i].offset) {
            p->is_future = true;
            p->stage = STAGE_CHECK;
            has_any = true;
        }
    }
    return has_any;
}

bool replay_beat(struct replay *r)
{
    if (writer_beat(&r->writer, r->out, r->has_moved_quietly) < 0) {
        replay_end(r, END_NO_MEMORY);
        return false;
    }
    r->has_moved_quietly = false;
    return true;
}

/* A fetcher that nothing is to be fetched with is for others. */
static void keep_fetcher_if_needed(struct replay *r, enum reach reach)
{
    if (r->fetcher != NULL && (reach < REACH_CACHED || list_is_empty(&r->fetcher->cached_ranges))) {
        replay_release_fetcher(r, true);
    }
}

static enum fill fill_after(struct replay *r, enum fetch fetch)
{
    enum reach reach = reach_of(r);
    keep_fetcher_if_needed(r, reach);
    switch (reach) {
    case REACH_ALL:
        return FILL_CAUGHT_UP;
    case REACH_FUTURE:
        return check_future(r) ? FILL_MORE : FILL_WAIT;
    case REACH_LOGS:
    case REACH_CACHED:
        return FILL_MORE;
    case REACH_KAFKA:
        break;
    }
    if (fetch == FETCH_SOME || fetch == FETCH_FULL) {
        return FILL_MORE;
    }
    return fetch == FETCH_NO_READER ? FILL_NEEDS_READER : FILL_WAIT;
}

/* What is not shown, whether no filter keeps it or it does not decode, must not keep the client
 * waiting for a sign of life. */
static enum fill beat_if_due(struct replay *r)
{
    int64_t silent_ms = r->feed->now_ms - r->last_frame_ms;
    bool is_due =
        r->out->len == 0 && r->torn.size == 0 && silent_ms >= r->feed->options.heartbeat_ms;
    return !is_due || replay_beat(r) ? FILL_MORE : FILL_ENDED;
}

static enum fill fill_chunk(struct replay *r)
{
    if (!gone_is_told(&r->gone)) {
        return replay_tell_gone(r) ? FILL_MORE : FILL_ENDED;
    }
    enum fetch fetch = FETCH_SOME;
    size_t given = r->pace.given_bytes;
    r->is_cut = false;
    for (int i = 0; fetch == FETCH_SOME || fetch == FETCH_FULL; i++) {
        if (read_runs(r) == STEP_ENDED) {
            return FILL_ENDED;
        }
        if (is_full(r)) {
            return beat_if_due(r);
        }
        bool has_much = r->pace.given_bytes - given >= FETCHED_BYTES;
        if (fetch == FETCH_FULL || i == FETCHES || has_much) {
            break;
        }
        fetch = replay_fetch(r);
    }
    enum fill fill = fill_after(r, fetch);
    return fill == FILL_MORE ? beat_if_due(r) : fill;
}

enum fill replay_fill(struct replay *r)
{
    r->until_us = turn_read_us(r->feed) + STEP_US;
    r->has_read = false;
    enum fill fill = fill_chunk(r);
    int64_t late_us = turn_read_us(r->feed) - r->until_us;
    r->owes_us = late_us < 0 ? 0 : late_us < MOST_OWED_US ? late_us : MOST_OWED_US;
    return fill;
}

bool replay_yields(struct replay *r)
{
    bool is_alone = queue_is_empty(&r->feed->ready_replays); /* it has just been taken out */
    if (r->owes_us <= 0 || is_alone || r->torn.size > 0) {
        r->owes_us = 0;
        return false;
    }
    r->owes_us -= STEP_US;
    queue_put(&r->feed->ready_replays, &r->node, false);
    return true;
}
