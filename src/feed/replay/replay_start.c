/* Where a replay begins: look-ups of times, of oldest records, and of the ends of a partition where
 * a reader has refused an offset; gaps. See replay_parts.h. */
#include "feed/channel/channels.h"
#include "feed/log/plogs.h"
#include "feed/replay/replay_parts.h"

enum {
    RETRY_MS = 500
};

/* How many questions a partition has: both its ends are asked for with two. */
static size_t questions(const struct replay_partition *p)
{
    switch (p->stage) {
    case STAGE_ASK:
        return 1;
    case STAGE_CHECK:
        return 2;
    case STAGE_LATEST:
    case STAGE_KNOWN:
        break;
    }
    return 0;
}

/*
 * A partition begins at `offset`. So does `out`, which may hold a heartbeat already: giving that
 * back must not undo the decision.
 */
static enum end_reason settle(struct replay *r, size_t i, int64_t offset)
{
    struct replay_partition *p = replay_partition(r, i);
    p->stage = STAGE_KNOWN;
    p->sent_offset = offset;
    r->out->start.partitions[i].offset = offset;
    if (plog_has_offsets(p->log) && offset >= p->log->range.end) {
        /* No record has that time yet: a client that came back with it would miss the next ones. */
        r->out->start.partitions[i].timestamp_ms = -1;
        r->writer.position.partitions[i].timestamp_ms = -1;
    }
    return writer_skip(&r->writer, NULL, i, offset) < 0 ? END_NO_MEMORY : END_NONE;
}

static enum end_reason settle_checked(struct replay *r, size_t i, const struct offset_query *range)
{
    struct replay_partition *p = replay_partition(r, i);
    int64_t offset = r->writer.position.partitions[i].offset;
    int64_t earliest = range[0].offset;
    int64_t latest = range[1].offset;
    p->stage = STAGE_KNOWN;
    if (offset < earliest) {
        return replay_gap(r, i, earliest, "expired");
    }
    if (offset > latest) {
        return replay_gap(r, i, latest, "beyond-end");
    }
    /* In range after all: a reader has just refused it, and is not asked again at once. */
    if (!p->is_future) {
        p->not_before_ms = r->context->now_ms + RETRY_MS;
    }
    return END_NONE;
}

static bool are_known(const struct offset_query *queries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!queries[i].is_known) {
            return false;
        }
    }
    return true;
}

static enum end_reason settle_all(struct replay *r, const struct offset_query *query)
{
    enum end_reason end = END_NONE;
    for (size_t i = 0; end == END_NONE && i < r->writer.position.count; i++) {
        size_t count = questions(replay_partition(r, i));
        if (count > 0 && !are_known(query, count)) {
            feed_note_unknown(replay_partition(r, i)->log);
            r->not_before_ms = r->context->now_ms + RETRY_MS;
        } else if (count == 1) {
            end = settle(r, i, query->offset);
        } else if (count == 2) {
            end = settle_checked(r, i, query);
        }
        query += count;
    }
    return end;
}

/* The replay's partitions are the same as when it asked: replay_forget_lookup() cancels otherwise.
 */
static void on_offsets(struct offset_lookup *lookup)
{
    struct replay *r = lookup->opaque;
    ASSERT(r->lookup == lookup);
    r->lookup = NULL;
    enum end_reason end = settle_all(r, lookup->queries);
    offset_lookup_free(lookup);
    replay_charge(r); /* for gaps */
    replay_conclude(r, end);
}

static int64_t moment_to_ask(const struct start *start)
{
    switch (start->kind) {
    case START_TIMESTAMP:
        return start->value;
    case START_AFTER:
        return start->value > 0 ? start->value - 1 : 0; /* negative ones are no times */
    default:
        return OFFSET_AT_EARLIEST;
    }
}

static void add_questions(const struct replay *r, size_t i, struct offset_query *out)
{
    const struct partition_position *partition = &r->writer.position.partitions[i];
    const struct replay_partition *p = replay_partition(r, i);
    struct offset_query query = {.topic = partition->topic, .partition = partition->partition};
    if (p->stage == STAGE_ASK) {
        query.at_ms = moment_to_ask(&p->start);
        out[0] = query;
        return;
    }
    query.at_ms = OFFSET_AT_EARLIEST;
    out[0] = query;
    query.at_ms = OFFSET_AT_LATEST;
    out[1] = query;
}

