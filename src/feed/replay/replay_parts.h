/*
 * What the files of this room share of a replay; others include feed/replay/replay.h. One thread.
 *
 * Each file uses only those below it, but that fetchers and cached ranges tell the partitions that
 * follow them what has come:
 *
 *  replay.c        made, demoted, run, attached; what channels and logs tell
 *  replay_tick.c   what time does
 *  replay_read.c   what it reads
 *  replay_fetch.c  how that comes from Kafka
 *  replay_start.c  where it begins, and gaps
 *  replay_end.c    how it ends
 *  replay_out.c    what is on its way to the client
 *  readers.c       whose turn it is with a reader
 *  fetcher.c       a reader with the cached ranges that it appends to
 *  cached_range.c  records of Kafka's that are kept for a while
 *  replay_state.c  what it does or waits for
 *
 * A function that may find out that the stream has to end returns the reason, or END_NONE. Only the
 * callers at the top, replay_run() and replay_conclude(), end it then: nobody below is left with a
 * replay that is dead.
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
    REPLAY_STEP_US = 1000 /* of a step that applies a selection: what that drops fills no chunk */
};

/* What is known about where a partition of a replay begins. */
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

/* Whether it goes before others: it has had nothing yet, or cannot get a heartbeat within a frame.
 */
static inline bool replay_is_urgent(const struct replay *r)
{
    return r->is_new || r->torn.size > 0;
}

/* A torn frame comes before anything of other partitions. */
static inline bool replay_reads_partition(const struct replay *r, size_t i)
{
    return r->torn.size == 0 || i == r->torn.partition;
}

/* What has the records from the partition's offset on: its log, or a cached range. NULL: Kafka, or
 * nobody. */
static inline const struct record_range *replay_range(const struct replay *r, size_t i)
{
    const struct partition_log *log = replay_partition(r, i)->log;
    int64_t offset = r->writer.position.partitions[i].offset;
    if (plog_covers(log, offset)) {
        return &log->range;
    }
    const struct cached_range *s = cached_range_covering(log, offset);
    return s == NULL ? NULL : &s->range;
}

/* ---- replay_end.c ---- */

/* Takes the client away from it: the replay is dead. */
void replay_drop(struct replay *r);

/* Nobody waits for what it has asked any more. */
void replay_forget_lookup(struct replay *r);

/* Its stream ends. */
void replay_end(struct replay *r, enum end_reason reason);

/* After something was done to it from outside: its stream ends, or it is woken (END_NONE). */
void replay_conclude(struct replay *r, enum end_reason reason);

/* Returns a new one of a partition that is known, or NULL without memory. */
CHECKED struct replay_partition *replay_partition_new(struct replay *r, struct partition_log *log);

/* Its client has been taken away, or it never had one. */
void replay_free(struct replay *r);

/* ---- replay_out.c ---- */

enum flush {
    FLUSH_ALL,    /* nothing is left */
    FLUSH_BLOCKED /* the replay is */
};

/* Sends what `out` holds. */
CHECKED enum end_reason replay_flush(struct replay *r, enum flush *out);

/* Everything was sent: the next frame begins where the replay stands. */
CHECKED enum end_reason replay_restart_out(struct replay *r);

/* What `out` holds, but for the little that each replay may hold beside the budget. */
size_t replay_frame_bytes(const struct replay *r);

/* Accounts for that. To be called whenever `out` has changed. */
void replay_charge(struct replay *r);

/* How much of `out` is a full chunk. It holds a single frame at least. */
size_t replay_chunk_bytes(const struct replay *r);

/*
 * Whether it may render beyond the budget, if it keeps nothing that is not taken at once. Slow
 * clients of large records may hold all of the budget, each for a second: a replay that has had
 * nothing yet does not wait for them.
 */
bool replay_is_guest(const struct replay *r);

/* Nothing is on its way, and will not be for a while: frees what `out` keeps. */
void replay_free_out(struct replay *r);

/* Keeps little of a chunk that the client does not take; the rest is read and rendered again once
 * it does. */
CHECKED enum end_reason replay_give_back(struct replay *r);

/* Notes the frame that byte `at` of `from` lies in as torn. False: it is to be kept, for it is
 * short, or shows no record. */
bool replay_tear(struct replay *r, const struct segment *from, size_t at);

/*
 * The torn frame may be in `out` again: goes on in it. If not, it has to come later (`can_come`),
 * or the stream ends.
 */
CHECKED enum end_reason replay_mend(struct replay *r, bool can_come);

/* ---- replay_start.c ---- */

/* Asks for what is unknown. *is_placed: all partitions are known, else it waits. */
CHECKED enum end_reason replay_place(struct replay *r, bool *is_placed);

/* Its log has got its offsets: a partition that begins at the latest record begins at the end. */
CHECKED enum end_reason replay_log_started(struct replay *r, const struct partition_log *log);

/* Tells a gap at partition `index` and goes on at `to`. */
CHECKED enum end_reason replay_gap(struct replay *r, size_t index, int64_t to, const char *reason);

/* Tells the next partition that is gone, in the empty `out`, or passes over all in silence. */
CHECKED enum end_reason replay_tell_gone(struct replay *r);

/* ---- replay_read.c ---- */

enum fill {
    FILL_MORE,        /* the chunk is full, or there is more at hand */
    FILL_CAUGHT_UP,   /* every partition is where the channel is */
    FILL_WAIT,        /* nothing now: a log, or a fetcher, will wake it */
    FILL_NEEDS_READER /* all readers are in use */
};

/* Renders a chunk into the empty `out`. */
CHECKED enum end_reason replay_fill(struct replay *r, enum fill *out);

/* Appends a heartbeat to the empty `out`, or a `position` event when the position has moved unseen.
 */
CHECKED enum end_reason replay_beat(struct replay *r);

/* ---- replay_fetch.c ---- */

enum fetch {
    FETCH_SOME,     /* partitions may be able to go on */
    FETCH_FULL,     /* the same, and others must have their turn before more is fetched */
    FETCH_NOTHING,  /* nothing now */
    FETCH_NO_READER /* the same, and all readers are in use */
};

/* Fetches for those partitions that stand where only Kafka has records. */
enum fetch replay_fetch(struct replay *r);

#endif
