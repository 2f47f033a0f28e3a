/* Frames for a moving position: see the header. */
#include "feed/channel/writer.h"
#include "core/json/json.h"

enum {
    FUTURE_MS = 1000 /* clocks are not further apart */
};

void writer_init(struct writer *w, const struct view *view)
{
    w->view = *view;
    w->wall_ms = INT64_MAX;
    w->position = POSITION_INIT;
    w->id = EVENT_ID_INIT(view->id_format);
}

void writer_fini(struct writer *w)
{
    position_fini(&w->position);
    event_id_fini(&w->id);
}

static bool has_ids(const struct writer *w)
{
    return w->view.format == FORMAT_SSE;
}

int writer_position_changed(struct writer *w)
{
    return has_ids(w) ? event_id_write(&w->id, &w->position) : 0;
}

static int move_to(struct writer *w, size_t partition, int64_t offset)
{
    w->position.partitions[partition].offset = offset;
    return has_ids(w) ? event_id_update(&w->id, &w->position, partition) : 0;
}

int writer_skip(struct writer *w, struct segment *out, size_t partition, int64_t offset)
{
    int64_t timestamp_ms = w->position.partitions[partition].timestamp_ms;
    if (out != NULL && segment_add_move(out, (long)partition, offset, timestamp_ms) < 0) {
        return KSSE_ENOMEM;
    }
    return move_to(w, partition, offset);
}

/* `id` is what the frame shows, where it shows one. */
static int append(struct writer *w, struct segment *out, const struct move *move, long partition,
                  struct slice id)
{
    const struct partition_position *moved =
        partition == NO_PARTITION ? NULL : &w->position.partitions[partition];
    size_t size = frame_size(&w->view, move->kind, id.len, move->data.len);
    char *at = segment_add_frame(out, size, partition, moved == NULL ? 0 : moved->offset,
                                 moved == NULL ? -1 : moved->timestamp_ms);
    if (at == NULL) {
        return KSSE_ENOMEM;
    }
    frame_write(&w->view, move->kind, id, move->data, at);
    return 0;
}

/*
 * The time that an id has once a record was sent. A client that comes back with it starts at the
 * first record that has this time or a later one. That record is never behind what was sent, as
 * long as the time is that of a record that was sent, or earlier; the newest such time repeats the
 * least. An id never has a time of the far future: once that record is gone from Kafka, the client
 * would miss everything until then.
 */
static int64_t id_time(const struct writer *w, int64_t id_ms, int64_t record_ms)
{
    int64_t ms = record_ms - FUTURE_MS > w->wall_ms ? w->wall_ms : record_ms;
    return ms > id_ms ? ms : id_ms;
}

int writer_move(struct writer *w, struct segment *out, const struct move *move)
{
    struct partition_position *partition = &w->position.partitions[move->partition];
    if (move->timestamp_ms >= 0) {
        partition->timestamp_ms = id_time(w, partition->timestamp_ms, move->timestamp_ms);
    }
    if (move_to(w, move->partition, move->offset) < 0) {
        return KSSE_ENOMEM;
    }
    return append(w, out, move, (long)move->partition, event_id_text(&w->id));
}

int writer_tell_gone(struct writer *w, struct segment *out, const struct gone *gone)
{
    struct buf id = BUF_INIT;
    if (has_ids(w)) {
        gone_append_id(gone, event_id_text(&w->id), &id);
    }
    struct move move = {.kind = FRAME_GAP, .data = gone_next_gap(gone)};
    int rc = buf_ok(&id) ? append(w, out, &move, NO_PARTITION, buf_slice(&id)) : -1;
    buf_fini(&id);
    return rc;
}

size_t writer_frame_size(const struct writer *w, size_t data_len)
{
    return frame_size(&w->view, FRAME_TOMBSTONE, w->id.text.len, data_len);
}

int writer_beat(struct writer *w, struct segment *out, bool moves_id)
{
    struct move move = {.kind = moves_id && has_ids(w) ? FRAME_POSITION : FRAME_HEARTBEAT};
    return append(w, out, &move, NO_PARTITION, event_id_text(&w->id));
}

void gap_append_json(const struct partition_position *partition, int64_t to, const char *reason,
                     struct buf *out)
{
    buf_append_str(out, "{\"topic\":");
    json_append_string(out, slice_str(partition->topic));
    buf_printf(out, ",\"partition\":%d,\"from\":%lld,\"to\":%lld,\"reason\":\"%s\"}",
               (int)partition->partition, (long long)partition->offset, (long long)to, reason);
}
