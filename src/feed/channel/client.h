/*
 * A client: one stream of one connection, as the feed sees it. The connection's owner embeds it and
 * gives it a way to send. One thread.
 *
 * The list that a client is in says where it stands: its channel's `caught_up` (everything was sent
 * to it), a segment's `clients` (at byte `at` of it), or none, with a replay.
 */
#ifndef FEED_CHANNEL_CLIENT_H
#define FEED_CHANNEL_CLIENT_H

#include "base/buf.h"
#include "base/list.h"
#include "core/stream/refusal.h"
#include "core/stream/view.h"

#include <sys/types.h>

struct client;
struct channel;
struct segment;
struct replay;

/* Why the feed is done with a client. It has been detached before. */
enum end_reason {
    END_NONE,     /* the stream goes on: functions return it, on_end() never gets it */
    END_GONE,     /* send() said so, or there is no memory for `rest`: to be broken off */
    END_GAP,      /* its route wants an error for a gap: `rest`, then an error event */
    END_FILTER,   /* a filter has failed: `rest`, then an error event */
    END_ID,       /* new partitions would make its ids longer than its requests may be: `rest`, then
                   * an error event */
    END_VANISHED, /* a partition that it is to begin in is not there any more: the client is told
                   * that it is gone when it comes back with its last id */
    END_NO_MEMORY /* the stream cannot go on; the client will come back with its last id */
};

/* How the feed is done with a client. */
struct stream_end {
    enum end_reason reason;
    struct slice why; /* END_FILTER: the filter's sentence, lent for the call; empty if it gave
                       * none, or there was no memory for it */
};

struct client_ops {
    /* Takes up to `len` bytes: returns how many, 0 when none can be taken now, -1 when the peer is
     * gone. */
    ssize_t (*send)(struct client *c, const char *data, size_t len);
    /* Asks for (or no longer for) a call of feed_on_writable() once send() would take bytes
     * again. */
    void (*want_writable)(struct client *c, bool wanted);
    /* The stream ends: `rest` is what is left of the frame in flight (END_GONE: empty, and the
     * frame cannot be finished). May be called from within any call into the feed; must not detach
     * other clients. */
    void (*on_end)(struct client *c, const struct stream_end *end, const struct buf *rest);
};

struct client {
    const struct client_ops *ops;
    uint64_t requester; /* who asks Kafka on its behalf: requesters take turns. Not LOOKUP_OWN. */
    struct list node;
    struct channel *channel; /* NULL: not attached to anything */
    struct segment *segment; /* where it stands when it is lagging, else NULL */
    size_t at;
    struct replay *replay;
    size_t max_id_len; /* of the longest id that its next request can bring back */
};

static inline void client_init(struct client *c, const struct client_ops *ops)
{
    /* Until its owner says more, each is one of its own. */
    *c = (struct client){.ops = ops, .requester = (uint64_t)(uintptr_t)c, .max_id_len = SIZE_MAX};
    list_init(&c->node);
}

/*
 * For the feed's own files: tells the owner of a client that has just been detached. Frees `rest`,
 * what is left of its frame; if that has failed, the frame cannot be ended, and the client is
 * END_GONE.
 */
void client_tell_end(struct client *c, const struct stream_end *end, struct buf *rest);

#endif
