/* Live channels that need time: see the header. */
#include "feed/channel/channel_select.h"

enum {
    /* As the scratch counts costs. */
    PASS_COST_NS = 4,            /* of passing over a link */
    DEAR_NS = 50 * 1000,         /* a record that costs more makes its channel late */
    LATE_QUANTUM_NS = 250 * 1000 /* what a late one may spend when it is its turn */
};

static bool may_select(const struct channel *c)
{
    return c->client_count > 0 && !c->has_failed && !c->has_failed_filter;
}

static bool is_late(const struct channel_link *link)
{
    return !list_is_empty(&link->late_node);
}

void select_from(struct channel_link *link, int64_t offset)
{
    list_remove(&link->late_node);
    link->is_behind = false;
    link->selected_to = offset;
}

/* ---- one record ---- */

/* Its clients are ended once what it has rendered is sent. */
static void fail_filter(struct channel *c, struct slice why)
{
    c->has_failed_filter = true;
    c->channels->has_failed_filter = true;
    buf_clear(&c->why);
    buf_append_slice(&c->why, why);
}

/* Renders a record as the channel's selection shows it, if it does. */
static void apply_selection(struct channel *c, const struct ksse_event *event, struct move *move)
{
    switch (selection_apply(c->selection, &c->channels->scratch, event, &move->data)) {
    case SELECTION_KEPT:
        channel_show(c, move);
        break;
    case SELECTION_DROPPED:
        c->channels->context->counters.records_filtered++;
        break;
    case SELECTION_FAILED:
        fail_filter(c, move->data);
        break;
    case SELECTION_NO_MEMORY:
        channel_fail(c);
        break;
    }
}

/* Shows the record, to which the scratch is set, as the channel's selection wants. Returns the
 * cost. */
static uint64_t select_one(struct channel_link *link, const struct range_record *record)
{
    struct channel *c = link->channel;
    struct selection_scratch *scratch = &c->channels->scratch;
    struct move move = record_move(record, link->partition);
    uint64_t cost_ns = selection_scratch_cost_ns(scratch);
    if (c->selection == NULL) {
        channel_show(c, &move);
        cost_ns = selection_scratch_cost_ns(scratch) - cost_ns;
    } else {
        struct ksse_event event = plog_event(link->log, record);
        apply_selection(c, &event, &move);
        cost_ns = scratch->last_cost_ns; /* without what selections share */
    }
    c->channels->turn.has_selected = true;
    link->selected_to = record->offset + 1;
    link->is_dear = cost_ns > DEAR_NS;
    return cost_ns;
}

/* ---- together ---- */

void select_begin(struct channels *channels, struct partition_log *log, struct range_cursor from)
{
    if (list_is_empty(&log->select_node)) {
        log->select_cursor = from;
        list_push_back(&channels->select_logs, &log->select_node);
    }
}

/* A link that owes nothing comes first: it is new here, or has been cheap for long. */
static void become_late(struct channel_link *link, struct range_cursor at)
{
    struct list *late = &link->channel->channels->late_links;
    link->late = at;
    if (link->credit_ns >= 0) {
        list_push_front(late, &link->late_node);
    } else {
        list_push_back(late, &link->late_node);
    }
}

static bool has_time(struct channels *channels)
{
    return !channels->turn.has_selected ||
           turn_now_us(&channels->turn) < channels->turn.select_until_us;
}

/* True when the link is done with the record, false when the time is over. */
static bool select_once(struct channel_link *link, const struct range_record *record,
                        struct range_cursor at)
{
    struct channels *channels = link->channel->channels;
    selection_scratch_spend(&channels->scratch, PASS_COST_NS);
    if (!link->is_behind || is_late(link) || link->selected_to > record->offset) {
        return true;
    }
    if (!may_select(link->channel)) {
        link->selected_to = record->offset + 1;
    } else if (!has_time(channels)) {
        return false;
    } else if (link->is_dear) {
        become_late(link, at);
    } else {
        select_one(link, record);
    }
    return true;
}

/* Each link of the log takes the record. False when the time is over before all have. */
static bool select_together(struct channels *channels, struct partition_log *log,
                            const struct range_record *record, struct range_cursor at)
{
    if (!has_time(channels)) {
        return false;
    }
    selection_scratch_set(&channels->scratch, slice_of(record->data, record->len));
    LIST_EACH(link, &log->links, struct channel_link, node)
    {
        if (!select_once(link, record, at)) {
            return false;
        }
    }
    return true;
}

/* The channel stands where its link has come to. */
static void settle(struct channel_link *link)
{
    struct channels *channels = link->channel->channels;
    channel_follow(link, link->selected_to);
    channels->hooks->on_moved(channels->hooks_opaque, link->channel);
}