static enum end_reason ask(struct replay *r, size_t count)
{
    ASSERT(r->lookup == NULL);
    struct offset_lookup *lookup = offset_lookup_new(count);
    if (lookup == NULL) {
        return END_NO_MEMORY;
    }
    size_t at = 0;
    for (size_t i = 0; i < r->writer.position.count; i++) {
        size_t asked = questions(replay_partition(r, i));
        if (asked > 0) {
            add_questions(r, i, &lookup->queries[at]);
        }
        at += asked;
    }
    ASSERT(at == count);
    lookup->opaque = r;
    lookup->requester = r->client->requester;
    lookup->on_done = on_offsets;
    r->lookup = lookup;
    source_lookup(r->context->source, lookup);
    return END_NONE;
}

/* Nobody will ever know where it begins: the topic was deleted after the subscription was made, or
 * just before. All other partitions would wait for it. */
static bool has_vanished(const struct replay_partition *p)
{
    return p->stage != STAGE_KNOWN && !topic_has(p->log->topic, p->log->partition);
}

enum end_reason replay_place(struct replay *r, bool *is_placed)
{
    size_t count = 0;
    bool waits = false;
    for (size_t i = 0; i < r->writer.position.count; i++) {
        const struct replay_partition *p = replay_partition(r, i);
        if (has_vanished(p)) {
            return END_VANISHED;
        }
        waits = waits || p->stage == STAGE_LATEST;
        count += questions(p);
    }
    bool asks = count > 0 && r->lookup == NULL;
    *is_placed = !asks && !waits && r->lookup == NULL;
    return asks ? ask(r, count) : END_NONE;
}

enum end_reason replay_log_started(struct replay *r, const struct partition_log *log)
{
    long i = position_find(&r->writer.position, log->topic->name, log->partition);
    ASSERT(i >= 0 && replay_partition(r, (size_t)i)->log == log && plog_has_offsets(log));
    bool waits = replay_partition(r, (size_t)i)->stage == STAGE_LATEST;
    return waits ? settle(r, (size_t)i, log->range.end) : END_NONE;
}

static int tell_gap(struct replay *r, size_t index, int64_t to, const char *reason)
{
    struct buf json = BUF_INIT;
    gap_append_json(&r->writer.position.partitions[index], to, reason, &json);
    struct move move = {FRAME_GAP, index, to, -1, buf_slice(&json)};
    int rc = buf_ok(&json) ? writer_move(&r->writer, r->out, &move) : -1;
    buf_fini(&json);
    return rc;
}

enum end_reason replay_gap(struct replay *r, size_t index, int64_t to, const char *reason)
{
    struct replay_partition *p = replay_partition(r, index);
    r->context->counters.gaps++;
    p->cursor = RANGE_CURSOR_INIT;
    p->sent_offset = -1;
    /* The record whose time the id holds may be gone, too: until the next record, the id holds the
     * offset. */
    r->writer.position.partitions[index].timestamp_ms = -1;
    int rc = 0;
    switch (r->writer.view.gap) {
    case GAP_ERROR:
        return END_GAP;
    case GAP_SILENT:
        r->has_moved_quietly = true;
        rc = writer_skip(&r->writer, r->out, index, to);
        break;
    case GAP_EVENT:
        rc = tell_gap(r, index, to, reason);
        break;
    }
    return rc < 0 ? END_NO_MEMORY : END_NONE;
}

enum end_reason replay_tell_gone(struct replay *r)
{
    struct gone *gone = &r->gone;
    switch (r->writer.view.gap) {
    case GAP_ERROR:
        r->context->counters.gaps++;
        return END_GAP;
    case GAP_SILENT:
        r->context->counters.gaps += gone->count;
        gone_fini(gone);
        r->has_moved_quietly = true;
        return END_NONE;
    case GAP_EVENT:
        break;
    }
    if (writer_tell_gone(&r->writer, r->out, gone) < 0) {
        return END_NO_MEMORY;
    }
    r->context->counters.gaps++;
    gone->told++;
    return END_NONE;
}
