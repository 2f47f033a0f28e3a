/* Leases of readers: see the header. */
#include "feed/replay/readers.h"
#include "feed/feed.h"
#include "feed/replay/fetcher.h"
#include "feed/replay/replay.h"

enum {
    /* Of a long reader, when others wait for one. */
    LEASE_MS = 250,
    LEASE_BYTES = 8 * 1024 * 1024,
    BLOCKED_MS = 20, /* a socket that takes much is not stuck for longer */
    /* Kafka may be slow, or unreachable for one partition: others go on, and the next lease is
     * longer. */
    LEAST_PATIENCE_MS = 1000,
    MOST_PATIENCE_MS = 4000,
    FIRST_IN_A_ROW = 4 /* then one of the others, whoever comes */
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

static bool line_is_empty(const struct reader_line *line)
{
    return list_is_empty(&line->first) && list_is_empty(&line->others);
}

bool readers_are_wanted(const struct feed *feed, enum reader_kind kind)
{
    return !line_is_empty(&feed->readers.lines[kind]);
}

bool readers_have_work(const struct feed *feed)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (feed->readers.lines[kinds[i]].has_free && readers_are_wanted(feed, kinds[i])) {
            return true;
        }
    }
    return false;
}

void readers_leave(struct replay *r)
{
    list_remove(&r->line_node);
}

static void be_due(struct feed *feed, int64_t at_ms)
{
    feed->readers.due_ms = at_ms < feed->readers.due_ms ? at_ms : feed->readers.due_ms;
}

void readers_pause(struct feed *feed, struct replay *r, int64_t until_ms)
{
    list_move_back(&feed->readers.paused, &r->line_node);
    be_due(feed, until_ms);
}

/* ---- leases ---- */

static int64_t had_for_ms(const struct fetcher *f)
{
    return f->feed->now_ms - (f->first_ms > 0 ? f->first_ms : f->opened_ms);
}

static int64_t lease_ms(const struct fetcher *f)
{
    return f->first_ms > 0 ? LEASE_MS : f->feed->readers.patience_ms;
}

/* When its owner's socket counts as stuck, if that goes on. */
static int64_t stuck_ms(const struct fetcher *f)
{
    return f->owner->is_blocked ? f->owner->blocked_since_ms + BLOCKED_MS : INT64_MAX;
}

static bool is_stuck(const struct fetcher *f)
{
    return f->feed->now_ms >= stuck_ms(f);
}

bool readers_lease_is_over(const struct fetcher *f)
{
    bool is_slow = f->kind == READER_REPLAY && !f->owner->pace.is_fast;
    return is_slow || f->read_bytes >= LEASE_BYTES || had_for_ms(f) >= lease_ms(f) || is_stuck(f);
}

/* What a short one has fetched for a client that takes nothing now is kept for it, and the reader
 * goes on. */
static bool is_done(struct fetcher *f)
{
    if (f->kind == READER_SHORT && f->owner->is_blocked) {
        fetcher_pump(f);
        return f->first_ms > 0;
    }
    return false;
}

static void take_back(struct fetcher *f)
{
    struct readers *readers = &f->feed->readers;
    if (f->first_ms == 0) {
        int64_t longer_ms = readers->patience_ms * 2;
        readers->patience_ms = longer_ms > MOST_PATIENCE_MS ? MOST_PATIENCE_MS : longer_ms;
        fetcher_delay(f);
    }
    replay_release_fetcher(f->owner, f->kind == READER_REPLAY && is_stuck(f));
}

void readers_bring(struct feed *feed)
{
    feed->readers.patience_ms = LEAST_PATIENCE_MS;
}

/* Takes back those of a kind whose lease is over. The others will be due. */
static void reclaim(struct feed *feed, enum reader_kind kind)
{
    LIST_EACH_SAFE(f, after, &feed->readers.fetchers, struct fetcher, node)
    {
        if (f->kind != kind) {
            continue;
        }
        if (is_done(f) || readers_lease_is_over(f)) {
            take_back(f);
        } else {
            be_due(feed, feed->now_ms + lease_ms(f) - had_for_ms(f));
            be_due(feed, stuck_ms(f));
        }
    }
}

