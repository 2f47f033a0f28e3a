/* Where a replay begins: look-ups of times, of oldest records, of what was out of range; gaps. */
#include "base/mem.h"
#include "feed/feed.h"
#include "feed/replay/replay.h"

enum {
    RETRY_MS = 500
};

/* How many questions a partition has: its range has two answers. */
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
 * It is known now where a partition begins. That holds for what is in `out` already, too: a
 * heartbeat that is given back must not take the decision with it. False: the replay has ended.
 */
static bool settle(struct replay *r, size_t i, int64_t offset)
{
    struct replay_partition *p = replay_partition(r, i);
    p->stage = STAGE_KNOWN;
    p->sent_offset = offset;
    r->out->start.partitions[i].offset = offset;
    if (plog_has_offsets(p->log) && offset >= p->log->range.end) {
        /* Nothing has that time yet, or it would be passed over by whoever comes back with it. */
        r->out->start.partitions[i].timestamp_ms = -1;
        r->writer.position.partitions[i].timestamp_ms = -1;
    }
    if (writer_skip(&r->writer, NULL, i, offset) < 0) {
        replay_end(r, END_NO_MEMORY);
        return false;
    }
    return true;
}

/* False: the replay has ended. */
static bool settle_checked(struct replay *r, size_t i, const struct offset_query *range)
{
    int64_t offset = r->writer.position.partitions[i].offset;
    int64_t earliest = range[0].offset;
    int64_t latest = range[1].offset;
    replay_partition(r, i)->stage = STAGE_KNOWN;
    if (offset < earliest) {
        return replay_gap(r, i, earliest, "expired");
    }
    if (offset > latest) {
        return replay_gap(r, i, latest, "beyond-end");
    }
    /* In range after all: what a reader just refused is not asked for again at once. */
    if (!replay_partition(r, i)->is_future) {
        replay_partition(r, i)->not_before_ms = r->feed->now_ms + RETRY_MS;
    }
    return true;
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

/* `opaque` is the replay; its partitions did not change their order or number since (that cancels).
 */
static void on_offsets(struct offset_lookup *lookup)
{
    struct replay *r = lookup->opaque;
    const struct offset_query *query = lookup->queries;
    r->lookup = NULL;
    bool is_alive = true;
    for (size_t i = 0; is_alive && i < r->writer.position.count; i++) {
        size_t count = questions(replay_partition(r, i));
        if (count > 0 && !are_known(query, count)) {
            feed_note_unknown(replay_partition(r, i)->log);
            r->not_before_ms = r->feed->now_ms + RETRY_MS;
        } else if (count == 1) {
            is_alive = settle(r, i, query->offset);
        } else if (count == 2) {
            is_alive = settle_checked(r, i, query);
        }
        query += count;
    }
    offset_lookup_free(lookup);
    if (is_alive) {
        replay_wake(r);
    }
}

static int64_t moment_to_ask(const struct start *start)
{
    switch (start->kind) {
    case START_TIMESTAMP:
        return start->value;
    case START_AFTER:
        return start->value > 0 ? start->value - 1 : 0; /* a negative time is no time */
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

static void ask(struct replay *r, size_t count)
{
    struct offset_lookup *lookup = offset_lookup_new(count);
    if (lookup == NULL) {
        replay_end(r, END_NO_MEMORY);
        return;
    }
    size_t at = 0;
    for (size_t i = 0; i < r->writer.position.count; i++) {
        size_t asked = questions(replay_partition(r, i));
        if (asked > 0) {
            add_questions(r, i, &lookup->queries[at]);
        }
        at += asked;
    }
    lookup->opaque = r;
    lookup->requester = r->client->requester;
    lookup->on_done = on_offsets;
    r->lookup = lookup;
    source_lookup(r->feed->source, lookup);
}

/* Where it begins will never be known: the topic was deleted after the subscription was made, or
 * just before, which was not known yet. All others would wait for it. */
static bool has_vanished(const struct replay_partition *p)
{
    return p->stage != STAGE_KNOWN && !topic_has(p->log->topic, p->log->partition);
}

bool replay_is_placed(struct replay *r)
{
    size_t count = 0;
    bool waits = false;
    for (size_t i = 0; i < r->writer.position.count; i++) {
        if (has_vanished(replay_partition(r, i))) {
            replay_end(r, END_VANISHED);
            return false;
        }
        waits = waits || replay_partition(r, i)->stage == STAGE_LATEST;
        count += questions(replay_partition(r, i));
    }
    if (count > 0 && r->lookup == NULL) {
        ask(r, count);
        return false;
    }
    return !waits && r->lookup == NULL;
}

void replays_log_started(struct channel *c, const struct partition_log *log)
{
    LIST_EACH_SAFE(r, after, &c->replays, struct replay, channel_node)
    {
        long i = position_find(&r->writer.position, log->topic->name, log->partition);
        ASSERT(i >= 0);
        if (replay_partition(r, i)->stage != STAGE_LATEST || settle(r, (size_t)i, log->range.end)) {
            replay_wake(r);
        }
    }
}

bool replay_gap(struct replay *r, size_t index, int64_t to, const char *reason)
{
    struct partition_position *partition = &r->writer.position.partitions[index];
    r->feed->counters.gaps++;
    replay_partition(r, index)->cursor = RANGE_CURSOR_INIT;
    replay_partition(r, index)->sent_offset = -1;
    partition->timestamp_ms = -1; /* its record may be gone, too: until the next one, the offset */
    if (r->writer.view.gap == GAP_ERROR) {
        replay_end(r, END_GAP);
        return false;
    }
    bool is_done;
    if (r->writer.view.gap == GAP_SILENT) {
        r->has_moved_quietly = true;
        is_done = writer_skip(&r->writer, r->out, index, to) == 0;
    } else {
        struct buf json = BUF_INIT;
        gap_append_json(partition, to, reason, &json);
        struct move move = {FRAME_GAP, index, to, -1, buf_slice(&json)};
        is_done = buf_ok(&json) && writer_move(&r->writer, r->out, &move) == 0;
        buf_fini(&json);
    }
    if (!is_done) {
        replay_end(r, END_NO_MEMORY);
    }
    return is_done;
}

bool replay_tell_gone(struct replay *r)
{
    struct gone *gone = &r->gone;
    switch (r->writer.view.gap) {
    case GAP_ERROR:
        r->feed->counters.gaps++;
        replay_end(r, END_GAP);
        return false;
    case GAP_SILENT:
        r->feed->counters.gaps += gone->count;
        gone_fini(gone);
        r->has_moved_quietly = true;
        return true;
    case GAP_EVENT:
        break;
    }
    if (writer_tell_gone(&r->writer, r->out, gone) < 0) {
        replay_end(r, END_NO_MEMORY);
        return false;
    }
    r->feed->counters.gaps++;
    gone->told++;
    return true;
}

void replays_recheck(struct channel *c, struct partition_log *log)
{
    LIST_EACH(r, &c->replays, struct replay, channel_node)
    {
        long i = position_find(&r->writer.position, log->topic->name, log->partition);
        ASSERT(i >= 0);
        replay_partition(r, i)->is_future = false;
        replay_partition(r, i)->cursor = RANGE_CURSOR_INIT;
        replay_wake(r);
    }
}

/* 0, or -1 without memory: the stream is to be ended then. */
static int insert_partition(struct replay *r, struct partition_log *log)
{
    struct partition_position partition = {log->topic->name, log->partition, 0, -1, NULL};
    partition.extra = replay_partition_new(r, log);
    long index = partition.extra == NULL ? -1 : position_insert(&r->writer.position, partition);
    if (index < 0) {
        mem_free(partition.extra);
        return -1;
    }
    partition.extra = NULL; /* it is the writer's alone */
    r->torn.partition += (size_t)index <= r->torn.partition ? 1 : 0;
    return segment_insert_partition(r->out, partition) < 0 ? -1
                                                           : writer_position_changed(&r->writer);
}

/* What is under way knows partitions by their number: it is given up and done again. */
void replays_add_partition(struct channel *c, struct partition_log *log)
{
    LIST_EACH_SAFE(r, after, &c->replays, struct replay, channel_node)
    {
        if (r->lookup != NULL) {
            source_cancel(r->feed->source, r->lookup);
            r->lookup = NULL;
        }
        if (insert_partition(r, log) < 0) {
            replay_end(r, END_NO_MEMORY);
        } else {
            replay_wake(r);
        }
    }
}
