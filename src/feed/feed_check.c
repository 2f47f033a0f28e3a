/* What must hold between turns: see feed_check(). */
#include "feed/feed_parts.h"

enum {
    REPLAY_OBJECTS = 8 /* a replay, its partitions and its ranges are as much work as that many */
};

/* Whether the log has records that channels have not taken. */
static bool has_fresh(const struct partition_log *log)
{
    bool is_valid = range_cursor_is_valid(&log->range, &log->fresh);
    struct range_cursor at = is_valid ? log->fresh : RANGE_CURSOR_INIT;
    return range_peek(&log->range, &at) != NULL;
}

/* Each log is watched by the channels that show it, and by nobody else. */
static void check_watches(const struct plogs *plogs)
{
    LIST_EACH(log, &plogs->logs, const struct partition_log, node)
    {
        size_t links = 0;
        LIST_EACH(link, &log->links, const struct channel_link, node)
        {
            ASSERT(link->log == log);
            links++;
        }
        ASSERT(links == log->watch_count);
        ASSERT(!has_fresh(log));
    }
}

size_t feed_check(const struct feed *feed)
{
    const struct feed_context *context = &feed->context;
    ASSERT(feed->plogs.context == context && feed->channels.context == context);
    ASSERT(feed->channels.turn.scratch == &feed->channels.scratch);
    check_watches(&feed->plogs);
    replays_check(feed->replays);
    size_t replays = replays_usage(feed->replays).count;
    return plogs_check(&feed->plogs) + channels_check(&feed->channels) + REPLAY_OBJECTS * replays;
}
