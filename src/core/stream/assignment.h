/*
 * Assignments: what a request asks for, read from the URL's topics or from Last-Event-ID, before
 * anybody knows whether these topics exist. KafkaSSE's word and KafkaSSE's forms. No I/O; any
 * thread.
 */
#ifndef CORE_STREAM_ASSIGNMENT_H
#define CORE_STREAM_ASSIGNMENT_H

#include "base/buf.h"
#include "core/stream/refusal.h"

enum start_kind {
    START_DEFAULT,  /* ?since=, else the route's default-start */
    START_LATEST,   /* only what is produced from now on */
    START_EARLIEST, /* from the oldest record on */
    START_OFFSET,
    START_TIMESTAMP, /* from the first record at or after that many ms since 1970 */
    START_AFTER      /* the same, of an id: what has the millisecond before it was sent, once */
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
 * Adds a topic by its (decoded) name, all its partitions from START_DEFAULT. `limit` is the largest
 * number of assignments. 0, or -1 with *refusal filled.
 */
CHECKED int assignments_add_topic(struct assignments *a, struct slice name, size_t limit,
                                  struct refusal *refusal);

/*
 * Reads an event id as KafkaSSE takes it: a JSON array of topic names and/or objects with topic,
 * partition and offset or timestamp; offset wins. Offset -1 is latest (old KafkaSSE ids carry it),
 * -2 earliest; less is refused. Other members are ignored. `limit` is the largest number of
 * entries. 0, or -1 with *refusal filled.
 */
CHECKED int assignments_from_event_id(struct assignments *a, struct slice text, size_t limit,
                                      struct refusal *refusal);

#endif
