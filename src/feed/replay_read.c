/* What a replay reads: from the partition logs where they reach back far enough, else from Kafka.
 */
#include "base/mem.h"
#include "feed/feed.h"
#include "feed/replay.h"

enum {
    RETRY_MS = 1000
};

enum step {
    STEP_ON,   /* go on */
    STEP_STOP, /* nothing more from here now */
    STEP_ASK,  /* a place has a question first */
    STEP_ENDED /* the replay is dead */
};

static bool is_full(const struct replay *r)
{
    return r->out->len >= r->chunk_bytes;
}

static enum step emit(struct replay *r, const struct move *move)
{
    if (writer_move(&r->writer, r->out, move) < 0) {
        replay_end(r, END_NO_MEMORY);
        return STEP_ENDED;
    }
    r->has_moved_quietly = false;
    r->feed->counters.frames_replayed++;
    return STEP_ON;
}

static enum step skip_to(struct replay *r, size_t i, int64_t offset)
{
    if (r->writer.position.places[i].offset >= offset) {
        return STEP_ON;
    }
    r->has_moved_quietly = true;
    if (writer_skip(&r->writer, r->out, i, offset) < 0) {
        replay_end(r, END_NO_MEMORY);
        return STEP_ENDED;
    }
    return STEP_ON;
}

/*
 * Kafka has nothing between the place and `offset`. The place goes there, but not beyond its log's
 * end: the tail reader may never see what is between (a transaction's marker), and the channel
 * waits at that end.
 */
static enum step skip_empty(struct replay *r, size_t i, int64_t offset)
{
    const struct partition_log *log = r->places[i].log;
    bool is_beyond = log_has_offsets(log) && offset > log->run.end;
    return skip_to(r, i, is_beyond ? log->run.end : offset);
}

/* ---- from a partition log ---- */

static enum step read_log(struct replay *r, size_t i)
{
    struct replay_place *p = &r->places[i];
    struct place *place = &r->writer.position.places[i];
    if (!run_cursor_is_valid(&p->log->run, &p->cursor)) {
        run_seek(&p->log->run, place->offset, &p->cursor);
    }
    const struct run_record *record;
    while (!is_full(r) && (record = run_peek(&p->log->run, &p->cursor)) != NULL) {
        run_advance(&p->cursor, record);
        if (record->offset < place->offset) {
            continue;
        }
        struct move move = {
            .kind = record->kind == RECORD_TOMBSTONE ? FRAME_TOMBSTONE : FRAME_MESSAGE,
            .place = i,
            .offset = record->offset + 1,
            .timestamp_ms = record->timestamp_ms,
            .data = slice_of(record->data, record->len),
        };
        if (emit(r, &move) == STEP_ENDED) {
            return STEP_ENDED;
        }
    }
    return is_full(r) ? STEP_ON : skip_to(r, i, p->log->run.end);
}

/* ---- from Kafka ---- */

void replay_release_reader(struct replay *r)
{
    if (r->reader == NULL) {
        return;
    }
    for (size_t i = 0; i < r->writer.position.count; i++) {
        r->places[i].is_reading = false;
    }
    reader_close(r->reader);
    r->reader = NULL;
    r->feed->has_free_reader = true;
}

static void on_reader_ready(void *opaque)
{
    replay_wake(opaque);
}

static bool get_reader(struct replay *r)
{
    if (r->reader == NULL) {
        r->reader = source_open_reader(r->feed->source, READER_REPLAY);
        if (r->reader == NULL) {
            return false;
        }
        r->reader->on_ready = on_reader_ready;
        r->reader->opaque = r;
        r->read_bytes = 0;
        r->feed->counters.replays_from_kafka++;
    }
    return true;
}

static void stop_reading(struct replay *r, size_t i)
{
    struct place *place = &r->writer.position.places[i];
    if (r->places[i].is_reading) {
        reader_stop(r->reader, place->topic, place->partition);
        r->places[i].is_reading = false;
    }
}

