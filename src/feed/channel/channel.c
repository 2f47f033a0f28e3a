/* Life of a channel: made, attached to, grown, ended. See the header. */
#include "base/mem.h"
#include "feed/channel/channels.h"
#include "feed/log/plog_watch.h"

static struct channel *channel_alloc(struct channels *channels, const struct subscription *s)
{
    struct channel *c = mem_zalloc(sizeof(*c));
    if (c == NULL) {
        return NULL;
    }
    c->channels = channels;
    list_init(&c->node);
    list_init(&c->dirty_node);
    list_init(&c->segments);
    list_init(&c->caught_up);
    list_init(&c->replays);
    writer_init(&c->writer, &s->view);
    c->last_frame_ms = channels->context->now_ms;
    if (s->selection != NULL) {
        if (selection_attach(s->selection, &channels->scratch) < 0) {
            mem_free(c);
            return NULL;
        }
        c->selection = selection_ref(s->selection);
    }
    return c;
}

void channel_unlist(struct channel *c)
{
    if (c->is_listed) {
        c->is_listed = false;
        map_remove(&c->channels->by_key, buf_slice(&c->key));
    }
}

void channel_free(struct channel *c)
{
    ASSERT(!channel_is_used(c));
    ASSERT(list_is_empty(&c->caught_up));
    for (size_t i = 0; i < c->writer.position.count; i++) {
        list_remove(&c->links[i]->node);
        list_remove(&c->links[i]->late_node);
        plog_unwatch(c->links[i]->log);
        mem_free(c->links[i]);
    }
    while (!list_is_empty(&c->segments)) {
        segment_free(LIST_FIRST(&c->segments, struct segment, node));
    }
    ASSERT(c->channels->bytes >= c->charged_bytes);
    c->channels->bytes -= c->charged_bytes;
    list_remove(&c->node);
    list_remove(&c->dirty_node);
    channel_unlist(c);
    writer_fini(&c->writer);
    if (c->selection != NULL) {
        selection_detach(c->selection, &c->channels->scratch);
        selection_unref(c->selection);
    }
    buf_fini(&c->key);
    buf_fini(&c->why);
    mem_free(c->links);
    mem_free(c->whole);
    mem_free(c);
}

/* Adds a partition to the position and links its log. KSSE_ENOMEM (nothing changed). */
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
        return KSSE_ENOMEM;
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

/* KSSE_ENOMEM. */
static int channel_fill(struct channel *c, const struct subscription *s)
{
    for (size_t i = 0; i < s->count; i++) {
        struct partition_log *log = s->partitions[i].topic->logs[s->partitions[i].partition];
        if (add_link(c, log) < 0) {
            return KSSE_ENOMEM;
        }
        plog_watch(log);
    }
    if (s->whole_count > 0) {
        c->whole = mem_alloc(s->whole_count * sizeof(struct topic *));
        if (c->whole == NULL) {
            return KSSE_ENOMEM;
        }
        memcpy(c->whole, s->whole, s->whole_count * sizeof(struct topic *));
        c->whole_count = s->whole_count;
    }
    return writer_position_changed(&c->writer);
}

struct channel *channel_new(struct channels *channels, const struct subscription *s,
                            struct buf *key)
{
    struct channel *c = channel_alloc(channels, s);
    if (c == NULL) {
        return NULL;
    }
    c->key = *key;
    *key = BUF_INIT;
    if (channel_fill(c, s) < 0) {
        channel_free(c);
        return NULL;
    }
    ASSERT(c->writer.position.count == s->count);
    return c;
}

int channel_add_partition(struct channel *c, struct partition_log *log)
{
    plog_start_at(log, 0);
    if (add_link(c, log) < 0) {
        return KSSE_ENOMEM;
    }
    plog_watch(log);
    return writer_position_changed(&c->writer);
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
    c->channels->context->counters.streams_joined++;
}

void channel_forget(struct channel *c, struct client *client)
{
    ASSERT(client->channel == c && c->client_count > 0);
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

/* Freed only at the end of the turn; by then it may be in use again. */
void channel_release(struct channel *c)
{
    if (!channel_is_used(c)) {
        list_move_back(&c->channels->dead, &c->node);
    }
}

void channel_fail(struct channel *c)
{
    if (!c->has_failed) {
        c->has_failed = true;
        channel_unlist(c);
        list_move_back(&c->channels->dead, &c->node);
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
