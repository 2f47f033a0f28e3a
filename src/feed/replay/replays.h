/*
 * What all replays of a feed share: the lists of their states, the memory that they hold together,
 * the readers for which they take turns, the cached ranges. Only the files of this room write it.
 * One thread.
 */
#ifndef FEED_REPLAY_REPLAYS_H
#define FEED_REPLAY_REPLAYS_H

#include "feed/log/record_range.h"
#include "feed/replay/queue.h"
#include "feed/replay/readers.h"

struct channels;
struct feed_context;

struct replays {
    struct feed_context *context;
    struct channels *channels; /* for the time of the turn, and the scratch of selections */
    /* struct replay.node: see enum replay_state. */
    struct queue ready;
    struct list waiting;
    struct queue starved;
    struct list dead;
    size_t count; /* of all, the dead ones too */
    size_t bytes; /* the sum of their charged_bytes */
    struct readers readers;
    struct range_pool range_pool; /* of the cached ranges */
    struct list ranges;           /* struct cached_range.all_node */
    uint64_t fetch_turn;          /* counts replay_fetch() */
};

/* What the frames of replays may hold; the cached ranges may hold as much. */
size_t replays_half_bytes(const struct replays *replays);

/* Whether the frames of all replays hold more than they may: then nobody renders more. */
bool replays_are_over_budget(const struct replays *replays);

#endif
