/* That the feed of a world keeps to its bounds of memory. */
#include "feed/channel/channel.h"
#include "feed/replay/replay_parts.h"
#include "story.h"
#include "world.h"

enum {
    /* What a channel may hold beyond its bound: the segment that is written to, whose memory
     * doubles as it grows, with a frame that is larger than it. */
    CHANNEL_SLACK = 3 * (128 * 1024 + 2 * LARGEST_RECORD),
    REPLAY_SLACK = 4 * LARGEST_RECORD + 256 * 1024,
    CACHED_SLACK = 2 * LARGEST_RECORD + 256 * 1024
};

static void check_channel_bytes(const struct world *w)
{
    CHECK(w->feed->channels.bytes <=
              w->options.channels_bytes + w->feed->channels.by_key.count * CHANNEL_SLACK,
          "the channels hold %zu bytes", w->feed->channels.bytes);
    LIST_EACH(c, &w->feed->channels.all, struct channel, node)
    {
        size_t bytes = 0;
        LIST_EACH(s, &c->segments, struct segment, node)
        {
            bytes += segment_bytes(s);
        }
        CHECK(bytes <= w->options.channel_bytes + CHANNEL_SLACK, "a channel holds %zu bytes",
              bytes);
    }
}

/* One chunk may be rendered while there is room for a byte. */
static void check_replay_bytes(const struct world *w)
{
    struct replays_usage usage = replays_usage(w->feed->replays);
    CHECK(usage.frame_bytes <= w->options.replay_bytes / 2 + REPLAY_SLACK,
          "the replays hold %zu bytes", usage.frame_bytes);
    CHECK(usage.cached_bytes <= w->options.replay_bytes / 2 + CACHED_SLACK,
          "the cached ranges hold %zu bytes", usage.cached_bytes);
}

void world_check_memory(const struct world *w)
{
    CHECK(w->feed->plogs.pool.bytes <= w->options.log_bytes, "logs hold %zu bytes",
          w->feed->plogs.pool.bytes);
    check_channel_bytes(w);
    check_replay_bytes(w);
}
