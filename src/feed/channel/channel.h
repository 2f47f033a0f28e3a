/*
 * A channel: all that clients with the same subscription and view share. It stands at one position,
 * takes every new record of its partition logs once, renders it once, and offers the bytes to its
 * clients. One thread.
 *
 * Invariant between turns: a live channel's position is the end of each of its logs, or, of a
 * channel with a selection that has not had the time to look at all of them, what it has looked at:
 * it *lags*. See channel_select.h.
 */
#ifndef FEED_CHANNEL_CHANNEL_H
#define FEED_CHANNEL_CHANNEL_H

#include "core/filter/selection.h"
#include "feed/channel/client.h"
#include "feed/log/partition_log.h"
#include "feed/channel/subscription.h"
#include "feed/channel/writer.h"

/* A channel shows a log as partition `partition` of its position. */
struct channel_link {
    struct list node; /* log->links */
    struct channel *channel;
    struct partition_log *log;
    size_t partition;
    /* See channel_select.h. */
    bool is_behind;      /* channels_select() goes on with it */
    int64_t selected_to; /* everything before was looked at; between turns the partition's offset */
    struct list late_node;    /* feed->late_links: it goes on by itself ... */
    struct range_cursor late; /* ... from here */
    int64_t credit; /* what it may spend when it is its turn, as selection_apply() counts */
    bool is_dear;   /* its last look cost much */
};

struct channel {
    struct feed *feed;
    struct buf key;
    struct list node;       /* feed->channel_list, or feed->dead_channels */
    struct list dirty_node; /* feed->dirty_channels */
    struct writer writer;
    struct selection *selection; /* NULL: it shows every record as it is */
    struct channel_link **links; /* one per partition, in the same order */
    struct topic **whole;        /* whose new partitions join */
    size_t whole_count;
    size_t cold_links; /* logs that have no offsets yet: the channel is live when there are none */
    struct list segments;          /* oldest first; the last one is written to */
    struct list caught_up;         /* clients that were sent everything */
    struct list replays;           /* struct replay.channel_node: clients on their way here */
    size_t charged_bytes;          /* of the segments: its part of feed->channel_bytes */
    size_t client_count;           /* attached ones: in caught_up or in a segment */
    struct segment *offer_segment; /* where the frames of this turn begin */
    size_t offer_at;
    bool is_listed;         /* in feed->channels: who comes with its key joins it */
    bool has_failed;        /* ran out of memory: its clients are ended with this turn */
    bool has_failed_filter; /* what it has rendered is sent, and then its clients are ended */
    struct buf why;         /* has_failed_filter: the sentence, or empty */
    bool has_moved_quietly; /* the position moved, but no frame has told it yet */
    int64_t last_frame_ms;
};

/* Returns the channel of this subscription, a new one if need be, or NULL without memory. */
CHECKED struct channel *channel_get(struct feed *feed, const struct subscription *subscription);

static inline bool channel_is_live(const struct channel *c)
{
    return c->cold_links == 0;
}

/* The segment that is written to, or NULL. */
static inline struct segment *channel_last_segment(const struct channel *c)
{
    return list_is_empty(&c->segments) ? NULL : LIST_ENTRY(c->segments.prev, struct segment, node);
}

/* A large segment that nobody stands in is not kept until the next frame comes: channels are many.
 */
void channel_shrink(struct channel *c);

/* Puts a client that has nothing left to send at the channel's end. */
void channel_attach(struct channel *c, struct client *client);

/* Takes an attached client out of the channel. */
void channel_forget(struct channel *c, struct client *client);

/* The same, for good; `rest` as in feed_detach(). */
void channel_detach(struct client *client, struct buf *rest);

/* The same, and tells its owner. */
void channel_end_client(struct client *client, const struct stream_end *end);

/*
 * The channel cannot go on for want of memory. Its clients and replays are ended at the end of the
 * turn, so that callers up the stack may still hold it; nobody new joins it.
 */
void channel_fail(struct channel *c);

/* Ends the stream of every attached client, each on a whole frame. */
void channel_end_clients(struct channel *c, const struct stream_end *end);

/* The next frame goes to a new segment, which knows all partitions of the position. */
void channel_seal(struct channel *c);

/* To be called when somebody left the channel: without clients and replays it ends with this turn.
 */
void channel_release(struct channel *c);

/* All frames have been offered. Its clients go on as replays, and it stands at the ends of its
 * logs.
 */
void channel_demote_all(struct channel *c);

/* Sends on to a client that stands in a segment. */
void channel_continue(struct channel *c, struct client *client);

/* Renders what is new in a log, for all channels that show it. Frames are offered by
 * channels_offer(). */
void channels_take(struct partition_log *log);

/* A log has got its offsets: channels that waited for it go on. */
void channels_log_started(struct partition_log *log);

/* A log's offsets jumped from its end to `offset`: its channels tell it and go there. */
void channels_gap(struct partition_log *log, int64_t offset, const char *reason);

/* New partitions, from number `first` on, join the channels that show the whole topic. */
void channels_add_partitions(struct feed *feed, struct topic *topic, int32_t first);

/* The topic has lost partitions: whoever comes from now on gets another channel of the whole topic.
 */
void channels_retire(struct feed *feed, const struct topic *topic);

/* Offers the frames of this turn to the clients of all dirty channels. */
void channels_offer(struct feed *feed);

/* Heartbeats. */
void channels_tick(struct feed *feed);

/* Frees the channels that nobody uses. */
void channels_reap(struct feed *feed);

/* ---- between the files of a channel ---- */

/* Renders a frame. */
void channel_show(struct channel *c, const struct move *move);

/* The position follows the log up to `offset`, also past records that are not shown, or that nobody
 * is there to see. */
void channel_follow(struct channel_link *link, int64_t offset);

#endif
