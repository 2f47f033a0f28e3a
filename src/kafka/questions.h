/*
 * The queue of offset look-ups: which questions a leader is asked next. Policy only, without
 * threads, clock or librdkafka: its user holds a lock around every call and passes the time.
 *
 * A look-up consists of questions, one for each offset. Questions go out in offset requests. A
 * request goes to one leader and may name a partition only once, which is librdkafka's rule. So
 * each leader has a queue for every requester, and each of these has a queue for every partition.
 * A request takes some questions of each requester in turn (offset_requests.c); the feed's own come
 * first. A requester may be a proxy with many clients behind it, so partition queues are served
 * from both ends. Nobody waits for another's hundred requests, and a leader that does not answer
 * delays only the questions to itself.
 *
 * A look-up is done, and goes to `done`, when its last question is answered, however other look-ups
 * fare. The number of open questions is bounded, for each requester and for all. What Kafka has
 * told of a partition is kept as long as somebody asks about it, and a moment longer.
 */
#ifndef KAFKA_QUESTIONS_H
#define KAFKA_QUESTIONS_H

#include "api/error.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/map.h"
#include "feed/log/source.h"
#include "kafka/offset_cache.h"
#include "kafka/metadata.h"

enum {
    /* librdkafka compares each partition of a request with each of its answer. */
    REQUEST_QUESTIONS = 256,
    REQUEST_TIMEOUT_MS = 1000,  /* for a leader that has answered the last time */
    QUESTION_TIMEOUT_MS = 4000, /* for what waits for a cluster or leader that is away */
    /* Bounds of open questions. Beyond them, a look-up is answered as unknown at once, and whose it
     * is asks again later. But everybody has one look-up at least, whatever others ask. */
    QUESTIONS_OF_REQUESTER = 50000,
    QUESTIONS_OF_ALL = 200000
};

/* A partition that is asked about, or was a moment ago. */
struct queried_partition {
    struct leader *leader; /* NULL: not known, or none for now */
    struct offset_cache cache;
    uint64_t request;  /* the newest one that names it; 0: none yet */
    size_t users;      /* questions, and items of requests */
    struct list node;  /* questions->idle while it has no users */
    int64_t idle_ms;   /* since when */
    struct slice key;  /* its map entry's: the name, a zero, the number */
    const char *topic; /* in `key` */
    int32_t number;
};

struct leader {
    struct list node; /* questions->leaders; the one that was asked last is at the end */
    int32_t id;
    struct list feed_queue;       /* the feed's requester queue, while it has questions to ask */
    struct list requester_queues; /* the others', while they have */
    bool is_busy;                 /* a request is under way */
    unsigned failures;            /* in a row */
};

/* A requester's questions to one leader. */
struct requester_queue {
    struct leader *leader;
    struct list node;             /* a list of the leader; in none while there is nothing to ask */
    struct list partition_queues; /* struct partition_queue: those with questions to ask */
    size_t open;                  /* questions that wait here or are in a request */
    struct requester_queue_key {
        uint64_t requester;
        int64_t leader;
    } key;
};

/* A requester's questions about one partition: a request takes one of them. */
struct partition_queue {
    struct list node;      /* requester_queue->partition_queues, while there is something to ask */
    struct list questions; /* those to be asked, oldest first */
    bool takes_newest;     /* the next time */
    size_t open;           /* questions that wait here or are in a request */
    struct partition_queue_key {
        struct requester_queue *requester_queue;
        const struct queried_partition *partition;
    } key;
};

/* Somebody with open questions, other than the feed, which may have any number. */
struct requester {
    uint64_t key;
    size_t open; /* questions */
};

struct question {
    struct requester *requester; /* NULL: the feed itself */
    struct offset_lookup *lookup;
    struct offset_query *query;
    struct queried_partition *partition;
    struct partition_queue *partition_queue; /* NULL: waits for the cluster, or is answered */
    struct list node;                 /* partition_queue->questions, unless it is in a request */
    struct offset_request_item *item; /* its place in a request; NULL: in none */
    int64_t moment;                   /* to be asked next: the query's, or OFFSET_AT_LATEST */
    int64_t latest; /* told when there was no record at or after the query's time; -1: not yet */
    uint64_t after; /* answers of later requests are good */
    bool is_open;
};

struct offset_request_item {
    struct queried_partition *partition;
    struct question *question; /* NULL: it was cancelled or given up meanwhile */
    int64_t moment;
    struct offset_answer answer; /* MISSING: there was no time to ask */
};

