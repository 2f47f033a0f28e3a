/*
 * A writer: a position that frames are written for, in one view. A channel has one for all its
 * clients, a replay its own. One thread.
 */
#ifndef FEED_CHANNEL_WRITER_H
#define FEED_CHANNEL_WRITER_H

#include "core/stream/event_id.h"
#include "core/stream/frame.h"
#include "core/stream/position.h"
#include "core/stream/view.h"
#include "feed/channel/gone.h"
#include "feed/log/record_range.h"
#include "feed/channel/segment.h"

struct writer {
    struct view view;
    int64_t wall_ms; /* the time of day; INT64_MAX at first */
    struct position position;
    struct event_id id; /* the text of position; not kept for NDJSON, which shows none */
};

/* What moves a position: all of a record, or of a gap, that the writer needs. */
struct move {
    enum frame_kind kind;
    size_t partition;
    int64_t offset;       /* the next one, after this frame */
    int64_t timestamp_ms; /* of the record; -1 leaves the partition's as it is */
    struct slice data;
};

/* The move that shows a record at a partition. Borrows the record's data. */
static inline struct move record_move(const struct range_record *record, size_t partition)
{
    return (struct move){
        .kind = record->kind == RECORD_TOMBSTONE ? FRAME_TOMBSTONE : FRAME_MESSAGE,
        .partition = partition,
        .offset = record->offset + 1,
        .timestamp_ms = record->timestamp_ms,
        .data = slice_of(record->data, record->len),
    };
}

void writer_init(struct writer *w, const struct view *view);
void writer_fini(struct writer *w);

/* To be called whenever the position was changed by other means than the functions below.
 * KSSE_ENOMEM.
 */
CHECKED int writer_position_changed(struct writer *w);

/* Moves the position and appends the frame. KSSE_ENOMEM: the writer must not be used any more. */
CHECKED int writer_move(struct writer *w, struct segment *out, const struct move *move);

/* About how many bytes writer_move() will append: the id may gain some by the move. */
size_t writer_frame_size(const struct writer *w, size_t data_len);

/* Moves a partition past records that are not shown; `out` (may be NULL) takes note. KSSE_ENOMEM as
 * above. */
CHECKED int writer_skip(struct writer *w, struct segment *out, size_t partition, int64_t offset);

/* Appends a heartbeat or (moves_id) a `position` event; NDJSON has only the former.
 * KSSE_ENOMEM. */
CHECKED int writer_beat(struct writer *w, struct segment *out, bool moves_id);

/* Appends the gap that comes next of what is gone; who has received it comes back without it. 0,
 * -1.
 */
CHECKED int writer_tell_gone(struct writer *w, struct segment *out, const struct gone *gone);

/* Appends the JSON of a gap event to `out`. */
void gap_append_json(const struct partition_position *partition, int64_t to, const char *reason,
                     struct buf *out);

#endif
