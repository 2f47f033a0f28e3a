/*
 * A replay: private reading for one client that stands elsewhere than its channel. It finds out
 * where its partitions start, reads from the partition logs where these reach back far enough and
 * from cached ranges of Kafka's records where they do not, and hands the client to the channel when
 * both stand at the same position: nothing missing, nothing twice. It reads no further than its
 * client's socket drains. One thread.
 *
 * Files: replay.c its life, replay_start.c where it begins, replay_read.c what it reads,
 * replay_fetch.c how that comes from Kafka, readers.c whose turn that is, replay_out.c what is on
 * its way, replay_tick.c what time does to it.
 */
#ifndef FEED_REPLAY_REPLAY_H
#define FEED_REPLAY_REPLAY_H

#include "feed/channel/channel.h"
#include "feed/channel/client.h"
#include "feed/replay/fetcher.h"
#include "feed/replay/pace.h"
#include "feed/log/source.h"
#include "feed/channel/subscription.h"
#include "feed/channel/writer.h"

/* What is known about where a partition of a replay stands. */
enum replay_stage {
    STAGE_LATEST, /* at the end that its log begins with, as soon as the log has one */
    STAGE_ASK,    /* at a time or at the oldest record: to be asked for */
    STAGE_CHECK,  /* at an offset that may not be in Kafka: its range is to be asked for */
    STAGE_KNOWN
};

/* What a replay keeps of each partition of its position, beside offset and time. */
struct replay_partition {
    struct replay *replay;
    struct partition_log *log;
    struct start start; /* STAGE_ASK */
    enum replay_stage stage;
    int64_t not_before_ms; /* Kafka could not be read: the partition is left alone until then */
    int64_t sent_offset;   /* START_AFTER: where it begins, with a record that was sent perhaps */
    bool has_met_sent;     /* ... and it was: the time in the id is a record's */
    bool is_future;        /* stands beyond its log's end, and Kafka has said that this is right */
    int64_t gap_from;      /* what stands there cannot be read ... */
    int64_t gap_to; /* ... up to there, to be told when the partition stands there; 0: nothing */
    struct range_cursor cursor;
    struct cached_range *follows; /* stands at the end of this one, which grows; NULL: of none */
    struct list follow_node;      /* follows->followers; only then is it set at all */
};

/*
 * A frame that was sent in part only and is not kept: it is rendered again when the socket takes
 * more, and goes on where it was torn. A record's bytes do not change, so neither does its frame.
 */
struct torn_frame {
    size_t sent;
    size_t size;
    uint64_t sum;     /* of what was sent */
    size_t partition; /* whose record it shows */
};

struct replay {
    struct feed *feed;
    struct client *client;
    struct channel *channel;
    struct list node;      /* feed->ready_replays, idle_replays, starved_replays or dead_replays */
    struct list line_node; /* in feed->readers, when it waits for a reader or is held */
    struct list channel_node; /* channel->replays */
    struct writer writer;     /* `extra` of each partition is a struct replay_partition */
    struct gone gone;         /* to be told before anything else */
    struct segment *out;      /* frames on their way; private */
    size_t at;                /* first byte of it that was not sent */
    size_t charged_bytes;     /* its part of feed->replay_bytes */
    size_t chunk_bytes;       /* `out` is full with that much, and holds a single frame at least */
    int64_t until_us;         /* of the turn: ends this chunk ... */
    bool has_read;            /* ... once it has read a record at least */
    int64_t owes_us;          /* what its last step took beyond a step's time: others go first */
    bool is_cut;              /* what comes next ends the stream: first the chunk is sent */
    struct torn_frame torn;   /* of size 0: there is none */
    int64_t filled_ms;        /* when `out` was rendered */
    size_t turn;              /* the partition whose turn it is */
    struct fetcher *fetcher;  /* its own: only while some partition needs Kafka */
    size_t fetch_turn;        /* the partition that is fetched for next, when not all are at once */
    struct pace pace;
    bool is_new; /* it has had nothing yet, and no reader for long */
    struct offset_lookup *lookup;
    bool waits_for_logs;      /* has nothing to read but what logs will get */
    bool has_moved_quietly;   /* the position moved, but no frame has told it yet */
    bool is_blocked;          /* the socket takes nothing now */
    int64_t blocked_since_ms; /* ... or since it took some last */
    int64_t stuck_since_ms;   /* since is_blocked is as it is */
    int64_t last_frame_ms;
    int64_t not_before_ms; /* Kafka could not answer: it is left alone until then */
};

/* Starts a replay for a client that is attached to nothing. 0, or -1 without memory (client
 * untouched). */
CHECKED int replay_start(struct channel *c, struct client *client, const struct subscription *s);

/* Turns a client of a channel whose frames have been offered into a replay; without memory, its
 * stream ends. */
void replay_demote(struct client *client);

/* Ends the replay, its client is attached to nothing then. `rest`: as in feed_detach(). */
void replay_stop(struct replay *r, struct buf *rest);

/* One step of bounded work: to be called for a replay that was taken out of its queue. */
void replay_run(struct replay *r);

/* Whether it, which was taken out of its queue, has to wait for a step of somebody else, since its
 * last one took too long: then it is in a queue again. */
bool replay_yields(struct replay *r);

/* Its client's socket takes bytes again. */
void replay_on_writable(struct replay *r);

