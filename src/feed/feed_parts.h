/*
 * The parts of a feed, each of which its own room writes: for the feed's own files, and for tests.
 * Others ask by the functions of feed.h.
 */
#ifndef FEED_FEED_PARTS_H
#define FEED_FEED_PARTS_H

#include "feed/channel/channels.h"
#include "feed/feed.h"
#include "feed/log/plogs.h"
#include "feed/replay/replay.h"

struct feed {
    struct feed_context context;
    struct plogs plogs;
    struct channels channels;
    struct replays *replays;
    size_t unchecked_turns; /* with KSSE_CHECKS: until feed_check() is called next */
};

/* The end of a turn, when nobody up the stack holds a channel or a replay: frees those that are
 * over. */
void feed_reap(struct feed *feed);

#endif