void readers_blocked(const struct fetcher *f)
{
    if (readers_are_wanted(f->feed, f->kind)) {
        be_due(f->feed, stuck_ms(f));
    }
}

void readers_closed(struct feed *feed, enum reader_kind kind)
{
    feed->readers.lines[kind].has_free = true;
}

/* ---- lines ---- */

static bool goes_first(const struct reader_line *line)
{
    return !list_is_empty(&line->first) &&
           (line->in_a_row < FIRST_IN_A_ROW || list_is_empty(&line->others));
}

/*
 * The last to come and the first to come in turn: when thousands come at once the last of them
 * would wait for all, and so would whoever comes after them.
 */
static struct replay *next_in_line(const struct reader_line *line)
{
    bool is_last = line->in_a_row % 2 == 0;
    if (goes_first(line)) {
        return LIST_ENTRY(is_last ? line->first.prev : line->first.next, struct replay, line_node);
    }
    return LIST_FIRST(&line->others, struct replay, line_node);
}

/* `asks` runs already. */
static void hand_out(struct feed *feed, enum reader_kind kind, const struct replay *asks)
{
    struct reader_line *line = &feed->readers.lines[kind];
    while (line->has_free && !line_is_empty(line)) {
        struct replay *r = next_in_line(line);
        if (r != asks && replay_is_covered(r)) {
            list_remove(&r->line_node);
            replay_wake(r);
            continue;
        }
        struct fetcher *f = fetcher_open(r, kind);
        if (f == NULL) {
            line->has_free = false;
            return;
        }
        line->in_a_row = goes_first(line) ? line->in_a_row + 1 : 0;
        list_remove(&r->line_node);
        r->fetcher = f;
        if (r != asks) {
            replay_wake(r);
        }
    }
}

void readers_ask(struct feed *feed, struct replay *r)
{
    enum reader_kind kind = replay_reader_kind(r);
    struct reader_line *line = &feed->readers.lines[kind];
    if (list_is_empty(&r->line_node)) {
        list_push_back(replay_is_urgent(r) ? &line->first : &line->others, &r->line_node);
    }
    hand_out(feed, kind, r);
    if (r->fetcher == NULL) {
        reclaim(feed, kind);
        hand_out(feed, kind, r);
    }
}

/* ---- time ---- */

static void end_waits(struct feed *feed)
{
    LIST_EACH_SAFE(r, after, &feed->readers.paused, struct replay, line_node)
    {
        int64_t until_ms = pace_paused_until_ms(&r->pace, feed->now_ms);
        if (until_ms == 0) {
            list_remove(&r->line_node);
            replay_wake(r);
        } else {
            be_due(feed, until_ms);
        }
    }
}

void readers_turn(struct feed *feed)
{
    bool is_due = feed->now_ms >= feed->readers.due_ms;
    if (is_due) {
        feed->readers.due_ms = INT64_MAX;
        end_waits(feed);
    }
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (is_due && readers_are_wanted(feed, kinds[i])) {
            reclaim(feed, kinds[i]);
        }
        hand_out(feed, kinds[i], NULL);
    }
}

void readers_tick(struct feed *feed)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        feed->readers.lines[kinds[i]].has_free = true;
    }
    feed->readers.due_ms = feed->now_ms;
    readers_turn(feed);
}

static void wake_covered(struct list *waiting)
{
    LIST_EACH(r, waiting, struct replay, line_node)
    {
        if (replay_is_covered(r)) {
            replay_wake(r);
        }
    }
}

void readers_wake_covered(struct feed *feed)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        wake_covered(&feed->readers.lines[kinds[i]].first);
        wake_covered(&feed->readers.lines[kinds[i]].others);
    }
}
