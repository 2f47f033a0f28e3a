/* Life of a replay: how it is made, runs, and is attached; what channels and logs tell. See
 * replay_parts.h. */
#include "base/mem.h"
#include "feed/channel/channels.h"
#include "feed/log/plogs.h"
#include "feed/replay/replay_parts.h"

static struct replay *replay_new(struct replays *replays, struct channel *c)
{
    struct replay *r = mem_zalloc(sizeof(*r));
    if (r == NULL) {
        return NULL;
    }
    r->context = replays->context;
    r->replays = replays;
    r->channel = c;
    r->last_frame_ms = r->context->now_ms;
    list_init(&r->node);
    reader_wait_init(&r->reader_wait);
    list_init(&r->channel_node);
    writer_init(&r->writer, &c->writer.view);
    r->writer.wall_ms = r->context->wall_ms;
    r->replays->count++;
    return r;
}

/* Makes partitions and `out` for the writer's position. KSSE_ENOMEM. */
static int replay_prepare(struct replay *r)
{
    for (size_t i = 0; i < r->writer.position.count; i++) {
        struct replay_partition *p = replay_partition_new(r, r->channel->links[i]->log);
        if (p == NULL) {
            return KSSE_ENOMEM;
        }
        r->writer.position.partitions[i].extra = p;
    }
    if (writer_position_changed(&r->writer) < 0) {
        return KSSE_ENOMEM;
    }
    r->out = segment_new(&r->writer.position);
    return r->out == NULL ? KSSE_ENOMEM : 0;
}

/* The client is the replay's from here on. */
static void replay_adopt(struct replay *r, struct client *client, enum replay_state state)
{
    ASSERT(client->replay == NULL);
    r->client = client;
    client->replay = r;
    client->channel = r->channel;
    list_push_back(&r->channel->replays, &r->channel_node);
    replay_move(r, state);
}

static void partition_start(struct replay *r, size_t i, struct start start)
{
    struct replay_partition *p = replay_partition(r, i);
    struct partition_position *partition = &r->writer.position.partitions[i];
    p->start = start;
    if (start.kind == START_OFFSET) {
        partition->offset = start.value;
        p->stage = STAGE_KNOWN;
        return;
    }
    if (start.kind == START_LATEST) {
        /* Latest is now: records that come while Kafka is asked about other partitions belong to
         * the stream. */
        p->stage = plog_has_offsets(p->log) ? STAGE_KNOWN : STAGE_LATEST;
        partition->offset = p->stage == STAGE_KNOWN ? p->log->range.end : 0;
        return;
    }
    if (start.kind == START_TIMESTAMP || start.kind == START_AFTER) {
        partition->timestamp_ms = start.value - 1;
    }
    p->stage = STAGE_ASK;
}

int replay_start(struct replays *replays, struct channel *c, struct client *client,
                 const struct subscription *s)
{
    struct replay *r = replay_new(replays, c);
    if (r == NULL) {
        return KSSE_ENOMEM;
    }
    if (position_copy(&r->writer.position, &c->writer.position) < 0 ||
        gone_copy(&r->gone, &s->gone) < 0 || replay_prepare(r) < 0) {
        replay_free(r);
        return KSSE_ENOMEM;
    }
    ASSERT(s->count == r->writer.position.count);
    for (size_t i = 0; i < s->count; i++) {
        r->writer.position.partitions[i].timestamp_ms = -1;
        partition_start(r, i, s->partitions[i].start);
    }
    if (writer_position_changed(&r->writer) < 0) {
        replay_free(r);
        return KSSE_ENOMEM;
    }
    r->is_new = true;
    replay_adopt(r, client, REPLAY_READY);
    return 0;
}

/*
 * Takes over where the client stands in its channel: the position after the frame in flight, and
 * the rest of that frame; or the position before it, if the frame is torn.
 */
