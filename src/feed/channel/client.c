/* How a client's owner is told of its end: see the header. */
#include "feed/channel/client.h"

void client_tell_end(struct client *c, const struct stream_end *end, struct buf *rest)
{
    static const struct stream_end gone = {.reason = END_GONE};
    ASSERT(c->channel == NULL && c->segment == NULL && c->replay == NULL);
    ASSERT(list_is_empty(&c->node));
    if (!buf_ok(rest)) {
        buf_fini(rest);
        end = &gone;
    }
    c->ops->on_end(c, end, rest);
    buf_fini(rest);
}
