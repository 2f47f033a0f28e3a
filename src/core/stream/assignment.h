/*
 * Assignments: the topics and partitions that a request asks for, with where to start, read from
 * the URL's topics or from Last-Event-ID. Whether they exist is not known yet. The word and the
 * forms are KafkaSSE's. No I/O; any thread.
 */
#ifndef CORE_STREAM_ASSIGNMENT_H
#define CORE_STREAM_ASSIGNMENT_H

#include "base/buf.h"
#include "core/stream/refusal.h"

#include <kafkasse/error.h>

enum start_kind {
    START_DEFAULT,  /* ?since=, else the route's default-start */
    START_LATEST,   /* only records produced from now on */
    START_EARLIEST, /* from the oldest record on */
    START_OFFSET,
    START_TIMESTAMP, /* from the first record at or after that many ms since 1970 */
    START_AFTER      /* the same, from an id: a record of the millisecond before was sent */
};

struct start {
    enum start_kind kind;
    int64_t value; /* START_OFFSET, START_TIMESTAMP, START_AFTER */
};

enum {
    ALL_PARTITIONS = -1
};

struct assignment {
    size_t topic_at; /* its zero-terminated name, in assignments.names */
    int32_t partition;
    struct start start;
};

struct assignments {
    struct assignment *items;
    size_t count;
    size_t cap;
    struct buf names;
};

#define ASSIGNMENTS_INIT                                                                           \
    (struct assignments)                                                                           \
    {                                                                                              \
        NULL, 0, 0, BUF_INIT                                                                       \
    }

void assignments_fini(struct assignments *a);

static inline const char *assignment_topic(const struct assignments *a, size_t index)
{
    return a->names.data + a->items[index].topic_at;
}

/*
 * Adds all partitions of a topic, by its decoded name, from START_DEFAULT. `limit` is the largest
 * number of assignments. 0, or KSSE_EREFUSED with *refusal filled in.
 */
CHECKED int assignments_add_topic(struct assignments *a, struct slice name, size_t limit,
                                  struct refusal *refusal);

/*
 * Reads an event id as KafkaSSE takes it: a JSON array of topic names and/or objects with topic,
 * partition and offset or timestamp. With both, the offset counts. Offset -1 means latest (old
 * KafkaSSE ids have it), -2 earliest; lower ones are refused. Other members are ignored. `limit` is
 * the largest number of entries. 0, or KSSE_EREFUSED with *refusal filled in.
 */
CHECKED int assignments_from_event_id(struct assignments *a, struct slice text, size_t limit,
                                      struct refusal *refusal);

#endif
