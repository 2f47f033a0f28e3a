/*
 * A segment: consecutive frames in one allocation, from which clients are sent. A channel's
 * segments are shared by its clients; a replay has a private one. One thread.
 *
 * Each frame leaves a mark, so that the position at any frame can be worked out later: that is how
 * a client that fell behind turns into a replay, and how a stalled replay gives its memory back.
 */
#ifndef FEED_CHANNEL_SEGMENT_H
#define FEED_CHANNEL_SEGMENT_H

#include "base/list.h"
#include "core/stream/position.h"

#include <stdbool.h>

enum {
    NO_PARTITION = -1 /* the frame does not move the position: a heartbeat */
};

struct frame_mark {
    size_t end;     /* of the frame, in bytes of the segment; of the one before for a mere move */
    long partition; /* index in `start` of what the frame moves, or NO_PARTITION */
    int64_t offset;
    int64_t timestamp_ms;
};

struct segment {
    struct list node;    /* in its channel, oldest first */
    struct list clients; /* that stand in it: they have not yet sent all of it */
    char *data;
    size_t len;
    size_t cap;
    struct frame_mark *marks;
    size_t mark_count;
    size_t mark_cap;
    struct position start; /* before the first frame */
    bool begins_with_rest; /* the first frame was begun elsewhere: byte 0 is no border */
};

/* Returns a new empty segment that begins at (a copy of) `start`, or NULL without memory. */
CHECKED struct segment *segment_new(const struct position *start);

/* No client may stand in it. NULL is fine. */
void segment_free(struct segment *s);

/*
 * Makes room for a frame of `size` bytes, marks it and returns where it goes; NULL without memory
 * (the segment is as it was). The caller writes all `size` bytes at once.
 */
CHECKED char *segment_add_frame(struct segment *s, size_t size, long partition, int64_t offset,
                                int64_t timestamp_ms);

/*
 * Notes that the position moves without a frame, behind what is there: whoever has received a later
 * frame of the segment has moved, too. KSSE_ENOMEM.
 */
CHECKED int segment_add_move(struct segment *s, long partition, int64_t offset,
                             int64_t timestamp_ms);

/*
 * Puts the rest of a frame that was begun elsewhere into an empty segment, whose start is behind
 * that frame. Nothing for an empty rest. KSSE_ENOMEM.
 */
CHECKED int segment_begin_with_rest(struct segment *s, const char *data, size_t len);

/* Its position gains a partition, before its first frame. KSSE_ENOMEM (nothing changed).
 */
CHECKED int segment_insert_partition(struct segment *s, struct partition_position partition);

/* Empties it; it then begins where it ended. No client may stand in it. Memory above `keep_bytes`
 * goes. */
void segment_rewind(struct segment *s, size_t keep_bytes);

/* The same, and it then begins at (a copy of) `start`. KSSE_ENOMEM. */
CHECKED int segment_restart(struct segment *s, const struct position *start, size_t keep_bytes);

/*
 * The position of somebody who has received all frames up to the one that byte `at` lies in
 * (inclusively; when `at` is a frame's border: up to there, without the moves behind it).
 * KSSE_ENOMEM. *out must be initialised; *frame_end is where that frame ends.
 */
CHECKED int segment_position_at(const struct segment *s, size_t at, struct position *out,
                                size_t *frame_end);

struct frame_span {
    size_t begin;
    size_t end;
    long partition; /* NO_PARTITION: a heartbeat, or the rest of a frame that was begun elsewhere */
};

/* The frame that byte `at` lies in, behind its first one. False when `at` is a border. */
bool segment_frame_at(const struct segment *s, size_t at, struct frame_span *out);

/* The position of somebody to whom the frame at byte `at` comes next, all moves before it included.
 * KSSE_ENOMEM. *out must be initialised. */
CHECKED int segment_position_before(const struct segment *s, size_t at, struct position *out);

/* Where the frame ends that byte `at` lies in; `at` itself when it is a border. */
size_t segment_frame_end(const struct segment *s, size_t at);

/* All that it holds in memory. */
size_t segment_bytes(const struct segment *s);

#endif
