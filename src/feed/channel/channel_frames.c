/* What a channel renders, and where its frames are kept: see channel.h. */
#include "feed/channel/channels.h"

enum {
    SEGMENT_BYTES = 128 * 1024, /* where a new segment begins; a larger frame has one of its own */
    KEPT_BYTES = 64 * 1024, /* what the one segment of a channel without slow clients may keep */
    FRAME_COST_NS = 300,    /* about, so that a turn knows when to read the clock again */
    BYTES_PER_NS = 4        /* of a frame that are written */
};

static bool is_first_segment(const struct channel *c, const struct segment *s)
{
    return c->segments.next == &s->node;
}

static struct segment *add_segment(struct channel *c)
{
    struct segment *s = segment_new(&c->writer.position);
    if (s != NULL) {
        list_push_back(&c->segments, &s->node);
    }
    return s;
}

/* To be called when no client stands in a segment. */
static void drop_segments(struct channel *c)
{
    list_remove(&c->dirty_node);
    while (!list_is_empty(&c->segments)) {
        segment_free(LIST_FIRST(&c->segments, struct segment, node));
    }
    ASSERT(c->channels->bytes >= c->charged_bytes);
    c->channels->bytes -= c->charged_bytes;
    c->charged_bytes = 0;
}

void channel_seal(struct channel *c)
{
    struct segment *last = channel_last_segment(c);
    if (last != NULL && add_segment(c) == NULL) {
        channel_fail(c);
    }
}

/* A segment that nobody stands in and that was offered is free to be written over. */
static bool can_rewind(const struct channel *c, const struct segment *s)
{
    return list_is_empty(&c->dirty_node) && is_first_segment(c, s) && list_is_empty(&s->clients);
}

void channel_shrink(struct channel *c)
{
    struct segment *s = channel_last_segment(c);
    if (s != NULL && s->cap > KEPT_BYTES && can_rewind(c, s)) {
        segment_rewind(s, KEPT_BYTES);
    }
}

/* The segment that a frame of that size goes to. NULL without memory. */
static struct segment *segment_for(struct channel *c, size_t size)
{
    struct segment *s = channel_last_segment(c);
    if (s == NULL) {
        return add_segment(c);
    }
    if (can_rewind(c, s)) {
        segment_rewind(s, KEPT_BYTES);
    } else if (s->len > 0 && s->len + size > SEGMENT_BYTES) {
        return add_segment(c);
    }
    return s;
}

/* The first frame of a turn: remembers where the clients that have everything go on. */
static void note_frame(struct channel *c, struct segment *s, size_t at)
{
    if (list_is_empty(&c->dirty_node)) {
        list_push_back(&c->channels->dirty, &c->dirty_node);
        c->offer_segment = s;
        c->offer_at = at;
    }
    c->last_frame_ms = c->channels->context->now_ms;
    c->channels->context->counters.frames_rendered++;
}

/*
 * The position moves without a frame. Without clients nobody stands in a segment: none is kept
 * then, and the id forgets what was sent last, for this was not.
 */
void channel_skip(struct channel *c, size_t partition, int64_t offset)
{
    if (c->client_count == 0) {
        c->writer.position.partitions[partition].timestamp_ms = -1;
        drop_segments(c);
    }
    struct segment *s = channel_last_segment(c);
    if (s != NULL && can_rewind(c, s)) {
        segment_rewind(s, KEPT_BYTES);
    }
    if (writer_skip(&c->writer, s, partition, offset) < 0) {
        channel_fail(c);
    }
}

void channel_show(struct channel *c, const struct move *move)
{
    c->writer.wall_ms = c->channels->context->wall_ms;
    size_t size = writer_frame_size(&c->writer, move->data.len);
    struct segment *s = segment_for(c, size);
    size_t at = s == NULL ? 0 : s->len;
    selection_scratch_spend(&c->channels->scratch, FRAME_COST_NS + size / BYTES_PER_NS);
    if (s == NULL || writer_move(&c->writer, s, move) < 0) {
        channel_fail(c);
        return;
    }
    note_frame(c, s, at);
    c->has_moved_quietly = false;
}

void channel_beat(struct channel *c)
{
    struct segment *s = segment_for(c, c->writer.id.text.len + 64);
    size_t at = s == NULL ? 0 : s->len;
    if (s == NULL || writer_beat(&c->writer, s, c->has_moved_quietly) < 0) {
        channel_fail(c);
        return;
    }
    note_frame(c, s, at);
    c->has_moved_quietly = false;
}

void channel_follow(struct channel_link *link, int64_t offset)
{
    struct channel *c = link->channel;
    if (c->has_failed || c->writer.position.partitions[link->partition].offset == offset) {
        return;
    }
    c->has_moved_quietly = c->client_count > 0;
    channel_skip(c, link->partition, offset);
}
