/* Leases of readers: see the header. */
#include "feed/replay/readers.h"
#include "feed/channel/channels.h"
#include "feed/log/plogs.h"
#include "feed/replay/fetcher.h"
#include "feed/replay/replay_parts.h"

enum {
    /* Of a long reader, when others wait for one. */
    LEASE_MS = 250,
    LEASE_BYTES = 8 * 1024 * 1024,
    BLOCKED_MS = 20, /* a socket that takes much is not stuck for longer */
    /* Kafka may be slow, or unreachable for one partition: others go on, and the next lease is
     * longer. */
    LEAST_PATIENCE_MS = 1000,
    MOST_PATIENCE_MS = 4000,
    TELL_BYTES = 1024 * 1024, /* when so much has come, others may need no reader any more */
    FIRST_IN_A_ROW = 4        /* then one of the others, whoever comes */
};

static const enum reader_kind kinds[] = {READER_SHORT, READER_REPLAY};

void readers_init(struct readers *readers)
{
    list_init(&readers->fetchers);
    list_init(&readers->paused);
    for (size_t i = 0; i < ARRAY_LEN(readers->lines); i++) {
        list_init(&readers->lines[i].first);
        list_init(&readers->lines[i].others);
        readers->lines[i].has_free = true;
    }
    readers->due_ms = INT64_MAX;
    readers->patience_ms = LEAST_PATIENCE_MS;
}

void reader_wait_init(struct reader_wait *wait)
{
    list_init(&wait->node);
    wait->state = READER_WAIT_NONE;
}

static bool line_is_empty(const struct reader_line *line)
{
    return list_is_empty(&line->first) && list_is_empty(&line->others);
}

static bool are_wanted(const struct replays *replays, enum reader_kind kind)
{
    return !line_is_empty(&replays->readers.lines[kind]);
}

bool readers_have_work(const struct replays *replays)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (replays->readers.lines[kinds[i]].has_free && are_wanted(replays, kinds[i])) {
            return true;
        }
    }
    return false;
}

/* What kind of reader its client is worth. */
static enum reader_kind kind_for(const struct replay *r)
{
    return r->pace.is_fast && r->torn.size == 0 ? READER_REPLAY : READER_SHORT;
}

/* Moves it to another state, and to the list of that state. */
static void move_wait(struct replay *r, enum reader_wait_state state)
{
    struct reader_wait *wait = &r->reader_wait;
    struct readers *readers = &r->replays->readers;
    ASSERT((wait->state == READER_WAIT_NONE) == list_is_empty(&wait->node));
    list_remove(&wait->node);
    if (state == READER_WAIT_QUEUED) {
        struct reader_line *line = &readers->lines[kind_for(r)];
        list_push_back(replay_is_urgent(r) ? &line->first : &line->others, &wait->node);
    } else if (state == READER_WAIT_PAUSED) {
        list_push_back(&readers->paused, &wait->node);
    }
    wait->state = state;
}

void readers_leave(struct replay *r)
{
    move_wait(r, READER_WAIT_NONE);
}

static void be_due(struct replays *replays, int64_t at_ms)
{
    struct readers *readers = &replays->readers;
    readers->due_ms = at_ms < readers->due_ms ? at_ms : readers->due_ms;
}

void readers_pause(struct replay *r, int64_t until_ms)
{
    move_wait(r, READER_WAIT_PAUSED);
    be_due(r->replays, until_ms);
}

/* ---- leases ---- */

static int64_t had_for_ms(const struct fetcher *f)
{
    return f->context->now_ms - (f->first_ms > 0 ? f->first_ms : f->opened_ms);
}

static int64_t lease_ms(const struct fetcher *f)
{
    return f->first_ms > 0 ? LEASE_MS : f->replays->readers.patience_ms;
}

/* When its owner's socket will count as stuck, if it takes nothing until then. */
static int64_t stuck_ms(const struct fetcher *f)
{
    bool is_blocked = f->owner->state == REPLAY_BLOCKED;
    return is_blocked ? f->owner->blocked_since_ms + BLOCKED_MS : INT64_MAX;
}

static bool is_stuck(const struct fetcher *f)
{
    return f->context->now_ms >= stuck_ms(f);
}