static int take_over(struct replay *r, const struct client *client)
{
    if (client->segment == NULL) {
        return replay_prepare(r); /* it stands where the channel stands */
    }
    size_t frame_end = 0;
    struct position position = POSITION_INIT;
    bool is_torn = replay_tear(r, client->segment, client->at);
    if ((is_torn ? segment_position_before(client->segment, client->at, &position)
                 : segment_position_at(client->segment, client->at, &position, &frame_end)) < 0) {
        return KSSE_ENOMEM;
    }
    /* Partitions that joined after this segment begin where they joined: at the beginning. */
    for (size_t i = 0; i < r->writer.position.count; i++) {
        struct partition_position *partition = &r->writer.position.partitions[i];
        long old = position_find(&position, partition->topic, partition->partition);
        partition->offset = old < 0 ? 0 : position.partitions[old].offset;
        partition->timestamp_ms = old < 0 ? -1 : position.partitions[old].timestamp_ms;
    }
    position_fini(&position);
    if (replay_prepare(r) < 0) {
        return KSSE_ENOMEM;
    }
    return is_torn ? 0
                   : segment_begin_with_rest(r->out, client->segment->data + client->at,
                                             frame_end - client->at);
}

void replay_demote(struct replays *replays, struct client *client)
{
    struct channel *c = client->channel;
    struct replay *r = replay_new(replays, c);
    if (r == NULL || position_copy(&r->writer.position, &c->writer.position) < 0 ||
        take_over(r, client) < 0) {
        if (r != NULL) {
            replay_free(r);
        }
        channel_end_client(client, &(struct stream_end){.reason = END_NO_MEMORY});
        return;
    }
    bool lags = client->segment != NULL; /* then its channel has asked it for on_writable() */
    r->context->counters.demotions++;
    r->has_moved_quietly = !lags && c->has_moved_quietly;
    r->last_frame_ms = c->last_frame_ms;
    r->blocked_since_ms = r->context->now_ms;
    replay_adopt(r, client, lags ? REPLAY_BLOCKED : REPLAY_READY);
    channel_forget(c, client);
    client->channel = c;
    replay_charge(r);
}

/* ---- running ---- */

static void assert_same_position(const struct replay *r)
{
    const struct position *mine = &r->writer.position;
    const struct position *target = &r->channel->writer.position;
    ASSERT(channel_is_live(r->channel) && mine->count == target->count);
    for (size_t i = 0; i < mine->count; i++) {
        ASSERT(mine->partitions[i].partition == target->partitions[i].partition);
        ASSERT(mine->partitions[i].offset == target->partitions[i].offset);
    }
}

static void replay_attach(struct replay *r)
{
    struct client *client = r->client;
    struct channel *c = r->channel;
    ASSERT(replay_is_between_frames(r) && gone_is_told(&r->gone));
    assert_same_position(r);
    replay_drop(r);
    channel_attach(c, client);
}

/* All of a chunk was sent. The replay may be attached then, and dead. */
static void go_on(struct replay *r, enum fill fill)
{
    switch (fill) {
    case FILL_MORE:
        readers_yield(r);
        replay_rest(r, REPLAY_READY);
        break;
    case FILL_CAUGHT_UP:
        replay_attach(r);
        break;
    case FILL_NEEDS_READER:
        replay_free_out(r);
        replay_rest(r, REPLAY_WAITS_READER);
        break;
    case FILL_WAIT:
        replay_free_out(r);
        replay_rest(r, REPLAY_WAITS_RECORDS);
        break;
    }
}

/* Before a new chunk, the rest of the last one is sent, and all offsets have to be known. */
static enum end_reason prepare(struct replay *r, bool *can_fill)
{
    enum flush flush = FLUSH_ALL;
    bool is_placed = false;
    /* A look-up may have told a gap where the torn frame should come. */
    bool is_mended = r->torn.size > 0 && r->out->len > 0;
    enum end_reason end = is_mended ? replay_mend(r, true) : END_NONE;
    end = end == END_NONE ? replay_flush(r, &flush) : end;
    if (end != END_NONE || flush == FLUSH_BLOCKED) {
        return end;
    }
    end = replay_place(r, &is_placed);
    if (end == END_NONE && !is_placed) {
        replay_rest(r, REPLAY_WAITS_OFFSETS);
        return END_NONE;
    }
    *can_fill = true;
    return end == END_NONE ? replay_restart_out(r) : end;
}

/* Sends a chunk that was just rendered. */
static enum end_reason send_chunk(struct replay *r, enum fill fill, bool is_over_budget)
{
    enum flush flush = FLUSH_ALL;
    r->filled_ms = r->context->now_ms;
    r->last_frame_ms = r->out->len > 0 ? r->context->now_ms : r->last_frame_ms;
    r->is_new = r->is_new && r->out->len == 0;
    enum end_reason end = replay_flush(r, &flush);
    if (end == END_NONE && flush == FLUSH_BLOCKED) {
        return is_over_budget ? replay_give_back(r) : END_NONE;
    }
    end = end == END_NONE ? replay_restart_out(r) : end;
    if (end == END_NONE) {
        go_on(r, fill);
    }
    return end;
}

