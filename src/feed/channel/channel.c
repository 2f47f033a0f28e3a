/* Life of a channel: made, attached to, grown, ended. See also channel_take.c and channel_send.c.
 */
#include "feed/channel/channel.h"
#include "base/mem.h"
#include "feed/channel/channel_select.h"
#include "feed/feed.h"
#include "feed/log/plog_watch.h"
#include "feed/replay/replay.h"

static struct channel *channel_alloc(struct feed *feed, const struct subscription *s)
{
    struct channel *c = mem_zalloc(sizeof(*c));
    if (c == NULL) {
        return NULL;
    }
    c->feed = feed;
    list_init(&c->node);
    list_init(&c->dirty_node);
    list_init(&c->segments);
    list_init(&c->caught_up);
    list_init(&c->replays);
    writer_init(&c->writer, &s->view);
    c->last_frame_ms = feed->now_ms;
    if (s->selection != NULL) {
        if (selection_attach(s->selection, &feed->selection_scratch) < 0) {
            mem_free(c);
            return NULL;
        }
        c->selection = selection_ref(s->selection);
    }
    return c;
}

/* Nobody new joins it. */
static void unlist(struct channel *c)
{
    if (c->is_listed) {
        c->is_listed = false;
        map_remove(&c->feed->channels, buf_slice(&c->key));
    }
}

static void channel_free(struct channel *c)
{
    ASSERT(list_is_empty(&c->caught_up) && list_is_empty(&c->replays));
    for (size_t i = 0; i < c->writer.position.count; i++) {
        list_remove(&c->links[i]->node);
        list_remove(&c->links[i]->late_node);
        plog_unwatch(c->links[i]->log);
        mem_free(c->links[i]);
    }
    while (!list_is_empty(&c->segments)) {
        segment_free(LIST_FIRST(&c->segments, struct segment, node));
    }
    c->feed->channel_bytes -= c->charged_bytes;
    list_remove(&c->node);
    list_remove(&c->dirty_node);
    unlist(c);
    writer_fini(&c->writer);
    if (c->selection != NULL) {
        selection_detach(c->selection, &c->feed->selection_scratch);
        selection_unref(c->selection);
    }
    buf_fini(&c->key);
    buf_fini(&c->why);
    mem_free(c->links);
    mem_free(c->whole);
    mem_free(c);
}

/* Adds a partition to the position and links its log. 0, or -1 without memory (nothing changed). */
static int add_link(struct channel *c, struct partition_log *log)
{
    struct position *position = &c->writer.position;
    struct channel_link *link = mem_zalloc(sizeof(*link));
    struct channel_link **links =
        mem_realloc(c->links, (position->count + 1) * sizeof(struct channel_link *));
    if (links != NULL) {
        c->links = links;
    }
    bool has_offsets = plog_has_offsets(log);
    struct partition_position partition = {log->topic->name, log->partition,
                                           has_offsets ? log->range.end : 0, -1, NULL};
    long index = link == NULL || links == NULL ? -1 : position_insert(position, partition);
    if (index < 0) {
        mem_free(link);
        return -1;
    }
    size_t at = (size_t)index;
    memmove(links + at + 1, links + at, (position->count - 1 - at) * sizeof(struct channel_link *));
    links[at] = link;
    for (size_t i = at; i < position->count; i++) {
        links[i]->partition = i;
    }
    link->channel = c;
    link->log = log;
    link->selected_to = partition.offset;
    list_init(&link->late_node);
    list_push_back(&log->links, &link->node);
    c->cold_links += has_offsets ? 0 : 1;
    return 0;
}

/* 0, or -1 without memory. */
static int channel_fill(struct channel *c, const struct subscription *s)
{
    for (size_t i = 0; i < s->count; i++) {
        struct partition_log *log = s->partitions[i].topic->logs[s->partitions[i].partition];
        if (add_link(c, log) < 0) {
            return -1;
        }
        plog_watch(log);
    }
    if (s->whole_count > 0) {
        c->whole = mem_alloc(s->whole_count * sizeof(struct topic *));
        if (c->whole == NULL) {
            return -1;
        }
        memcpy(c->whole, s->whole, s->whole_count * sizeof(struct topic *));
        c->whole_count = s->whole_count;
    }
    return writer_position_changed(&c->writer);
}

