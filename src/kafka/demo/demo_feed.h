/*
 * The records of the demo: invented edits of invented wikis, in the shape of Wikimedia's event
 * schemas. No I/O, no clock, no librdkafka: the caller passes the time, decides the pace and
 * produces what it is given. The same seed and times give the same records.
 *
 * About one value in 40 is no JSON, and now and then a created page is deleted again (a tombstone),
 * because real topics are like that.
 *
 * One feed belongs to one thread.
 */
#ifndef KAFKA_DEMO_DEMO_FEED_H
#define KAFKA_DEMO_DEMO_FEED_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct demo_topic {
    const char *name;
    int32_t partitions;
};

enum demo_topic_index {
    DEMO_RECENTCHANGE,
    DEMO_PAGE_CREATE,
    DEMO_REVISION_SCORE,
    DEMO_TOPIC_COUNT
};

extern const struct demo_topic demo_topics[DEMO_TOPIC_COUNT];

struct demo_record {
    const char *topic;      /* one of demo_topics' names: static */
    int32_t partition_hint; /* -1: let the key decide */
    struct slice key;       /* "wiki:page"; borrowed from the buffers of demo_feed_next() */
    struct slice value;     /* empty for a tombstone */
    bool is_tombstone;
};

/* A page as the latest edit left it: a score, a creation or a deletion of it may follow. */
struct demo_edit {
    uint64_t wiki; /* index into the table of wikis */
    uint64_t title;
    uint64_t user;
    uint64_t page_id;
    uint64_t revision;
    uint64_t old_length;
    uint64_t new_length;
    bool is_new;
};

struct demo_feed {
    uint64_t random;
    uint64_t change_id;
    uint64_t revision;
    struct demo_edit edit;
    struct demo_edit created; /* the newest created page, to be deleted one day */
    bool has_created;
    bool create_is_due;
    bool score_is_due;
};

void demo_feed_init(struct demo_feed *feed, uint64_t seed);

/*
 * Makes the next record in `key` and `value` (both are cleared first) and describes it in *out,
 * whose slices borrow from the two until they are changed. Without memory the buffers have failed
 * (buf_ok()) and the record is to be dropped; the feed itself goes on.
 */
void demo_feed_next(struct demo_feed *feed, int64_t now_ms, struct buf *key, struct buf *value,
                    struct demo_record *out);

#endif
