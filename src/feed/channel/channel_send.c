/* How a channel's frames reach its clients. What it renders: channel_frames.c. */
#include "feed/channel/channels.h"

enum progress {
    PROGRESS_ALL, /* everything was sent */
    PROGRESS_BLOCKED,
    PROGRESS_GONE
};

/* Sends from (segment, at) to the end of the channel; both are moved on. */
static enum progress send_on(struct channel *c, struct client *client, struct segment **segment,
                             size_t *at)
{
    struct segment *s = *segment;
    for (;;) {
        size_t left = s->len - *at;
        if (left > 0) {
            ssize_t taken = client->ops->send(client, s->data + *at, left);
            if (taken < 0) {
                return PROGRESS_GONE;
            }
            c->channels->context->counters.sends++;
            c->channels->context->counters.bytes_sent += (uint64_t)taken;
            *at += (size_t)taken;
            if ((size_t)taken < left) {
                return PROGRESS_BLOCKED;
            }
        }
        if (s->node.next == &c->segments) {
            return PROGRESS_ALL;
        }
        s = LIST_ENTRY(s->node.next, struct segment, node);
        *segment = s;
        *at = 0;
    }
}

/* Offers this turn's frames to a client that had everything before. */
static void offer(struct channel *c, struct client *client)
{
    struct segment *segment = c->offer_segment;
    size_t at = c->offer_at;
    switch (send_on(c, client, &segment, &at)) {
    case PROGRESS_ALL:
        break;
    case PROGRESS_BLOCKED:
        client->segment = segment;
        client->at = at;
        list_move_back(&segment->clients, &client->node);
        client->ops->want_writable(client, true);
        break;
    case PROGRESS_GONE:
        channel_end_client(client, &(struct stream_end){.reason = END_GONE});
        break;
    }
}

/* Frees segments, oldest first, that nobody stands in any more; the last one stays to be written
 * on, but not large. */
static void free_sent_segments(struct channel *c)
{
    while (!list_is_empty(&c->segments)) {
        struct segment *first = LIST_FIRST(&c->segments, struct segment, node);
        if (first == channel_last_segment(c) || !list_is_empty(&first->clients)) {
            break;
        }
        segment_free(first);
    }
    channel_shrink(c);
}

static void charge(struct channel *c)
{
    size_t bytes = 0;
    LIST_EACH(s, &c->segments, struct segment, node)
    {
        bytes += segment_bytes(s);
    }
    c->channels->bytes += bytes - c->charged_bytes;
    c->charged_bytes = bytes;
}

/* Subscriptions are many, and each client can have one of its own: what they keep together is
 * bounded, too. */
static bool is_over_budget(const struct channel *c)
{
    const struct feed_options *options = &c->channels->context->options;
    return c->charged_bytes > options->channel_bytes ||
           c->channels->bytes > options->channels_bytes;
}

/* What the channel keeps for slow clients is bounded: those that are furthest behind become
 * replays. */
static void demote_slowest(struct channel *c)
{
    charge(c);
    while (is_over_budget(c)) {
        struct segment *first = LIST_FIRST(&c->segments, struct segment, node);
        if (list_is_empty(&first->clients)) {
            return; /* the last segment, or one frame larger than the bound: nobody slow is left */
        }
        LIST_EACH_SAFE(client, after, &first->clients, struct client, node)
        {
            c->channels->hooks->demote(c->channels->hooks_opaque, client);
        }
        free_sent_segments(c);
        charge(c);
    }
}

void channel_continue(struct channel *c, struct client *client)
{
    switch (send_on(c, client, &client->segment, &client->at)) {
    case PROGRESS_ALL:
        client->segment = NULL;
        list_move_back(&c->caught_up, &client->node);
        client->ops->want_writable(client, false);
        break;
    case PROGRESS_BLOCKED:
        list_move_back(&client->segment->clients, &client->node);
        break;
    case PROGRESS_GONE:
        channel_end_client(client, &(struct stream_end){.reason = END_GONE});
        break;
    }
    free_sent_segments(c);
    charge(c);
}

static void channel_offer(struct channel *c)
{
    LIST_EACH_SAFE(client, after, &c->caught_up, struct client, node)
    {
        offer(c, client);
    }
    free_sent_segments(c);
    demote_slowest(c);
}

static void end_failed_filter(struct channel *c)
{
    c->has_failed_filter = false;
    channel_end_clients(c, &(struct stream_end){END_FILTER, buf_slice(&c->why)});
}

static void end_failed_filters_of(struct list *list)
{
    LIST_EACH_SAFE(c, after, list, struct channel, node)
    {
        if (c->has_failed_filter) {
            end_failed_filter(c);
        }
    }
}

/* Only now, so that what they kept before is sent. One that was about to be freed may be in use
 * again. */
static void end_failed_filters(struct channels *channels)
{
    if (channels->has_failed_filter) {
        channels->has_failed_filter = false;
        end_failed_filters_of(&channels->all);
        end_failed_filters_of(&channels->dead);
    }
}

void channels_offer(struct channels *channels)
{
    while (!list_is_empty(&channels->dirty)) {
        struct channel *c = LIST_FIRST(&channels->dirty, struct channel, dirty_node);
        list_remove(&c->dirty_node);
        if (!c->has_failed) {
            channel_offer(c);
        }
    }
    end_failed_filters(channels);
}
