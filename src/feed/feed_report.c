/* What others may know of a feed: see the header. */
#include "feed/feed_parts.h"

void feed_update_topics(struct feed *feed, const struct topic_info *infos, size_t count)
{
    topics_update(&feed->plogs, infos, count);
}

void feed_refresh_topics(struct feed *feed)
{
    source_refresh(feed->context.source);
}

const struct topic *feed_find_topic(const struct feed *feed, size_t rendering, const char *name)
{
    return topic_find(&feed->plogs, rendering, name);
}

/* Each rendering has the same topics. */
size_t feed_topic_count(const struct feed *feed)
{
    return feed->plogs.tails[0].topics.count;
}

const struct topic *feed_next_topic(const struct feed *feed, size_t *at)
{
    return map_next(&feed->plogs.tails[0].topics, at);
}

const struct partition_log *feed_next_followed(const struct feed *feed,
                                               const struct partition_log *log)
{
    const struct list *next = log == NULL ? feed->plogs.logs.next : log->node.next;
    return next == &feed->plogs.logs ? NULL : LIST_ENTRY(next, const struct partition_log, node);
}

const struct feed_counters *feed_counters(const struct feed *feed)
{
    return &feed->context.counters;
}

struct feed_usage feed_usage(const struct feed *feed)
{
    struct replays_usage replays = replays_usage(feed->replays);
    struct feed_usage usage = {
        .channels = feed->channels.by_key.count,
        .replays = replays.count,
        .log_bytes = feed->plogs.pool.bytes,
        .channel_bytes = feed->channels.bytes,
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
    return plogs_count_waits(&feed->plogs, longest);
}

int64_t feed_waited_ms(const struct feed *feed, const struct partition_log *log)
{
    ASSERT(log->wait.is_there);
    return feed->context.now_ms - log->wait.since_ms;
}
