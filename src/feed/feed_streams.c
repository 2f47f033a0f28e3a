/* Streams come and go: see the header. */
#include "feed/channel/channel_select.h"
#include "feed/feed_parts.h"

int feed_subscribe(const struct feed *feed, const struct subscription_wish *wish,
                   struct subscription *s, struct refusal *refusal)
{
    return subscription_make(s, &feed->plogs, wish, refusal);
}

static bool is_latest(const struct subscription *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->partitions[i].start.kind != START_LATEST) {
            return false;
        }
    }
    return true;
}

int feed_attach(struct feed *feed, struct client *client, const struct subscription *subscription)
{
    ASSERT(client->channel == NULL && client->replay == NULL);
    struct channel *c = channels_get(&feed->channels, subscription);
    if (c == NULL) {
        return KSSE_ENOMEM;
    }
    if (channel_is_live(c) && !channel_lags(c) && is_latest(subscription) &&
        gone_is_told(&subscription->gone)) {
        channel_attach(c, client);
    } else if (replay_start(feed->replays, c, client, subscription) < 0) {
        channel_release(c);
        return KSSE_ENOMEM;
    }
    feed->context.counters.streams_started++;
    return 0;
}

void feed_detach(struct client *client, struct buf *rest)
{
    if (client->replay != NULL) {
        replay_stop(client->replay, rest);
    } else if (client->channel != NULL) {
        channel_detach(client, rest);
    }
}

void feed_on_writable(struct client *client)
{
    if (client->replay != NULL) {
        replay_on_writable(client->replay);
    } else if (client->segment != NULL) {
        channel_continue(client->channel, client);
    }
}

bool feed_is_between_frames(const struct client *client)
{
    const struct replay *r = client->replay;
    return r == NULL ? client->segment == NULL : replay_is_between_frames(r);
}
