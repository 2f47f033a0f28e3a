/* What a replay reads: from the partition logs where these reach back far enough, else from cached
 * ranges. See replay_parts.h. */
#include "feed/channel/channels.h"
#include "feed/log/plogs.h"
#include "feed/replay/replay_parts.h"

enum {
    /* At most so many, or so much, for one chunk: what does not decode fills none. */
    FETCHES = 8,
    FETCHED_BYTES = 256 * 1024,
    MOST_OWED_US = 16 * 1000 /* two of the dearest evaluations: beyond that, others took the time */
};

/* What is rendered in a step, into the replay's `out`. */
struct chunk {
    struct replay *r;
    size_t bytes;      /* it is full with that much */
    struct turn *turn; /* with a selection, else NULL: only that can take long and fill nothing */
    int64_t until_us;  /* of the turn: the chunk ends then ... */
    bool has_read;     /* ... once it has read a record at least */
    bool is_cut;       /* what comes next ends the stream: first the chunk is sent */
};

static bool is_full(const struct chunk *c)
{
    if (c->r->out->len >= c->bytes || c->is_cut) {
        return true;
    }
    return c->turn != NULL && c->has_read && turn_now_us(c->turn) >= c->until_us;
}

/*
 * The time of an id is that of the newest record that was sent. The replay begins with the first
 * record of that time, which was sent therefore. Records behind it, of the same millisecond or out
 * of order, may have been sent or not.
 */
static bool was_sent(struct replay *r, size_t i, const struct range_record *record)
{
    struct replay_partition *p = replay_partition(r, i);
    bool was = p->start.kind == START_AFTER && record->offset == p->sent_offset &&
               record->timestamp_ms == p->start.value - 1;
    p->has_met_sent = p->has_met_sent || was;
    return was;
}

/* The time that a client asked for is not that of a record: the id keeps it only until a record is
 * sent. */
static void forget_asked_time(struct replay *r, size_t i)
{
    const struct replay_partition *p = replay_partition(r, i);
    struct partition_position *partition = &r->writer.position.partitions[i];
    bool is_time = p->start.kind == START_TIMESTAMP || p->start.kind == START_AFTER;
    if (is_time && !p->has_met_sent && partition->timestamp_ms == p->start.value - 1) {
        partition->timestamp_ms = -1;
    }
}

static enum end_reason emit(struct replay *r, const struct move *move)
{
    forget_asked_time(r, move->partition);
    if (writer_move(&r->writer, r->out, move) < 0) {
        return END_NO_MEMORY;
    }
    r->has_moved_quietly = false;
    r->context->counters.frames_replayed++;
    return END_NONE;
}

static enum end_reason skip_to(struct replay *r, size_t i, int64_t offset)
{
    if (r->writer.position.partitions[i].offset >= offset) {
        return END_NONE;
    }
    r->has_moved_quietly = true;
    return writer_skip(&r->writer, r->out, i, offset) < 0 ? END_NO_MEMORY : END_NONE;
}

/* What is in the chunk goes out before an end, or a client would come back to it again and again.
 */
static enum end_reason end_after(struct chunk *c, enum end_reason end)
{
    c->is_cut = c->r->out->len > 0;
    return c->is_cut ? END_NONE : end;
}

static enum end_reason select_one(struct chunk *c, size_t i, const struct range_record *record)
{
    struct replay *r = c->r;
    struct selection_scratch *scratch = &r->replays->channels->scratch;
    struct move move = record_move(record, i);
    struct ksse_event event = plog_event(replay_partition(r, i)->log, record);
    selection_scratch_set(scratch, move.data);
    switch (selection_apply(r->channel->selection, scratch, &event, &move.data)) {
    case SELECTION_KEPT:
        return emit(r, &move);
    case SELECTION_DROPPED:
        r->context->counters.records_filtered++;
        return END_NONE;
    case SELECTION_FAILED:
        return end_after(c, END_FILTER);
    case SELECTION_NO_MEMORY:
        break;
    }
    return END_NO_MEMORY;
}

static enum end_reason emit_record(struct chunk *c, size_t i, const struct range_record *record)
{
    c->has_read = true;
    if (c->r->channel->selection != NULL) {
        return select_one(c, i, record);
    }
    struct move move = record_move(record, i);
    return emit(c->r, &move);
}

/* A replay goes no further than its channel, which may not have applied its selection to all that
 * its logs hold. */
static int64_t limit_of(const struct replay *r, size_t i)
{
    bool has_offsets = plog_has_offsets(replay_partition(r, i)->log);
    return has_offsets ? r->channel->writer.position.partitions[i].offset : INT64_MAX;
}

/* Where the partition goes on: behind all records that were dropped. */
static int64_t next_offset(struct replay *r, size_t i, const struct record_range *range)
{
    const struct range_record *next = range_peek(range, &replay_partition(r, i)->cursor);
    int64_t offset = next == NULL ? range->end : next->offset;
    int64_t limit = limit_of(r, i);
    return offset < limit ? offset : limit;
}

static enum end_reason read_range(struct chunk *c, size_t i, const struct record_range *range)
{
    struct replay *r = c->r;
    struct range_cursor *cursor = &replay_partition(r, i)->cursor;
    const struct partition_position *partition = &r->writer.position.partitions[i];
    if (!range_cursor_is_valid(range, cursor)) {
        range_seek(range, partition->offset, cursor);
    }
    const struct range_record *record;
    int64_t limit = limit_of(r, i);
    while (!is_full(c) && (record = range_peek(range, cursor)) != NULL && record->offset < limit) {
        bool is_due = record->offset >= partition->offset && !was_sent(r, i, record);
        enum end_reason end = is_due ? emit_record(c, i, record) : END_NONE;
        if (end != END_NONE) {
            return end;
        }
        if (!c->is_cut) {
            range_advance(cursor, record);
        }
    }
    return skip_to(r, i, next_offset(r, i, range));
}

