/* What others may know of a feed: see the header. */
#include "feed/feed.h"

void feed_update_topics(struct feed *feed, const struct topic_info *infos, size_t count)
{
    topics_update(feed, infos, count);
}

void feed_refresh_topics(struct feed *feed)
{
    source_refresh(feed->source);
}

const struct topic *feed_find_topic(const struct feed *feed, size_t rendering, const char *name)
{
    return topic_find(feed, rendering, name);
}

/* Each rendering has the same topics. */
size_t feed_topic_count(const struct feed *feed)
{
    return feed->tails[0].topics.count;
}

const struct topic *feed_next_topic(const struct feed *feed, size_t *at)
{
    return map_next(&feed->tails[0].topics, at);
}

const struct partition_log *feed_next_followed(const struct feed *feed,
                                               const struct partition_log *log)
{
    const struct list *next = log == NULL ? feed->logs.next : log->node.next;
    return next == &feed->logs ? NULL : LIST_ENTRY(next, const struct partition_log, node);
}

const struct feed_counters *feed_counters(const struct feed *feed)
{
    return &feed->counters;
}

struct feed_usage feed_usage(const struct feed *feed)
{
    struct replays_usage replays = replays_usage(feed->replays);
    struct feed_usage usage = {
        .channels = feed->channels.count,
        .replays = replays.count,
        .log_bytes = feed->plog_pool.bytes,
        .channel_bytes = feed->channel_bytes,
        .replay_bytes = replays.frame_bytes + replays.cached_bytes,
    };
    const struct partition_log *log = NULL;
    while ((log = feed_next_followed(feed, log)) != NULL) {
        usage.partitions_followed++;
    }
    return usage;
}

size_t feed_record_waits(const struct feed *feed, const struct partition_log **longest)
{
    return (size_t)record_waits_count(feed, longest);
}

int64_t feed_waited_ms(const struct feed *feed, const struct partition_log *log)
{
    return feed->now_ms - log->wait.since_ms;
}
