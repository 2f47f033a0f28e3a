/*
 * What the files of this room share of a replay. Other rooms include feed/replay/replay.h. One
 * thread.
 *
 * A file calls only files below it in this list:
 *
 *  replays.c       the state that all replays share
 *  replay.c        a replay is made, runs, is attached; what channels and logs tell
 *  replay_tick.c   heartbeats, retries, what stalled replays give back
 *  replay_read.c   rendering a chunk from logs and cached ranges
 *  replay_fetch.c  fetching records that only Kafka has
 *  replay_start.c  where a replay begins; gaps
 *  replay_end.c    the end of a replay
 *  replay_out.c    frames on their way to the client
 *  readers.c       which replay has which reader, and for how long
 *  fetcher.c       a reader with the cached ranges that it appends to
 *  cached_range.c  records from Kafka, kept for a while
 *  replay_state.c  what a replay does or waits for
 *
 * A function that may find that the stream has to end returns the reason, or END_NONE. Only
 * replay_run() and replay_conclude(), at the top, end the stream: no function below them is left
 * with a dead replay.
 */
#ifndef FEED_REPLAY_REPLAY_PARTS_H
#define FEED_REPLAY_REPLAY_PARTS_H

#include "feed/channel/channel.h"
#include "feed/channel/client.h"
#include "feed/channel/writer.h"
#include "feed/log/source.h"
#include "feed/replay/fetcher.h"
#include "feed/replay/pace.h"
#include "feed/replay/replay.h"
#include "feed/replay/replay_state.h"
#include "feed/replay/replays.h"

enum {
    REPLAY_STEP_US = 1000 /* a step that applies a selection: dropped records fill no chunk */
};

/* What is known about where a partition of a replay begins. */
enum replay_stage {
    STAGE_LATEST, /* at the end of its log, once the log has offsets */
    STAGE_ASK,    /* at a time or at the oldest record: Kafka is to be asked for the offset */
    STAGE_CHECK,  /* at an offset that Kafka may not have: Kafka is to be asked for both ends */
    STAGE_KNOWN
};

/* What a replay keeps of each partition of its position, beside offset and time. */
struct replay_partition {
    struct replay *replay;
    struct partition_log *log;
    struct start start; /* STAGE_ASK */
    enum replay_stage stage;
    int64_t not_before_ms; /* reading from Kafka has failed: it is not tried before that */
    int64_t sent_offset;   /* START_AFTER: where it begins; that record may have been sent before */
    bool has_met_sent;     /* ... and it was: the time in the id is that of a record */
    bool is_future;        /* stands beyond its log's end, and Kafka has been asked about that */
    int64_t gap_from;      /* records from here ... */
    int64_t gap_to;        /* ... up to here cannot be read: a gap, told at gap_from; 0: none */
    struct range_cursor cursor;
    struct cached_range *follows; /* it stands at the end of this one, which grows; or NULL */
    struct list follow_node;      /* follows->followers; valid only with `follows` */
};

/*
 * A frame that was sent in part and is not kept: the replay renders it again when the socket takes
 * more, and goes on where it was torn. A record's bytes do not change, so neither does its frame.
 */
struct torn_frame {
    size_t sent;
    size_t size;      /* 0: there is none */
    uint64_t sum;     /* of what was sent */
    size_t partition; /* whose record it shows */
};

struct replay {
    struct feed_context *context;
    struct replays *replays;
    struct client *client; /* NULL once it is dead */
    struct channel *channel;
    enum replay_state state;
    struct list node;         /* in the list of its state */
    struct list channel_node; /* channel->replays */
    struct reader_wait reader_wait;
    struct writer writer; /* `extra` of each partition is a struct replay_partition */
    struct gone gone;     /* to be told before anything else */
    struct segment *out;  /* frames on their way; private */
    size_t at;            /* first byte of it that was not sent */
    size_t charged_bytes; /* its part of replays->bytes */
    int64_t filled_ms;    /* when `out` was rendered */
    struct torn_frame torn;
    size_t turn;             /* the partition whose turn it is */
    struct fetcher *fetcher; /* its own: only while some partition needs Kafka */
    size_t fetch_turn;       /* the partition that is fetched for next, when not all are at once */
    struct pace pace;
    int64_t owes_us; /* what its last step took beyond a step's time: others go first */
    struct offset_lookup *lookup;
    bool is_new;            /* it has had nothing yet, and no reader for long */
    bool has_moved_quietly; /* the position moved, but no frame has told it yet */
    int64_t blocked_since_ms;
    int64_t last_frame_ms;
    int64_t not_before_ms; /* Kafka could not answer: it is left alone until then */
};

static inline struct replay_partition *replay_partition(const struct replay *r, size_t i)
{
    return r->writer.position.partitions[i].extra;
}

/* Whether it goes before others: its client has had nothing yet, or is within a frame, where it can
 * get no heartbeat. */
static inline bool replay_is_urgent(const struct replay *r)
{
    return r->is_new || r->torn.size > 0;
}

