/* What a replay has on its way to its client, and how little of it is kept when that client takes
 * nothing. See replay.h. */
#include "feed/feed.h"
#include "feed/replay/replay.h"

enum {
    /* Rendered before it is sent: one step's work. Small enough that what was fetched, rendered and
     * sent is still in the cache: 128 KiB was 10 % slower. */
    CHUNK_BYTES = 32 * 1024,
    LEAST_CHUNK_BYTES = 2048,
    REST_BYTES = 1024, /* of a frame in flight: more than that is not kept */
    FREE_BYTES = 2048  /* what each replay may hold beside the budget: a rest of that kind */
};

/* What a segment holds for itself is small, but so many stalled ones may have one that they would
 * keep all others from rendering anything. */
void replay_charge(struct replay *r)
{
    size_t bytes =
        r->out->cap > FREE_BYTES ? r->out->cap + r->out->mark_cap * sizeof(struct frame_mark) : 0;
    r->feed->replay_bytes += bytes - r->charged_bytes;
    r->charged_bytes = bytes;
}

bool replays_are_over_budget(const struct feed *feed)
{
    return feed->replay_bytes > feed_half_bytes(feed);
}

bool replay_is_guest(const struct replay *r)
{
    return r->is_new && r->torn.size == 0 && gone_is_told(&r->gone);
}

/* So large that all replays could have one. */
static size_t fair_chunk_bytes(const struct feed *feed)
{
    size_t bytes = feed_half_bytes(feed) / 2 / (feed->replay_count + 1);
    if (bytes > CHUNK_BYTES) {
        return CHUNK_BYTES;
    }
    return bytes < LEAST_CHUNK_BYTES ? LEAST_CHUNK_BYTES : bytes;
}

bool replay_restart_out(struct replay *r)
{
    size_t fair = fair_chunk_bytes(r->feed);
    size_t keep = replays_are_over_budget(r->feed) ? 0 : 2 * fair; /* what the next chunk needs */
    r->at = 0;
    if (r->torn.size == 0) { /* else its frame must become what it was */
        r->writer.wall_ms = r->feed->wall_ms;
    }
    r->gone.sent = r->gone.told;
    if (gone_is_told(&r->gone)) {
        gone_fini(&r->gone);
    }
    r->chunk_bytes = r->torn.size > 0 ? 1 : fair;
    if (segment_restart(r->out, &r->writer.position, keep) < 0) {
        replay_end(r, END_NO_MEMORY);
        return false;
    }
    replay_charge(r);
    return true;
}

void replay_free_out(struct replay *r)
{
    segment_rewind(r->out, 0);
    replay_charge(r);
}

/* ---- giving back ---- */

static uint64_t sum_of(const char *data, size_t len)
{
    uint64_t sum = 14695981039346656037ULL; /* FNV-1a */
    for (size_t i = 0; i < len; i++) {
        sum = (sum ^ (unsigned char)data[i]) * 1099511628211ULL;
    }
    return sum;
}

bool replay_tear(struct replay *r, const struct segment *from, size_t at)
{
    struct frame_span frame;
    if (!segment_frame_at(from, at, &frame) || frame.partition == NO_PARTITION ||
        frame.end - at <= REST_BYTES || from->start.count != r->writer.position.count) {
        return false;
    }
    size_t sent = at - frame.begin;
    r->torn = (struct torn_frame){.sent = sent,
                                  .size = frame.end - frame.begin,
                                  .sum = sum_of(from->data + frame.begin, sent),
                                  .partition = (size_t)frame.partition};
    return true;
}

/* Whether a copy of the rest would save nothing: there is no more than a long heartbeat, or it is
 * such a copy. */
static bool is_short(const struct replay *r, size_t frame_end)
{
    return frame_end == r->out->len &&
           (frame_end - r->at > REST_BYTES || r->out->cap <= FREE_BYTES);
}

/* False: it is kept as it is. */
static bool shorten(struct replay *r, struct position *position)
{
    size_t frame_end = 0;
    if (replay_tear(r, r->out, r->at)) {
        if (segment_position_before(r->out, r->at, position) < 0) {
            r->torn.size = 0;
            return false;
        }
    } else if (segment_position_at(r->out, r->at, position, &frame_end) < 0 ||
               is_short(r, frame_end)) {
        return false;
    }
    struct segment *out = segment_new(position);
    if (out == NULL || (r->torn.size == 0 && segment_begin_with_rest(out, r->out->data + r->at,
                                                                     frame_end - r->at) < 0)) {
        segment_free(out);
        r->torn.size = 0;
        return false;
    }
    segment_free(r->out);
    r->out = out;
    r->at = 0;
    return true;
}

void replay_give_back(struct replay *r)
{
    struct position position = POSITION_INIT;
    bool is_unsent = r->at == 0 && !r->out->begins_with_rest;
    if (r->torn.size > 0 || !shorten(r, &position)) {
        position_fini(&position);
        return;
    }
    replay_unfollow(r);
    r->gone.told = is_unsent ? r->gone.sent : r->gone.told;
    r->gone.sent = r->gone.told;
    position_assign(&r->writer.position, &position);
    for (size_t i = 0; i < position.count; i++) {
        replay_partition(r, i)->cursor = RANGE_CURSOR_INIT;
    }
    position_fini(&position);
    replay_charge(r);
    if (writer_position_changed(&r->writer) < 0) {
        replay_end(r, END_NO_MEMORY);
    }
}

/* ---- going on in a torn frame ---- */

static bool is_torn_frame(const struct replay *r)
{
    const struct torn_frame *torn = &r->torn;
    size_t size = segment_frame_end(r->out, 1);
    return size == torn->size && sum_of(r->out->data, torn->sent) == torn->sum;
}

static bool can_still_come(const struct replay *r, enum fill fill)
{
    const struct partition_log *log = replay_partition(r, r->torn.partition)->log;
    int64_t offset = r->writer.position.partitions[r->torn.partition].offset;
    bool is_at_end = plog_covers(log, offset) && offset >= log->range.end;
    return r->out->len == 0 && fill != FILL_CAUGHT_UP && !is_at_end;
}

bool replay_mend(struct replay *r, enum fill fill)
{
    if (r->out->len > 0 && is_torn_frame(r)) {
        r->at = r->torn.sent;
        r->torn.size = 0;
        return true;
    }
    if (can_still_come(r, fill)) {
        return true;
    }
    /* Kafka has it no longer, or the id has got a new partition meanwhile. The client throws the
     * unfinished event away and comes back with its last id. */
    replay_end(r, END_GONE);
    return false;
}
