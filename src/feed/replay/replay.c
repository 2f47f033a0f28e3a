/* Life of a replay: made, run, blocked, attached or ended. See the header. */
#include "feed/replay/replay.h"
#include "base/mem.h"
#include "feed/feed.h"

static struct replay *replay_new(struct channel *c)
{
    struct replay *r = mem_zalloc(sizeof(*r));
    if (r == NULL) {
        return NULL;
    }
    r->feed = c->feed;
    r->channel = c;
    r->last_frame_ms = c->feed->now_ms;
    list_init(&r->node);
    list_init(&r->line_node);
    list_init(&r->channel_node);
    writer_init(&r->writer, &c->writer.view);
    r->writer.wall_ms = c->feed->wall_ms;
    c->feed->replay_count++;
    return r;
}

static void replay_free(struct replay *r)
{
    ASSERT(r->client == NULL && r->fetcher == NULL && r->lookup == NULL);
    r->feed->replay_bytes -= r->charged_bytes;
    r->feed->replay_count--;
    list_remove(&r->node);
    list_remove(&r->channel_node);
    segment_free(r->out);
    for (size_t i = 0; i < r->writer.position.count; i++) {
        mem_free(replay_partition(r, i));
    }
    writer_fini(&r->writer);
    gone_fini(&r->gone);
    mem_free(r);
}

struct replay_partition *replay_partition_new(struct replay *r, struct partition_log *log)
{
    struct replay_partition *p = mem_zalloc(sizeof(*p));
    if (p != NULL) {
        *p = (struct replay_partition){.replay = r, .log = log, .stage = STAGE_KNOWN};
    }
    return p;
}

/* Makes partitions and `out` for the writer's position. 0, or -1 without memory. */
static int replay_prepare(struct replay *r)
{
    for (size_t i = 0; i < r->writer.position.count; i++) {
        struct replay_partition *p = replay_partition_new(r, r->channel->links[i]->log);
        if (p == NULL) {
            return -1;
        }
        r->writer.position.partitions[i].extra = p;
    }
    if (writer_position_changed(&r->writer) < 0) {
        return -1;
    }
    r->out = segment_new(&r->writer.position);
    return r->out == NULL ? -1 : 0;
}

/* The client is the replay's from here on. */
static void replay_adopt(struct replay *r, struct client *client)
{
    r->client = client;
    client->replay = r;
    client->channel = r->channel;
    list_push_back(&r->channel->replays, &r->channel_node);
    queue_put(&r->feed->ready_replays, &r->node, replay_is_urgent(r));
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
        /* Latest is now: what arrives while other partitions are still being asked for belongs to
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

int replay_start(struct channel *c, struct client *client, const struct subscription *s)
{
    struct replay *r = replay_new(c);
    if (r == NULL) {
        return -1;
    }
    if (position_copy(&r->writer.position, &c->writer.position) < 0 ||
        gone_copy(&r->gone, &s->gone) < 0 || replay_prepare(r) < 0) {
        replay_free(r);
        return -1;
    }
    ASSERT(s->count == r->writer.position.count);
    for (size_t i = 0; i < s->count; i++) {
        r->writer.position.partitions[i].timestamp_ms = -1;
        partition_start(r, i, s->partitions[i].start);
    }
    if (writer_position_changed(&r->writer) < 0) {
        replay_free(r);
        return -1;
    }
    r->is_new = true;
    replay_adopt(r, client);
    return 0;
}

/*
 * The position after the frame that the client is in, and what is left of that frame; or the one
 * before, if the rest is to be rendered again.
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
        return -1;
    }
    /* Places that joined after this segment begin where they joined: at the beginning. */
    for (size_t i = 0; i < r->writer.position.count; i++) {
        struct partition_position *partition = &r->writer.position.partitions[i];
        long old = position_find(&position, partition->topic, partition->partition);
        partition->offset = old < 0 ? 0 : position.partitions[old].offset;
        partition->timestamp_ms = old < 0 ? -1 : position.partitions[old].timestamp_ms;
    }
    position_fini(&position);
    if (replay_prepare(r) < 0) {
        return -1;
    }
    return is_torn ? 0
                   : segment_begin_with_rest(r->out, client->segment->data + client->at,
                                             frame_end - client->at);
}