struct offset_request {
    struct leader *leader;
    uint64_t number;
    int timeout_ms;
    bool is_bad;     /* it asks only about a partition that could not be told the last time */
    bool has_failed; /* there is no answer at all: librdkafka's fault or the leader's */
    size_t count;
    struct offset_request_item items[REQUEST_QUESTIONS];
};

struct questions {
    struct list leaders;
    struct list waiting_cluster; /* struct offset_lookup that wait for the cluster, oldest first */
    struct list open;            /* struct offset_lookup with open questions */
    struct list done;            /* struct offset_lookup without */
    struct list idle;            /* struct queried_partition without users, longest first */
    size_t idle_count;
    struct map partitions; /* struct queried_partition */
    struct map requester_queues;
    struct map partition_queues;
    struct map requesters;           /* struct requester */
    size_t open_count;               /* questions */
    const struct metadata *metadata; /* borrowed; NULL: not told yet */
    struct buf key;                  /* scratch */
    uint64_t request_count;
    size_t retries; /* requests under way to leaders that have failed */
    bool is_up;
};

void questions_init(struct questions *q);

/* Frees all look-ups, too, without callbacks. No request may be under way. */
void questions_fini(struct questions *q);

/* Takes the look-up; names are copied. Without memory, and when there is no such partition or it
 * has no leader, the question is answered as unknown at once. */
void questions_add(struct questions *q, struct offset_lookup *lookup, int64_t now_ms);

/* Forgets the look-up and frees it, wherever it is. */
void questions_cancel(struct questions *q, struct offset_lookup *lookup, int64_t now_ms);

/* Whether the cluster can be reached, and its metadata (borrowed until the next call). */
void questions_set_cluster(struct questions *q, const struct metadata *metadata, bool is_up,
                           int64_t now_ms);

/* Answers as unknown what has waited too long for a cluster or leader that is away. To be called
 * about each second. */
void questions_expire(struct questions *q, int64_t now_ms);

/* Frees the queue's part of a look-up that was taken out of `done`. */
void questions_release(struct offset_lookup *lookup);

/* Whether there is a leader that can be asked something now. */
bool questions_can_take(const struct questions *q);

/* Fills *request with what is to be asked next, and counts it as under way. False: there is nothing
 * now. */
CHECKED bool questions_take(struct questions *q, struct offset_request *request, int64_t now_ms);

/* The request has ended: its answers, or has_failed, are in it. */
void questions_answer(struct questions *q, struct offset_request *request, int64_t now_ms);

/* ---- between questions.c, offset_requests.c and what these use ---- */

/* Answers the question with what is known, if that is enough. True: it is closed. */
bool question_advance(struct questions *q, struct question *question, int64_t now_ms);

/* The same, beginning with an answer that has just come. */
bool question_take(struct questions *q, struct question *question,
                   const struct offset_answer *answer, int64_t now_ms);

/* Closes it as unknown. */
void question_give_up(struct questions *q, struct question *question, int64_t now_ms);

/* ---- requesters.c ---- */

/* Counts the look-up's questions, and gives its requester (NULL: the feed itself). KSSE_EREFUSED:
 * there are too many; KSSE_ENOMEM. None are counted then. */
CHECKED int requester_enter(struct questions *q, const struct offset_lookup *lookup,
                            struct requester **out);

/* One of its questions is closed. */
void requester_leave(struct questions *q, const struct question *question);

void requesters_fini(struct questions *q);

/* ---- question_queues.c ---- */

/* Puts the question at the end of its partition queue. Without memory or a leader, it is in none.
 */
void partition_queue_join(struct questions *q, struct question *question);

/* The question was in a request and is to be asked again: it is the first one of its queue now. */
void partition_queue_rejoin(struct question *question);

/* The question is closed. */
void partition_queue_leave(struct questions *q, struct question *question);

/*
 * To be called after a walk over the queue's questions, during which its `open` was one more, so
 * that it stayed. Takes a queue with nothing to ask out of its list, and frees one with nothing
 * open.
 */
void partition_queue_trim(struct questions *q, struct partition_queue *partition_queue);
void requester_queue_trim(struct questions *q, struct requester_queue *requester_queue);

void question_queues_fini(struct questions *q);

/* ---- queried_partitions.c ---- */

/* Returns the query's partition, with one user more, or NULL without memory. */
CHECKED struct queried_partition *queried_partition_ref(struct questions *q,
                                                        const struct offset_query *query);

void queried_partition_unref(struct questions *q, struct queried_partition *partition,
                             int64_t now_ms);

/* Forgets those that nobody has asked about for a while. */
void queried_partitions_trim(struct questions *q, int64_t now_ms);

/* The metadata has changed. */
void queried_partitions_find_leaders(struct questions *q);

void queried_partitions_fini(struct questions *q);

#endif