/* It can go on. */
void replay_wake(struct replay *r);

/*
 * A log of the channel has got its offsets: replays that start at its latest record start at its
 * end as it is now, however late they come to read.
 */
void replays_log_started(struct channel *c, const struct partition_log *log);

/* A log has new records: replays that wait at its end, or for an offset beyond it, go on. */
void replays_log_grew(struct partition_log *log);

/* A channel has looked at more of its logs: replays that stand where it has come to go on. */
void replays_channel_moved(struct channel *c);

/* A log has jumped: partitions that stand beyond its end must be checked again. */
void replays_recheck(struct channel *c, struct partition_log *log);

/* A new partition joins all replays of a channel, at its beginning. */
void replays_add_partition(struct channel *c, struct partition_log *log);

/* Ends the streams of all replays of a channel. */
void replays_end(struct channel *c, enum end_reason reason);

/* Heartbeats, retries, and what stalled replays give back. */
void replays_tick(struct feed *feed);

/* What is left alone for a while is tried again. */
void replays_retry(struct feed *feed);

void replays_reap(struct feed *feed);

/* ---- between the files of a replay ---- */

/* Returns a new one that is known, or NULL without memory. */
CHECKED struct replay_partition *replay_partition_new(struct replay *r, struct partition_log *log);

static inline struct replay_partition *replay_partition(const struct replay *r, size_t i)
{
    return r->writer.position.partitions[i].extra;
}

enum fill {
    FILL_MORE,         /* the chunk is full, or there is more at hand */
    FILL_CAUGHT_UP,    /* every partition is where the channel is */
    FILL_WAIT,         /* nothing now: a log, or a fetcher, will wake it */
    FILL_NEEDS_READER, /* all readers are in use */
    FILL_ENDED
};

/* The stream ends. The replay is dead afterwards. */
void replay_end(struct replay *r, enum end_reason reason);

/* Asks for what is unknown. True when all partitions are known; false: wait (or dead: client is
 * NULL).
 */
bool replay_is_placed(struct replay *r);

/* Tells a gap at partition `index` and goes on at `to`. False: the replay has ended. */
bool replay_gap(struct replay *r, size_t index, int64_t to, const char *reason);

/* Tells the next partition that is gone, in the empty `out`, or passes over all in silence. False:
 * the replay has ended. */
bool replay_tell_gone(struct replay *r);

/* Appends a heartbeat to the empty `out`, or a `position` event when the position has moved unseen.
 * False: the replay has ended. */
bool replay_beat(struct replay *r);

/* Renders a chunk into the empty `out`. */
enum fill replay_fill(struct replay *r);

/* Everything was sent: the next frame begins where the replay stands. False without memory: the
 * replay has ended. */
bool replay_restart_out(struct replay *r);

/* Accounts for what `out` holds. */
void replay_charge(struct replay *r);

/* Whether the frames of all replays hold more than they may: then nobody renders more. */
bool replays_are_over_budget(const struct feed *feed);

/*
 * Whether it may render beyond the budget, if it keeps nothing that is not taken at once. Slow
 * clients of large records may hold all of the budget, each for a second: who has had nothing yet
 * does not wait for them.
 */
bool replay_is_guest(const struct replay *r);

/* Nothing is on its way, and will not be for a while: frees what `out` keeps. */
void replay_free_out(struct replay *r);

/* Keeps little of a chunk that the client does not take; the rest is read and rendered again once
 * it does. */
void replay_give_back(struct replay *r);

/* Notes the frame that byte `at` of `from` lies in as torn. False: it is to be kept, for it is
 * short, or shows no record. */
bool replay_tear(struct replay *r, const struct segment *from, size_t at);

/* The torn frame may be in `out` again: goes on in it. False: it has not come yet, or the replay
 * has ended, for it cannot come any more. */
bool replay_mend(struct replay *r, enum fill fill);

/* Whether it goes before others: it has had nothing yet, or cannot get a heartbeat within a frame.
 */
static inline bool replay_is_urgent(const struct replay *r)
{
    return r->is_new || r->torn.size > 0;
}

/* What kind of reader its client is worth. */
enum reader_kind replay_reader_kind(const struct replay *r);

/* Whether some partition can go on without a reader. */
bool replay_is_covered(const struct replay *r);

/* Gives its fetcher up: to a replay that fetches with it, if that may be (`to_heir`), else for
 * good.
 */
void replay_release_fetcher(struct replay *r, bool to_heir);

/* The partition follows no cached range. */
void partition_unfollow(struct replay_partition *p);
void replay_unfollow(struct replay *r);

/* A torn frame comes before anything of other partitions. */
static inline bool replay_reads_partition(const struct replay *r, size_t i)
{
    return r->torn.size == 0 || i == r->torn.partition;
}

/* What has the records from the partition's offset on: its log, or a cached range. NULL: Kafka, or
 * nobody.
 */
const struct record_range *partition_range(const struct replay *r, size_t i);

enum fetch {
    FETCH_SOME,     /* partitions may be able to go on */
    FETCH_FULL,     /* the same, and others must have their turn before more is fetched */
    FETCH_NOTHING,  /* nothing now */
    FETCH_NO_READER /* the same, and all readers are in use */
};

/* Fetches for those partitions that stand where only Kafka has records. */
enum fetch replay_fetch(struct replay *r);

#endif
