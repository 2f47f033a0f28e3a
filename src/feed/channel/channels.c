/* Which channels there are: see the header. */
#include "feed/channel/channels.h"
#include "base/mem.h"

int channels_init(struct channels *channels, struct feed_context *context,
                  const struct channel_hooks *hooks, void *hooks_opaque)
{
    *channels = (struct channels){.context = context, .hooks = hooks, .hooks_opaque = hooks_opaque};
    list_init(&channels->all);
    list_init(&channels->dirty);
    list_init(&channels->dead);
    list_init(&channels->select_logs);
    list_init(&channels->late_links);
    turn_init(&channels->turn, &context->options, &channels->scratch);
    return selection_scratch_init(&channels->scratch);
}

void channels_fini(struct channels *channels)
{
    ASSERT(list_is_empty(&channels->all) && list_is_empty(&channels->dead));
    ASSERT(list_is_empty(&channels->dirty) && list_is_empty(&channels->late_links));
    ASSERT(channels->by_key.count == 0 && channels->bytes == 0);
    selection_scratch_fini(&channels->scratch);
    map_fini(&channels->by_key);
    buf_fini(&channels->gap);
}

static struct channel *add_channel(struct channels *channels, const struct subscription *s,
                                   struct buf *key)
{
    struct channel *c = channel_new(channels, s, key);
    if (c == NULL) {
        return NULL;
    }
    if (map_put(&channels->by_key, buf_slice(&c->key), c) < 0) {
        channel_free(c);
        return NULL;
    }
    c->is_listed = true;
    list_push_back(&channels->all, &c->node);
    return c;
}

struct channel *channels_get(struct channels *channels, const struct subscription *subscription)
{
    struct buf key = BUF_INIT;
    subscription_append_key(subscription, &key);
    struct channel *c = NULL;
    if (buf_ok(&key)) {
        c = map_get(&channels->by_key, buf_slice(&key));
        if (c == NULL) {
            c = add_channel(channels, subscription, &key);
        }
    }
    ASSERT(c == NULL || c->is_listed);
    buf_fini(&key);
    return c;
}

void channels_tick(struct channels *channels)
{
    const struct feed_context *context = channels->context;
    LIST_EACH_SAFE(c, after, &channels->all, struct channel, node)
    {
        bool is_due = context->now_ms - c->last_frame_ms >= context->options.heartbeat_ms;
        if (c->client_count > 0 && is_due && channel_is_live(c) && !c->has_failed) {
            channel_beat(c);
        }
    }
    channels_offer(channels);
}

void channels_reap(struct channels *channels)
{
    LIST_EACH_SAFE(c, after, &channels->dead, struct channel, node)
    {
        if (c->has_failed) {
            channel_end_clients(c, &(struct stream_end){.reason = END_NO_MEMORY});
            channels->hooks->end_replays(channels->hooks_opaque, c, END_NO_MEMORY);
        }
        if (channel_is_used(c)) {
            list_move_back(&channels->all, &c->node);
        } else {
            channel_free(c);
        }
    }
}

/* ---- the cluster's topics change ---- */

static bool shows_whole(const struct channel *c, const struct topic *topic)
{
    for (size_t i = 0; i < c->whole_count; i++) {
        if (c->whole[i] == topic) {
            return true;
        }
    }
    return false;
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
    c->channels->hooks->end_overlong(c->channels->hooks_opaque, c, longest);
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
            c->channels->hooks->on_partition(c->channels->hooks_opaque, c, topic->logs[p]);
            channel_seal(c);
        }
    }
}

/* A channel may move to the end of the list meanwhile, and come again. */
static void add_partitions(struct list *list, struct topic *topic, int32_t first)
{
    LIST_EACH_SAFE(c, after, list, struct channel, node)
    {
        if (shows_whole(c, topic)) {
            add_missing(c, topic, first);
        }
    }
}

void channels_add_partitions(struct channels *channels, struct topic *topic, int32_t first)
{
    add_partitions(&channels->all, topic, first);
    /* Who comes before the end of the turn finds these, too. */
    add_partitions(&channels->dead, topic, first);
}

static void retire(struct list *list, const struct topic *topic)
{
    LIST_EACH(c, list, struct channel, node)
    {
        if (shows_whole(c, topic)) {
            channel_unlist(c);
        }
    }
}

void channels_retire(struct channels *channels, const struct topic *topic)
{
    retire(&channels->all, topic);
    retire(&channels->dead, topic);
}
