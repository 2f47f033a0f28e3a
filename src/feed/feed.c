/* A feed's life, and what its rooms ask of those above them: see the header. */
#include "feed/feed_parts.h"
#include "base/mem.h"
#include "feed/replay/replay.h"

/* ---- what partition logs ask for ---- */

static void on_started(void *opaque, struct partition_log *log)
{
    struct feed *feed = opaque;
    channels_log_started(&feed->channels, log);
}

static void on_gap(void *opaque, struct partition_log *log, int64_t offset, const char *reason)
{
    struct feed *feed = opaque;
    channels_gap(&feed->channels, log, offset, reason);
}

static void on_restart(void *opaque, struct partition_log *log)
{
    (void)opaque;
    channels_log_restarted(log);
    cached_ranges_forget(log);
}

static void on_evict(void *opaque, struct partition_log *log, int64_t start)
{
    (void)opaque;
    channels_at_risk(log, start);
}

static void on_looked_up(void *opaque)
{
    struct feed *feed = opaque;
    channels_offer(&feed->channels);
}

static void on_grown(void *opaque, struct topic *topic, int32_t first)
{
    struct feed *feed = opaque;
    channels_add_partitions(&feed->channels, topic, first);
}

static void on_shrunk(void *opaque, const struct topic *topic)
{
    struct feed *feed = opaque;
    channels_retire(&feed->channels, topic);
}

static const struct plog_hooks PLOG_HOOKS = {on_started,   on_gap,   on_restart, on_evict,
                                             on_looked_up, on_grown, on_shrunk};

/* ---- what channels ask for ---- */

static void demote(void *opaque, struct client *client)
{
    struct feed *feed = opaque;
    replay_demote(feed->replays, client);
}

static void end_replays(void *opaque, struct channel *c, enum end_reason reason)
{
    (void)opaque;
    replays_end(c, reason);
}

static void end_overlong(void *opaque, struct channel *c, size_t longest)
{
    (void)opaque;
    replays_end_overlong(c, longest);
}

static void on_log_started(void *opaque, struct channel *c, struct partition_log *log)
{
    (void)opaque;
    replays_log_started(c, log);
}

static void on_channel_gap(void *opaque, struct channel *c, struct partition_log *log)
{
    (void)opaque;
    replays_recheck(c, log);
}

static void on_moved(void *opaque, struct channel *c)
{
    (void)opaque;
    replays_channel_moved(c);
}

static void on_partition(void *opaque, struct channel *c, struct partition_log *log)
{
    (void)opaque;
    replays_add_partition(c, log);
}

static const struct channel_hooks CHANNEL_HOOKS = {
    demote, end_replays, end_overlong, on_log_started, on_channel_gap, on_moved, on_partition};

/* ---- life ---- */

struct feed *feed_new(const struct feed_options *options, struct source *source)
{
    struct feed *feed = mem_zalloc(sizeof(*feed));
    if (feed == NULL) {
        return NULL;
    }
    feed_context_init(&feed->context, options, source);
    int channels = channels_init(&feed->channels, &feed->context, &CHANNEL_HOOKS, feed);
    int plogs = plogs_init(&feed->plogs, &feed->context, &PLOG_HOOKS, feed);
    feed->replays = replays_new(&feed->channels, &feed->plogs);
    if (channels < 0 || plogs < 0 || feed->replays == NULL) {
        feed_free(feed);
        return NULL;
    }
    return feed;
}

void feed_reap(struct feed *feed)
{
    replays_reap(feed->replays);
    channels_reap(&feed->channels);
    replays_reap(feed->replays); /* of channels that have failed */
}

void feed_free(struct feed *feed)
{
    if (feed == NULL) {
        return;
    }
    if (feed->replays != NULL) {
        feed_reap(feed);
    }
    channels_fini(&feed->channels);
    plogs_fini(&feed->plogs); /* with the cached ranges of the logs */
    replays_free(feed->replays);
    mem_free(feed);
}