/* A torn frame comes before anything of other partitions. */
static inline bool replay_reads_partition(const struct replay *r, size_t i)
{
    return r->torn.size == 0 || i == r->torn.partition;
}

/* The log or the cached range that has the records from the partition's offset on. NULL: only Kafka
 * has them, or nobody. */
static inline const struct record_range *replay_range(const struct replay *r, size_t i)
{
    const struct partition_log *log = replay_partition(r, i)->log;
    int64_t offset = r->writer.position.partitions[i].offset;
    if (plog_covers(log, offset)) {
        return &log->range;
    }
    const struct cached_range *cached = cached_range_covering(log, offset);
    return cached == NULL ? NULL : &cached->range;
}

/* ---- replay_end.c ---- */

/* Detaches the client and gives back all that others may need: the replay is dead. */
void replay_drop(struct replay *r);

/* Cancels the look-up that is under way, if there is one. */
void replay_forget_lookup(struct replay *r);

/* Ends its stream: the replay is dead. */
void replay_end(struct replay *r, enum end_reason reason);

/* To be called after something was done to it from outside: ends its stream, or wakes it
 * (END_NONE). */
void replay_conclude(struct replay *r, enum end_reason reason);

/* Returns a new record of a partition, in STAGE_KNOWN, or NULL without memory. */
CHECKED struct replay_partition *replay_partition_new(struct replay *r, struct partition_log *log);

/* It must be dead, or new. */
void replay_free(struct replay *r);

/* ---- replay_out.c ---- */

enum flush {
    FLUSH_ALL,    /* nothing is left */
    FLUSH_BLOCKED /* the replay is */
};

/* Sends what `out` holds. */
CHECKED enum end_reason replay_flush(struct replay *r, enum flush *out);

/* Empties `out`, all of which was sent: the next frame begins where the replay stands. */
CHECKED enum end_reason replay_restart_out(struct replay *r);

/* How much `out` holds of the budget: nothing as long as it is small. */
size_t replay_frame_bytes(const struct replay *r);

/* Charges the replay for that. To be called whenever `out` has changed. */
void replay_charge(struct replay *r);

/* The size of a full chunk. A chunk has at least one frame, however large. */
size_t replay_chunk_bytes(const struct replay *r);

/*
 * Whether it may render beyond the budget, as long as it keeps nothing that the socket does not
 * take at once. Slow clients of large records may hold all of the budget, each for a second: a
 * client that has had nothing yet does not wait for them.
 */
bool replay_is_guest(const struct replay *r);

/* Frees what the empty `out` keeps: nothing will be on its way for a while. */
void replay_free_out(struct replay *r);

/* Frees a chunk that the client does not take, but for a short rest of the frame in flight. The
 * replay reads and renders it again once the client goes on. */
CHECKED enum end_reason replay_give_back(struct replay *r);

/* Notes the frame that byte `at` of `from` lies in as torn. False: the frame is to be kept, since
 * it shows no record, or its rest is short. */
bool replay_tear(struct replay *r, const struct segment *from, size_t at);

/* Goes on in the torn frame, if that is what `out` begins with. If `out` is still empty, the frame
 * may come later (`can_come`). Otherwise the stream ends. */
CHECKED enum end_reason replay_mend(struct replay *r, bool can_come);

/* ---- replay_start.c ---- */

/* Asks Kafka for what is unknown. *is_placed: all partitions are known; else the replay waits. */
CHECKED enum end_reason replay_place(struct replay *r, bool *is_placed);

/* A log has got its offsets: its partition, if it begins at the latest record, begins at the log's
 * end. */
CHECKED enum end_reason replay_log_started(struct replay *r, const struct partition_log *log);

/* Tells a gap of partition `index`, from where it stands up to `to`, where it goes on. */
CHECKED enum end_reason replay_gap(struct replay *r, size_t index, int64_t to, const char *reason);

/* Tells the next gone partition in the empty `out`, or skips all of them if the view is silent
 * about gaps. */
CHECKED enum end_reason replay_tell_gone(struct replay *r);

/* ---- replay_read.c ---- */

enum fill {
    FILL_MORE,        /* the chunk is full, or there is more at hand */
    FILL_CAUGHT_UP,   /* every partition stands where the channel stands */
    FILL_WAIT,        /* nothing to read now: a log, the channel or a fetcher will wake it */
    FILL_NEEDS_READER /* the same, and all readers are in use */
};

/* Renders a chunk into the empty `out`. */
CHECKED enum end_reason replay_fill(struct replay *r, enum fill *out);

/* Appends a heartbeat to the empty `out`, or a `position` event when the position has moved unseen.
 */
CHECKED enum end_reason replay_beat(struct replay *r);

/* ---- replay_fetch.c ---- */

enum fetch {
    FETCH_SOME,     /* partitions may be able to go on */
    FETCH_FULL,     /* the same, and others must read what has come before more is fetched */
    FETCH_NOTHING,  /* nothing now */
    FETCH_NO_READER /* the same, and all readers are in use */
};

/* Fetches for those partitions that stand where only Kafka has records. */
enum fetch replay_fetch(struct replay *r);

#endif
