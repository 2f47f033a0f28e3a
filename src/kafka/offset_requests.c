/*
 * Fills offset requests and takes their answers: see questions.h.
 *
 * Leaders take turns; those that answered the last time come first. The requesters of a leader take
 * turns, too: each gives some questions to a request and goes to the end. One that could give none,
 * because its partitions are in the request already, is first in the next request. The partition
 * queues of a requester do the same. Every walk has a bound, so the work is linear in the number of
 * questions.
 */
#include "kafka/questions.h"

enum {
    REQUESTER_QUESTIONS = 64, /* of one requester in a request */
    REQUESTER_CONFLICTS = 16, /* partition queues of a requester that a request passes over */
    REQUEST_CONFLICTS = 64,   /* requesters that are passed over in a request */
    RETRIES = 4,              /* leaders that have failed which are tried at the same time */
    SHORTEST_TRY_MS = 250,
    TRIES = 4, /* 250, 500, 1000, 2000 ms, and from the start: one that is back is found soon, and
                * one that is slow is given the time that it needs, now and then */
    BAD_MS = 10000 /* a partition that could not be told goes alone for so long */
};

/* ---- filling a request ---- */

static bool is_full(const struct offset_request *request)
{
    bool is_retry = request->leader->failures > 0 && request->count > 0;
    return request->count == REQUEST_QUESTIONS || request->is_bad || is_retry;
}

/* One bad partition fails the whole request, and then takes some more to be found. */
static bool is_bad(const struct queried_partition *partition, int64_t now_ms)
{
    const struct offset_cache *a = &partition->cache;
    return a->failed_request > 0 && now_ms - a->failed_ms < BAD_MS;
}

static bool fits(const struct offset_request *request, const struct queried_partition *partition,
                 int64_t now_ms)
{
    bool wants_alone = request->count > 0 && is_bad(partition, now_ms);
    return partition->request != request->number && !wants_alone;
}

static void put(struct offset_request *request, struct question *question)
{
    struct offset_request_item *item = &request->items[request->count++];
    struct queried_partition *partition = question->partition;
    *item = (struct offset_request_item){
        partition, question, question->moment, {.kind = ANSWER_MISSING}};
    partition->request = request->number;
    partition->users++;
    question->item = item;
    list_remove(&question->node);
}

/*
 * The oldest and the newest in turn: a client behind a proxy with a long queue does not wait for
 * all of it, and nobody is forgotten.
 */
static struct question *next_of(const struct partition_queue *partition_queue)
{
    struct list *node = partition_queue->takes_newest ? partition_queue->questions.prev
                                                      : partition_queue->questions.next;
    return LIST_ENTRY(node, struct question, node);
}

/* Returns whether it gave a question. */
static bool pick_question(struct questions *q, struct partition_queue *partition_queue,
                          struct offset_request *request, int64_t now_ms)
{
    while (!list_is_empty(&partition_queue->questions)) {
        struct question *question = next_of(partition_queue);
        if (question_advance(q, question, now_ms)) {
            continue;
        }
        if (!fits(request, question->partition, now_ms)) {
            return false;
        }
        request->is_bad = is_bad(question->partition, now_ms);
        put(request, question);
        partition_queue->takes_newest = !partition_queue->takes_newest;
        return true;
    }
    return false;
}

/* In the end the list has those that gave nothing, then those whose turn did not come, then those
 * that gave something. */
static void rejoin(struct list *all, struct list *passed, struct list *served)
{
    list_splice_back(passed, all);
    list_splice_back(all, passed);
    list_splice_back(all, served);
}

/* Returns whether it gave a question. */
static bool pick_partitions(struct questions *q, struct requester_queue *requester_queue,
                            struct offset_request *request, int64_t now_ms)
{
    struct list passed;
    struct list served;
    size_t conflicts = 0;
    size_t given = 0;
    list_init(&passed);
    list_init(&served);
    while (!list_is_empty(&requester_queue->partition_queues) && !is_full(request) &&
           given < REQUESTER_QUESTIONS && conflicts < REQUESTER_CONFLICTS) {
        struct partition_queue *partition_queue =
            LIST_FIRST(&requester_queue->partition_queues, struct partition_queue, node);
        partition_queue->open++;
        bool gave = pick_question(q, partition_queue, request, now_ms);
        list_move_back(gave ? &served : &passed, &partition_queue->node);
        given += gave ? 1 : 0;
        conflicts += gave || list_is_empty(&partition_queue->questions) ? 0 : 1;
        partition_queue->open--;
        partition_queue_trim(q, partition_queue);
    }
    rejoin(&requester_queue->partition_queues, &passed, &served);
    return given > 0;
}

static void pick_requesters(struct questions *q, struct list *requester_queues,
                            struct offset_request *request, int64_t now_ms)
{
    struct list passed;
    struct list served;
    size_t conflicts = 0;
    list_init(&passed);
    list_init(&served);
    while (!list_is_empty(requester_queues) && !is_full(request) && conflicts < REQUEST_CONFLICTS) {
        struct requester_queue *requester_queue =
            LIST_FIRST(requester_queues, struct requester_queue, node);
        requester_queue->open++;
        bool gave = pick_partitions(q, requester_queue, request, now_ms);
        list_move_back(gave ? &served : &passed, &requester_queue->node);
        conflicts += gave || list_is_empty(&requester_queue->partition_queues) ? 0 : 1;
        requester_queue->open--;
        requester_queue_trim(q, requester_queue);
    }
    rejoin(requester_queues, &passed, &served);
}

