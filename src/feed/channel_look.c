/* Live channels that need time: see the header. */
#include "feed/channel_look.h"
#include "feed/feed.h"
#include "feed/replay.h"

enum {
    /* All of these are in the nanoseconds that the glass counts. */
    LINK_COST = 4,            /* of passing one over */
    DEAR = 50 * 1000,         /* one look that costs more makes a channel late */
    LATE_QUANTUM = 250 * 1000 /* what a late one may spend when it is its turn */
};

static bool looks(const struct channel *c)
{
    return c->client_count > 0 && !c->has_failed && !c->has_failed_filter;
}

static bool is_late(const struct channel_link *link)
{
    return !list_is_empty(&link->late_node);
}

void look_from(struct channel_link *link, int64_t offset)
{
    list_remove(&link->late_node);
    link->is_behind = false;
    link->looked = offset;
}

/* ---- one look ---- */

static void fail_filter(struct channel *c)
{
    c->has_failed_filter = true;
    c->feed->has_failed_filter = true;
    buf_clear(&c->why);
    buf_append_slice(&c->why, buf_slice(&c->feed->glass.why));
}

/* Renders a record as the channel's lens shows it, if it does. */
static void look_through_lens(struct channel *c, const struct ksse_event *event, struct move *move)
{
    switch (lens_look(c->lens, &c->feed->glass, event, &move->data)) {
    case LENS_KEPT:
        channel_show(c, move);
        break;
    case LENS_DROPPED:
        c->feed->counters.records_filtered++;
        break;
    case LENS_FAILED:
        fail_filter(c);
        break;
    case LENS_NO_MEMORY:
        channel_fail(c);
        break;
    }
}

/* The glass is set to the record. Returns what it cost. */
static uint64_t look(struct channel_link *link, const struct run_record *record)
{
    struct channel *c = link->channel;
    struct glass *glass = &c->feed->glass;
    struct move move = record_move(record, link->place);
    uint64_t cost = glass_effort(glass);
    if (c->lens == NULL) {
        channel_show(c, &move);
        cost = glass_effort(glass) - cost;
    } else {
        struct ksse_event event = log_event(link->log, record);
        look_through_lens(c, &event, &move);
        cost = glass->cost; /* without what lenses share */
    }
    c->feed->turn.has_looked = true;
    link->looked = record->offset + 1;
    link->is_dear = cost > DEAR;
    return cost;
}

/* ---- together ---- */

void look_begin(struct partition_log *log, struct run_cursor from)
{
    if (list_is_empty(&log->look_node)) {
        log->look = from;
        list_push_back(&log->feed->look_logs, &log->look_node);
    }
}

/* One that owes nothing comes first: it is new here, or has been cheap for long. */
static void become_late(struct channel_link *link, struct run_cursor at)
{
    struct list *late = &link->channel->feed->late_links;
    link->late = at;
    if (link->credit >= 0) {
        list_push_front(late, &link->late_node);
    } else {
        list_push_back(late, &link->late_node);
    }
}

static bool has_time(struct feed *feed)
{
    return !feed->turn.has_looked || turn_now_us(feed) < feed->turn.look_until_us;
}

/* True when it is done with the record. */
static bool look_once(struct channel_link *link, const struct run_record *record,
                      struct run_cursor at)
{
    struct feed *feed = link->channel->feed;
    glass_spend(&feed->glass, LINK_COST);
    if (!link->is_behind || is_late(link) || link->looked > record->offset) {
        return true;
    }
    if (!looks(link->channel)) {
        link->looked = record->offset + 1;
    } else if (!has_time(feed)) {
        return false;
    } else if (link->is_dear) {
        become_late(link, at);
    } else {
        look(link, record);
    }
    return true;
}

/* False when the time was over before all had looked. */
static bool look_together(struct partition_log *log, const struct run_record *record,
                          struct run_cursor at)
{
    if (!has_time(log->feed)) {
        return false;
    }
    glass_set(&log->feed->glass, slice_of(record->data, record->len));
    LIST_EACH(link, &log->links, struct channel_link, node)
    {
        if (!look_once(link, record, at)) {
            return false;
        }
    }
    return true;
}

