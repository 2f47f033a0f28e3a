/*
 * The feed: topics, partition logs, channels and replays of one worker, and the turn that moves
 * records from the source to the clients. No clock and no sockets: its owner tells it the time and
 * gives it a source and clients that can send. One thread.
 *
 * What its rooms share: log/feed_context.h. What it is made of: feed_parts.h.
 */
#ifndef FEED_FEED_H
#define FEED_FEED_H

#include "feed/channel/client.h"
#include "feed/channel/subscription.h"
#include "feed/log/feed_context.h"
#include "feed/log/partition_log.h"
#include "feed/log/tail.h"
#include "feed/log/topic.h"

struct feed;

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
int64_t feed_due_ms(const struct feed *feed);

/* Heartbeats, time-outs, retries: to be called about four times a second. */
void feed_tick(struct feed *feed, int64_t now_ms);

/* A deserializer that could not tell before may be able to now: what waits for it tries again at
 * once.
 */
void feed_retry(struct feed *feed, int64_t now_ms);

/*
 * Asserts all that must hold between turns, of logs, channels, replays and the clients of these:
 * for tests. Returns how many objects it has looked at. Builds with KSSE_CHECKS call it by
 * themselves, so often that a turn looks at some dozens of objects on average.
 */
size_t feed_check(const struct feed *feed);

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
 * last feed_update_topics(). Nothing is sent before the next turn. KSSE_ENOMEM (the client is
 * not attached then).
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

#endif