static bool has_questions(const struct leader *leader)
{
    return !list_is_empty(&leader->feed_queue) || !list_is_empty(&leader->requester_queues);
}

static int try_ms(const struct leader *leader)
{
    return leader->failures == 0 ? REQUEST_TIMEOUT_MS
                                 : SHORTEST_TRY_MS << ((leader->failures - 1) % TRIES);
}

/* False: its questions were all answered by what is known. */
static bool fill(struct questions *q, struct leader *leader, struct offset_request *request,
                 int64_t now_ms)
{
    request->leader = leader;
    request->number = q->request_count + 1;
    request->is_bad = false;
    request->has_failed = false;
    request->count = 0;
    while (request->count == 0 && has_questions(leader)) {
        pick_requesters(q, &leader->feed_queue, request, now_ms);
        pick_requesters(q, &leader->requester_queues, request, now_ms);
    }
    request->timeout_ms = request->is_bad ? SHORTEST_TRY_MS : try_ms(leader);
    return request->count > 0;
}

static bool can_be_asked(const struct questions *q, const struct leader *leader)
{
    bool may_be = leader->failures == 0 || q->retries < RETRIES;
    return !leader->is_busy && may_be && has_questions(leader);
}

/* Those that failed come last. NULL: none now. */
static struct leader *choose(const struct questions *q)
{
    struct leader *failed = NULL;
    LIST_EACH(leader, &q->leaders, struct leader, node)
    {
        if (can_be_asked(q, leader) && leader->failures == 0) {
            return leader;
        }
        if (failed == NULL && can_be_asked(q, leader)) {
            failed = leader;
        }
    }
    return failed;
}

bool questions_can_take(const struct questions *q)
{
    return q->is_up && choose(q) != NULL;
}

bool questions_take(struct questions *q, struct offset_request *request, int64_t now_ms)
{
    struct leader *leader;
    while (q->is_up && (leader = choose(q)) != NULL) {
        if (fill(q, leader, request, now_ms)) {
            q->request_count++;
            q->retries += leader->failures > 0 ? 1 : 0;
            leader->is_busy = true;
            list_move_back(&q->leaders, &leader->node);
            return true;
        }
    }
    return false;
}

/* ---- the end of a request ---- */

static void take_answer(struct questions *q, struct offset_request_item *item, int64_t now_ms)
{
    struct question *question = item->question;
    if (item->answer.kind != ANSWER_MISSING) {
        offset_cache_add(&item->partition->cache, item->moment, &item->answer, now_ms);
    }
    item->question = NULL;
    if (question != NULL) {
        question->item = NULL;
        if (!question_take(q, question, &item->answer, now_ms)) {
            partition_queue_rejoin(
                question); /* needs another answer, or there was no time for it */
        }
    }
    queried_partition_unref(q, item->partition, now_ms);
}

static void give_up_partition(struct questions *q, struct partition_queue *partition_queue,
                              uint64_t request, int64_t now_ms)
{
    partition_queue->open++;
    LIST_EACH_SAFE(question, after, &partition_queue->questions, struct question, node)
    {
        if (question->after < request) {
            question_give_up(q, question, now_ms);
        }
    }
    partition_queue->open--;
    partition_queue_trim(q, partition_queue);
}

/* Those that asked before the request was sent are told at once. They ask again if they want to. */
static void give_up_requesters(struct questions *q, struct list *requester_queues, uint64_t request,
                               int64_t now_ms)
{
    LIST_EACH_SAFE(requester_queue, after, requester_queues, struct requester_queue, node)
    {
        requester_queue->open++;
        LIST_EACH_SAFE(partition_queue, next, &requester_queue->partition_queues,
                       struct partition_queue, node)
        {
            give_up_partition(q, partition_queue, request, now_ms);
        }
        requester_queue->open--;
        requester_queue_trim(q, requester_queue);
    }
}

/* A partition that was alone in the request may be the reason. */
static void take_failure(struct questions *q, struct offset_request *request, int64_t now_ms)
{
    bool is_alone = request->count == 1;
    for (size_t i = 0; i < request->count; i++) {
        struct offset_request_item *item = &request->items[i];
        item->answer.kind = is_alone ? ANSWER_FAILED : ANSWER_MISSING;
        if (!is_alone && item->question != NULL) {
            question_give_up(q, item->question, now_ms);
        }
    }
    if (!request->is_bad) {
        request->leader->failures++;
        give_up_requesters(q, &request->leader->feed_queue, request->number, now_ms);
        give_up_requesters(q, &request->leader->requester_queues, request->number, now_ms);
    }
}

void questions_answer(struct questions *q, struct offset_request *request, int64_t now_ms)
{
    struct leader *leader = request->leader;
    ASSERT(leader->is_busy);
    ASSERT(leader->failures == 0 || q->retries > 0);
    leader->is_busy = false;
    q->retries -= leader->failures > 0 ? 1 : 0;
    if (request->has_failed) {
        take_failure(q, request, now_ms);
    } else {
        leader->failures = 0;
    }
    for (size_t i = 0; i < request->count; i++) {
        request->items[i].answer.request = request->number;
        take_answer(q, &request->items[i], now_ms);
    }
}