/* Those that look stand where they have come to. */
static void settle(struct channel_link *link)
{
    channel_follow(link, link->looked);
    replays_channel_moved(link->channel);
}

/* True when all that is new has been looked at, but by those that are late. */
static bool look_at_log(struct partition_log *log)
{
    struct run_cursor at = run_cursor_is_valid(&log->run, &log->look) ? log->look : RUN_CURSOR_INIT;
    const struct run_record *record;
    while ((record = run_peek(&log->run, &at)) != NULL && look_together(log, record, at)) {
        run_advance(&at, record);
    }
    log->look = at;
    LIST_EACH(link, &log->links, struct channel_link, node)
    {
        if (link->is_behind && !is_late(link)) {
            if (record == NULL) {
                look_from(link, log->run.end);
            }
            settle(link);
        }
    }
    return record == NULL;
}

/* In turn, if there are many logs. */
static void look_at_logs(struct feed *feed)
{
    while (!list_is_empty(&feed->look_logs)) {
        struct partition_log *log = LIST_FIRST(&feed->look_logs, struct partition_log, look_node);
        if (!look_at_log(log)) {
            list_move_back(&feed->look_logs, &log->look_node);
            return;
        }
        list_remove(&log->look_node);
    }
}

/* ---- late ones ---- */

/* True when there is nothing more. */
static bool look_late(struct channel_link *link)
{
    struct feed *feed = link->channel->feed;
    const struct run *run = &link->log->run;
    const struct run_record *record;
    if (!run_cursor_is_valid(run, &link->late)) {
        run_seek(run, link->looked, &link->late);
    }
    while ((record = run_peek(run, &link->late)) != NULL && looks(link->channel)) {
        if (link->credit <= 0 || !has_time(feed)) {
            return false;
        }
        glass_set(&feed->glass, slice_of(record->data, record->len));
        link->credit -= (int64_t)look(link, record);
        run_advance(&link->late, record);
    }
    return true;
}

/* A late one's turn: it waits for others as long as it has made them wait. */
static void run_late(struct channel_link *link)
{
    struct feed *feed = link->channel->feed;
    link->credit = link->credit > 0 ? LATE_QUANTUM : link->credit + LATE_QUANTUM;
    if (look_late(link)) {
        look_from(link, link->log->run.end);
    } else {
        list_move_back(&feed->late_links, &link->late_node);
    }
    settle(link);
}

static void look_at_late(struct feed *feed)
{
    struct turn *turn = &feed->turn;
    int64_t least_us = turn_read_us(feed) + LATE_US;
    turn->look_until_us = turn->look_until_us < least_us ? least_us : turn->look_until_us;
    while (!list_is_empty(&feed->late_links) && has_time(feed)) {
        run_late(LIST_FIRST(&feed->late_links, struct channel_link, late_node));
    }
}

/* ---- public ---- */

bool channels_lag(const struct feed *feed)
{
    return !list_is_empty(&feed->look_logs) || !list_is_empty(&feed->late_links);
}

void channels_look(struct feed *feed)
{
    struct turn *turn = &feed->turn;
    if (!channels_lag(feed) || turn->look_left_us <= 0) {
        return;
    }
    int64_t began_us = turn_read_us(feed);
    turn->look_until_us = began_us + turn->look_left_us;
    look_at_logs(feed);
    if (!list_is_empty(&feed->late_links)) {
        look_at_late(feed);
    }
    turn->look_left_us -= turn_read_us(feed) - began_us;
    feed->counters.looks_put_off += channels_lag(feed) ? 1 : 0;
}

bool channel_lags(const struct channel *c)
{
    for (size_t i = 0; i < c->writer.position.count; i++) {
        const struct channel_link *link = c->links[i];
        bool may_lag = link->is_behind || (c->lens != NULL && log_has_offsets(link->log));
        if (may_lag && link->looked < link->log->run.end) {
            return true;
        }
    }
    return false;
}

void look_at_risk(struct partition_log *log, int64_t offset)
{
    LIST_EACH(link, &log->links, struct channel_link, node)
    {
        struct channel *c = link->channel;
        bool may_lag = link->is_behind || c->lens != NULL;
        if (may_lag && link->looked < offset && !c->has_failed) {
            channel_demote_all(c);
        }
    }
}
