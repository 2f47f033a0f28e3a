/*
 * A fetcher: one of the few readers of older records, and the cached ranges that it appends to. A
 * replay owns it. Other replays, which follow one of its cached ranges, fetch with it, too. One
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
    bool is_exhausted; /* a short reader that has given something, and has nothing more now */
};

/* Returns a new fetcher; NULL without memory, or when all readers of that kind are in use. */
CHECKED struct fetcher *fetcher_open(struct replay *owner, enum reader_kind kind);

/* Gives its reader back. Its cached ranges grow no more. */
void fetcher_close(struct fetcher *f);

/*
 * Starts to read the log's partition at `offset`; it stops reading it elsewhere. Returns the cached
 * range that it appends to, which ends at `offset`; NULL without memory or handle.
 */
CHECKED struct cached_range *fetcher_start(struct fetcher *f, struct partition_log *log,
                                           int64_t offset);

/* Stops reading for a cached range, which grows no more, and is freed if it is empty. */
void fetcher_stop(struct cached_range *cached);

/* Takes what has come, some kilobytes at most, or a single record. False when nothing has come: its
 * followers are woken when something does. */
bool fetcher_pump(struct fetcher *f);

/* It has brought nothing: its followers ask again after a while. */
void fetcher_delay(struct fetcher *f);

/* A replay that follows one of its cached ranges and could own the fetcher, or NULL. */
struct replay *fetcher_heir(const struct fetcher *f);

#endif