static bool lease_is_over(const struct fetcher *f)
{
    bool is_slow = f->kind == READER_REPLAY && !f->owner->pace.is_fast;
    return is_slow || f->read_bytes >= LEASE_BYTES || had_for_ms(f) >= lease_ms(f) || is_stuck(f);
}

void readers_give_up(struct replay *r, bool to_heir)
{
    struct fetcher *f = r->fetcher;
    if (f == NULL) {
        return;
    }
    ASSERT(f->owner == r);
    r->fetcher = NULL;
    r->is_new = false; /* it has had its turn before others, even if that brought nothing */
    struct replay *heir = to_heir ? fetcher_heir(f) : NULL;
    if (heir == NULL) {
        r->replays->readers.lines[f->kind].has_free = true;
        fetcher_close(f);
        return;
    }
    f->owner = heir;
    heir->fetcher = f;
    readers_leave(heir);
}

/* What it has read already is still sent. */
void readers_yield(struct replay *r)
{
    const struct fetcher *f = r->fetcher;
    if (f != NULL && f->kind == READER_REPLAY && are_wanted(r->replays, READER_REPLAY) &&
        lease_is_over(f)) {
        readers_give_up(r, false);
    }
}

/* Whether some partition can go on without a reader. */
static bool is_covered(const struct replay *r)
{
    for (size_t i = 0; i < r->writer.position.count; i++) {
        int64_t offset = r->writer.position.partitions[i].offset;
        const struct partition_log *log = replay_partition(r, i)->log;
        if (!plog_covers(log, offset) && cached_range_covering(log, offset) != NULL) {
            return true;
        }
    }
    return false;
}

static void wake_covered(struct list *waiting)
{
    LIST_EACH(r, waiting, struct replay, reader_wait.node)
    {
        if (is_covered(r)) {
            replay_wake(r);
        }
    }
}

/* Cached ranges have grown: replays that wait, and need no reader any more, go on. */
static void wake_all_covered(struct replays *replays)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        wake_covered(&replays->readers.lines[kinds[i]].first);
        wake_covered(&replays->readers.lines[kinds[i]].others);
    }
}

bool readers_pump(struct fetcher *f)
{
    bool had_nothing = f->first_ms == 0;
    bool has_more = fetcher_pump(f);
    if (had_nothing && f->first_ms > 0) {
        f->replays->readers.patience_ms = LEAST_PATIENCE_MS;
    }
    if (f->read_bytes - f->told_bytes >= TELL_BYTES) {
        f->told_bytes = f->read_bytes;
        wake_all_covered(f->replays);
    }
    return has_more;
}

/* Whether a short reader has fetched something for a client that takes nothing now: the cached
 * range keeps that for the client, and the reader is free for others. */
static bool is_done(struct fetcher *f)
{
    if (f->kind == READER_SHORT && f->owner->state == REPLAY_BLOCKED) {
        readers_pump(f);
        return f->first_ms > 0;
    }
    return false;
}

static void take_back(struct fetcher *f)
{
    struct readers *readers = &f->replays->readers;
    if (f->first_ms == 0) {
        int64_t longer_ms = readers->patience_ms * 2;
        readers->patience_ms = longer_ms > MOST_PATIENCE_MS ? MOST_PATIENCE_MS : longer_ms;
        fetcher_delay(f);
    }
    readers_give_up(f->owner, f->kind == READER_REPLAY && is_stuck(f));
}

/* Takes readers of that kind back whose lease is over, and notes when the next lease will be. */
static void reclaim(struct replays *replays, enum reader_kind kind)
{
    LIST_EACH_SAFE(f, after, &replays->readers.fetchers, struct fetcher, node)
    {
        if (f->kind != kind) {
            continue;
        }
        if (is_done(f) || lease_is_over(f)) {
            take_back(f);
        } else {
            be_due(replays, f->context->now_ms + lease_ms(f) - had_for_ms(f));
            be_due(replays, stuck_ms(f));
        }
    }
}

void readers_blocked(const struct replay *r)
{
    if (r->fetcher != NULL && are_wanted(r->replays, r->fetcher->kind)) {
        be_due(r->replays, stuck_ms(r->fetcher));
    }
}

/* ---- lines ---- */

