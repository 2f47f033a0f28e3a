/*
 * A subscription: a request whose topics and partitions are known to exist, or to be gone. Plain
 * data that borrows topics from the partition logs. One thread.
 */
#ifndef FEED_CHANNEL_SUBSCRIPTION_H
#define FEED_CHANNEL_SUBSCRIPTION_H

#include "core/stream/assignment.h"
#include "core/stream/view.h"
#include "feed/channel/gone.h"

struct topic;
struct plogs;
struct selection;

struct subscribed_partition {
    struct topic *topic;
    int32_t partition;
    struct start start; /* never START_DEFAULT */
};

struct subscription {
    struct view view;
    size_t rendering;                        /* number of the feed's rendering */
    struct selection *selection;             /* borrowed; NULL: records are shown as they are */
    struct subscribed_partition *partitions; /* sorted by topic name and partition, no doubles */
    size_t count;
    struct topic **whole; /* topics whose later partitions take part as well, sorted by name */
    size_t whole_count;
    struct gone gone; /* partitions that the id has beside these: they are to be told */
};

void subscription_fini(struct subscription *s);

/* What a subscription is made of. */
struct subscription_wish {
    const struct assignments *assignments; /* at least one */
    struct start otherwise; /* of partitions without a start of their own; never START_DEFAULT */
    size_t limit;           /* the largest number of partitions */
    bool (*is_available)(void *opaque, const char *topic); /* NULL: all topics are */
    void *opaque;
};

/*
 * Makes a subscription; view, rendering and selection are set before. An object of a topic that is
 * also given by name sets where that partition starts; of two objects for one partition the last
 * one counts.
 *
 * A topic is missing when the cluster does not show it or it is not available, a partition also
 * when its topic does not have it; a refusal does not tell these apart. A name asks for a topic,
 * which must be there. An object comes from an id of an earlier stream: a missing one is gone, as
 * long as something is left. KSSE_EREFUSED with *refusal filled: REFUSED_TOPIC_NOT_AVAILABLE
 * names all that is missing.
 */
CHECKED int subscription_make(struct subscription *s, const struct plogs *plogs,
                              const struct subscription_wish *wish, struct refusal *refusal);

/* How long the stream's ids can become. */
size_t subscription_longest_id(const struct subscription *s);

/* Appends a text that two subscriptions share when their clients can share a channel. */
void subscription_append_key(const struct subscription *s, struct buf *out);

#endif
