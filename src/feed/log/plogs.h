/*
 * The partition logs of a feed: its tails and topics, which logs are followed, and what all of them
 * may hold. Only this room writes them. What the rooms above must do when something happens to a
 * log, they do in hooks. One thread.
 */
#ifndef FEED_LOG_PLOGS_H
#define FEED_LOG_PLOGS_H

#include "base/buf.h"
#include "feed/log/feed_context.h"
#include "feed/log/partition_log.h"
#include "feed/log/tail.h"
#include "feed/log/topic.h"

/* None of them may free a log. */
struct plog_hooks {
    /* The log has got its offsets; it is empty. */
    void (*on_started)(void *opaque, struct partition_log *log);
    /* The offsets of the log jump from its end to `offset`, for a reason such as "expired". It
     * still has its records, and restarts at `offset` when this returns. */
    void (*on_gap)(void *opaque, struct partition_log *log, int64_t offset, const char *reason);
    /* The log is emptied: what was kept of its past is of no use any more. */
    void (*on_restart)(void *opaque, struct partition_log *log);
    /* The oldest records of the log are about to go: it will begin at `start`. */
    void (*on_evict)(void *opaque, struct partition_log *log, int64_t start);
    /* A look-up is over, for which on_started() or on_gap() may have been called: outside a turn.
     */
    void (*on_looked_up)(void *opaque);
    /* The topic, which had partitions before, has new ones from number `first` on. */
    void (*on_grown)(void *opaque, struct topic *topic, int32_t first);
    /* The topic has lost partitions. */
    void (*on_shrunk)(void *opaque, const struct topic *topic);
};

struct plogs {
    struct feed_context *context;
    const struct plog_hooks *hooks;
    void *hooks_opaque;
    struct tail *tails; /* by the number of their rendering */
    size_t tail_count;
    struct list logs;  /* that are not cold */
    struct list dirty; /* with records that plogs_take_dirty() has not returned yet */
    bool has_wanted;   /* some log may have to be asked for */
    struct range_pool pool;
    uint64_t next_range_id; /* of this pool and of others that have ranges of the same partitions */
    struct buf scratch;     /* the text of the record that is being rendered */
};

/* Opens a tail for each rendering of the options. Context and hooks are borrowed. KSSE_ENOMEM;
 * plogs_fini() is due in any case. */
CHECKED int plogs_init(struct plogs *plogs, struct feed_context *context,
                       const struct plog_hooks *hooks, void *hooks_opaque);

/* Frees all logs and topics, and closes the tails. Nobody may watch a log any more. */
void plogs_fini(struct plogs *plogs);

/* Takes the next log with new records, or with a jump, out of the line. NULL: there is none. */
struct partition_log *plogs_take_dirty(struct plogs *plogs);

/* Whether the last batch of some tail ended before its reader was empty. */
static inline bool plogs_have_more(const struct plogs *plogs)
{
    for (size_t i = 0; i < plogs->tail_count; i++) {
        if (plogs->tails[i].has_more) {
            return true;
        }
    }
    return false;
}

/* Drops blocks, oldest of all logs first, until the logs fit into their budget. No log may be
 * dirty. */
void plogs_evict(struct plogs *plogs);

/* In how many partitions a record waits for its deserializer; the one in which it waits longest
 * goes to *longest, if there is any. */
size_t plogs_count_waits(const struct plogs *plogs, const struct partition_log **longest);

/* Asserts all that must hold between turns. Returns how many objects it has looked at. */
size_t plogs_check(const struct plogs *plogs);

#endif