static enum end_reason tell_unreadable(struct chunk *c, size_t i)
{
    struct replay *r = c->r;
    struct replay_partition *p = replay_partition(r, i);
    int64_t to = p->gap_to;
    bool stands_there = p->gap_from == r->writer.position.partitions[i].offset;
    if (to <= p->gap_from || !stands_there || replay_range(r, i) != NULL) {
        p->gap_to = 0; /* somebody could read it after all */
        return END_NONE;
    }
    if (r->writer.view.gap == GAP_ERROR && r->out->len > 0) {
        return end_after(c, END_GAP); /* in the next chunk */
    }
    p->gap_to = 0;
    return replay_gap(r, i, to, "unreadable");
}

/* From one range to the next, as far as that goes. */
static enum end_reason read_partition(struct chunk *c, size_t i)
{
    const struct partition_position *partition = &c->r->writer.position.partitions[i];
    const struct record_range *range;
    int64_t before;
    enum end_reason end = replay_partition(c->r, i)->gap_to > 0 ? tell_unreadable(c, i) : END_NONE;
    do {
        range = replay_range(c->r, i);
        before = partition->offset;
        if (end == END_NONE && range != NULL) {
            end = read_range(c, i, range);
        }
    } while (end == END_NONE && range != NULL && !is_full(c) && partition->offset != before);
    return end;
}

/* ---- a chunk ---- */

enum reach {
    REACH_ALL,    /* every partition stands where the channel stands */
    REACH_FUTURE, /* some stand beyond their log's end: the log has to come there */
    REACH_LOGS,   /* the logs have more */
    REACH_CACHED, /* cached ranges have more */
    REACH_KAFKA   /* some are older than what anybody holds */
};

/* The partition that is furthest away decides; from REACH_CACHED on, a fetcher may be needed. */
_Static_assert(REACH_ALL < REACH_FUTURE && REACH_FUTURE < REACH_LOGS && REACH_LOGS < REACH_CACHED &&
                   REACH_CACHED < REACH_KAFKA,
               "reach grows with the distance");

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

/* Partitions take turns: the next chunk begins with the partition after the one that has filled
 * this chunk. */
static enum end_reason read_ranges(struct chunk *c)
{
    struct replay *r = c->r;
    size_t count = r->writer.position.count;
    enum end_reason end = END_NONE;
    for (size_t n = 0; end == END_NONE && n < count && !is_full(c); n++) {
        size_t i = r->turn++ % count;
        end = replay_reads_partition(r, i) ? read_partition(c, i) : END_NONE;
    }
    return end;
}

/* An offset beyond the log's end may come from before the partition was truncated: Kafka is asked.
 */
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

enum end_reason replay_beat(struct replay *r)
{
    ASSERT(r->out->len == 0 && r->torn.size == 0);
    if (writer_beat(&r->writer, r->out, r->has_moved_quietly) < 0) {
        return END_NO_MEMORY;
    }
    r->has_moved_quietly = false;
    return END_NONE;
}

/* A replay that has nothing to fetch leaves its fetcher to others. */
static void keep_fetcher_if_needed(struct replay *r, enum reach reach)
{
    if (r->fetcher != NULL && (reach < REACH_CACHED || list_is_empty(&r->fetcher->cached_ranges))) {
        readers_give_up(r, true);
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

/* Records that are not shown, since a filter drops them or they do not decode, do not keep the
 * client waiting for a heartbeat. */
static enum end_reason beat_if_due(struct replay *r)
{
    int64_t silent_ms = r->context->now_ms - r->last_frame_ms;
    bool is_due =
        r->out->len == 0 && r->torn.size == 0 && silent_ms >= r->context->options.heartbeat_ms;
    return is_due ? replay_beat(r) : END_NONE;
}

static enum end_reason fill_chunk(struct chunk *c, enum fill *out)
{
    struct replay *r = c->r;
    enum fetch fetch = FETCH_SOME;
    size_t given = r->pace.given_bytes;
    enum end_reason end = read_ranges(c);
    for (int i = 0; end == END_NONE && !is_full(c) && fetch == FETCH_SOME && i < FETCHES &&
                    r->pace.given_bytes - given < FETCHED_BYTES;
         i++) {
        fetch = replay_fetch(r);
        if (fetch == FETCH_SOME || fetch == FETCH_FULL) {
            end = read_ranges(c);
        }
    }
    if (end != END_NONE) {
        return end;
    }
    *out = is_full(c) ? FILL_MORE : fill_after(r, fetch);
    return *out == FILL_MORE ? beat_if_due(r) : END_NONE;
}

enum end_reason replay_fill(struct replay *r, enum fill *out)
{
    if (!gone_is_told(&r->gone)) {
        *out = FILL_MORE;
        return replay_tell_gone(r);
    }
    struct turn *turn = &r->replays->channels->turn;
    struct chunk chunk = {.r = r,
                          .bytes = replay_chunk_bytes(r),
                          .turn = r->channel->selection == NULL ? NULL : turn,
                          .until_us = turn_read_us(turn) + REPLAY_STEP_US};
    enum end_reason end = fill_chunk(&chunk, out);
    int64_t late_us = turn_read_us(turn) - chunk.until_us;
    r->owes_us = late_us < 0 ? 0 : late_us < MOST_OWED_US ? late_us : MOST_OWED_US;
    return end;
}