static bool goes_first(const struct reader_line *line)
{
    return !list_is_empty(&line->first) &&
           (line->in_a_row < FIRST_IN_A_ROW || list_is_empty(&line->others));
}

/*
 * The newest and the oldest take turns: when thousands come at once, a newcomer does not wait for
 * all of them.
 */
static struct replay *next_in_line(const struct reader_line *line)
{
    bool is_last = line->in_a_row % 2 == 0;
    const struct list *node = !goes_first(line) ? line->others.next
                              : is_last         ? line->first.prev
                                                : line->first.next;
    return LIST_ENTRY(node, struct replay, reader_wait.node);
}

/* `asks` is running: it need not be woken. */
static void hand_out(struct replays *replays, enum reader_kind kind, const struct replay *asks)
{
    struct reader_line *line = &replays->readers.lines[kind];
    while (line->has_free && !line_is_empty(line)) {
        struct replay *r = next_in_line(line);
        ASSERT(r->reader_wait.state == READER_WAIT_QUEUED && r->fetcher == NULL);
        if (r != asks && is_covered(r)) {
            readers_leave(r);
            replay_wake(r);
            continue;
        }
        struct fetcher *f = fetcher_open(r, kind);
        if (f == NULL) {
            line->has_free = false;
            return;
        }
        line->in_a_row = goes_first(line) ? line->in_a_row + 1 : 0;
        readers_leave(r);
        r->fetcher = f;
        if (r != asks) {
            replay_wake(r);
        }
    }
}

void readers_ask(struct replay *r)
{
    ASSERT(r->fetcher == NULL);
    if (r->reader_wait.state != READER_WAIT_QUEUED) {
        move_wait(r, READER_WAIT_QUEUED);
    }
    enum reader_kind kind = kind_for(r);
    hand_out(r->replays, kind, r);
    if (r->fetcher == NULL) {
        reclaim(r->replays, kind);
        hand_out(r->replays, kind, r);
    }
}

/* ---- time ---- */

static void end_pauses(struct replays *replays)
{
    LIST_EACH_SAFE(r, after, &replays->readers.paused, struct replay, reader_wait.node)
    {
        int64_t until_ms = pace_paused_until_ms(&r->pace, r->context->now_ms);
        if (until_ms == 0) {
            readers_leave(r);
            replay_wake(r);
        } else {
            be_due(replays, until_ms);
        }
    }
}

void readers_turn(struct replays *replays)
{
    bool is_due = replays->context->now_ms >= replays->readers.due_ms;
    if (is_due) {
        replays->readers.due_ms = INT64_MAX;
        end_pauses(replays);
    }
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (is_due && are_wanted(replays, kinds[i])) {
            reclaim(replays, kinds[i]);
        }
        hand_out(replays, kinds[i], NULL);
    }
}

void readers_tick(struct replays *replays)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        replays->readers.lines[kinds[i]].has_free = true;
    }
    replays->readers.due_ms = replays->context->now_ms;
    readers_turn(replays);
}

/* ---- checks ---- */

static void check_waits(const struct replays *replays, const struct list *list,
                        enum reader_wait_state state)
{
    LIST_EACH(r, list, struct replay, reader_wait.node)
    {
        ASSERT(r->replays == replays && r->state != REPLAY_DEAD);
        ASSERT(r->reader_wait.state == state);
        ASSERT(r->fetcher == NULL);
    }
}

void readers_check(const struct replays *replays)
{
    const struct readers *readers = &replays->readers;
    ASSERT(line_is_empty(&readers->lines[READER_TAIL]));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        check_waits(replays, &readers->lines[kinds[i]].first, READER_WAIT_QUEUED);
        check_waits(replays, &readers->lines[kinds[i]].others, READER_WAIT_QUEUED);
    }
    check_waits(replays, &readers->paused, READER_WAIT_PAUSED);
    LIST_EACH(f, &readers->fetchers, struct fetcher, node)
    {
        ASSERT(f->replays == replays && f->owner->fetcher == f);
        ASSERT(f->owner->state != REPLAY_DEAD && f->kind != READER_TAIL);
        LIST_EACH(cached, &f->cached_ranges, struct cached_range, fetcher_node)
        {
            ASSERT(cached->fetcher == f);
        }
    }
}
