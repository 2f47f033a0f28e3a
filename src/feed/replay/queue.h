/*
 * A queue of two classes: urgent members go before the others, each class in its order. After a few
 * urgent ones, one of the others has its turn, however many are urgent. One thread.
 */
#ifndef FEED_REPLAY_QUEUE_H
#define FEED_REPLAY_QUEUE_H

#include "base/list.h"

enum {
    QUEUE_IN_A_ROW = 4 /* of the urgent ones, before one of the others */
};

struct queue {
    struct list first;
    struct list others;
    unsigned in_a_row; /* how many of the first were taken before the others */
};

static inline void queue_init(struct queue *q)
{
    list_init(&q->first);
    list_init(&q->others);
    q->in_a_row = 0;
}

static inline bool queue_is_empty(const struct queue *q)
{
    return list_is_empty(&q->first) && list_is_empty(&q->others);
}

/* Takes the node out of whatever list it is in and puts it at the end of its class. */
static inline void queue_put(struct queue *q, struct list *node, bool is_urgent)
{
    list_move_back(is_urgent ? &q->first : &q->others, node);
}

/* Takes the member out whose turn it is. The queue must not be empty. */
static inline struct list *queue_take(struct queue *q)
{
    bool has_others = !list_is_empty(&q->others);
    bool is_first = !list_is_empty(&q->first) && (q->in_a_row < QUEUE_IN_A_ROW || !has_others);
    struct list *node = is_first ? q->first.next : q->others.next;
    q->in_a_row = is_first && has_others ? q->in_a_row + 1 : 0;
    list_remove(node);
    return node;
}

#endif
