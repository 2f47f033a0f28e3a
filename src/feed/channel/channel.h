/*
 * A channel: all that clients with the same subscription and view share. It stands at one position,
 * takes every new record of its partition logs once, writes its frame once, and offers the bytes to
 * its clients. One thread.
 *
 * Invariant between turns: a live channel stands at the end of each of its logs. If the turn had no
 * time to apply its selection to all new records, it stands behind the last one that had its turn:
 * it *lags*. See channel_select.h.
 */
#ifndef FEED_CHANNEL_CHANNEL_H
#define FEED_CHANNEL_CHANNEL_H

#include "core/filter/selection.h"
#include "feed/channel/client.h"
#include "feed/log/partition_log.h"
#include "feed/channel/subscription.h"
#include "feed/channel/writer.h"

struct channels;

/* A channel shows a log as partition `partition` of its position. */
struct channel_link {
    struct list node; /* log->links */
    struct channel *channel;
    struct partition_log *log;
    size_t partition;
    /* See channel_select.h. */
    bool is_behind;      /* channels_select() goes on with it */
    int64_t selected_to; /* the selection was applied to all before; the partition's offset between
                          * turns */
    struct list late_node;    /* channels->late_links: it goes on by itself ... */
    struct range_cursor late; /* ... from here */
    int64_t credit_ns;        /* what it may spend when it is its turn, as the scratch counts */
    bool is_dear;             /* its last record cost much */
};

struct channel {
    struct channels *channels;
    struct buf key;
    struct list node;       /* channels->all, or channels->dead */
    struct list dirty_node; /* channels->dirty */
    struct writer writer;
    struct selection *selection; /* NULL: it shows every record as it is */
    struct channel_link **links; /* one per partition, in the same order */
    struct topic **whole;        /* whose new partitions join */
    size_t whole_count;
    size_t cold_links; /* logs that have no offsets yet: the channel is live when there are none */
    struct list segments;          /* oldest first; the last one is written to */
    struct list caught_up;         /* clients that were sent everything */
    struct list replays;           /* struct replay.channel_node: clients on their way here */
    size_t charged_bytes;          /* of the segments: its part of channels->bytes */
    size_t client_count;           /* attached ones: in caught_up or in a segment */
    struct segment *offer_segment; /* where the frames of this turn begin */
    size_t offer_at;
    bool is_listed;         /* in channels->by_key: who comes with its key joins it */
    bool has_failed;        /* ran out of memory: its clients are ended with this turn */
    bool has_failed_filter; /* its frames so far are sent, and then its clients are ended */
    struct buf why;         /* has_failed_filter: the sentence, or empty */
    bool has_moved_quietly; /* the position moved, but no frame has told it yet */
    int64_t last_frame_ms;
};

static inline bool channel_is_live(const struct channel *c)
{
    return c->cold_links == 0;
}

/* The segment that is written to, or NULL. */
static inline struct segment *channel_last_segment(const struct channel *c)
{
    return list_is_empty(&c->segments) ? NULL : LIST_ENTRY(c->segments.prev, struct segment, node);
}

/* Whether anybody is attached to it, or on the way there. */
static inline bool channel_is_used(const struct channel *c)
{
    return c->client_count > 0 || !list_is_empty(&c->replays);
}

/* ---- its life: channel.c ---- */

/* Returns a new channel in no list, or NULL without memory. Takes the key. */
CHECKED struct channel *channel_new(struct channels *channels, const struct subscription *s,
                                    struct buf *key);

/* Nobody may use it. */
void channel_free(struct channel *c);

/* Nobody new joins it. */
void channel_unlist(struct channel *c);

/*
 * A partition joins that did not exist when the channel's clients subscribed, so all of its records
 * are new to them: it joins at its very beginning. channel_seal() is to follow.
 * KSSE_ENOMEM: the channel must not be used any more.
 */
CHECKED int channel_add_partition(struct channel *c, struct partition_log *log);

/* Puts a client that has nothing left to send at the channel's end. */
void channel_attach(struct channel *c, struct client *client);

/* Takes an attached client out of the channel. */
void channel_forget(struct channel *c, struct client *client);

/* The same, for good; `rest` as in feed_detach(). */
void channel_detach(struct client *client, struct buf *rest);

/* The same, and tells its owner. */
void channel_end_client(struct client *client, const struct stream_end *end);

/* Ends the stream of every attached client, each on a whole frame. */
void channel_end_clients(struct channel *c, const struct stream_end *end);

/* To be called when somebody left the channel: without clients and replays it ends with this turn.
 */
void channel_release(struct channel *c);

/*
 * The channel cannot go on for want of memory. Its clients and replays are ended at the end of the
 * turn, so that callers up the stack may still hold it; nobody new joins it.
 */
void channel_fail(struct channel *c);

/* ---- its frames: channel_frames.c ---- */

/* Writes a frame. */
void channel_show(struct channel *c, const struct move *move);

/* Writes a heartbeat, or a `position` event if the position has moved unseen. */
void channel_beat(struct channel *c);

/* The position moves to `offset` without a frame. */
void channel_skip(struct channel *c, size_t partition, int64_t offset);

/* The position follows the log up to `offset`, also past records that are not shown, or that nobody
 * is there to see. */
void channel_follow(struct channel_link *link, int64_t offset);

/* The next frame goes to a new segment, which knows all partitions of the position. */
void channel_seal(struct channel *c);

/* A large segment that nobody stands in is not kept until the next frame comes: channels are many.
 */
void channel_shrink(struct channel *c);

/* ---- how it reaches clients: channel_send.c ---- */

/* Sends on to a client that stands in a segment. */
void channel_continue(struct channel *c, struct client *client);

#endif
