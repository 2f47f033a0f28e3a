/*
 * See questions_check.h. A question is open from questions_add() until it is answered. Meanwhile it
 * waits for the cluster, or is in a partition queue, or in a request. The walk counts these, and
 * compares the sums with the counters of those that they belong to.
 */
#include "support/questions_check.h"

struct counts {
    size_t open;           /* questions */
    size_t of_requesters;  /* open ones that are not the feed's own */
    size_t with_partition; /* open ones */
    size_t with_queue;     /* open ones that were sent on their way */
    size_t in_requests;    /* open ones */
    size_t waiting;        /* in partition queues */
    size_t idle;           /* partitions */
};

/* ---- look-ups ---- */

static void check_question(const struct offset_lookup *lookup, const struct question *question,
                           struct counts *counts)
{
    const struct partition_queue *queue = question->partition_queue;
    ASSERT(question->lookup == lookup);
    ASSERT((question->requester == NULL) == (lookup->requester == LOOKUP_OWN));
    if (!question->is_open) {
        ASSERT(queue == NULL && question->item == NULL);
        return;
    }
    ASSERT(!question->query->is_known);
    ASSERT(queue == NULL || queue->key.partition == question->partition);
    ASSERT(question->item == NULL || question->item->question == question);
    ASSERT(question->item == NULL || question->item->partition == question->partition);
    ASSERT(question->item == NULL || (queue != NULL && list_is_empty(&question->node)));
    counts->open++;
    counts->of_requesters += question->requester == NULL ? 0 : 1;
    counts->with_partition += question->partition == NULL ? 0 : 1;
    counts->with_queue += queue == NULL ? 0 : 1;
    counts->in_requests += question->item == NULL ? 0 : 1;
}

static void check_lookups(const struct list *lookups, bool are_done, struct counts *counts)
{
    LIST_EACH(lookup, lookups, const struct offset_lookup, node)
    {
        size_t before = counts->open;
        for (size_t i = 0; i < lookup->count && lookup->questions != NULL; i++) {
            check_question(lookup, &lookup->questions[i], counts);
        }
        ASSERT(lookup->open_count == counts->open - before);
        ASSERT((lookup->open_count == 0) == are_done);
    }
}

/* ---- queues ---- */

static void check_partition_queue(const struct partition_queue *queue, struct counts *counts)
{
    size_t waiting = 0;
    LIST_EACH(question, &queue->questions, const struct question, node)
    {
        ASSERT(question->is_open && question->item == NULL);
        ASSERT(question->partition_queue == queue);
        waiting++;
    }
    ASSERT(queue->open > 0 && queue->open >= waiting);
    ASSERT(list_is_empty(&queue->node) == (waiting == 0));
    counts->waiting += waiting;
}

/* Returns the number of open questions in all of them. */
static size_t check_partition_queues(const struct questions *q, struct counts *counts)
{
    size_t at = 0;
    size_t open = 0;
    const struct partition_queue *queue;
    while ((queue = map_next(&q->partition_queues, &at)) != NULL) {
        check_partition_queue(queue, counts);
        open += queue->open;
    }
    return open;
}

static size_t check_requester_queues(const struct questions *q)
{
    size_t at = 0;
    size_t open = 0;
    const struct requester_queue *queue;
    while ((queue = map_next(&q->requester_queues, &at)) != NULL) {
        size_t inside = 0;
        LIST_EACH(partition_queue, &queue->partition_queues, const struct partition_queue, node)
        {
            ASSERT(partition_queue->key.requester_queue == queue);
            inside += partition_queue->open;
        }
        ASSERT(queue->open > 0 && queue->open >= inside);
        ASSERT(list_is_empty(&queue->node) == list_is_empty(&queue->partition_queues));
        open += queue->open;
    }
    return open;
}

static void check_leaders_queues(const struct leader *leader, const struct list *queues)
{
    LIST_EACH(queue, queues, const struct requester_queue, node)
    {
        ASSERT(queue->leader == leader && queue->key.leader == leader->id);
        ASSERT((queue->key.requester == LOOKUP_OWN) == (queues == &leader->feed_queue));
    }
}

/* Returns whether any is asked now. */
static bool check_leaders(const struct questions *q)
{
    size_t retries = 0;
    bool is_any_busy = false;
    LIST_EACH(leader, &q->leaders, const struct leader, node)
    {
        check_leaders_queues(leader, &leader->feed_queue);
        check_leaders_queues(leader, &leader->requester_queues);
        retries += leader->is_busy && leader->failures > 0 ? 1 : 0;
        is_any_busy |= leader->is_busy;
    }
    ASSERT(retries == q->retries);
    return is_any_busy;
}

/* ---- partitions and requesters ---- */

/* Returns the number of their users. */
static size_t check_partitions(const struct questions *q, struct counts *counts)
{
    size_t at = 0;
    size_t users = 0;
    const struct queried_partition *partition;
    while ((partition = map_next(&q->partitions, &at)) != NULL) {
        ASSERT(list_is_empty(&partition->node) == (partition->users > 0));
        ASSERT(partition->request <= q->request_count);
        users += partition->users;
        counts->idle += partition->users == 0 ? 1 : 0;
    }
    ASSERT(counts->idle == q->idle_count);
    return users;
}

static size_t check_requesters(const struct questions *q)
{
    size_t at = 0;
    size_t open = 0;
    const struct requester *requester;
    while ((requester = map_next(&q->requesters, &at)) != NULL) {
        ASSERT(requester->open > 0 && requester->key != LOOKUP_OWN);
        open += requester->open;
    }
    return open;
}

void questions_check(const struct questions *q)
{
    struct counts counts = {0};
    check_lookups(&q->waiting_cluster, false, &counts);
    ASSERT(counts.with_queue == 0);
    size_t waiting = counts.open;
    check_lookups(&q->open, false, &counts);
    ASSERT(counts.with_queue == counts.open - waiting);
    check_lookups(&q->done, true, &counts);
    ASSERT(counts.open == q->open_count);
    ASSERT(check_requesters(q) == counts.of_requesters);
    ASSERT(check_partition_queues(q, &counts) == counts.with_queue);
    ASSERT(check_requester_queues(q) == counts.with_queue);
    ASSERT(counts.waiting + counts.in_requests == counts.with_queue);
    bool is_any_busy = check_leaders(q);
    size_t users = check_partitions(q, &counts);
    /* The items of requests use their partitions, too. */
    ASSERT(users >= counts.with_partition + counts.in_requests);
    ASSERT(is_any_busy || (users == counts.with_partition && counts.in_requests == 0));
}
