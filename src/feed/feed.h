/*
 * The feed: topics, partition logs, channels and replays of one worker, and the turn that moves
 * records from the source to the clients. No clock and no sockets: its owner tells it the time and
 * gives it a source and clients that can send. One thread.
 */
#ifndef FEED_FEED_H
#define FEED_FEED_H

#include "base/list.h"
#include "base/map.h"
#include "core/filter/selection.h"
#include "feed/channel/client.h"
#include "feed/replay/replay.h"
#include "feed/log/record_range.h"
#include "feed/log/source.h"
#include "feed/channel/subscription.h"
#include "feed/log/tail.h"
#include "feed/log/topic.h"
#include "feed/turn.h"

enum {
    MOST_RECORD_BYTES = 1024 * 1024 * 1024 /* a run counts a text's bytes in 32 bits */
};

/* What the owner may want to know. Called from within feed_run(). */
struct feed_events {
    /* A record was skipped because it did not decode; every single time, so the owner limits what
     * it logs. */
    void (*on_undecodable)(void *opaque, const struct record *record,
                           const struct deserializer_fault *fault);
    /* A partition cannot be read for now, and is tried again each second: each time. */
    void (*on_lost)(void *opaque, const char *topic, int32_t partition, const char *why);
    /* Kafka does not tell where the partition begins, ends, or was at some time. It is asked again
     * within a second: each time. */
    void (*on_lookup_failed)(void *opaque, const char *topic, int32_t partition);
    /* What stands at `offset` could not be read, in the source's words: each try. */
    void (*on_read_error)(void *opaque, const char *topic, int32_t partition, int64_t offset,
                          const char *why);
    /* It is given up: readers go on at `to`, and streams are told a gap. Each time. */
    void (*on_unreadable)(void *opaque, const char *topic, int32_t partition, int64_t from,
                          int64_t to);
    void *opaque;
};

struct feed_options {
    int64_t heartbeat_ms;
    int64_t linger_ms;     /* how long a partition is still followed after its last client */
    size_t log_bytes;      /* all partition logs together */
    size_t channel_bytes;  /* what one channel keeps for clients that lag */
    size_t channels_bytes; /* all channels together; each may have its last segment beyond that */
    size_t replay_bytes;   /* all replays together; beyond it, each holds a single frame */
    size_t record_bytes;   /* the largest record, as it is and as text; 0: MOST_RECORD_BYTES */
    const struct rendering *renderings; /* copied; none: JSON without headers */
    size_t rendering_count;
    struct feed_events events;
    /* Any clock that does not go back, in microseconds: it ends turns, see turn.h. NULL: nothing
     * takes time. */
    int64_t (*clock_us)(void *opaque);
    void *clock_opaque;
    uint64_t clock_cost_ns; /* the cost of selections after which the clock is read again */
};

struct feed_counters {
#define COUNTER(field, help) uint64_t field;
#include "feed/counters.def"
#undef COUNTER
    uint64_t records_undecodable[UNDECODABLE_REASONS]; /* skipped, as their value does not decode */
};

struct feed {
    struct feed_options options;
    struct source *source;
    struct tail *tails; /* by the number of their rendering */
    size_t tail_count;
    int64_t now_ms;
    int64_t wall_ms; /* the time of day, of the owner: records from the future are told by it */
    struct feed_counters counters;

    struct list logs;        /* that are not cold */
    struct list dirty_logs;  /* with records that channels have not taken yet */
    struct list select_logs; /* with records that channels with selections have not looked at */
    struct list late_links;  /* of those that look by themselves, in the order of their turns */
    struct turn turn;
    struct range_pool plog_pool;
    uint64_t next_range_id;
    bool has_wanted_logs;

    struct map channels; /* by key */
    struct list channel_list;
    struct list dirty_channels; /* with frames that were not offered to clients yet */
    struct list dead_channels;  /* to be freed at the end of the turn */
    size_t channel_bytes;       /* of all channels */

    struct replays *replays;

    struct selection_scratch selection_scratch; /* what selections look through */
    bool has_failed_filter;                     /* of some channel, in this turn */
    struct buf scratch;
};

/*
 * Returns a new feed on `source`, which it borrows, or NULL. The source's events stay the owner's,
 * who hands metadata on with feed_update_topics().
 */
CHECKED struct feed *feed_new(const struct feed_options *options, struct source *source);

