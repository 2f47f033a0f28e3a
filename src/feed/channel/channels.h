/*
 * The channels of a feed: which there are, what they hold together, and the time and the working
 * memory for their selections. Only this room writes them. What replays must do when something
 * happens to a channel, they do in hooks. One thread.
 */
#ifndef FEED_CHANNEL_CHANNELS_H
#define FEED_CHANNEL_CHANNELS_H

#include "base/map.h"
#include "core/filter/selection.h"
#include "feed/channel/channel.h"
#include "feed/channel/turn.h"
#include "feed/log/feed_context.h"
#include "feed/log/topic.h"

/* What channels ask of the replays. Only the first two may end clients that are attached to the
 * channel. */
struct channel_hooks {
    /* The client, whose channel has offered all frames, goes on as a replay. Without memory, its
     * stream ends. */
    void (*demote)(void *opaque, struct client *client);
    /* All replays of the channel end. */
    void (*end_replays)(void *opaque, struct channel *c, enum end_reason reason);
    /* Those end whose clients could not come back with an id of `longest` bytes. */
    void (*end_overlong)(void *opaque, struct channel *c, size_t longest);
    /* A log of the channel has got its offsets. */
    void (*on_log_started)(void *opaque, struct channel *c, struct partition_log *log);
    /* The offsets of a log have jumped, and the channel with them. */
    void (*on_gap)(void *opaque, struct channel *c, struct partition_log *log);
    /* The channel has come further in a log, through its selection. */
    void (*on_moved)(void *opaque, struct channel *c);
    /* The partition has joined the channel, at its beginning. */
    void (*on_partition)(void *opaque, struct channel *c, struct partition_log *log);
};

struct channels {
    struct feed_context *context;
    const struct channel_hooks *hooks;
    void *hooks_opaque;
    struct map by_key;       /* those that somebody new can join */
    struct list all;         /* but the dead ones */
    struct list dirty;       /* with frames that were not offered to clients yet */
    struct list dead;        /* to be freed at the end of the turn, unless somebody joins again */
    size_t bytes;            /* the sum of their charged_bytes */
    bool has_failed_filter;  /* some channel has, in this turn */
    struct list select_logs; /* with records to which channels have not applied their selections */
    struct list late_links;  /* of channels that go on by themselves, in the order of their turns */
    struct turn turn;
    struct selection_scratch scratch; /* of all selections, those of replays as well */
    struct buf gap;                   /* the data of the gap event that is being written */
};

/* Context and hooks are borrowed. KSSE_ENOMEM; channels_fini() is due in any case. */
CHECKED int channels_init(struct channels *channels, struct feed_context *context,
                          const struct channel_hooks *hooks, void *hooks_opaque);

/* There must be no channel any more. */
void channels_fini(struct channels *channels);

/* Returns the channel of this subscription, a new one if need be, or NULL without memory. */
CHECKED struct channel *channels_get(struct channels *channels,
                                     const struct subscription *subscription);

/* ---- in a turn ---- */

/* Writes frames for the new records of a log, in all channels that show it. channels_offer() is to
 * follow. */
void channels_take(struct channels *channels, struct partition_log *log);

/* Applies selections for as long as the turn lets it: see channel_select.h. channels_offer() is to
 * follow. */
void channels_select(struct channels *channels);

/* Whether there is more to which selections are to be applied. */
static inline bool channels_lag(const struct channels *channels)
{
    return !list_is_empty(&channels->select_logs) || !list_is_empty(&channels->late_links);
}

/* Offers the frames of this turn to the clients of all dirty channels. */
void channels_offer(struct channels *channels);

/* Heartbeats. */
void channels_tick(struct channels *channels);

/* Ends the channels that have failed, and frees those that nobody uses. */
void channels_reap(struct channels *channels);

/* ---- what logs tell: see struct plog_hooks ---- */

/* A log has got its offsets: channels that waited for it go on. */
void channels_log_started(struct channels *channels, struct partition_log *log);

/* A log's offsets jump from its end to `offset`: its channels tell it and go there. */
void channels_gap(struct channels *channels, struct partition_log *log, int64_t offset,
                  const char *reason);

/* All frames have been offered. What the log has before `offset` is about to go: clients of
 * channels that have not applied their selections to it go on as replays. */
void channels_at_risk(struct partition_log *log, int64_t offset);

/* The log is emptied. */
void channels_log_restarted(struct partition_log *log);

/* New partitions, from number `first` on, join the channels that show the whole topic. */
void channels_add_partitions(struct channels *channels, struct topic *topic, int32_t first);

/* The topic has lost partitions: whoever comes from now on gets another channel of the whole topic.
 */
void channels_retire(struct channels *channels, const struct topic *topic);

/* ---- */

/* Asserts all that must hold between turns. Returns how many objects it has looked at. */
size_t channels_check(const struct channels *channels);

#endif
