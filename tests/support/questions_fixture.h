/*
 * A queue of questions with a cluster that is a table, a clock that is a number, and a requester
 * that answers at once or not at all: what threads and librdkafka do elsewhere.
 */
#ifndef SUPPORT_QUESTIONS_FIXTURE_H
#define SUPPORT_QUESTIONS_FIXTURE_H

#include "kafka/questions.h"
#include "support/questions_check.h"
#include "support/unit.h"

enum {
    LEADERS = 3,
    PARTITIONS = 3000,  /* of each topic; partition n is led by n % LEADERS */
    CHECKED_OPEN = 1000 /* questions: with more, not each step is checked */
};

/* Record n of every partition has the timestamp 10 * n. */
struct queue {
    struct questions questions;
    struct metadata metadata;
    struct topic_info topics[2];
    size_t first_leaders[2];
    int32_t leaders[2 * PARTITIONS];
    int64_t now_ms;
    int64_t begin; /* offset of the oldest record */
    int64_t end;
    bool is_mute[LEADERS]; /* does not answer */
    int32_t bad_partition; /* of every topic: cannot be told; -1: none */
    size_t requests;
    size_t asked; /* questions in them */
    struct offset_request request;
};

static inline void queue_init(struct queue *q)
{
    memset(q, 0, sizeof(*q));
    questions_init(&q->questions);
    q->end = 100;
    q->bad_partition = -1;
    q->topics[0] = (struct topic_info){"a", PARTITIONS};
    q->topics[1] = (struct topic_info){"b", PARTITIONS};
    q->first_leaders[1] = PARTITIONS;
    for (int32_t i = 0; i < 2 * PARTITIONS; i++) {
        q->leaders[i] = i % LEADERS;
    }
    q->metadata = (struct metadata){
        .topics = q->topics, .count = 2, .first_leaders = q->first_leaders, .leaders = q->leaders};
    questions_set_cluster(&q->questions, &q->metadata, true, 0);
}

static inline struct offset_answer queue_answer(const struct queue *q,
                                                const struct offset_request_item *item)
{
    if (item->partition->number == q->bad_partition) {
        return (struct offset_answer){.kind = ANSWER_FAILED};
    }
    int64_t offset = item->moment == OFFSET_AT_LATEST     ? q->end
                     : item->moment == OFFSET_AT_EARLIEST ? q->begin
                                                          : (item->moment + 9) / 10;
    if (item->moment >= 0 && offset >= q->end) {
        return (struct offset_answer){.kind = ANSWER_NO_RECORD};
    }
    return (struct offset_answer){.kind = ANSWER_OFFSET,
                                  .offset = offset < q->begin ? q->begin : offset};
}

/* The invariants, unless that would take too long. */
static inline void queue_check(const struct queue *q)
{
    if (q->questions.open_count <= CHECKED_OPEN) {
        questions_check(&q->questions);
    }
}

/* The request ends. */
static inline void queue_answer_request(struct queue *q, struct offset_request *request)
{
    request->has_failed = q->is_mute[request->leader->id];
    for (size_t i = 0; i < request->count && !request->has_failed; i++) {
        request->items[i].answer = queue_answer(q, &request->items[i]);
    }
    questions_answer(&q->questions, request, q->now_ms);
    queue_check(q);
}

static inline bool queue_take(struct queue *q, struct offset_request *request)
{
    if (!questions_take(&q->questions, request, q->now_ms)) {
        return false;
    }
    queue_check(q);
    q->requests++;
    q->asked += request->count;
    assert_true(request->count > 0 && request->count <= REQUEST_QUESTIONS);
    for (size_t i = 0; i < request->count; i++) {
        const struct queried_partition *partition = request->items[i].partition;
        assert_int_equal(partition->number % LEADERS, request->leader->id);
        for (size_t j = 0; j < i && request->count < 20; j++) {
            assert_ptr_not_equal(request->items[j].partition, partition);
        }
    }
    return true;
}

/* One request from its begin to its end. False: there is nothing to ask. */
static inline bool queue_step(struct queue *q)
{
    if (!queue_take(q, &q->request)) {
        return false;
    }
    queue_answer_request(q, &q->request);
    return true;
}

static inline void queue_run(struct queue *q)
{
    while (queue_step(q)) {
    }
}

static inline void queue_fail_if_called(struct offset_lookup *lookup)
{
    (void)lookup;
    fail();
}

/* Asks one question. */
static inline struct offset_lookup *queue_ask(struct queue *q, uint64_t requester,
                                              const char *topic, int32_t partition, int64_t at_ms)
{
    struct offset_lookup *lookup = offset_lookup_new(1);
    assert_non_null(lookup);
    lookup->on_done = queue_fail_if_called; /* that is the owner's part */
    lookup->requester = requester;
    lookup->queries[0] =
        (struct offset_query){.topic = topic, .partition = partition, .at_ms = at_ms};
    questions_add(&q->questions, lookup, q->now_ms);
    queue_check(q);
    return lookup;
}

/* Whether it is answered. */
static inline bool queue_is_done(struct queue *q, const struct offset_lookup *lookup)
{
    LIST_EACH(done, &q->questions.done, struct offset_lookup, node)
    {
        if (done == lookup) {
            return true;
        }
    }
    return false;
}

/* Its one answer; -1: unknown. Frees it. */
static inline int64_t queue_collect(struct queue *q, struct offset_lookup *lookup)
{
    assert_true(queue_is_done(q, lookup));
    int64_t offset = lookup->queries[0].is_known ? lookup->queries[0].offset : -1;
    list_remove(&lookup->node);
    questions_release(lookup);
    offset_lookup_free(lookup);
    return offset;
}

/* `q`, a queue that each test of a file gets new: cmocka's setup and teardown. */
static struct queue q;

static inline int setup(void **state)
{
    (void)state;
    queue_init(&q);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    questions_check(&q.questions);
    questions_fini(&q.questions);
    return 0;
}

#endif