void replay_demote(struct client *client)
{
    struct channel *c = client->channel;
    struct replay *r = replay_new(c);
    if (r == NULL || position_copy(&r->writer.position, &c->writer.position) < 0 ||
        take_over(r, client) < 0) {
        if (r != NULL) {
            replay_free(r);
        }
        channel_end_client(client, &(struct stream_end){.reason = END_NO_MEMORY});
        return;
    }
    c->feed->counters.demotions++;
    r->is_blocked = client->segment != NULL;
    r->has_moved_quietly = client->segment == NULL && c->has_moved_quietly;
    r->last_frame_ms = c->last_frame_ms;
    r->blocked_since_ms = c->feed->now_ms;
    r->stuck_since_ms = c->feed->now_ms;
    replay_adopt(r, client);
    channel_forget(c, client);
    client->channel = c;
    replay_charge(r);
    if (r->is_blocked) {
        list_move_back(&c->feed->idle_replays, &r->node);
    }
}

static void replay_drop(struct replay *r)
{
    replay_unfollow(r);
    readers_leave(r);
    replay_release_fetcher(r, true);
    if (r->lookup != NULL) {
        source_cancel(r->feed->source, r->lookup);
        r->lookup = NULL;
    }
    r->client->replay = NULL;
    r->client->channel = NULL;
    r->client = NULL;
    list_remove(&r->channel_node);
    list_move_back(&r->feed->dead_replays, &r->node);
}

void replay_stop(struct replay *r, struct buf *rest)
{
    struct channel *c = r->channel;
    if (rest != NULL && r->torn.size > 0) {
        rest->failed = true;
    } else if (rest != NULL) {
        size_t end = segment_frame_end(r->out, r->at);
        if (end > r->at) { /* without any frame there is no data to point into */
            buf_append(rest, r->out->data + r->at, end - r->at);
        }
    }
    replay_drop(r);
    channel_release(c);
}

void replay_end(struct replay *r, enum end_reason reason)
{
    struct stream_end end = {.reason = reason};
    if (reason == END_FILTER) {
        end.why = buf_slice(&r->feed->selection_scratch.why);
    }
    struct client *client = r->client;
    struct buf rest = BUF_INIT;
    replay_stop(r, reason == END_GONE ? NULL : &rest);
    client_tell_end(client, &end, &rest);
}

void replays_end(struct channel *c, enum end_reason reason)
{
    LIST_EACH_SAFE(r, after, &c->replays, struct replay, channel_node)
    {
        replay_end(r, reason);
    }
}

void replays_reap(struct feed *feed)
{
    while (!list_is_empty(&feed->dead_replays)) {
        replay_free(LIST_FIRST(&feed->dead_replays, struct replay, node));
    }
}

/* ---- running ---- */

void replay_wake(struct replay *r)
{
    if (r->client == NULL || r->is_blocked || r->feed->now_ms < r->not_before_ms) {
        return;
    }
    queue_put(&r->feed->ready_replays, &r->node, replay_is_urgent(r));
}

static void set_blocked(struct replay *r, bool is_blocked)
{
    if (is_blocked != r->is_blocked) {
        if (r->is_blocked) {
            pace_block(&r->pace, r->feed->now_ms - r->stuck_since_ms);
        }
        r->is_blocked = is_blocked;
        r->stuck_since_ms = r->feed->now_ms;
        r->blocked_since_ms = r->feed->now_ms;
        r->client->ops->want_writable(r->client, is_blocked);
    }
    if (is_blocked) {
        list_move_back(&r->feed->idle_replays, &r->node);
    }
    if (is_blocked && r->fetcher != NULL) {
        readers_blocked(r->fetcher);
    }
}

/* It is not asked for again before the replay has had its turn: thousands that are writable would
 * be told so with each turn, and only some can go on in one. */
