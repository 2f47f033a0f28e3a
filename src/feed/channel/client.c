/* The client's side of channels and replays: see the header. */
#include "feed/channel/client.h"
#include "feed/channel/channel.h"
#include "feed/feed.h"
#include "feed/replay/replay.h"

bool client_is_between_frames(const struct client *c)
{
    const struct replay *r = c->replay;
    return r == NULL ? c->segment == NULL : r->at == r->out->len && r->torn.size == 0;
}

void client_on_writable(struct client *c)
{
    if (c->replay != NULL) {
        replay_on_writable(c->replay);
    } else if (c->segment != NULL) {
        channel_continue(c->channel, c);
    }
}

void client_detach(struct client *c, struct buf *rest)
{
    if (c->replay != NULL) {
        replay_stop(c->replay, rest);
        return;
    }
    if (c->channel == NULL) {
        return;
    }
    if (c->segment != NULL && rest != NULL) {
        size_t end = segment_frame_end(c->segment, c->at);
        buf_append(rest, c->segment->data + c->at, end - c->at);
    }
    channel_forget(c->channel, c);
}

void client_end(struct client *c, enum end_reason reason)
{
    struct buf rest = BUF_INIT;
    client_detach(c, reason == END_GONE ? NULL : &rest);
    if (!buf_ok(&rest)) { /* the frame in flight cannot be ended: only breaking off is left */
        buf_fini(&rest);
        reason = END_GONE;
    }
    c->ops->on_end(c, reason, &rest);
    buf_fini(&rest);
}