/*
 * Not before the log has its offsets: reading could go beyond where it will begin, and the place
 * would wait there for a record that fills the hole.
 */
static bool needs_kafka(const struct replay *r, size_t i)
{
    const struct replay_place *p = &r->places[i];
    return p->stage == PLACE_KNOWN && log_has_offsets(p->log) &&
           !log_covers(p->log, r->writer.position.places[i].offset) &&
           r->feed->now_ms >= p->not_before_ms;
}

static bool wants_reader(const struct replay *r)
{
    for (size_t i = 0; i < r->writer.position.count; i++) {
        if (r->places[i].is_reading || needs_kafka(r, i)) {
            return true;
        }
    }
    return false;
}

/* Starts the places that need Kafka. The tag is the place's number; places are never renumbered
 * while reading. */
static void start_reading(struct replay *r)
{
    for (size_t i = 0; i < r->writer.position.count; i++) {
        struct replay_place *p = &r->places[i];
        struct place *place = &r->writer.position.places[i];
        if (p->is_reading || !needs_kafka(r, i)) {
            continue;
        }
        void *tag = (void *)(uintptr_t)i;
        p->is_reading =
            reader_start(r->reader, place->topic, place->partition, place->offset, tag) == 0;
        p->not_before_ms = p->is_reading ? 0 : r->feed->now_ms + RETRY_MS;
    }
}

static enum step render(struct replay *r, size_t i, const struct read_event *event)
{
    const struct place *place = &r->writer.position.places[i];
    struct record record = {
        .topic = place->topic,
        .partition = place->partition,
        .offset = event->offset,
        .timestamp_ms = event->timestamp_ms,
        .key = event->key,
        .value = event->value,
    };
    struct buf *scratch = &r->feed->scratch;
    buf_clear(scratch);
    enum record_kind kind = record_render(&record, scratch);
    if (kind == RECORD_NO_MEMORY) {
        replay_end(r, END_NO_MEMORY);
        return STEP_ENDED;
    }
    if (kind == RECORD_UNDECODABLE) {
        r->feed->counters.records_undecodable++;
        feed_note_undecodable(r->feed, &record);
        return skip_to(r, i, event->offset + 1);
    }
    struct move move = {
        .kind = kind == RECORD_TOMBSTONE ? FRAME_TOMBSTONE : FRAME_MESSAGE,
        .place = i,
        .offset = event->offset + 1,
        .timestamp_ms = event->timestamp_ms,
        .data = buf_slice(scratch),
    };
    r->read_bytes += scratch->len;
    return emit(r, &move);
}

static enum step take_record(struct replay *r, size_t i, const struct read_event *event)
{
    if (event->offset < r->writer.position.places[i].offset) {
        return STEP_ON; /* a fetch begins at a batch's border, which may lie before the offset asked
                           for */
    }
    if (log_covers(r->places[i].log, event->offset)) {
        int64_t offset = event->offset;
        stop_reading(r, i);
        return skip_empty(r, i, offset);
    }
    return render(r, i, event);
}

static enum step take_event(struct replay *r)
{
    struct read_event event;
    enum read_kind kind = reader_next(r->reader, &event);
    size_t i = kind == READ_NOTHING ? 0 : (size_t)(uintptr_t)event.tag;
    switch (kind) {
    case READ_NOTHING:
        return STEP_STOP;
    case READ_RECORD:
        return take_record(r, i, &event);
    case READ_END: {
        int64_t offset = event.offset;
        stop_reading(r, i);
        return skip_empty(r, i, offset);
    }
    case READ_OUT_OF_RANGE:
        r->places[i].is_reading = false;
        r->places[i].stage = PLACE_CHECK;
        return STEP_ASK;
    case READ_LOST:
        r->places[i].is_reading = false;
        r->places[i].not_before_ms = r->feed->now_ms + RETRY_MS;
        return STEP_ON;
    }
    return STEP_STOP;
}

