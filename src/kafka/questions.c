/* Look-ups and their questions: see questions.h. */
#include "kafka/questions.h"
#include "base/mem.h"

void questions_init(struct questions *q)
{
    *q = (struct questions){.partitions = MAP_INIT,
                            .requester_queues = MAP_INIT,
                            .partition_queues = MAP_INIT,
                            .requesters = MAP_INIT,
                            .key = BUF_INIT};
    list_init(&q->leaders);
    list_init(&q->waiting_cluster);
    list_init(&q->open);
    list_init(&q->done);
    list_init(&q->idle);
}

/* ---- questions ---- */

static void close_question(struct questions *q, struct question *question, int64_t now_ms)
{
    ASSERT(question->is_open && question->lookup->open_count > 0);
    question->is_open = false;
    if (question->item != NULL) {
        question->item->question = NULL;
        question->item = NULL;
    }
    if (question->partition_queue != NULL) {
        partition_queue_leave(q, question);
    }
    if (question->partition != NULL) {
        queried_partition_unref(q, question->partition, now_ms);
    }
    requester_leave(q, question);
    question->lookup->open_count--;
}

static void finish(struct questions *q, struct question *question, int64_t now_ms)
{
    struct offset_lookup *lookup = question->lookup;
    close_question(q, question, now_ms);
    if (lookup->open_count == 0) {
        list_move_back(&q->done, &lookup->node);
    }
}

void question_give_up(struct questions *q, struct question *question, int64_t now_ms)
{
    finish(q, question, now_ms); /* is_known is false */
}

static void finish_known(struct questions *q, struct question *question, int64_t offset,
                         int64_t now_ms)
{
    question->query->offset = offset;
    question->query->is_known = true;
    finish(q, question, now_ms);
}

/*
 * A time behind the newest record becomes the latest offset. That is told first, and then that
 * there is still no record: one that comes between two answers in the other order would be lost.
 */
static bool take_none(struct questions *q, struct question *question, int64_t now_ms)
{
    if (question->latest >= 0) {
        finish_known(q, question, question->latest, now_ms);
        return true;
    }
    question->moment = OFFSET_AT_LATEST;
    return false;
}

static bool take_offset(struct questions *q, struct question *question,
                        const struct offset_answer *answer, int64_t now_ms)
{
    if (question->moment == question->query->at_ms) {
        finish_known(q, question, answer->offset, now_ms);
        return true;
    }
    question->latest = answer->offset;
    question->after = answer->request;
    question->moment = question->query->at_ms;
    return false;
}

static bool take_one(struct questions *q, struct question *question,
                     const struct offset_answer *answer, int64_t now_ms)
{
    switch (answer->kind) {
    case ANSWER_OFFSET:
        return take_offset(q, question, answer, now_ms);
    case ANSWER_NO_RECORD:
        return take_none(q, question, now_ms);
    case ANSWER_FAILED:
        question_give_up(q, question, now_ms);
        return true;
    case ANSWER_MISSING:
        break;
    }
    return false;
}

bool question_take(struct questions *q, struct question *question,
                   const struct offset_answer *answer, int64_t now_ms)
{
    return take_one(q, question, answer, now_ms) || question_advance(q, question, now_ms);
}

bool question_advance(struct questions *q, struct question *question, int64_t now_ms)
{
    for (;;) {
        struct offset_answer answer = offset_cache_find(&question->partition->cache,
                                                        question->moment, question->after, now_ms);
        if (answer.kind == ANSWER_MISSING) {
            return false;
        }
        if (take_one(q, question, &answer, now_ms)) {
            return true;
        }
    }
}

/* ---- look-ups ---- */

static void open_question(struct questions *q, struct offset_lookup *lookup, size_t i,
                          struct requester *requester)
{
    struct question *question = &lookup->questions[i];
    struct offset_query *query = &lookup->queries[i];
    *question = (struct question){.requester = requester,
                                  .lookup = lookup,
                                  .query = query,
                                  .partition = queried_partition_ref(q, query),
                                  .moment = query->at_ms,
                                  .latest = -1,
                                  .after = q->request_count,
                                  .is_open = true};
    list_init(&question->node);
}

/* Sends its questions on their way. Those without one are answered as unknown. */
static void route(struct questions *q, struct offset_lookup *lookup, int64_t now_ms)
{
    list_move_back(&q->open, &lookup->node);
    for (size_t i = 0; i < lookup->count; i++) {
        struct question *question = &lookup->questions[i];
        if (!question->is_open) {
            continue; /* it has waited too long */
        }
        partition_queue_join(q, question);
        if (question->partition_queue == NULL) {
            close_question(q, question, now_ms);
        }
    }
    if (lookup->open_count == 0) {
        list_move_back(&q->done, &lookup->node);
    }
}