void replay_on_writable(struct replay *r)
{
    set_blocked(r, false);
    replay_wake(r);
}

void replays_channel_moved(struct channel *c)
{
    LIST_EACH(r, &c->replays, struct replay, channel_node)
    {
        if (r->waits_for_logs) {
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

/* Sends what `out` holds. True when nothing is left. */
static bool replay_flush(struct replay *r)
{
    size_t left = r->out->len - r->at;
    if (left == 0) {
        set_blocked(r, false);
        return true;
    }
    ssize_t taken = r->client->ops->send(r->client, r->out->data + r->at, left);
    if (taken < 0) {
        replay_end(r, END_GONE);
        return false;
    }
    r->feed->counters.sends++;
    r->feed->counters.bytes_sent += (uint64_t)taken;
    r->at += (size_t)taken;
    pace_take(&r->pace, (size_t)taken);
    if (taken > 0) {
        r->blocked_since_ms = r->feed->now_ms;
    }
    set_blocked(r, (size_t)taken < left);
    return !r->is_blocked;
}

static void replay_attach(struct replay *r)
{
    struct client *client = r->client;
    struct channel *c = r->channel;
    replay_drop(r);
    channel_attach(c, client);
}

/* Others get their turn with a reader before one that has had it for long. What was read already
 * goes on being sent. */
static void yield_reader(struct replay *r)
{
    const struct fetcher *f = r->fetcher;
    if (f != NULL && f->kind == READER_REPLAY && readers_are_wanted(r->feed, READER_REPLAY) &&
        readers_lease_is_over(f)) {
        replay_release_fetcher(r, false);
    }
}

/* What comes after a chunk that was sent. */
static void replay_go_on(struct replay *r, enum fill fill)
{
    struct feed *feed = r->feed;
    switch (fill) {
    case FILL_MORE:
        yield_reader(r);
        queue_put(&feed->ready_replays, &r->node, false);
        break;
    case FILL_CAUGHT_UP:
        replay_attach(r);
        break;
    case FILL_NEEDS_READER:
        replay_free_out(r);
        break;
    case FILL_WAIT:
        replay_free_out(r);
        r->waits_for_logs = true;
        break;
    case FILL_ENDED:
        break;
    }
}

void replay_run(struct replay *r)
{
    struct feed *feed = r->feed;
    list_move_back(&feed->idle_replays, &r->node);
    replay_unfollow(r); /* what it does next may move partitions, or ask about them */
    r->waits_for_logs = false;
    if (r->torn.size > 0 && r->out->len > 0 && !replay_mend(r, FILL_MORE)) {
        return; /* a look-up had a gap to tell in place of it */
    }
    if (!replay_flush(r) || !replay_is_placed(r) || !replay_restart_out(r)) {
        return;
    }
    bool is_over_budget = replays_are_over_budget(feed);
    if (is_over_budget && !replay_is_guest(r)) {
        replay_free_out(r); /* else it could wait for what it keeps itself */
        queue_put(&feed->starved_replays, &r->node, replay_is_urgent(r));
        return;
    }
    enum fill fill = replay_fill(r);
    if (fill == FILL_ENDED) {
        return;
    }
    replay_charge(r);
    if (r->torn.size > 0 && !replay_mend(r, fill)) {
        return;
    }
    r->filled_ms = feed->now_ms;
    r->last_frame_ms = r->out->len > 0 ? feed->now_ms : r->last_frame_ms;
    r->is_new = r->is_new && r->out->len == 0;
    bool is_sent = replay_flush(r);
    if (is_sent && replay_restart_out(r)) {
        replay_go_on(r, fill);
    }
    if (!is_sent && is_over_budget && r->client != NULL) {
        replay_give_back(r);
    }
}

bool replay_is_covered(const struct replay *r)
{
    for (size_t i = 0; i < r->writer.position.count; i++) {
        int64_t offset = r->writer.position.partitions[i].offset;
        const struct partition_log *log = replay_partition(r, i)->log;
        if (!plog_covers(log, offset) && cached_range_covering(log, offset) != NULL) {
            return true;
        }
    }
    return false;
}
