/* What must hold of channels between turns: see channels_check(). */
#include "feed/channel/channel_select.h"

/* Returns how many clients there are. */
static size_t check_clients(const struct channel *c, const struct segment *s,
                            const struct list *clients)
{
    size_t count = 0;
    LIST_EACH(client, clients, const struct client, node)
    {
        ASSERT(client->channel == c && client->replay == NULL && client->segment == s);
        ASSERT(s == NULL || client->at < s->len);
        count++;
    }
    return count;
}

static void check_segment(const struct channel *c, const struct segment *s)
{
    size_t end = 0;
    ASSERT(s->len <= s->cap && s->mark_count <= s->mark_cap);
    ASSERT(s->start.count <= c->writer.position.count);
    ASSERT(!s->begins_with_rest); /* only a replay's does */
    ASSERT(s == channel_last_segment(c) || s->start.count > 0);
    for (size_t i = 0; i < s->mark_count; i++) {
        const struct frame_mark *mark = &s->marks[i];
        ASSERT(mark->end >= end && mark->end <= s->len);
        ASSERT(mark->partition >= NO_PARTITION && mark->partition < (long)s->start.count);
        end = mark->end;
    }
    ASSERT(end == s->len);
}

/* Everybody is in the list that tells where he stands. Returns how many objects there are. */
static size_t check_lists(const struct channel *c)
{
    size_t segments = 0;
    size_t clients = check_clients(c, NULL, &c->caught_up);
    LIST_EACH(s, &c->segments, const struct segment, node)
    {
        check_segment(c, s);
        clients += check_clients(c, s, &s->clients);
        segments++;
    }
    ASSERT(clients == c->client_count);
    return clients + segments;
}

/* Where a link's partition stands in its log. */
static void check_link_offset(const struct channel_link *link)
{
    const struct channel *c = link->channel;
    const struct partition_log *log = link->log;
    int64_t offset = c->writer.position.partitions[link->partition].offset;
    bool is_late = !list_is_empty(&link->late_node);
    ASSERT(!is_late || link->is_behind);
    if (c->has_failed || !plog_has_offsets(log)) {
        return; /* it does not move any more, or not yet */
    }
    ASSERT(link->selected_to <= log->range.end);
    if (link->is_behind) {
        ASSERT(offset == link->selected_to);
        ASSERT(is_late || !list_is_empty(&log->select_node)); /* somebody goes on with it */
    } else {
        ASSERT(offset == log->range.end); /* a live channel stands at the end of its logs */
    }
}

static void check_links(const struct channel *c)
{
    const struct position *position = &c->writer.position;
    size_t cold = 0;
    for (size_t i = 0; i < position->count; i++) {
        const struct channel_link *link = c->links[i];
        const struct partition_position *partition = &position->partitions[i];
        ASSERT(link->channel == c && link->partition == i && !list_is_empty(&link->node));
        ASSERT(link->log->state != LOG_COLD && link->log->watch_count > 0);
        ASSERT(partition->topic == link->log->topic->name);
        ASSERT(partition->partition == link->log->partition);
        ASSERT(i == 0 ||
               position_find(position, partition->topic, partition->partition) == (long)i);
        cold += plog_has_offsets(link->log) ? 0 : 1;
        check_link_offset(link);
    }
    ASSERT(cold == c->cold_links);
}

static size_t check_channel(const struct channels *channels, const struct channel *c)
{
    ASSERT(c->channels == channels);
    ASSERT(channel_is_used(c) && list_is_empty(&c->dirty_node));
    ASSERT(!c->has_failed && !c->has_failed_filter);
    ASSERT(!c->is_listed || map_get(&channels->by_key, buf_slice(&c->key)) == c);
    check_links(c);
    return 1 + c->writer.position.count + check_lists(c);
}

static void check_select_logs(const struct channels *channels)
{
    LIST_EACH(log, &channels->select_logs, const struct partition_log, select_node)
    {
        ASSERT(plog_has_offsets(log));
    }
    LIST_EACH(link, &channels->late_links, const struct channel_link, late_node)
    {
        ASSERT(link->channel->channels == channels && link->is_behind);
    }
}

size_t channels_check(const struct channels *channels)
{
    size_t looked_at = 0;
    size_t bytes = 0;
    size_t listed = 0;
    ASSERT(list_is_empty(&channels->dirty) && list_is_empty(&channels->dead));
    ASSERT(!channels->has_failed_filter);
    LIST_EACH(c, &channels->all, const struct channel, node)
    {
        looked_at += check_channel(channels, c);
        bytes += c->charged_bytes;
        listed += c->is_listed ? 1 : 0;
    }
    ASSERT(bytes == channels->bytes && listed == channels->by_key.count);
    check_select_logs(channels);
    return looked_at;
}