static enum end_reason step(struct replay *r)
{
    bool can_fill = false;
    replay_unfollow(r); /* its partitions are about to move */
    enum end_reason end = prepare(r, &can_fill);
    if (end != END_NONE || !can_fill) {
        return end;
    }
    bool is_over_budget = replays_are_over_budget(r->replays);
    if (is_over_budget && !replay_is_guest(r)) {
        replay_free_out(r); /* else it could wait for memory that it keeps itself */
        replay_move(r, REPLAY_WAITS_MEMORY);
        return END_NONE;
    }
    enum fill fill = FILL_WAIT;
    end = replay_fill(r, &fill);
    if (end != END_NONE) {
        return end;
    }
    replay_charge(r);
    end = r->torn.size > 0 ? replay_mend(r, fill != FILL_CAUGHT_UP) : END_NONE;
    return end == END_NONE ? send_chunk(r, fill, is_over_budget) : end;
}

static void replay_run(struct replay *r)
{
    enum end_reason end = step(r);
    if (end != END_NONE) {
        replay_end(r, end);
    }
}

void replays_step(struct replays *replays)
{
    readers_turn(replays);
    if (replays_are_ready(replays)) {
        struct replay *r;
        do { /* each yields at most once for each millisecond that it has taken */
            r = replays_next(replays);
        } while (replay_yields(r));
        replay_run(r);
    }
}

/* ---- what channels and logs tell ---- */

void replays_channel_moved(struct channel *c)
{
    LIST_EACH(r, &c->replays, struct replay, channel_node)
    {
        if (r->state == REPLAY_WAITS_RECORDS) {
            replay_wake(r);
        }
    }
}

void replays_log_grew(struct partition_log *log)
{
    LIST_EACH(link, &log->links, struct channel_link, node)
    {
        replays_channel_moved(link->channel);
    }
}

void replays_log_started(struct channel *c, const struct partition_log *log)
{
    LIST_EACH_SAFE(r, after, &c->replays, struct replay, channel_node)
    {
        replay_conclude(r, replay_log_started(r, log));
    }
}

void replays_recheck(struct channel *c, struct partition_log *log)
{
    LIST_EACH(r, &c->replays, struct replay, channel_node)
    {
        long i = position_find(&r->writer.position, log->topic->name, log->partition);
        ASSERT(i >= 0);
        struct replay_partition *p = replay_partition(r, (size_t)i);
        p->is_future = false;
        p->cursor = RANGE_CURSOR_INIT;
        replay_wake(r);
    }
}

static enum end_reason insert_partition(struct replay *r, struct partition_log *log)
{
    struct partition_position partition = {log->topic->name, log->partition, 0, -1, NULL};
    partition.extra = replay_partition_new(r, log);
    long index = partition.extra == NULL ? -1 : position_insert(&r->writer.position, partition);
    if (index < 0) {
        mem_free(partition.extra);
        return END_NO_MEMORY;
    }
    ASSERT(replay_partition(r, (size_t)index) == partition.extra); /* it was not there */
    partition.extra = NULL;                                        /* it is the writer's alone */
    r->torn.partition += (size_t)index <= r->torn.partition ? 1 : 0;
    bool is_done = segment_insert_partition(r->out, partition) == 0 &&
                   writer_position_changed(&r->writer) == 0;
    return is_done ? END_NONE : END_NO_MEMORY;
}

/* A look-up knows partitions by their number: it is given up and made again. */
void replays_add_partition(struct channel *c, struct partition_log *log)
{
    LIST_EACH_SAFE(r, after, &c->replays, struct replay, channel_node)
    {
        replay_forget_lookup(r);
        replay_conclude(r, insert_partition(r, log));
    }
}

void replays_end(struct channel *c, enum end_reason reason)
{
    LIST_EACH_SAFE(r, after, &c->replays, struct replay, channel_node)
    {
        replay_end(r, reason);
    }
}

void replays_end_overlong(struct channel *c, size_t longest)
{
    LIST_EACH_SAFE(r, after, &c->replays, struct replay, channel_node)
    {
        if (r->client->max_id_len < longest) {
            replay_end(r, END_ID);
        }
    }
}