static struct channel *channel_new(struct feed *feed, const struct subscription *s, struct buf *key)
{
    struct channel *c = channel_alloc(feed, s);
    if (c == NULL) {
        return NULL;
    }
    c->key = *key;
    *key = BUF_INIT;
    if (channel_fill(c, s) < 0 || map_put(&feed->channels, buf_slice(&c->key), c) < 0) {
        channel_free(c);
        return NULL;
    }
    c->is_listed = true;
    list_push_back(&feed->channel_list, &c->node);
    return c;
}

struct channel *channel_get(struct feed *feed, const struct subscription *subscription)
{
    struct buf key = BUF_INIT;
    subscription_append_key(subscription, &key);
    struct channel *c = NULL;
    if (buf_ok(&key)) {
        c = map_get(&feed->channels, buf_slice(&key));
        if (c == NULL) {
            c = channel_new(feed, subscription, &key);
        }
    }
    buf_fini(&key);
    return c;
}

void channel_attach(struct channel *c, struct client *client)
{
    ASSERT(channel_is_live(c) && client->replay == NULL && client->segment == NULL);
    ASSERT(list_is_empty(&c->dirty_node));
    client->channel = c;
    list_move_back(&c->caught_up, &client->node);
    c->client_count++;
    /* It may have no id yet. Without one it would come back at the latest record, and lose what was
     * produced meanwhile, if its connection broke before the first event. */
    c->has_moved_quietly = true;
    c->feed->counters.streams_joined++;
}

void channel_forget(struct channel *c, struct client *client)
{
    list_remove(&client->node);
    client->segment = NULL;
    client->channel = NULL;
    c->client_count--;
    channel_release(c);
}

void channel_detach(struct client *client, struct buf *rest)
{
    const struct segment *s = client->segment;
    if (s != NULL && rest != NULL) {
        size_t end = segment_frame_end(s, client->at);
        buf_append(rest, s->data + client->at, end - client->at);
    }
    channel_forget(client->channel, client);
}

void channel_end_client(struct client *client, const struct stream_end *end)
{
    struct buf rest = BUF_INIT;
    channel_detach(client, end->reason == END_GONE ? NULL : &rest);
    client_tell_end(client, end, &rest);
}

static bool is_used(const struct channel *c)
{
    return c->client_count > 0 || !list_is_empty(&c->replays);
}

/* Freed only at the end of the turn; by then it may be in use again. */
void channel_release(struct channel *c)
{
    if (!is_used(c)) {
        list_move_back(&c->feed->dead_channels, &c->node);
    }
}

void channel_fail(struct channel *c)
{
    if (!c->has_failed) {
        c->has_failed = true;
        unlist(c);
        list_move_back(&c->feed->dead_channels, &c->node);
    }
}

static void end_list(struct list *clients, const struct stream_end *end)
{
    LIST_EACH_SAFE(client, after, clients, struct client, node)
    {
        channel_end_client(client, end);
    }
}

void channel_end_clients(struct channel *c, const struct stream_end *end)
{
    end_list(&c->caught_up, end);
    LIST_EACH(s, &c->segments, struct segment, node)
    {
        end_list(&s->clients, end);
    }
}

static void demote_list(struct list *clients)
{
    LIST_EACH_SAFE(client, after, clients, struct client, node)
    {
        replay_demote(client);
    }
}

void channel_demote_all(struct channel *c)
{
    ASSERT(list_is_empty(&c->dirty_node));
    demote_list(&c->caught_up);
    LIST_EACH(s, &c->segments, struct segment, node)
    {
        demote_list(&s->clients);
    }
    for (size_t i = 0; i < c->writer.position.count; i++) {
        struct channel_link *link = c->links[i];
        if (plog_has_offsets(link->log)) {
            select_from(link, link->log->range.end);
            channel_follow(link, link->log->range.end);
        }
    }
}

