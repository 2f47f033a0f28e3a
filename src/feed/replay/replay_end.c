/* How a replay ends and is freed. See replay_parts.h. */
#include "base/mem.h"
#include "feed/channel/channels.h"
#include "feed/log/plogs.h"
#include "feed/replay/replay_parts.h"

struct replay_partition *replay_partition_new(struct replay *r, struct partition_log *log)
{
    struct replay_partition *p = mem_zalloc(sizeof(*p));
    if (p != NULL) {
        *p = (struct replay_partition){.replay = r, .log = log, .stage = STAGE_KNOWN};
    }
    return p;
}

void replay_free(struct replay *r)
{
    ASSERT(r->client == NULL && r->fetcher == NULL && r->lookup == NULL);
    ASSERT(r->state == REPLAY_NEW || r->state == REPLAY_DEAD);
    ASSERT(r->replays->bytes >= r->charged_bytes && r->replays->count > 0);
    r->replays->bytes -= r->charged_bytes;
    r->replays->count--;
    list_remove(&r->node);
    segment_free(r->out);
    for (size_t i = 0; i < r->writer.position.count; i++) {
        mem_free(replay_partition(r, i));
    }
    writer_fini(&r->writer);
    gone_fini(&r->gone);
    mem_free(r);
}

void replay_drop(struct replay *r)
{
    replay_unfollow(r);
    readers_leave(r);
    readers_give_up(r, true);
    replay_forget_lookup(r);
    r->client->replay = NULL;
    r->client->channel = NULL;
    r->client = NULL;
    list_remove(&r->channel_node);
    replay_move(r, REPLAY_DEAD);
}

void replay_forget_lookup(struct replay *r)
{
    if (r->lookup != NULL) {
        source_cancel(r->context->source, r->lookup);
        r->lookup = NULL;
    }
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
    ASSERT(reason != END_NONE);
    struct stream_end end = {.reason = reason};
    if (reason == END_FILTER) {
        end.why = buf_slice(&r->replays->channels->scratch.why);
    }
    struct client *client = r->client;
    struct buf rest = BUF_INIT;
    replay_stop(r, reason == END_GONE ? NULL : &rest);
    client_tell_end(client, &end, &rest);
}

void replay_conclude(struct replay *r, enum end_reason reason)
{
    if (reason != END_NONE) {
        replay_end(r, reason);
    } else {
        replay_wake(r);
    }
}
