/* The frames on a replay's way to its client, and how little of them is kept while the client takes
 * nothing. See replay_parts.h. */
#include "feed/channel/channels.h"
#include "feed/log/plogs.h"
#include "feed/replay/replay_parts.h"

enum {
    /* Rendered before it is sent: one step's work. Small enough that what was fetched, rendered and
     * sent is still in the cache: 128 KiB was 10 % slower. */
    CHUNK_BYTES = 32 * 1024,
    LEAST_CHUNK_BYTES = 2048,
    REST_BYTES = 1024, /* of a frame in flight: more than that is not kept */
    FREE_BYTES = 2048  /* what each replay may hold beside the budget: a rest of that kind */
};

/* A small segment is free: thousands of stalled replays, each with one, would keep all others from
 * rendering anything. */
size_t replay_frame_bytes(const struct replay *r)
{
    const struct segment *out = r->out;
    return out->cap > FREE_BYTES ? out->cap + out->mark_cap * sizeof(struct frame_mark) : 0;
}

void replay_charge(struct replay *r)
{
    struct replays *replays = r->replays;
    size_t bytes = replay_frame_bytes(r);
    ASSERT(replays->bytes >= r->charged_bytes);
    replays->bytes += bytes - r->charged_bytes;
    r->charged_bytes = bytes;
}

bool replay_is_guest(const struct replay *r)
{
    return r->is_new && r->torn.size == 0 && gone_is_told(&r->gone);
}

/* So large that all replays could have one. */
static size_t fair_chunk_bytes(const struct replays *replays)
{
    size_t bytes = replays_half_bytes(replays) / 2 / (replays->count + 1);
    if (bytes > CHUNK_BYTES) {
        return CHUNK_BYTES;
    }
    return bytes < LEAST_CHUNK_BYTES ? LEAST_CHUNK_BYTES : bytes;
}

size_t replay_chunk_bytes(const struct replay *r)
{
    return r->torn.size > 0 ? 1 : fair_chunk_bytes(r->replays);
}

enum end_reason replay_restart_out(struct replay *r)
{
    bool is_over_budget = replays_are_over_budget(r->replays);
    size_t keep = is_over_budget ? 0 : 2 * fair_chunk_bytes(r->replays); /* the next one needs it */
    r->at = 0;
    if (r->torn.size == 0) { /* else its frame must become what it was */
        r->writer.wall_ms = r->context->wall_ms;
    }
    r->gone.sent = r->gone.told;
    if (gone_is_told(&r->gone)) {
        gone_fini(&r->gone);
    }
    if (segment_restart(r->out, &r->writer.position, keep) < 0) {
        return END_NO_MEMORY;
    }
    replay_charge(r);
    return END_NONE;
}

void replay_free_out(struct replay *r)
{
    segment_rewind(r->out, 0);
    replay_charge(r);
}

/* ---- sending ---- */

static void block(struct replay *r)
{
    r->blocked_since_ms = r->context->now_ms;
    replay_move(r, REPLAY_BLOCKED);
    r->client->ops->want_writable(r->client, true);
    readers_blocked(r);
}

enum end_reason replay_flush(struct replay *r, enum flush *out)
{
    size_t left = r->out->len - r->at;
    if (left == 0) {
        *out = FLUSH_ALL;
        return END_NONE;
    }
    ssize_t taken = r->client->ops->send(r->client, r->out->data + r->at, left);
    if (taken < 0) {
        return END_GONE;
    }
    ASSERT((size_t)taken <= left);
    r->context->counters.sends++;
    r->context->counters.bytes_sent += (uint64_t)taken;
    r->at += (size_t)taken;
    pace_take(&r->pace, (size_t)taken);
    *out = (size_t)taken == left ? FLUSH_ALL : FLUSH_BLOCKED;
    if (*out == FLUSH_BLOCKED) {
        block(r);
    }
    return END_NONE;
}

/* The client is not asked again before the replay has had its turn: of thousands of writable
 * sockets, which the loop would tell in each turn, only some replays can go on in one. */
void replay_on_writable(struct replay *r)
{
    if (r->state == REPLAY_BLOCKED) {
        pace_block(&r->pace, r->context->now_ms - r->blocked_since_ms);
        replay_move(r, REPLAY_WAITS_OFFSETS); /* until Kafka may be asked again, or at once */
        r->client->ops->want_writable(r->client, false);
    }
    replay_wake(r);
}

bool replay_is_between_frames(const struct replay *r)
{
    return r->at == r->out->len && r->torn.size == 0;
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

/* Whether a copy of the rest would save nothing: `out` holds nothing but a long heartbeat, or is
 * such a copy already. */
static bool is_short(const struct replay *r, size_t frame_end)
{
    return frame_end == r->out->len &&
           (frame_end - r->at > REST_BYTES || r->out->cap <= FREE_BYTES);
}

/* Replaces `out` by the rest of the frame in flight, or by nothing if that is torn; *position is
 * where the replay goes on then. False: `out` is kept as it is. */
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

/* All is read and rendered again from there. */
static enum end_reason go_back_to(struct replay *r, const struct position *position)
{
    replay_unfollow(r);
    position_assign(&r->writer.position, position);
    for (size_t i = 0; i < position->count; i++) {
        replay_partition(r, i)->cursor = RANGE_CURSOR_INIT;
    }
    return writer_position_changed(&r->writer) < 0 ? END_NO_MEMORY : END_NONE;
}

enum end_reason replay_give_back(struct replay *r)
{
    struct position position = POSITION_INIT;
    enum end_reason end = END_NONE;
    bool is_unsent = r->at == 0 && !r->out->begins_with_rest;
    if (r->torn.size == 0 && shorten(r, &position)) {
        r->gone.told = is_unsent ? r->gone.sent : r->gone.told;
        r->gone.sent = r->gone.told;
        replay_charge(r);
        end = go_back_to(r, &position);
    }
    position_fini(&position);
    return end;
}

/* ---- going on in a torn frame ---- */

static bool is_torn_frame(const struct replay *r)
{
    const struct torn_frame *torn = &r->torn;
    size_t size = segment_frame_end(r->out, 1);
    return size == torn->size && sum_of(r->out->data, torn->sent) == torn->sum;
}

static bool is_at_end(const struct replay *r)
{
    const struct partition_log *log = replay_partition(r, r->torn.partition)->log;
    int64_t offset = r->writer.position.partitions[r->torn.partition].offset;
    return plog_covers(log, offset) && offset >= log->range.end;
}

enum end_reason replay_mend(struct replay *r, bool can_come)
{
    if (r->out->len > 0 && is_torn_frame(r)) {
        r->at = r->torn.sent;
        r->torn.size = 0;
        return END_NONE;
    }
    /* Kafka has it no longer, or the id has got a new partition meanwhile. The client throws the
     * unfinished event away and comes back with its last id. */
    return r->out->len == 0 && can_come && !is_at_end(r) ? END_NONE : END_GONE;
}