/* KSSE_EREFUSED: there are too many, or none; KSSE_ENOMEM. */
static int open_questions(struct questions *q, struct offset_lookup *lookup)
{
    struct requester *requester;
    if (lookup->count == 0) {
        return KSSE_EREFUSED;
    }
    lookup->questions = mem_alloc(lookup->count * sizeof(struct question));
    int rc = lookup->questions == NULL ? KSSE_ENOMEM : requester_enter(q, lookup, &requester);
    if (rc < 0) {
        questions_release(lookup);
        return rc;
    }
    lookup->open_count = lookup->count;
    for (size_t i = 0; i < lookup->count; i++) {
        open_question(q, lookup, i, requester);
    }
    return 0;
}

void questions_add(struct questions *q, struct offset_lookup *lookup, int64_t now_ms)
{
    list_init(&lookup->node);
    queried_partitions_trim(q, now_ms);
    lookup->asked_ms = now_ms;
    lookup->open_count = 0;
    lookup->questions = NULL;
    for (size_t i = 0; i < lookup->count; i++) {
        lookup->queries[i].is_known = false;
    }
    if (open_questions(q, lookup) < 0) {
        list_push_back(&q->done, &lookup->node);
    } else if (q->is_up && q->metadata != NULL) {
        route(q, lookup, now_ms);
    } else {
        list_push_back(&q->waiting_cluster, &lookup->node);
    }
}

void questions_release(struct offset_lookup *lookup)
{
    mem_free(lookup->questions);
    lookup->questions = NULL;
}

static void close_all(struct questions *q, struct offset_lookup *lookup, int64_t now_ms)
{
    for (size_t i = 0; i < lookup->count && lookup->questions != NULL; i++) {
        if (lookup->questions[i].is_open) {
            close_question(q, &lookup->questions[i], now_ms);
        }
    }
}

void questions_cancel(struct questions *q, struct offset_lookup *lookup, int64_t now_ms)
{
    close_all(q, lookup, now_ms);
    list_remove(&lookup->node);
    questions_release(lookup);
    offset_lookup_free(lookup);
}

void questions_set_cluster(struct questions *q, const struct metadata *metadata, bool is_up,
                           int64_t now_ms)
{
    q->is_up = is_up;
    q->metadata = metadata;
    if (metadata != NULL) {
        queried_partitions_find_leaders(q);
    }
    while (is_up && metadata != NULL && !list_is_empty(&q->waiting_cluster)) {
        route(q, LIST_FIRST(&q->waiting_cluster, struct offset_lookup, node), now_ms);
    }
}

/* Those of its questions that nobody is answering now. */
static void expire(struct questions *q, struct offset_lookup *lookup, int64_t now_ms)
{
    for (size_t i = 0; i < lookup->count; i++) {
        const struct question *question = &lookup->questions[i];
        const struct partition_queue *partition_queue = question->partition_queue;
        bool is_stuck = !q->is_up || partition_queue == NULL ||
                        partition_queue->key.requester_queue->leader->failures > 0;
        if (question->is_open && question->item == NULL && is_stuck) {
            close_question(q, &lookup->questions[i], now_ms);
        }
    }
    if (lookup->open_count == 0) {
        list_move_back(&q->done, &lookup->node);
    }
}

static void expire_list(struct questions *q, struct list *lookups, int64_t now_ms)
{
    LIST_EACH_SAFE(lookup, after, lookups, struct offset_lookup, node)
    {
        if (now_ms - lookup->asked_ms < QUESTION_TIMEOUT_MS) {
            return; /* the oldest come first */
        }
        expire(q, lookup, now_ms);
    }
}

void questions_expire(struct questions *q, int64_t now_ms)
{
    expire_list(q, &q->waiting_cluster, now_ms);
    expire_list(q, &q->open, now_ms);
    queried_partitions_trim(q, now_ms);
}

/* ---- the end ---- */

static void free_lookups(struct questions *q, struct list *lookups)
{
    while (!list_is_empty(lookups)) {
        questions_cancel(q, LIST_FIRST(lookups, struct offset_lookup, node), 0);
    }
}

void questions_fini(struct questions *q)
{
    free_lookups(q, &q->waiting_cluster);
    free_lookups(q, &q->open);
    free_lookups(q, &q->done);
    question_queues_fini(q);
    requesters_fini(q);
    queried_partitions_fini(q);
}
