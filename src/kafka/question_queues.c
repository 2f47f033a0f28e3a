/* The queues of a leader: one for each requester, and in it one for each partition. See
 * questions.h. */
#include "base/mem.h"
#include "kafka/questions.h"

/* ---- of requesters ---- */

static struct slice requester_queue_slice(const struct requester_queue_key *key)
{
    return slice_of((const char *)key, sizeof(*key));
}

/* Returns the requester's queue, which may be new, or NULL without memory. */
static struct requester_queue *requester_queue_find(struct questions *q, struct leader *leader,
                                                    uint64_t requester)
{
    struct requester_queue_key key = {requester, leader->id};
    struct requester_queue *requester_queue =
        map_get(&q->requester_queues, requester_queue_slice(&key));
    if (requester_queue != NULL) {
        return requester_queue;
    }
    requester_queue = mem_zalloc(sizeof(*requester_queue));
    if (requester_queue == NULL) {
        return NULL;
    }
    requester_queue->leader = leader;
    requester_queue->key = key;
    list_init(&requester_queue->node);
    list_init(&requester_queue->partition_queues);
    if (map_put(&q->requester_queues, requester_queue_slice(&requester_queue->key),
                requester_queue) < 0) {
        mem_free(requester_queue);
        return NULL;
    }
    return requester_queue;
}

void requester_queue_trim(struct questions *q, struct requester_queue *requester_queue)
{
    if (list_is_empty(&requester_queue->partition_queues)) {
        list_remove(&requester_queue->node);
    }
    if (requester_queue->open == 0) {
        ASSERT(list_is_empty(&requester_queue->partition_queues));
        map_remove(&q->requester_queues, requester_queue_slice(&requester_queue->key));
        mem_free(requester_queue);
    }
}

/* ---- of partitions ---- */

static struct slice partition_queue_slice(const struct partition_queue_key *key)
{
    return slice_of((const char *)key, sizeof(*key));
}

/* Returns the queue, which may be new, or NULL without memory. */
static struct partition_queue *partition_queue_find(struct questions *q,
                                                    struct requester_queue *requester_queue,
                                                    const struct queried_partition *partition)
{
    struct partition_queue_key key = {requester_queue, partition};
    struct partition_queue *partition_queue =
        map_get(&q->partition_queues, partition_queue_slice(&key));
    if (partition_queue != NULL) {
        return partition_queue;
    }
    partition_queue = mem_zalloc(sizeof(*partition_queue));
    if (partition_queue == NULL) {
        return NULL;
    }
    partition_queue->key = key;
    list_init(&partition_queue->node);
    list_init(&partition_queue->questions);
    if (map_put(&q->partition_queues, partition_queue_slice(&partition_queue->key),
                partition_queue) < 0) {
        mem_free(partition_queue);
        return NULL;
    }
    return partition_queue;
}

/* It has a question to ask (again): it goes into the lists of those that have. */
static void partition_queue_enter(struct partition_queue *partition_queue)
{
    struct requester_queue *requester_queue = partition_queue->key.requester_queue;
    if (list_is_empty(&partition_queue->node)) {
        list_push_back(&requester_queue->partition_queues, &partition_queue->node);
    }
    if (list_is_empty(&requester_queue->node)) {
        bool is_own = requester_queue->key.requester == LOOKUP_OWN;
        list_push_back(is_own ? &requester_queue->leader->feed_queue
                              : &requester_queue->leader->requester_queues,
                       &requester_queue->node);
    }
}

void partition_queue_trim(struct questions *q, struct partition_queue *partition_queue)
{
    if (list_is_empty(&partition_queue->questions)) {
        list_remove(&partition_queue->node);
    }
    if (partition_queue->open == 0) {
        map_remove(&q->partition_queues, partition_queue_slice(&partition_queue->key));
        mem_free(partition_queue);
    }
}

void partition_queue_join(struct questions *q, struct question *question)
{
    const struct queried_partition *partition = question->partition;
    struct leader *leader = partition == NULL ? NULL : partition->leader;
    struct requester_queue *requester_queue =
        leader == NULL ? NULL : requester_queue_find(q, leader, question->lookup->requester);
    if (requester_queue == NULL) {
        return;
    }
    struct partition_queue *partition_queue = partition_queue_find(q, requester_queue, partition);
    if (partition_queue == NULL) {
        requester_queue_trim(q, requester_queue);
        return;
    }
    ASSERT(question->partition_queue == NULL && list_is_empty(&question->node));
    question->partition_queue = partition_queue;
    partition_queue->open++;
    requester_queue->open++;
    list_push_back(&partition_queue->questions, &question->node);
    partition_queue_enter(partition_queue);
}

void partition_queue_rejoin(struct question *question)
{
    struct partition_queue *partition_queue = question->partition_queue;
    list_insert_before(partition_queue->questions.next, &question->node);
    partition_queue->takes_newest = false;
    partition_queue_enter(partition_queue);
}

void partition_queue_leave(struct questions *q, struct question *question)
{
    struct partition_queue *partition_queue = question->partition_queue;
    struct requester_queue *requester_queue = partition_queue->key.requester_queue;
    ASSERT(partition_queue->open > 0 && requester_queue->open >= partition_queue->open);
    list_remove(&question->node);
    question->partition_queue = NULL;
    partition_queue->open--;
    requester_queue->open--;
    partition_queue_trim(q, partition_queue);
    requester_queue_trim(q, requester_queue);
}

void question_queues_fini(struct questions *q)
{
    ASSERT(q->requester_queues.count == 0 && q->partition_queues.count == 0);
    map_fini(&q->requester_queues);
    map_fini(&q->partition_queues);
}