void channels_reap(struct feed *feed)
{
    LIST_EACH_SAFE(c, after, &feed->dead_channels, struct channel, node)
    {
        if (c->has_failed) {
            channel_end_clients(c, &(struct stream_end){.reason = END_NO_MEMORY});
            replays_end(c, END_NO_MEMORY);
        }
        if (is_used(c)) {
            list_move_back(&feed->channel_list, &c->node);
        } else {
            channel_free(c);
        }
    }
}

static bool shows_whole(const struct channel *c, const struct topic *topic)
{
    for (size_t i = 0; i < c->whole_count; i++) {
        if (c->whole[i] == topic) {
            return true;
        }
    }
    return false;
}

/*
 * The partition did not exist when the channel's clients subscribed, so all of its records are new
 * to them: it joins at its very beginning. Segments that are being sent know the old partitions
 * only, so a new one begins.
 */
static int channel_add_partition(struct channel *c, struct partition_log *log)
{
    plog_start_at(log, 0);
    if (add_link(c, log) < 0) {
        return -1;
    }
    plog_watch(log);
    return writer_position_changed(&c->writer);
}

static size_t longest_id_with(const struct channel *c, const struct topic *topic, int32_t first)
{
    size_t size = event_id_longest(&c->writer.position);
    for (int32_t p = first; p < topic->partition_count; p++) {
        bool is_new = position_find(&c->writer.position, topic->name, p) < 0;
        size += is_new ? event_id_longest_partition(topic->name, p) : 0;
    }
    return size;
}

static void end_overlong_of(struct list *clients, size_t longest)
{
    LIST_EACH_SAFE(client, after, clients, struct client, node)
    {
        if (client->max_id_len < longest) {
            channel_end_client(client, &(struct stream_end){.reason = END_ID});
        }
    }
}

/*
 * Those clients could not come back with the ids that the channel is about to have: a request has a
 * longest head, and a page that was refused for it never asks again. They are told, and come back
 * with the id that they have, which is of the partitions so far.
 */
static void end_overlong(struct channel *c, size_t longest)
{
    end_overlong_of(&c->caught_up, longest);
    LIST_EACH(s, &c->segments, struct segment, node)
    {
        end_overlong_of(&s->clients, longest);
    }
    replays_end_overlong(c, longest);
}

/* Some may be there already: the channel is met twice, or the topic had them before it was made
 * anew. */
static void add_missing(struct channel *c, struct topic *topic, int32_t first)
{
    end_overlong(c, longest_id_with(c, topic, first));
    for (int32_t p = first; p < topic->partition_count && !c->has_failed; p++) {
        if (position_find(&c->writer.position, topic->name, p) >= 0) {
            continue;
        }
        if (channel_add_partition(c, topic->logs[p]) < 0) {
            channel_fail(c);
        } else {
            replays_add_partition(c, topic->logs[p]);
            channel_seal(c);
        }
    }
}

/* A channel may move to the end of the list meanwhile, and come again. */
static void add_partitions(struct list *channels, struct topic *topic, int32_t first)
{
    LIST_EACH_SAFE(c, after, channels, struct channel, node)
    {
        if (shows_whole(c, topic)) {
            add_missing(c, topic, first);
        }
    }
}

void channels_add_partitions(struct feed *feed, struct topic *topic, int32_t first)
{
    add_partitions(&feed->channel_list, topic, first);
    /* Who comes before the end of the turn finds these, too. */
    add_partitions(&feed->dead_channels, topic, first);
}

static void retire(struct list *channels, const struct topic *topic)
{
    LIST_EACH(c, channels, struct channel, node)
    {
        if (shows_whole(c, topic)) {
            unlist(c);
        }
    }
}

void channels_retire(struct feed *feed, const struct topic *topic)
{
    retire(&feed->channel_list, topic);
    retire(&feed->dead_channels, topic);
}