/* True when all links but the late ones have taken all that is new. */
static bool select_in_log(struct channels *channels, struct partition_log *log)
{
    struct range_cursor at = range_cursor_is_valid(&log->range, &log->select_cursor)
                                 ? log->select_cursor
                                 : RANGE_CURSOR_INIT;
    const struct range_record *record;
    while ((record = range_peek(&log->range, &at)) != NULL &&
           select_together(channels, log, record, at)) {
        range_advance(&at, record);
    }
    log->select_cursor = at;
    LIST_EACH(link, &log->links, struct channel_link, node)
    {
        if (link->is_behind && !is_late(link)) {
            if (record == NULL) {
                select_from(link, log->range.end);
            }
            settle(link);
        }
    }
    return record == NULL;
}

/* Logs take turns, if there are many. */
static void select_in_logs(struct channels *channels)
{
    while (!list_is_empty(&channels->select_logs)) {
        struct partition_log *log =
            LIST_FIRST(&channels->select_logs, struct partition_log, select_node);
        if (!select_in_log(channels, log)) {
            list_move_back(&channels->select_logs, &log->select_node);
            return;
        }
        list_remove(&log->select_node);
    }
}

/* ---- late links ---- */

/* True when there is nothing more for the link. */
static bool select_late(struct channel_link *link)
{
    struct channels *channels = link->channel->channels;
    const struct record_range *range = &link->log->range;
    const struct range_record *record;
    if (!range_cursor_is_valid(range, &link->late)) {
        range_seek(range, link->selected_to, &link->late);
    }
    while ((record = range_peek(range, &link->late)) != NULL && may_select(link->channel)) {
        if (link->credit_ns <= 0 || !has_time(channels)) {
            return false;
        }
        selection_scratch_set(&channels->scratch, slice_of(record->data, record->len));
        link->credit_ns -= (int64_t)select_one(link, record);
        range_advance(&link->late, record);
    }
    return true;
}

/* The turn of a late link, which waits for others as long as it has made them wait. */
static void run_late(struct channel_link *link)
{
    struct channels *channels = link->channel->channels;
    link->credit_ns = link->credit_ns > 0 ? LATE_QUANTUM_NS : link->credit_ns + LATE_QUANTUM_NS;
    if (select_late(link)) {
        select_from(link, link->log->range.end);
    } else {
        list_move_back(&channels->late_links, &link->late_node);
    }
    settle(link);
}

static void select_for_late(struct channels *channels)
{
    struct turn *turn = &channels->turn;
    int64_t least_us = turn_read_us(turn) + LATE_US;
    turn->select_until_us = turn->select_until_us < least_us ? least_us : turn->select_until_us;
    while (!list_is_empty(&channels->late_links) && has_time(channels)) {
        run_late(LIST_FIRST(&channels->late_links, struct channel_link, late_node));
    }
}

/* ---- public ---- */

void channels_select(struct channels *channels)
{
    struct turn *turn = &channels->turn;
    if (!channels_lag(channels) || turn->select_left_us <= 0) {
        return;
    }
    int64_t began_us = turn_read_us(turn);
    turn->select_until_us = began_us + turn->select_left_us;
    select_in_logs(channels);
    if (!list_is_empty(&channels->late_links)) {
        select_for_late(channels);
    }
    turn->select_left_us -= turn_read_us(turn) - began_us;
    channels->context->counters.looks_put_off += channels_lag(channels) ? 1 : 0;
}

bool channel_lags(const struct channel *c)
{
    for (size_t i = 0; i < c->writer.position.count; i++) {
        const struct channel_link *link = c->links[i];
        bool may_lag = link->is_behind || (c->selection != NULL && plog_has_offsets(link->log));
        if (may_lag && link->selected_to < link->log->range.end) {
            return true;
        }
    }
    return false;
}

static void demote_clients(struct list *clients)
{
    LIST_EACH_SAFE(client, after, clients, struct client, node)
    {
        struct channels *channels = client->channel->channels;
        channels->hooks->demote(channels->hooks_opaque, client);
    }
}

/* All frames have been offered. The clients of the channel go on as replays, and it stands at the
 * ends of its logs. */
static void demote_all(struct channel *c)
{
    ASSERT(list_is_empty(&c->dirty_node));
    demote_clients(&c->caught_up);
    LIST_EACH(s, &c->segments, struct segment, node)
    {
        demote_clients(&s->clients);
    }
    for (size_t i = 0; i < c->writer.position.count; i++) {
        struct channel_link *link = c->links[i];
        if (plog_has_offsets(link->log)) {
            select_from(link, link->log->range.end);
            channel_follow(link, link->log->range.end);
        }
    }
}

void channels_at_risk(struct partition_log *log, int64_t offset)
{
    LIST_EACH(link, &log->links, struct channel_link, node)
    {
        struct channel *c = link->channel;
        bool may_lag = link->is_behind || c->selection != NULL;
        if (may_lag && link->selected_to < offset && !c->has_failed) {
            demote_all(c);
        }
    }
}

void channels_log_restarted(struct partition_log *log)
{
    list_remove(&log->select_node);
    log->fresh = RANGE_CURSOR_INIT;
    log->select_cursor = RANGE_CURSOR_INIT;
}