/* All clients must have been detached. */
void feed_free(struct feed *feed);

/* The time of day, to be told before each turn: a record from the future is known by it. */
void feed_set_time_of_day(struct feed *feed, int64_t wall_ms);

/*
 * One turn at `now_ms` (any clock that does not go back): bounded work, live clients first. To be
 * called whenever the source was dispatched, a client became writable, was attached or detached,
 * and after feed_tick(). True when there is more to do at once.
 */
bool feed_run(struct feed *feed, int64_t now_ms);

/* When a turn is due although nothing happens, by the clock of feed_run(); INT64_MAX: never. */
static inline int64_t feed_due_ms(const struct feed *feed)
{
    return replays_due_ms(feed->replays);
}

/* Heartbeats, time-outs, retries: to be called about four times a second. */
void feed_tick(struct feed *feed, int64_t now_ms);

/* A deserializer that could not tell before may be able to now: what waits for it tries again at
 * once.
 */
void feed_retry(struct feed *feed, int64_t now_ms);

/* ---- topics ---- */

/* Takes the cluster's topics over, sorted by name: see topics_update(). */
void feed_update_topics(struct feed *feed, const struct topic_info *infos, size_t count);

/* Asks Kafka for its topics now; the source's on_metadata follows. */
void feed_refresh_topics(struct feed *feed);

/* The topic in one of the feed's renderings, or NULL when the cluster never showed it. Lives as
 * long as the feed. */
const struct topic *feed_find_topic(const struct feed *feed, size_t rendering, const char *name);

/* How many topics the cluster has ever shown. */
size_t feed_topic_count(const struct feed *feed);

/* Goes through them, in no order: the topic after *at, which is 0 at first; NULL at the end. */
const struct topic *feed_next_topic(const struct feed *feed, size_t *at);

/* Goes through the logs of the partitions that are followed: the one after `log`, or the first one
 * for NULL; NULL at the end. The feed must not run meanwhile. */
const struct partition_log *feed_next_followed(const struct feed *feed,
                                               const struct partition_log *log);

/* ---- streams ---- */

/* As subscription_make(). */
CHECKED int feed_subscribe(const struct feed *feed, const struct subscription_wish *wish,
                           struct subscription *s, struct refusal *refusal);

/*
 * Starts a stream. The subscription is borrowed for the call, and must have been made since the
 * last feed_update_topics(). Nothing is sent before the next turn. 0, or -1 without memory (the
 * client is not attached then).
 */
CHECKED int feed_attach(struct feed *feed, struct client *client,
                        const struct subscription *subscription);

/*
 * Takes the client out of its feed, for good. When `rest` is not NULL, what is left of the frame in
 * flight is appended to it, so that the stream can end on a whole frame; it is marked as failed
 * when that is not at hand. Fine when not attached.
 */
void feed_detach(struct client *client, struct buf *rest);

/* The client's socket takes bytes again. Fine when not attached. */
void feed_on_writable(struct client *client);

/* Whether the client has been sent whole frames only, and waits for the next one: its owner may
 * send a frame then, beside the feed. */
bool feed_is_between_frames(const struct client *client);

/* ---- what a feed counts and holds ---- */

struct feed_usage {
    size_t channels;
    size_t partitions_followed;
    size_t replays;
    size_t log_bytes;
    size_t channel_bytes;
    size_t replay_bytes; /* with the cached ranges */
};

/* Lives as long as the feed, and changes as it runs. */
const struct feed_counters *feed_counters(const struct feed *feed);

struct feed_usage feed_usage(const struct feed *feed);

/* In how many partitions a record waits for its deserializer; the one in which it waits longest
 * goes to *longest, if there is any. */
size_t feed_record_waits(const struct feed *feed, const struct partition_log **longest);

/* How long its record has been waiting. */
int64_t feed_waited_ms(const struct feed *feed, const struct partition_log *log);

/* ---- for the feed's own files ---- */

/* Counts and tells a record that `deserializer` has just failed at. */
void feed_note_undecodable(struct feed *feed, const struct record *record,
                           const struct deserializer *deserializer);
void feed_note_too_large(struct feed *feed, const struct record *record);

/* The same of a look-up without an answer. */
void feed_note_unknown(const struct partition_log *log);

/* The same of READ_ERROR and READ_UNREADABLE. */
void feed_note_unread(const struct partition_log *log, const struct read_event *event);

#endif