/* ---- a chunk ---- */

enum reach {
    REACH_ALL,    /* every place stands where the channel stands */
    REACH_FUTURE, /* some stand behind their log's end: the log has to come there */
    REACH_LOGS,   /* the logs have more */
    REACH_KAFKA   /* some are older than what the logs hold */
};

static enum reach reach_of(const struct replay *r)
{
    enum reach reach = REACH_ALL;
    const struct position *target = &r->channel->writer.position;
    if (!channel_is_live(r->channel)) {
        reach = REACH_FUTURE;
    }
    for (size_t i = 0; i < r->writer.position.count; i++) {
        int64_t offset = r->writer.position.places[i].offset;
        enum reach here = REACH_ALL;
        if (!log_covers(r->places[i].log, offset)) {
            here = log_has_offsets(r->places[i].log) ? REACH_KAFKA : REACH_FUTURE;
        } else if (offset < target->places[i].offset) {
            here = REACH_LOGS;
        } else if (offset > target->places[i].offset) {
            here = REACH_FUTURE;
        }
        reach = here > reach ? here : reach;
    }
    return reach;
}

/* All places get their turn: the next chunk begins with the place behind the one that filled this
 * one. */
static enum step read_logs(struct replay *r)
{
    size_t count = r->writer.position.count;
    for (size_t n = 0; n < count && !is_full(r); n++) {
        size_t i = r->turn++ % count;
        struct replay_place *p = &r->places[i];
        if (p->is_reading || !log_covers(p->log, r->writer.position.places[i].offset)) {
            continue;
        }
        if (read_log(r, i) == STEP_ENDED) {
            return STEP_ENDED;
        }
    }
    return STEP_ON;
}

static enum step read_kafka(struct replay *r)
{
    enum step step = STEP_ON;
    start_reading(r);
    while (step == STEP_ON && !is_full(r)) {
        step = take_event(r);
    }
    return step;
}

/* An offset beyond its log's end may be an old one of a partition that was cut off: Kafka knows. */
static bool check_future(struct replay *r)
{
    bool has_any = false;
    for (size_t i = 0; i < r->writer.position.count; i++) {
        struct replay_place *p = &r->places[i];
        if (log_has_offsets(p->log) && !p->is_future &&
            p->log->run.end < r->writer.position.places[i].offset) {
            p->is_future = true;
            p->stage = PLACE_CHECK;
            has_any = true;
        }
    }
    return has_any;
}

/* The client is told where it stands when what it read last was not shown: the channel will not
 * tell it. */
static enum fill catch_up(struct replay *r)
{
    if (!r->has_moved_quietly || r->writer.view.format != FORMAT_SSE) {
        return FILL_CAUGHT_UP;
    }
    r->has_moved_quietly = false;
    if (writer_beat(&r->writer, r->out, true) < 0) {
        replay_end(r, END_NO_MEMORY);
        return FILL_ENDED;
    }
    return FILL_MORE;
}

enum fill replay_fill(struct replay *r)
{
    if (read_logs(r) == STEP_ENDED) {
        return FILL_ENDED;
    }
    if (is_full(r)) {
        return FILL_MORE;
    }
    enum step step = STEP_STOP;
    if (reach_of(r) == REACH_KAFKA && wants_reader(r)) {
        if (!get_reader(r)) {
            return FILL_NEEDS_READER;
        }
        step = read_kafka(r);
        if (step == STEP_ENDED) {
            return FILL_ENDED;
        }
    }
    enum reach reach = reach_of(r);
    if (reach != REACH_KAFKA || !wants_reader(r)) {
        replay_release_reader(r);
    }
    if (reach == REACH_FUTURE && check_future(r)) {
        return FILL_MORE;
    }
    if (reach == REACH_ALL) {
        return catch_up(r);
    }
    return reach == REACH_LOGS || step != STEP_STOP ? FILL_MORE : FILL_WAIT;
}
