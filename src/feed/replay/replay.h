/*
 * Replays, as the rest of the feed sees them. A replay reads for one client that does not stand
 * where its channel stands. It finds out where its partitions begin, reads from the partition logs
 * where these reach back far enough, else from cached ranges of Kafka's records, and hands the
 * client to the channel when both stand at the same position: nothing is missing, nothing comes
 * twice. It reads no further than its client's socket drains. One thread.
 *
 * What the files of this room share: replay_parts.h.
 */
#ifndef FEED_REPLAY_REPLAY_H
#define FEED_REPLAY_REPLAY_H

#include "base/assert.h"
#include "feed/channel/client.h"

#include <stddef.h>
#include <stdint.h>

struct channels;
struct partition_log;
struct plogs;
struct replay;
struct replays;
struct subscription;

/* Returns what all replays of a feed share, or NULL without memory. Channels and logs are borrowed.
 */
CHECKED struct replays *replays_new(struct channels *channels, struct plogs *plogs);

/* There must be no replay any more. NULL is fine. */
void replays_free(struct replays *replays);

/* ---- turns ---- */

/* Hands readers out: to be called once at the beginning of a turn. */
void replays_begin_turn(struct replays *replays);

/* One step of the replay whose turn it is, if there is any: bounded work. */
void replays_step(struct replays *replays);

/* Whether a step would do something. */
bool replays_have_work(const struct replays *replays);

/* When a turn is due although nothing happens, by the feed's clock; INT64_MAX: never. */
int64_t replays_due_ms(const struct replays *replays);

/* Heartbeats, retries, and what stalled replays give back. */
void replays_tick(struct replays *replays);

/* Tries at once what replays would try again after a while. */
void replays_retry(struct replays *replays);

/* Frees dead replays. Nobody up the stack may hold one. */
void replays_reap(struct replays *replays);

/* ---- streams ---- */

/* Starts a replay for a client that is attached to nothing. KSSE_ENOMEM (client untouched). */
CHECKED int replay_start(struct replays *replays, struct channel *c, struct client *client,
                         const struct subscription *s);

/* Takes its client out of the feed: the replay is dead. `rest`: as in feed_detach(). */
void replay_stop(struct replay *r, struct buf *rest);

/* Its client's socket takes bytes again. */
void replay_on_writable(struct replay *r);

/* Whether its client has been sent whole frames only, and waits for the next one. */
bool replay_is_between_frames(const struct replay *r);

/* ---- what channels and logs tell ---- */

/* Turns a client of a channel whose frames have been offered into a replay; without memory, its
 * stream ends. */
void replay_demote(struct replays *replays, struct client *client);

/*
 * A log of the channel has got its offsets: replays that start at its latest record start at its
 * end as it is now, however late they come to read.
 */
void replays_log_started(struct channel *c, const struct partition_log *log);

/* A log has new records: replays that wait at its end, or for an offset beyond it, go on. */
void replays_log_grew(struct partition_log *log);

/* A channel has come further in its logs: replays that stand where it has come to go on. */
void replays_channel_moved(struct channel *c);

/* A log has jumped: partitions that stand beyond its end must be checked again. */
void replays_recheck(struct channel *c, struct partition_log *log);

/* A new partition joins all replays of a channel, at its beginning. */
void replays_add_partition(struct channel *c, struct partition_log *log);

/* Ends the streams of all replays of a channel. */
void replays_end(struct channel *c, enum end_reason reason);

/* Ends those whose clients could not come back with an id of that length. */
void replays_end_overlong(struct channel *c, size_t longest);

/* A log restarts: all cached ranges of its partition go, also those that grow. */
void cached_ranges_forget(struct partition_log *log);

/* ---- what replays hold ---- */

struct replays_usage {
    size_t count;
    size_t frame_bytes;
    size_t cached_bytes;
};

struct replays_usage replays_usage(const struct replays *replays);

/* Asserts all that must hold between turns. */
void replays_check(const struct replays *replays);

#endif
