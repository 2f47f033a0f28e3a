/*
 * A fetcher: one of the few readers of older records, and the cached ranges that it appends to. A
 * replay opens it and owns it; others that follow one of its cached ranges fetch with it, too. One
 * thread.
 */
#ifndef FEED_REPLAY_FETCHER_H
#define FEED_REPLAY_FETCHER_H

#include "feed/log/source.h"
#include "feed/replay/cached_range.h"

struct replay;
struct replays;

struct fetcher {
    struct feed_context *context;
    struct replays *replays;
    struct list node; /* replays->readers.fetchers */
    enum reader_kind kind;
    struct reader *reader;
    struct replay *owner;
    struct list cached_ranges; /* struct cached_range.fetcher_node: all that are started */
    size_t read_bytes;         /* since it was opened */
    size_t events;             /* the same */
    size_t told_bytes;         /* of these, when those that wait were last told */
    uint64_t turn;             /* when it was pumped last: replays->fetch_turn */
    int64_t opened_ms;
    int64_t first_ms;  /* when it had something first; 0: nothing yet */
    bool is_exhausted; /* a short one that has had something, and has nothing now */
};

/* Returns a new one, or NULL when all readers are in use or without memory. */
CHECKED struct fetcher *fetcher_open(struct replay *owner, enum reader_kind kind);

/* Gives its reader back. Its cached ranges grow no more. */
void fetcher_close(struct fetcher *f);

/*
 * Reads the log's partition from `offset` on, and no longer where it may have been reading it
 * before. Returns the cached range, which ends there, or NULL without memory or handle.
 */
CHECKED struct cached_range *fetcher_start(struct fetcher *f, struct partition_log *log,
                                           int64_t offset);

/* Its cached range grows no more, and may be freed by that. */
void fetcher_stop(struct cached_range *s);

/* All cached ranges of a log go, also those that grow. */
void cached_ranges_forget(struct partition_log *log);

/* Takes what is there, up to some bytes or a single record. False when there is nothing now: its
 * followers are woken when there is. */
bool fetcher_pump(struct fetcher *f);

/* It has brought nothing: who follows it asks again in a while. */
void fetcher_delay(struct fetcher *f);

/* Somebody who follows one of its cached ranges and could own it, or NULL. */
struct replay *fetcher_heir(const struct fetcher *f);

#endif
